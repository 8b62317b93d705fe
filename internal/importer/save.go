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
	row   row
	fate  fate
	stuck bool // in, and without a contact that a reset could go to
}

// save writes the rows of the batch. It may run more than once, and changes
// nothing but tx.
func (w *run) save(ctx context.Context, tx *store.Tx) ([]outcome, error) {
	done := make([]outcome, 0, len(w.batch))
	for _, r := range w.batch {
		o, err := w.saveRow(ctx, tx, r)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", r.line, err)
		}
		done = append(done, o)
	}
	return done, nil
}

func (w *run) saveRow(ctx context.Context, tx *store.Tx, r row) (outcome, error) {
	a, err := tx.Account(ctx, r.details.ID)
	if keyfold.RefusedAs(err, "account.unknown") {
		c := keyfold.Import(w.by, r.details)
		return outcome{row: r, fate: entered, stuck: stuck(c.Account())}, tx.Apply(ctx, c)
	}
	if err != nil {
		return outcome{}, err
	}
	d := w.parser.columns.keep(a, r.details)
	c := a.Update(w.by, tx.Now(), d)
	if c.IsZero() {
		return outcome{row: r, fate: same, stuck: stuck(a)}, nil
	}
	moved := !a.Contact.Email.Same(c.Account().Contact.Email)
	if moved && a.Frozen {
		return outcome{row: r, fate: disputed}, nil
	}
	if err := tx.Apply(ctx, c); err != nil {
		return outcome{}, err
	}
	if moved || d.Closed && !a.Closed {
		err = voidPending(ctx, tx, a.ID)
	}
	if err == nil && moved {
		err = w.tellFormer(ctx, tx, a)
	}
	return outcome{row: r, fate: changed, stuck: stuck(c.Account())}, err
}

// keep fills in what the file has no column for: that stays as it is.
func (c columns) keep(a keyfold.Account, d keyfold.Details) keyfold.Details {
	if !c.has(colLocale) {
		d.Language = a.Language
	}
	if !c.has(colStatus) {
		d.Closed = a.Closed
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
