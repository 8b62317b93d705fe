package importer

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A fate is what became of a row.
type fate int

const (
	same fate = iota
	entered
	changed
	disputed // left out: the account is frozen
)

// An outcome is a row with its fate.
type outcome struct {
	row        row
	fate       fate
	stuck      bool // in, and without a contact that a reset could go to
	closed     bool
	registered bool
}

// outcomeOf is what became of a row whose account is now a.
func outcomeOf(r row, f fate, a keyfold.Account) outcome {
	return outcome{row: r, fate: f, stuck: stuck(a), closed: a.Closed, registered: a.State == keyfold.Registered}
}

// A work is a row to write.
type work struct {
	row   row
	known bool // its account may be there
}

// save writes rows. It may run more than once, and changes nothing but tx.
func (w *run) save(ctx context.Context, tx *store.Tx, todo []work) ([]outcome, error) {
	var ids []keyfold.CustomerID
	for _, t := range todo {
		if t.known {
			ids = append(ids, t.row.details.ID)
		}
	}
	there, err := tx.Accounts(ctx, ids)
	if err != nil {
		return nil, err
	}
	done := make([]outcome, 0, len(todo))
	all := make([]store.Imported, 0, len(todo))
	for _, t := range todo {
		i, o, err := w.saveRow(ctx, tx, there[t.row.details.ID], t.row)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", w.unit.At(t.row.line), err)
		}
		done = append(done, o)
		if o.fate != disputed {
			all = append(all, i)
		}
	}
	return done, tx.Import(ctx, all)
}

// saveRow finds out what a row makes of its account, which is the zero Account
// when there is none.
func (w *run) saveRow(ctx context.Context, tx *store.Tx, a keyfold.Account, r row) (store.Imported, outcome, error) {
	i := store.Imported{Account: a, Mark: r.mark}
	if a.ID.IsZero() {
		i.Change = keyfold.Import(w.by, r.details)
		err := w.addContacts(ctx, tx, &i, r.contacts)
		return i, outcomeOf(r, entered, i.Change.Account()), err
	}
	d := w.parser.columns.keep(a, r.details)
	i.Change = a.Update(w.by, tx.Now(), d)
	if i.Change.IsZero() {
		return i, outcomeOf(r, same, a), nil
	}
	b := i.Change.Account()
	moved := !a.Contact.Email.Same(b.Contact.Email)
	if a.Frozen && (moved || a.Listed != b.Listed) {
		return i, outcome{row: r, fate: disputed}, nil
	}
	if !b.Update(w.by, tx.Now(), d).IsZero() {
		i.Mark = 0 // another import of the same row would find something to do
	}
	if moved || a.Listed != b.Listed {
		if err := w.addContacts(ctx, tx, &i, b.Listed); err != nil {
			return i, outcome{}, err
		}
	}
	if moved || b.Closed && !a.Closed {
		if err := voidPending(ctx, tx, a.ID); err != nil {
			return i, outcome{}, err
		}
	}
	if moved {
		if err := w.tellFormer(ctx, tx, a); err != nil {
			return i, outcome{}, err
		}
	}
	return i, outcomeOf(r, changed, b), nil
}

// addContacts adds what a change means for the listed contacts, when they are to
// be those of a list.
func (w *run) addContacts(ctx context.Context, tx *store.Tx, i *store.Imported, list keyfold.ContactList) (err error) {
	var listed []keyfold.ListedContact
	if !i.Account.ID.IsZero() {
		if listed, err = tx.Contacts(ctx, i.Account.ID); err != nil {
			return err
		}
	}
	var ids error
	a := i.Change.Account()
	a.Listed = list
	i.Contacts = a.ImportContacts(w.by, i.Account, listed, func() string {
		id, err := uuid.NewV7()
		if err != nil {
			ids = fmt.Errorf("new id: %w", err)
		}
		return id.String()
	})
	return ids
}

// keep fills in what the file has no column for: that stays as it is.
func (c *columns) keep(a keyfold.Account, d keyfold.Details) keyfold.Details {
	if !c.has(colLocale) {
		d.Language = a.Language
	}
	if !c.has(colStatus) {
		d.Closed = a.Closed
	}
	if !c.has(colContacts) && !c.grouped() && !c.exported() {
		d.Contacts = a.Listed
	}
	return d
}

// stuck reports whether nobody could ever reset an account. The owner of a
// registered one logs in without its main contact.
func stuck(a keyfold.Account) bool {
	return a.Contact.Email.IsZero() && !a.Closed && a.State != keyfold.Registered
}

// voidPending ends every link and session that the former contact, or the
// customer of a closed account, could still go on with.
func voidPending(ctx context.Context, tx *store.Tx, id keyfold.CustomerID) error {
	err := tx.EndGrants(ctx, store.OfAccount(id), store.Void, store.Reset, store.Confirm, store.Link, store.Stop, store.Recover, store.Veto)
	if err != nil {
		return err
	}
	return tx.EndAccountSessions(ctx, id)
}

// tellFormer tells the mailbox that was the main contact that it is not so any
// more: if the change is a theft, its reader is the one who would know.
func (w *run) tellFormer(ctx context.Context, tx *store.Tx, former keyfold.Account) error {
	if former.Contact.Email.IsZero() {
		return nil
	}
	id, err := uuid.NewV7()
	if err != nil {
		return fmt.Errorf("new id: %w", err)
	}
	return tx.Enqueue(ctx, store.Mail{
		ID: id.String(), Template: "contact-changed", To: former.Contact.Email,
		Language: former.Language, Entity: former.Entity, Account: former.ID,
	})
}
