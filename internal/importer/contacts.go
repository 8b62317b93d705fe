package importer

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/source"
)

// Further contacts stand in groups of columns with a number, from contact_2 on:
// the first contact is the main contact.
const (
	groupEmail = iota
	groupName
	groupKind
	groupPrimary
	groupColumns
)

const (
	firstGroup = 2
	groupCount = 20
)

func groupNames() [groupColumns]string {
	return [groupColumns]string{"email", "name", "kind", "primary"}
}

func groupColumn(group, col int) string {
	return "contact_" + strconv.Itoa(firstGroup+group) + "_" + groupNames()[col]
}

// findInGroup is columns.find for contact_2_email and so on.
func (c *columns) findInGroup(name string) *int {
	rest, ok := strings.CutPrefix(name, "contact_")
	number, part, ok2 := strings.Cut(rest, "_")
	n, err := strconv.Atoi(number)
	names := groupNames()
	col := slices.Index(names[:], part)
	if !ok || !ok2 || err != nil || n < firstGroup || n >= firstGroup+groupCount || col < 0 || number != strconv.Itoa(n) {
		return nil
	}
	return &c.groups[n-firstGroup][col]
}

// grouped reports whether there is a group.
func (c *columns) grouped() bool {
	return slices.ContainsFunc(c.groups[:], func(g [groupColumns]int) bool { return g[groupEmail] >= 0 })
}

// readGroups reads the contacts of a row, and says in which column one is wrong.
func (c *columns) readGroups(rec source.Record) (contacts []keyfold.SourcedContact, column string, err error) {
	for i, g := range c.groups {
		if g[groupEmail] < 0 {
			continue
		}
		field := func(col int) string {
			if g[col] < 0 {
				return ""
			}
			return strings.Clone(strings.TrimSpace(rec.Fields[g[col]]))
		}
		typed := typedContact{Email: field(groupEmail), Name: field(groupName), Kind: field(groupKind)}
		if typed == (typedContact{}) {
			continue
		}
		if typed.Primary, err = parseYes(field(groupPrimary)); err != nil {
			return nil, groupColumn(i, groupPrimary), err
		}
		contact, col, err := typed.parse()
		if err != nil {
			return nil, groupColumn(i, col), err
		}
		contacts = append(contacts, contact)
	}
	return contacts, "contact_" + strconv.Itoa(firstGroup), nil
}

// A typedContact is a contact as it stands in a source.
type typedContact struct {
	Email   string `json:"email"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Primary bool   `json:"primary"`
}

// parse reads a contact, and says which part of it is wrong.
func (t typedContact) parse() (c keyfold.SourcedContact, col int, err error) {
	if t.Email == "" {
		return c, groupEmail, reason("it is empty. Give the email address of this contact, or leave out its name and kind.")
	}
	if c.Email, err = keyfold.ParseEmail(t.Email); err != nil {
		return c, groupEmail, err
	}
	if c.Name, err = keyfold.ParseName(t.Name); err != nil {
		return c, groupName, err
	}
	c.Kind, c.Primary = keyfold.ContactKind(strings.ToLower(strings.TrimSpace(t.Kind))), t.Primary
	if !slices.Contains(keyfold.ContactKinds(), c.Kind) {
		return c, groupKind, reason(source.Quote(t.Kind) + " is no kind of contact. Write general, billing, technical or security.")
	}
	return c, 0, nil
}

func parseYes(typed string) (bool, error) {
	switch strings.ToLower(typed) {
	case "", "no", "n", "false", "0":
		return false, nil
	case "yes", "y", "true", "1":
		return true, nil
	}
	return false, reason(source.Quote(typed) + " is neither yes nor no.")
}

// parseContacts reads a list of contacts in JSON.
func parseContacts(typed string) (keyfold.ContactList, error) {
	if typed == "" || typed == "null" {
		return keyfold.ContactList{}, nil
	}
	var list []typedContact
	d := json.NewDecoder(bytes.NewReader([]byte(typed)))
	d.DisallowUnknownFields()
	err := d.Decode(&list)
	if _, end := d.Token(); err != nil || !errors.Is(end, io.EOF) {
		return keyfold.ContactList{}, reason(`it is no list of contacts. Write it in JSON: [{"email": "…", "name": "…", "kind": "billing", "primary": true}]`)
	}
	var contacts []keyfold.SourcedContact
	for i, t := range list {
		c, col, err := t.parse()
		if err != nil {
			return keyfold.ContactList{}, reason("contact " + strconv.Itoa(i+1) + ", " + groupNames()[col] + ": " + inWords(err))
		}
		contacts = append(contacts, c)
	}
	return keyfold.NewContactList(contacts)
}
