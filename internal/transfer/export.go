package transfer

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A List is what an export is about.
type List string

// The lists. A file of customers is one that an import reads.
const (
	Customers   List = "customers"
	Users       List = "users"
	Memberships List = "memberships"
	Events      List = "events"
)

// An Export is how a list is written.
type Export struct {
	List List
	JSON bool // an object on each line, in place of CSV
	// Secrets writes the hashes of passwords as well. They belong into a file
	// that is encrypted.
	Secrets bool
}

// pageRows is how many rows are in memory at once.
const pageRows = 1000

// Write writes all of a list as it is now, and says how many rows there are.
func (e Export) Write(ctx context.Context, db *store.DB, to io.Writer) (n int64, err error) {
	table := map[List]exported{Customers: customers, Users: users, Memberships: memberships, Events: events}[e.List]
	columns := slices.DeleteFunc(slices.Clone(table.columns), func(c column) bool { return c.secret && !e.Secrets })
	out := newRowWriter(to, columns, e.JSON)
	err = db.Snapshot(ctx, func(r store.Reader) error {
		return table.each(ctx, r, func(row map[string]string) error {
			n++
			return out.row(row)
		})
	})
	if err == nil {
		err = out.flush()
	}
	if err != nil {
		return n, fmt.Errorf("transfer: export: %w", err)
	}
	return n, nil
}

// An exported list has columns, and a way to go through its rows.
type exported struct {
	columns []column
	each    func(ctx context.Context, r store.Reader, row func(map[string]string) error) error
}

// A column of an export.
type column struct {
	name   string
	secret bool
	typed  bool // by people, who may have typed a formula
	json   bool // is JSON already
}

var customers = exported{
	columns: []column{
		{name: "customer_id"},
		{name: "name", typed: true},
		{name: "contact_email", typed: true},
		{name: "contact_name", typed: true},
		{name: "contacts", typed: true, json: true},
		{name: "locale"},
		{name: "status"},
		{name: "sourced_email", typed: true},
		{name: "sourced_name", typed: true},
		{name: "sourced_contacts", typed: true, json: true},
		{name: "password_hash", secret: true},
	},
	each: func(ctx context.Context, r store.Reader, row func(map[string]string) error) error {
		var after keyfold.CustomerID
		for {
			page, err := r.AccountsPage(ctx, after, pageRows)
			if err != nil || len(page) == 0 {
				return err
			}
			last := page[len(page)-1].ID
			listed, err := r.ContactsOf(ctx, after, last)
			if err != nil {
				return err
			}
			for _, a := range page {
				if err := row(customerRow(a, listed[a.ID])); err != nil {
					return err
				}
			}
			after = last
		}
	},
}

// customerRow is an account in the words of an import. What the customer
// database last said is there beside what holds now, so that an import knows
// that nothing has changed there.
func customerRow(a keyfold.Account, listed []keyfold.ListedContact) map[string]string {
	status := "active"
	if a.Closed {
		status = "closed"
	}
	return map[string]string{
		"customer_id": a.ID.String(), "name": a.Name, "contact_email": a.Contact.Email.String(), "contact_name": a.Contact.Name,
		"contacts": contactsText(listed), "locale": a.Language.String(), "status": status,
		"sourced_email": a.Sourced.Email.String(), "sourced_name": a.Sourced.Name, "sourced_contacts": a.Listed.String(),
		"password_hash": string(a.Imported),
	}
}

// contactsText is the list as an import reads it; empty when nobody is listed.
func contactsText(listed []keyfold.ListedContact) string {
	if len(listed) == 0 {
		return ""
	}
	type contact struct {
		Email   string              `json:"email"`
		Name    string              `json:"name"`
		Kind    keyfold.ContactKind `json:"kind"`
		Primary bool                `json:"primary"`
	}
	all := make([]contact, 0, len(listed))
	for _, c := range listed {
		all = append(all, contact{c.Email.String(), c.Name, c.Kind, c.Primary})
	}
	text, _ := json.Marshal(all) // never fails: texts
	return string(text)
}

var users = exported{
	columns: []column{
		{name: "user_id"},
		{name: "email", typed: true},
		{name: "name", typed: true},
		{name: "language"},
		{name: "created"},
		{name: "state"},
		{name: "password_hash", secret: true},
	},
	// Who deleted the login is not among them.
	each: func(ctx context.Context, r store.Reader, row func(map[string]string) error) error {
		var after keyfold.UserID
		for {
			page, err := r.UsersPage(ctx, after, pageRows)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, u := range page {
				after = u.ID
				if u.Deleted {
					continue
				}
				if err := row(userRow(u)); err != nil {
					return err
				}
			}
		}
	},
}

func userRow(u store.DatedUser) map[string]string {
	state := "active"
	if u.Suspended {
		state = "suspended"
	}
	return map[string]string{
		"user_id": string(u.ID), "email": u.Email.String(), "name": u.Name, "language": u.Language.String(),
		"created": moment(u.Created), "state": state, "password_hash": string(u.Password),
	}
}

var memberships = exported{
	columns: []column{{name: "customer_id"}, {name: "email", typed: true}, {name: "roles"}, {name: "since"}},
	each: func(ctx context.Context, r store.Reader, row func(map[string]string) error) error {
		var after keyfold.Member
		for {
			page, err := r.AllMembersPage(ctx, after, pageRows)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, m := range page {
				after = m.Member
				err := row(map[string]string{
					"customer_id": m.Account.String(), "email": m.Email.String(), "roles": m.Roles.String(), "since": moment(m.Since),
				})
				if err != nil {
					return err
				}
			}
		}
	},
}

var events = exported{
	columns: []column{
		{name: "seq"},
		{name: "at"},
		{name: "kind"},
		{name: "customer_id"},
		{name: "user_id"},
		{name: "actor", typed: true},
		{name: "origin"},
		{name: "note", typed: true},
		{name: "became", typed: true, json: true},
	},
	each: func(ctx context.Context, r store.Reader, row func(map[string]string) error) error {
		var after int64
		for {
			page, err := r.TrailPage(ctx, after, pageRows)
			if err != nil || len(page) == 0 {
				return err
			}
			for _, e := range page {
				after = e.Seq
				if err := row(eventRow(e)); err != nil {
					return err
				}
			}
		}
	},
}

func eventRow(e store.PastEvent) map[string]string {
	became := ""
	if !e.Became.IsZero() {
		text, _ := json.Marshal(e.Became) // never fails: texts
		became = string(text)
	}
	return map[string]string{
		"seq": fmt.Sprint(e.Seq), "at": moment(e.At), "kind": e.Kind, "customer_id": e.Account.String(), "user_id": string(e.User),
		"actor": e.By, "origin": e.From, "note": e.Note, "became": became,
	}
}

func moment(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
