package finder_test

import (
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

// A world is a database with customers, and what finds them.
type world struct {
	*testing.T

	db    *store.DB
	clock *storetest.Clock
	finds *finder.Service

	entered int // customers with made-up names
}

func each(t *testing.T, test func(w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) { test(newWorld(t, db, clock)) })
}

func newWorld(t *testing.T, db *store.DB, clock *storetest.Clock) *world {
	t.Helper()
	limits := limit.Make(limit.Default())
	return &world{T: t, db: db, clock: clock, finds: &finder.Service{
		DB: db, Key: token.NewKey("a secret of the tests, which nobody knows"), Entities: storetest.Entities(t), Limits: limits,
	}}
}

var agent = keyfold.Act{By: keyfold.StaffID("femke").Actor(), From: "192.0.2.7"}

func id(tb testing.TB, typed string) keyfold.CustomerID {
	tb.Helper()
	parsed, err := keyfold.ParseCustomerID(typed)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}

func email(tb testing.TB, typed string) keyfold.Email {
	tb.Helper()
	parsed, err := keyfold.ParseEmail(typed)
	if err != nil {
		tb.Fatal(err)
	}
	return parsed
}

// customer enters an account.
func (w *world) customer(name, company, contact, address string) keyfold.CustomerID {
	w.Helper()
	d := keyfold.Details{ID: id(w, name), Entity: "NL", Name: company, Contact: keyfold.Contact{Name: contact, Email: email(w, address)}}
	w.update(func(tx *store.Tx) error {
		return tx.Apply(w.Context(), keyfold.Import(keyfold.Act{By: "import:test"}, d))
	})
	return d.ID
}

// changed has the customer database say something else of an account.
func (w *world) changed(name string, d keyfold.Details) {
	w.Helper()
	w.update(func(tx *store.Tx) error {
		a, err := tx.Account(w.Context(), id(w, name))
		if err != nil {
			return err
		}
		d.ID, d.Entity, d.Contact = a.ID, a.Entity, a.Contact
		return tx.Apply(w.Context(), a.Update(keyfold.Act{By: "import:test"}, tx.Now(), d))
	})
}

func (w *world) update(fn func(*store.Tx) error) {
	w.Helper()
	if err := w.db.Update(w.Context(), fn); err != nil {
		w.Fatal(err)
	}
}

// index brings the index up to date.
func (w *world) index() {
	w.Helper()
	storetest.Seal(w, w.db)
	for {
		n, _, err := w.finds.Step(w.Context(), 100)
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

// find looks for something, as an agent who may do so for ever.
func (w *world) find(typed string) finder.Answer {
	w.Helper()
	w.clock.Pass(limit.Make(limit.Default()).Find.Day.Window)
	a, err := w.finds.Find(w.Context(), agent, typed)
	if err != nil {
		w.Fatalf("%q: %v", typed, err)
	}
	return a
}

func found(a finder.Answer) (ids []string) {
	for _, h := range a.Hits {
		ids = append(ids, h.Account.ID.String())
	}
	return ids
}

// finds expects one account, or the best one of several.
func (w *world) expect(typed, want string) finder.Hit {
	w.Helper()
	a := w.find(typed)
	if len(a.Hits) == 0 || a.Hits[0].Account.ID.String() != want {
		w.Errorf("%q finds %v, want %s first", typed, found(a), want)
		return finder.Hit{}
	}
	return a.Hits[0]
}

func (w *world) none(typed string) {
	w.Helper()
	if a := w.find(typed); len(a.Hits) > 0 {
		w.Errorf("%q finds %v, want nothing", typed, found(a))
	}
}
