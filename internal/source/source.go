// Package source reads customers from where they come from, as a stream of
// rows of text: it knows how a row is written, and not what it means.
//
// Memory stays the same however long a source is, and however long one of its
// rows is. A row that cannot be trusted says why and is one row of many; where
// nobody could say any more where the next row begins, reading ends with a
// [Stop].
package source

import (
	"fmt"
	"strings"
	"unicode"
)

// A Reader gives the rows of one source, in their order there.
type Reader interface {
	// Head is what the source says before its first row.
	Head() Head
	// Next is the next row, or [io.EOF] after the last. With a [Stop], the rest
	// of the source cannot be read.
	Next() (Record, error)
}

// A Head says what the fields of each row are.
type Head struct {
	Columns []string // as the source names them
	Line    int      // that names them; 0: none does
	Unit    Unit     // what the source is counted in
	// Sheet says that spreadsheets open it: an export has put apostrophes before
	// what they would run, as [Harmless] does.
	Sheet bool
}

// A Record is one row, before anybody knows what it means.
type Record struct {
	Line   int // on which it begins
	Fields []string
	Fault  string // why its fields cannot be trusted; empty: they can
	Uneven bool   // the fault is that there are too many fields, or too few
}

// A Unit is what a source is counted in. The zero Unit is lines of a file.
type Unit struct{ name string }

// Row is the Unit of the answer to a query.
func Row() Unit { return Unit{"row"} }

// At is the place in plain words, like "line 17".
func (u Unit) At(line int) string {
	if u.name == "" {
		return fmt.Sprintf("line %d", line)
	}
	return fmt.Sprintf("%s %d", u.name, line)
}

// A Stop is why a source, or the rest of it, cannot be read. What was before
// that line can be used.
type Stop struct {
	Unit   Unit
	Line   int // 0: the source as a whole
	Reason string
}

func (s *Stop) Error() string {
	if s.Line == 0 {
		return s.Reason
	}
	return s.Unit.At(s.Line) + ": " + s.Reason
}

func stop(line int, format string, args ...any) *Stop {
	return &Stop{Line: line, Reason: fmt.Sprintf(format, args...)}
}

// maxShown is how much of what was typed is shown again.
const maxShown = 40

// Printable is what was typed, made safe for a terminal and a log.
func Printable(typed string) string {
	var out strings.Builder
	n := 0
	for _, r := range typed {
		if n++; n > maxShown {
			out.WriteString("…")
			break
		}
		if !unicode.IsPrint(r) {
			r = unicode.ReplacementChar
		}
		out.WriteRune(r)
	}
	return out.String()
}

// Quote is what was typed, printable and in quote marks.
func Quote(typed string) string { return `"` + Printable(typed) + `"` }
