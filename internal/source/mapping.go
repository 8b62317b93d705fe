package source

import (
	"fmt"
	"slices"
	"strings"
)

// A Mapping gives the columns of a source the names that an import knows, and
// the values that it understands. What it does not mention stays as it is.
type Mapping struct {
	Columns []Column
	Ignore  []string // columns of the source that nobody needs
	Rest    bool     // ignore all that Columns does not use
}

// A Column is one of an import, made from those of a source.
type Column struct {
	Name    string // as the import knows it
	From    Template
	Values  map[string]string // what the values mean; nil: what they say
	Default string            // for a value that is empty or not in Values
	Strict  bool              // a value that is not in Values is a fault of the row, and Default is for empty ones
}

// A MapError is why a mapping does not fit a source.
type MapError struct {
	Column string // of the import
	Reason string
}

func (e *MapError) Error() string { return e.Column + ": " + e.Reason }

// With is m with a column more, or with this one for the one of that name.
func (m Mapping) With(c Column) Mapping {
	m.Columns = slices.DeleteFunc(slices.Clone(m.Columns), func(other Column) bool { return other.Name == c.Name })
	m.Columns = append(m.Columns, c)
	return m
}

// IsZero reports whether m changes nothing.
func (m Mapping) IsZero() bool { return len(m.Columns) == 0 && len(m.Ignore) == 0 && !m.Rest }

// Lists are the columns of the source that may hold a list of contacts.
func (m Mapping) Lists() []string {
	lists := []string{"contacts", "sourced_contacts"} // the latter in an export of ours
	for _, c := range m.Columns {
		if c.Name == "contacts" {
			lists = append(lists, c.From.Columns()...)
		}
	}
	return lists
}

// Over gives the rows of a source as the mapping wants them. A column that the
// source does not have is a [MapError].
func (m Mapping) Over(in Reader) (Reader, error) {
	r := &mapped{in: in, head: in.Head(), columns: m.Columns, place: map[string]int{}}
	theirs := r.head.Columns
	used := make([]bool, len(theirs))
	r.head.Columns = nil
	for _, c := range m.Columns {
		for _, name := range c.From.Columns() {
			at, err := find(theirs, name)
			if err != nil {
				return nil, &MapError{c.Name, err.Error()}
			}
			r.place[name], used[at] = at, true
		}
		r.head.Columns = append(r.head.Columns, c.Name)
	}
	for i, name := range theirs {
		ours := func(c Column) bool { return same(c.Name, name) }
		ignored := func(other string) bool { return same(other, name) }
		if used[i] || m.Rest || slices.ContainsFunc(m.Columns, ours) || slices.ContainsFunc(m.Ignore, ignored) {
			continue
		}
		r.kept = append(r.kept, i)
		r.head.Columns = append(r.head.Columns, name)
	}
	r.width = len(theirs)
	return r, nil
}

func same(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }

// find finds a column, in other letters if it is not there in the same ones.
func find(columns []string, name string) (int, error) {
	at := slices.Index(columns, name)
	for i, other := range columns {
		if at >= 0 || !same(name, other) {
			continue
		}
		if slices.ContainsFunc(columns[i+1:], func(later string) bool { return same(name, later) }) {
			return 0, fmt.Errorf("the source has the column %s twice. Name one of them otherwise", Quote(name))
		}
		at = i
	}
	if at < 0 {
		shown := columns
		if len(shown) > 20 {
			shown = shown[:20]
		}
		var names []string
		for _, c := range shown {
			names = append(names, Printable(c))
		}
		return 0, fmt.Errorf("the source has no column %s. It has %s", Quote(name), strings.Join(names, ", "))
	}
	return at, nil
}

// mapped is a source as a mapping wants it.
type mapped struct {
	in      Reader
	head    Head
	columns []Column
	place   map[string]int // of the columns of the source that are used
	kept    []int          // those that stay as they are
	width   int            // of the source
}

// Head has the names of the mapping.
func (r *mapped) Head() Head { return r.head }

// Next is the next row. One with a fault still says whose it is, if it can.
func (r *mapped) Next() (Record, error) {
	rec, err := r.in.Next()
	if err != nil {
		return rec, err
	}
	theirs := rec.Fields
	if len(theirs) < r.width {
		theirs = append(slices.Clone(theirs), make([]string, r.width-len(theirs))...)
	}
	rec.Fields = make([]string, 0, len(r.head.Columns))
	for _, c := range r.columns {
		value := c.From.value(func(name string) string { return theirs[r.place[name]] })
		value, known := c.meaning(value)
		if !known && rec.Fault == "" {
			rec.Fault = fmt.Sprintf("%s: the map does not say what %s means. Add it under values, or give a default.", c.Name, Quote(value))
		}
		rec.Fields = append(rec.Fields, value)
	}
	for _, i := range r.kept {
		rec.Fields = append(rec.Fields, theirs[i])
	}
	return rec, nil
}

// meaning is what a value means; not known: the mapping does not say.
func (c Column) meaning(value string) (meaning string, known bool) {
	if c.Values != nil {
		value = strings.TrimSpace(value)
		if meaning, known = c.Values[value]; known {
			return meaning, true
		}
	}
	switch {
	case strings.TrimSpace(value) == "":
		return c.Default, true
	case c.Values == nil:
		return value, true
	case c.Strict:
		return value, false
	}
	return c.Default, true
}
