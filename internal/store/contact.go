package store

import (
	"context"
	"slices"

	"github.com/keyfold/keyfold"
)

// Told are the mailboxes that are told of what happens to an account: those of
// [keyfold.Account.Notices], and the primary contacts of each kind.
func (r Reader) Told(ctx context.Context, a keyfold.Account) ([]keyfold.Email, error) {
	told := a.Notices(r.now())
	err := r.each(ctx, "primary contacts", func(row row) error {
		var e keyfold.Email
		if err := row.Scan(text(&e)); err != nil {
			return err
		}
		if !slices.ContainsFunc(told, e.Same) {
			told = append(told, e)
		}
		return nil
	}, `select email from contacts where customer_id = $1 and is_primary order by kind`, a.ID.String())
	return told, err
}

// Contacts are the listed contacts of an account, by kind, the primary one of
// each first. The main contact is with the account.
func (r Reader) Contacts(ctx context.Context, id keyfold.CustomerID) (contacts []keyfold.ListedContact, err error) {
	err = r.each(ctx, "contacts", func(row row) error {
		var c keyfold.ListedContact
		err := row.Scan(&c.ID, text(&c.Account), &c.Kind, &c.Primary, &c.Name, text(&c.Email))
		contacts = append(contacts, c)
		return err
	}, `select id, customer_id, kind, is_primary, name, email from contacts where customer_id = $1
		order by kind, is_primary desc, created_at, id`, id.String())
	return contacts, err
}
