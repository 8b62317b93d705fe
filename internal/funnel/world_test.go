package funnel_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// amsterdam has days of 23 and of 25 hours, and is ahead of UTC.
func amsterdam(tb testing.TB) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation("Europe/Amsterdam")
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}

var by = keyfold.Act{By: "test"}

// A world is a database in which things happen to accounts.
type world struct {
	*testing.T
	db    *store.DB
	clock *storetest.Clock
	zone  *time.Location
	rand  *rand.Rand
	users []keyfold.User
	ids   []keyfold.CustomerID
}

func newWorld(t *testing.T, db *store.DB, clock *storetest.Clock) *world {
	t.Helper()
	w := &world{T: t, db: db, clock: clock, zone: amsterdam(t), rand: rand.New(rand.NewPCG(1, 2))}
	for i := range 3 {
		c := keyfold.NewUser(by, keyfold.UserID(fmt.Sprintf("user-%d", i)), w.email(fmt.Sprintf("user%d@acme.example", i)), "", keyfold.English, "h")
		w.update(func(tx *store.Tx) error { return tx.ApplyUser(t.Context(), c) })
		u := c.User()
		w.users = append(w.users, u)
	}
	return w
}

func (w *world) email(typed string) keyfold.Email {
	w.Helper()
	e, err := keyfold.ParseEmail(typed)
	if err != nil {
		w.Fatal(err)
	}
	return e
}

func (w *world) id(n int) keyfold.CustomerID {
	w.Helper()
	id, err := keyfold.ParseCustomerID(fmt.Sprintf("NL%06d", 100000+n))
	if err != nil {
		w.Fatal(err)
	}
	return id
}

func (w *world) update(fn func(tx *store.Tx) error) {
	w.Helper()
	if err := w.db.Update(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

func (w *world) details(id keyfold.CustomerID, entity, contact string) keyfold.Details {
	d := keyfold.Details{ID: id, Entity: entity, Name: "Veldkamp Media B.V."}
	if contact != "" {
		d.Contact = keyfold.Contact{Email: w.email(contact)}
	}
	return d
}

// enter imports an account.
func (w *world) enter(entity string) keyfold.CustomerID {
	w.Helper()
	id := w.id(len(w.ids))
	w.ids = append(w.ids, id)
	contact := "main@acme.example"
	if w.rand.IntN(5) == 0 {
		contact = ""
	}
	w.update(func(tx *store.Tx) error {
		return tx.Apply(w.Context(), keyfold.Import(by, w.details(id, entity, contact)))
	})
	return id
}

// do lets something happen to an account, or nothing, when it is refused.
func (w *world) do(id keyfold.CustomerID, what func(a keyfold.Account, now time.Time) (keyfold.Change, error)) {
	w.Helper()
	w.update(func(tx *store.Tx) error {
		a, err := tx.Account(w.Context(), id)
		if err != nil {
			return err
		}
		c, err := what(a, tx.Now())
		if _, refused := errors.AsType[*keyfold.Refusal](err); refused || err == nil && c.IsZero() {
			return nil
		}
		if err != nil {
			return err
		}
		return tx.Apply(w.Context(), c)
	})
}

// ask asks for a reset. With a note, the mail carries no link.
func (w *world) ask(id keyfold.CustomerID) {
	w.Helper()
	w.update(func(tx *store.Tx) error {
		a, err := tx.Account(w.Context(), id)
		if err != nil || a.Closed || a.Frozen {
			return err
		}
		e := keyfold.Event{Act: by, Kind: "reset.requested", Account: id}
		if a.State == keyfold.Registered {
			e.Note = "reset-moved"
		}
		return tx.Record(w.Context(), e)
	})
}

func (w *world) password(id keyfold.CustomerID) {
	w.do(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.SetPassword(by, now, "h") })
}

func (w *world) pend(id keyfold.CustomerID) {
	w.do(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
		return a.PendEmail(by, now, w.email("new@acme.example"))
	})
}

func (w *world) register(id keyfold.CustomerID) {
	w.do(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
		return a.Register(by, now, w.users[0].ID)
	})
}

func (w *world) link(id keyfold.CustomerID) {
	w.do(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.LinkBy(by, now, w.users[1]) })
}

func (w *world) undo(id keyfold.CustomerID) {
	w.do(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.UndoLink(by, now) })
}

func (w *world) unlink(id keyfold.CustomerID) {
	w.do(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.Unlink(by, now) })
}

func (w *world) freeze(id keyfold.CustomerID) {
	w.do(id, func(a keyfold.Account, _ time.Time) (keyfold.Change, error) { return a.Freeze(by) })
}

// again imports an account once more: closed, reopened, moved to another entity,
// with another contact or as it was.
func (w *world) again(id keyfold.CustomerID, change func(*keyfold.Details)) {
	w.do(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
		d := keyfold.Details{ID: id, Entity: a.Entity, Name: a.Name, Language: a.Language, Contact: a.Sourced, Contacts: a.Listed, Closed: a.Closed}
		change(&d)
		return a.Update(by, now, d), nil
	})
}

// any lets anything happen to any account.
func (w *world) any() {
	w.Helper()
	if len(w.ids) == 0 || w.rand.IntN(6) == 0 {
		w.enter([]string{"NL", "DE", "US"}[w.rand.IntN(3)])
		return
	}
	id := w.ids[w.rand.IntN(len(w.ids))]
	forward := []func(keyfold.CustomerID){w.ask, w.password, w.pend, w.register, w.link}
	aside := []func(keyfold.CustomerID){
		w.undo, w.unlink, w.freeze,
		func(id keyfold.CustomerID) { w.again(id, func(d *keyfold.Details) { d.Closed = !d.Closed }) },
		func(id keyfold.CustomerID) {
			w.again(id, func(d *keyfold.Details) { d.Entity = []string{"NL", "DE", "US"}[w.rand.IntN(3)] })
		},
		func(id keyfold.CustomerID) {
			w.again(id, func(d *keyfold.Details) { d.Contact = keyfold.Contact{Email: w.email("main@acme.example")} })
		},
		func(id keyfold.CustomerID) { w.again(id, func(d *keyfold.Details) { d.Contact = keyfold.Contact{} }) },
		func(id keyfold.CustomerID) { w.again(id, func(d *keyfold.Details) { d.Name += "." }) },
	}
	if w.rand.IntN(3) > 0 {
		forward[w.rand.IntN(len(forward))](id)
		return
	}
	aside[w.rand.IntN(len(aside))](id)
}

func (w *world) service() *funnel.Service { return &funnel.Service{DB: w.db, Zone: w.zone} }

// count counts all that has happened.
func (w *world) count() {
	w.Helper()
	storetest.Seal(w.T, w.db)
	for {
		n, err := w.service().Count(w.Context(), 1+w.rand.IntN(40))
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}
