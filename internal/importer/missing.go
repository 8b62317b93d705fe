package importer

import (
	"context"
	"fmt"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// Missing says what becomes of accounts that a source does not have.
type Missing struct {
	// Most is how many may be closed; 0: a fifth of the open ones. Those of
	// entities that the source has no customer of are neither closed nor counted.
	Most int
	All  bool // as many as there are
}

// missingShare is the share of open accounts that may be closed without a word:
// one in so many. A list that was cut short, or the wrong one, lacks more.
const missingShare = 5

// A TooManyMissing is why no account was closed.
type TooManyMissing struct {
	Missing, Open int
	Most          int
	Unreadable    int // rows of which nobody knows whose they are
}

func (t *TooManyMissing) Error() string {
	if t.Unreadable > 0 {
		return fmt.Sprintf("%d rows have no customer ID that can be read, so nobody knows who is missing", t.Unreadable)
	}
	return fmt.Sprintf("%d of %d open accounts are not in this source, and no more than %d may be closed", t.Missing, t.Open, t.Most)
}

// closeMissing closes the accounts of the entities of the source that are open
// and were not in it. First all are counted, so that either all are closed, or
// none.
func (w *run) closeMissing(ctx context.Context, m Missing) error {
	if w.unreadable > 0 {
		return &TooManyMissing{Unreadable: w.unreadable}
	}
	open, missing := 0, 0
	err := w.eachOpen(ctx, func(all, gone []keyfold.CustomerID) error {
		open, missing = open+len(all), missing+len(gone)
		return nil
	})
	if err != nil {
		return err
	}
	most := m.Most
	if most == 0 {
		most = open / missingShare
	}
	if missing > most && !m.All {
		return &TooManyMissing{Missing: missing, Open: open, Most: most}
	}
	return w.eachOpen(ctx, func(_, gone []keyfold.CustomerID) error { return w.closeAll(ctx, gone) })
}

// eachOpen goes through the open accounts of the entities of the source, with
// those that it does not have.
func (w *run) eachOpen(ctx context.Context, do func(all, gone []keyfold.CustomerID) error) error {
	const page = 1000
	var after keyfold.CustomerID
	for {
		listed, err := w.db.Reader().OpenAccounts(ctx, after, page)
		if err != nil {
			return fmt.Errorf("importer: %w", err)
		}
		var all, gone []keyfold.CustomerID
		for _, a := range listed {
			if !w.entities[a.Entity] {
				continue
			}
			all = append(all, a.ID)
			_, there, err := w.seen.line(a.ID)
			if err != nil {
				return err
			}
			if !there {
				gone = append(gone, a.ID)
			}
		}
		if err := do(all, gone); err != nil {
			return err
		}
		if len(listed) < page {
			return nil
		}
		after = listed[len(listed)-1].ID
	}
}

func (w *run) closeAll(ctx context.Context, gone []keyfold.CustomerID) error {
	for part := range slices.Chunk(gone, w.db.BulkRows()) {
		closed := 0
		err := w.db.Bulk(ctx, func(tx *store.Tx) (err error) {
			closed, err = w.closeRows(ctx, tx, part)
			return err
		})
		if err != nil {
			return fmt.Errorf("importer: %w", err)
		}
		w.result.Closed += closed
		if w.watch != nil {
			w.watch(w.result)
		}
	}
	return nil
}

func (w *run) closeRows(ctx context.Context, tx *store.Tx, ids []keyfold.CustomerID) (closed int, err error) {
	accounts, err := tx.Accounts(ctx, ids)
	if err != nil {
		return 0, err
	}
	var all []store.Imported
	for _, id := range ids {
		a := accounts[id]
		c := a.Update(w.by, tx.Now(), keyfold.Details{
			ID: id, Entity: a.Entity, Name: a.Name, Language: a.Language, Contact: a.Sourced, Contacts: a.Listed, Closed: true,
		})
		if c.IsZero() { // closed by somebody else since
			continue
		}
		if err := voidPending(ctx, tx, id); err != nil {
			return 0, err
		}
		all = append(all, store.Imported{Change: c, Account: a})
	}
	return len(all), tx.Import(ctx, all)
}
