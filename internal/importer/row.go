package importer

import (
	"encoding/base32"
	"fmt"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/readiness"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
)

// The columns. The first four must be there.
const (
	colID = iota
	colName
	colEmail
	colContact
	colHash
	colSalt
	colUsername
	colFactor
	colLocale
	colStatus
	colContacts
	// What an export has beside what holds now.
	colSourcedEmail
	colSourcedName
	colSourcedContacts
	colHosted // goes only into the report
	columnCount
)

const required = colContact + 1

func columnNames() [columnCount]string {
	return [columnCount]string{
		"customer_id", "name", "contact_email", "contact_name", "password_hash", "password_salt", "password_username", "totp_seed",
		"locale", "status", "contacts", "sourced_email", "sourced_name", "sourced_contacts", "hosted_domains",
	}
}

const cureHeader = "The columns are customer_id,name,contact_email,contact_name and, if you like, password_hash, password_salt, " +
	"password_username, totp_seed, locale, status, hosted_domains, contacts or contact_2_email, contact_2_name, contact_2_kind, contact_2_primary and so on, in any order."

// columns are where each column stands in a row; -1: not in this file. What the
// file does not have, it does not change.
type columns struct {
	place  [columnCount]int
	groups [groupCount][groupColumns]int
}

func (c *columns) has(col int) bool { return c.place[col] >= 0 }

// exported reports whether this file is an export. Then it has what the customer
// database last said beside what holds now: an account that is there is
// compared with the former, and one that is not becomes the latter.
func (c *columns) exported() bool {
	return c.has(colSourcedEmail) || c.has(colSourcedName) || c.has(colSourcedContacts)
}

// readHeader finds the columns. A file with one that we do not know is refused
// as a whole: whoever made it expects something that would not happen.
func readHeader(head source.Head) (columns, error) {
	c := columns{}
	for i := range c.place {
		c.place[i] = -1
	}
	for i := range c.groups {
		c.groups[i] = [groupColumns]int{-1, -1, -1, -1}
	}
	var wrong []string
	for i, typed := range head.Columns {
		name := strings.ToLower(strings.TrimSpace(typed))
		place := c.find(name)
		switch {
		case name == "":
			wrong = append(wrong, fmt.Sprintf("Column %d has no name. Name it, or remove it.", i+1))
		case place == nil:
			wrong = append(wrong, fmt.Sprintf("The column %s is not one that an import can set. Remove it, or correct its name.", source.Quote(typed)))
		case *place >= 0:
			wrong = append(wrong, fmt.Sprintf("The column %s is there twice. Remove one.", source.Quote(name)))
		default:
			*place = i
		}
		if len(wrong) == maxWrongColumns {
			break
		}
	}
	if wrong = append(wrong, c.missing()...); len(wrong) > 0 {
		wrong = wrong[:min(len(wrong), maxWrongColumns)]
		return columns{}, &source.Stop{Unit: head.Unit, Line: head.Line, Reason: strings.Join(wrong, " ") + " " + cureHeader}
	}
	return c, nil
}

// maxWrongColumns is how much is told of a header at once.
const maxWrongColumns = 5

// find gives where the place of a column is kept; nil: there is no such column.
func (c *columns) find(name string) *int {
	names := columnNames()
	if col := slices.Index(names[:], name); col >= 0 {
		return &c.place[col]
	}
	return c.findInGroup(name)
}

// missing says which columns have to be there, because of others at times.
func (c *columns) missing() (wrong []string) {
	lacks := func(name string) {
		wrong = append(wrong, fmt.Sprintf("The column %s is missing. Add it.", source.Quote(name)))
	}
	names := columnNames()
	for col := range required {
		if !c.has(col) {
			lacks(names[col])
		}
	}
	if !c.has(colHash) && (c.has(colSalt) || c.has(colUsername)) {
		lacks(names[colHash])
	}
	for _, col := range []int{colSourcedEmail, colSourcedName, colSourcedContacts} {
		if c.exported() && !c.has(col) {
			lacks(names[col])
		}
	}
	for i, g := range c.groups {
		for _, col := range []int{groupEmail, groupKind} {
			if slices.Max(g[:]) >= 0 && g[col] < 0 {
				lacks(groupColumn(i, col))
			}
		}
	}
	if c.has(colContacts) && c.grouped() {
		wrong = append(wrong, "The contacts are there twice: in the column \"contacts\", and in columns of their own. Remove one.")
	}
	return wrong
}

// A row is a record that can go in.
type row struct {
	line     int
	customer string // as typed, safe to print
	details  keyfold.Details
	legacy   password.LegacyHash
	weak     bool   // the hash has to be wrapped before it goes in
	factor   string // seed of the second factor, not yet sealed
	mark     store.Mark
	notes    []Problem // of what does not go in with it
	hosted   []string  // domains, for the report
	hash     readiness.Hash
	// Of an export, what the customer database last said. When the row is
	// read, it changes places with what holds now.
	sourced  keyfold.Contact
	contacts keyfold.ContactList
}

