package store

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/keyfold/keyfold"
)

// Contacts are the listed contacts of an account: by kind, the primary one
// first, then in the order in which they came.
func (r Reader) Contacts(ctx context.Context, id keyfold.CustomerID) (contacts []keyfold.ListedContact, err error) {
	err = r.each(ctx, "contacts", func(row row) error {
		c := keyfold.ListedContact{Account: id}
		err := row.Scan(&c.ID, &c.Kind, &c.Primary, &c.Name, text(&c.Email))
		contacts = append(contacts, c)
		return err
	}, `select c.id, c.kind, c.is_primary, c.name, c.email from contacts c
		where c.customer_id = $1 order by c.kind, c.is_primary desc, c.created_at, c.id`, id.String())
	return contacts, err
}

// ApplyContact writes a change of a listed contact and its event. The account
// has to be locked, by [Tx.Account].
func (tx *Tx) ApplyContact(ctx context.Context, c keyfold.ContactChange) error {
	if c.IsZero() {
		return errors.New("store: the zero change changes nothing")
	}
	write := tx.promoteContact
	switch {
	case c.Removed():
		write = tx.deleteContact
	case c.Renamed():
		write = tx.renameContact
	case c.Added():
		write = tx.insertContact
	}
	if err := write(ctx, c.Contact()); err != nil {
		return err
	}
	return tx.Record(ctx, c.Event())
}

func (tx *Tx) insertContact(ctx context.Context, c keyfold.ListedContact) error {
	n, err := tx.exec(ctx, "add contact", `
		insert into contacts (id, customer_id, kind, is_primary, name, email, email_key, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
		on conflict (customer_id, kind, email_key) do nothing`,
		c.ID, c.Account.String(), c.Kind, c.Primary, c.Name, c.Email.String(), c.Email.Key(), ms(tx.Now()))
	if err == nil && n == 0 {
		return keyfold.Refuse(keyfold.Conflict, "contact.once").On("email")
	}
	return err
}

func (tx *Tx) deleteContact(ctx context.Context, c keyfold.ListedContact) error {
	_, err := tx.exec(ctx, "remove contact", `delete from contacts where customer_id = $1 and id = $2`, c.Account.String(), c.ID)
	return err
}

func (tx *Tx) renameContact(ctx context.Context, c keyfold.ListedContact) error {
	_, err := tx.exec(ctx, "rename contact", `update contacts set name = $3, updated_at = $4 where customer_id = $1 and id = $2`,
		c.Account.String(), c.ID, c.Name, ms(tx.Now()))
	return err
}

// promoteContact takes the role from who has it before it is given: of two
// primary ones of a kind, the database takes neither.
func (tx *Tx) promoteContact(ctx context.Context, c keyfold.ListedContact) error {
	_, err := tx.exec(ctx, "demote contact", `
		update contacts set is_primary = false, updated_at = $3 where customer_id = $1 and kind = $2 and is_primary`,
		c.Account.String(), c.Kind, ms(tx.Now()))
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "promote contact", `
		update contacts set is_primary = true, updated_at = $3 where customer_id = $1 and id = $2`,
		c.Account.String(), c.ID, ms(tx.Now()))
	return err
}

// Told are the mailboxes that are told of what happens to an account: those of
// [keyfold.Account.Notices], and the primary contacts of each kind.
func (r Reader) Told(ctx context.Context, a keyfold.Account) ([]keyfold.Email, error) {
	boxes, err := r.ToldOf(ctx, []keyfold.Account{a})
	told := make([]keyfold.Email, 0, len(boxes))
	for _, b := range boxes {
		told = append(told, b.To)
	}
	return told, err
}

// A Mailbox is told of what happens to accounts, all of them in one mail.
type Mailbox struct {
	To       keyfold.Email
	Accounts []keyfold.Account
}

// ToldOf is Told for many accounts at once: each mailbox comes once, with those
// of the accounts that it is told of.
func (r Reader) ToldOf(ctx context.Context, accounts []keyfold.Account) ([]Mailbox, error) {
	var boxes []Mailbox
	at := map[string]int{} // by key of the address
	tell := func(to keyfold.Email, a keyfold.Account) {
		i, known := at[to.Key()]
		if !known {
			i = len(boxes)
			at[to.Key()], boxes = i, append(boxes, Mailbox{To: to})
		}
		if n := len(boxes[i].Accounts); n == 0 || boxes[i].Accounts[n-1].ID != a.ID {
			boxes[i].Accounts = append(boxes[i].Accounts, a)
		}
	}
	for chunk := range slices.Chunk(accounts, inChunk) {
		primary, err := r.primaryContacts(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for _, a := range chunk {
			for _, to := range slices.Concat(a.Notices(r.now()), primary[a.ID]) {
				tell(to, a)
			}
		}
	}
	return boxes, nil
}

// inChunk is how many rows one statement is about, so that its text is always
// the same: what is left over is filled up.
const inChunk = 50

// primaryContacts finds the primary contacts of at most inChunk accounts.
func (r Reader) primaryContacts(ctx context.Context, accounts []keyfold.Account) (map[keyfold.CustomerID][]keyfold.Email, error) {
	ids := make([]any, inChunk)
	for i := range ids {
		ids[i] = accounts[min(i, len(accounts)-1)].ID.String()
	}
	found := map[keyfold.CustomerID][]keyfold.Email{}
	err := r.each(ctx, "primary contacts", func(row row) error {
		var id keyfold.CustomerID
		var e keyfold.Email
		err := row.Scan(text(&id), text(&e))
		found[id] = append(found[id], e)
		return err
	}, primaryContactsOf, ids...)
	return found, err
}

var primaryContactsOf = `select customer_id, email from contacts
	where is_primary and customer_id in (` + numbered(inChunk) + `) order by customer_id, kind`

// ComingDue are accounts whose main contact changes now, at most limit, the
// longest due first. The list goes on from a place, and ends at the next.
func (r Reader) ComingDue(ctx context.Context, from Place, limit int) (due []keyfold.CustomerID, next Place, err error) {
	next = from
	err = r.each(ctx, "coming contacts", func(row row) error {
		var id keyfold.CustomerID
		err := row.Scan(text(&id), at(&next.at), &next.id)
		due = append(due, id)
		return err
	}, `select customer_id, coming_at, customer_id from accounts
		where coming_at > 0 and coming_at <= $1 and coming_at >= $2 and (coming_at > $2 or customer_id > $3)
		order by coming_at, customer_id limit $4`, ms(r.now()), ms(from.at), from.id, limit)
	return due, next, err
}

// Entered is when an account came in.
func (r Reader) Entered(ctx context.Context, id keyfold.CustomerID) (t time.Time, err error) {
	err = r.q.QueryRowContext(ctx, `select created_at from accounts where customer_id = $1`, id.String()).Scan(at(&t))
	if err != nil {
		return time.Time{}, missing(err, "account.unknown")
	}
	return t, nil
}

// HowOwned is the kind of the newest event by which an account got its owner;
// empty when there is none.
func (r Reader) HowOwned(ctx context.Context, id keyfold.CustomerID) (kind string, err error) {
	err = r.each(ctx, "how owned", func(row row) error { return row.Scan(&kind) }, `
		select kind from events where customer_id = $1 and kind in ('account.registered', 'account.linked', 'account.claimed')
		order by seq desc limit 1`, id.String())
	return kind, err
}
