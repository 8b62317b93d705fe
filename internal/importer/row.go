package importer

import (
	"fmt"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/source"
)

// The columns. The first four must be there.
const (
	colID = iota
	colName
	colEmail
	colContact
	colHash
	colLocale
	colStatus
	columnCount
)

const required = colContact + 1

func columnNames() [columnCount]string {
	return [columnCount]string{"customer_id", "name", "contact_email", "contact_name", "password_hash", "locale", "status"}
}

const cureHeader = "The columns are customer_id,name,contact_email,contact_name and, if you like, password_hash, locale and status, in any order."

// columns are where each column stands in a row; -1: not in this file. What the
// file does not have, it does not change.
type columns struct {
	place [columnCount]int
}

func (c columns) has(col int) bool { return c.place[col] >= 0 }

// readHeader finds the columns. A file with one that we do not know is refused
// as a whole: whoever made it expects something that would not happen.
func readHeader(head source.Head) (columns, error) {
	c := columns{}
	for i := range c.place {
		c.place[i] = -1
	}
	var wrong []string
	names := columnNames()
	for i, typed := range head.Columns {
		name := strings.ToLower(strings.TrimSpace(typed))
		col := slices.Index(names[:], name)
		switch {
		case name == "":
			wrong = append(wrong, fmt.Sprintf("Column %d has no name. Name it, or remove it.", i+1))
		case col < 0:
			wrong = append(wrong, fmt.Sprintf("The column %s is not one that an import can set. Remove it, or correct its name.", source.Quote(typed)))
		case c.has(col):
			wrong = append(wrong, fmt.Sprintf("The column %s is there twice. Remove one.", source.Quote(name)))
		default:
			c.place[col] = i
		}
		if len(wrong) == 5 {
			break
		}
	}
	for col := range required {
		if !c.has(col) && len(wrong) < 5 {
			wrong = append(wrong, fmt.Sprintf("The column %s is missing. Add it.", source.Quote(names[col])))
		}
	}
	if len(wrong) > 0 {
		return columns{}, &source.Stop{Unit: head.Unit, Line: head.Line, Reason: strings.Join(wrong, " ") + " " + cureHeader}
	}
	return c, nil
}

// A row is a record that can go in.
type row struct {
	line     int
	customer string // as typed, safe to print
	details  keyfold.Details
}

// A parser reads the rows of one file.
type parser struct {
	entities keyfold.Entities
	columns  columns
}

// parse reads a row and tells all that is wrong with it. The ID is there
// whenever it could be read, though the rest could not.
func (p parser) parse(rec source.Record) (row, []Problem) {
	r := row{line: rec.Line}
	if i := p.columns.place[colID]; i < len(rec.Fields) {
		r.customer = source.Printable(strings.TrimSpace(rec.Fields[i]))
	}
	if rec.Fault != "" {
		return r, []Problem{{Line: r.line, Customer: r.customer, Reason: rec.Fault}}
	}
	var wrong []Problem
	for col, name := range columnNames() {
		if !p.columns.has(col) {
			continue
		}
		// A copy: what goes in must not keep the whole row in memory.
		typed := strings.Clone(strings.TrimSpace(rec.Fields[p.columns.place[col]]))
		if err := p.read(&r.details, col, typed); err != nil {
			wrong = append(wrong, Problem{Line: r.line, Customer: r.customer, Column: name, Reason: inWords(err)})
		}
	}
	return r, wrong
}

// read reads one field.
func (p parser) read(d *keyfold.Details, col int, typed string) (err error) {
	switch col {
	case colID:
		if typed == "" {
			return reason("it is empty. Each row needs one.")
		}
		if d.ID, err = p.entities.CustomerID(typed); err != nil {
			return err
		}
		entity, _ := p.entities.Of(d.ID)
		d.Entity = entity.Code
	case colName:
		if typed == "" {
			return reason("it is empty. Give the name of the customer.")
		}
		d.Name, err = keyfold.ParseName(typed)
	case colEmail:
		if typed != "" {
			d.Contact.Email, err = keyfold.ParseEmail(typed)
		}
	case colContact:
		d.Contact.Name, err = keyfold.ParseName(typed)
	case colHash:
		d.Imported, err = parseHash(typed)
	case colLocale:
		d.Language, err = keyfold.ParseLanguage(typed)
	case colStatus:
		d.Closed, err = parseClosed(typed)
	}
	return err
}

// parseHash takes the hash of the legacy system. It is only ever compared
// with, within the bounds of package password; what is no hash matches nothing.
func parseHash(typed string) (keyfold.Hash, error) {
	if len(typed) > password.MaxHash {
		return "", reason(fmt.Sprintf("it has more than %d characters, so it is no hash of a password.", password.MaxHash))
	}
	if strings.ContainsFunc(typed, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", reason("it has a space or a character in it that no hash has.")
	}
	return keyfold.Hash(typed), nil
}

func parseClosed(typed string) (bool, error) {
	switch strings.ToLower(typed) {
	case "", "active":
		return false, nil
	case "closed":
		return true, nil
	}
	return false, reason(source.Quote(typed) + " is no status. Write active or closed.")
}