// A parser reads the rows of one file.
type parser struct {
	entities keyfold.Entities
	columns  columns
	intake   *password.Intake
	marker   *marker
	harmless bool // an export made the texts of this file so
}

// typedByPeople reports whether an export takes care of a column.
func typedByPeople(col int) bool {
	switch col {
	case colName, colEmail, colContact, colContacts, colSourcedEmail, colSourcedName, colSourcedContacts:
		return true
	}
	return false
}

// parse reads a row and tells all that is wrong with it. The ID is there
// whenever it could be read, though the rest could not.
func (p parser) parse(rec source.Record) (row, []Problem) {
	r := row{line: rec.Line}
	if i := p.columns.place[colID]; i < len(rec.Fields) {
		r.customer = source.Printable(strings.TrimSpace(rec.Fields[i]))
	}
	if rec.Fault != "" {
		kind := readiness.RowUnreadable
		if rec.Uneven {
			kind = readiness.RowFields
		}
		return r, []Problem{{Line: r.line, Customer: r.customer, Kind: kind, Reason: rec.Fault}}
	}
	wrong := p.readAll(&r, rec)
	if p.columns.exported() {
		present := r.details.Contact
		r.details.Present, r.details.Contact = &present, r.sourced
		r.details.Contacts, r.contacts = r.contacts, r.details.Contacts
	} else {
		r.contacts = r.details.Contacts
	}
	if len(wrong) == 0 {
		r.mark = p.marker.of(&r)
	}
	return r, wrong
}

func (p parser) readAll(r *row, rec source.Record) (wrong []Problem) {
	problem := func(column, typed string, err error) Problem {
		return Problem{Line: r.line, Customer: r.customer, Column: column, Kind: readiness.KindOf(column, typed, err), Reason: inWords(err)}
	}
	for col, name := range columnNames() {
		if !p.columns.has(col) {
			continue
		}
		// A copy: what goes in must not keep the whole row in memory.
		typed := strings.Clone(rec.Fields[p.columns.place[col]])
		if col != colSalt && col != colUsername { // to the old system, a space was part of them
			typed = strings.TrimSpace(typed)
		}
		if p.harmless && typedByPeople(col) {
			typed = source.Harmful(typed)
		}
		if err := p.read(r, col, typed); err != nil {
			wrong = append(wrong, problem(name, typed, err))
		}
	}
	if p.columns.grouped() {
		contacts, column, err := p.columns.readGroups(rec)
		if err == nil {
			r.details.Contacts, err = keyfold.NewContactList(contacts)
		}
		if err != nil {
			wrong = append(wrong, problem(column, "", err))
		}
	}
	taken, err := p.intake.Look(r.legacy)
	r.details.Imported, r.weak = taken.Hash, taken.Weak && taken.Hash == ""
	r.hash = readiness.Hash{Given: r.legacy.Hash != "" && err == nil, Format: taken.Format, Weak: taken.Weak}
	if err != nil {
		n := problem(columnNames()[colHash], r.legacy.Hash, err)
		n.Note, n.Reason = true, n.Reason+" The customer comes in without the old password."
		r.notes = append(r.notes, n)
	}
	return wrong
}

// read reads one field.
func (p parser) read(r *row, col int, typed string) (err error) {
	d := &r.details
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
		r.legacy.Hash = typed
	case colSalt:
		r.legacy.Salt = typed
	case colUsername:
		r.legacy.Username = typed
	case colFactor:
		r.factor, err = parseFactor(typed)
	case colLocale:
		d.Language, err = keyfold.ParseLanguage(typed)
	case colStatus:
		d.Closed, err = parseClosed(typed)
	case colContacts:
		d.Contacts, err = parseContacts(typed)
	case colSourcedEmail:
		if typed != "" {
			r.sourced.Email, err = keyfold.ParseEmail(typed)
		}
	case colSourcedName:
		r.sourced.Name, err = keyfold.ParseName(typed)
	case colSourcedContacts:
		r.contacts, err = parseContacts(typed)
	case colHosted:
		r.hosted = readiness.Domains(typed)
	}
	return err
}

// parseFactor reads the seed of an authenticator app. No more is known of it
// than that it is one.
func parseFactor(typed string) (seed string, err error) {
	seed = strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "=", "").Replace(typed))
	if _, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(seed); err != nil || len(seed) > maxFactor {
		return "", reason("it is no seed of an authenticator app: letters A to Z and digits 2 to 7, in base32.")
	}
	return seed, nil
}

// maxFactor is the longest seed, in characters: 128 bytes.
const maxFactor = 206

func parseClosed(typed string) (bool, error) {
	switch strings.ToLower(typed) {
	case "", "active":
		return false, nil
	case "closed":
		return true, nil
	}
	return false, reason(source.Quote(typed) + " is no status. Write active or closed.")
}
