package ownership_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/linking"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/ownership"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

var act = keyfold.Act{By: "visitor", From: "192.0.2.1"}

const contact = "info@veldkamp.example"

// A world is a service on a database with one account: u1 owns it, u2 is an
// admin, u3 looks after its invoices, and u4 is nobody there.
type world struct {
	*ownership.Service

	t       *testing.T
	clock   *storetest.Clock
	linking *linking.Service
	id      keyfold.CustomerID
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		teller := notice.Teller{Key: token.NewKey("a-secret-of-the-tests-that-is-long-enough"), Dispute: 14 * 24 * time.Hour}
		w := &world{t: t, clock: clock, Service: &ownership.Service{DB: db, Teller: teller, Limits: limit.Make(limit.Default())}}
		w.linking = &linking.Service{DB: db, Teller: teller, Prove: func(context.Context, keyfold.Act, keyfold.User, string) error { return nil }}
		for _, u := range []keyfold.UserID{"u1", "u2", "u3", "u4"} {
			c := keyfold.NewUser(act, u, address(t, string(u)+"@veldkamp.example"), "", keyfold.English, "hash")
			w.update(func(tx *store.Tx) error { return tx.ApplyUser(t.Context(), c) })
		}
		w.id = w.owned("NL123421341", contact)
		w.admit("u2", keyfold.Admin)
		w.admit("u3", keyfold.Finance)
		test(t, w)
	})
}

func address(tb testing.TB, s string) keyfold.Email {
	tb.Helper()
	e, err := keyfold.ParseEmail(s)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// refused wants a refusal with that text.
func (w *world) refused(what string, err error, text string) {
	w.t.Helper()
	if !keyfold.RefusedAs(err, text) {
		w.t.Errorf("%s: %v, want %s", what, err, text)
	}
}

func (w *world) update(do func(tx *store.Tx) error) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), do))
}

// change applies a change of an account.
func (w *world) change(id keyfold.CustomerID, do func(now time.Time, a keyfold.Account) (keyfold.Change, error)) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), id)
		if err != nil {
			return err
		}
		c, err := do(tx.Now(), a)
		if err != nil {
			return err
		}
		return tx.Apply(w.t.Context(), c)
	})
}

// owned is an account with the password of a customer ID and the owner u1.
func (w *world) owned(id, contact string) keyfold.CustomerID {
	w.t.Helper()
	customer := storetest.Import(w.t, w.DB, id, contact)
	w.change(customer, func(now time.Time, a keyfold.Account) (keyfold.Change, error) {
		return a.SetPassword(act, now, "legacy")
	})
	w.change(customer, func(now time.Time, a keyfold.Account) (keyfold.Change, error) {
		return a.PendEmail(act, now, address(w.t, "u1@veldkamp.example"))
	})
	w.change(customer, func(now time.Time, a keyfold.Account) (keyfold.Change, error) { return a.Register(act, now, "u1") })
	return customer
}

func (w *world) admit(u keyfold.UserID, role keyfold.Role) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), w.id)
		if err != nil {
			return err
		}
		c, err := a.Admit(act, keyfold.Member{User: u, Roles: keyfold.RolesOf(role)}, "invited")
		if err != nil {
			return err
		}
		return tx.ApplyMember(w.t.Context(), c)
	})
}

// remove ends the access of a user, as the owner or an admin does it.
func (w *world) remove(u keyfold.UserID) error {
	return w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), w.id)
		if err != nil {
			return err
		}
		m, err := tx.Member(w.t.Context(), w.id, u)
		if err != nil {
			return err
		}
		c, err := a.Remove(act, keyfold.RolesOf(keyfold.Owner), m)
		if err != nil {
			return err
		}
		return tx.ApplyMember(w.t.Context(), c)
	})
}

func (w *world) account(id keyfold.CustomerID) keyfold.Account {
	w.t.Helper()
	a, err := w.DB.Reader().Account(w.t.Context(), id)
	w.must(err)
	return a
}

// owner is who owns the account, and holds what has to be true of every account
// in the meantime: one owner, or nobody at all.
func (w *world) owner() keyfold.UserID {
	w.t.Helper()
	a := w.account(w.id)
	members, err := w.DB.Reader().Members(w.t.Context(), w.id)
	w.must(err)
	owners := 0
	for _, m := range members {
		if m.Roles.Has(keyfold.Owner) {
			owners++
			if m.ID != a.Owner {
				w.t.Errorf("the account belongs to %q, and %s is its owner", a.Owner, m.ID)
			}
		}
	}
	switch {
	case a.Owner != "" && owners != 1, a.Owner == "" && len(members) > 0:
		w.t.Errorf("the owner is %q, and there are %d owners of %d users", a.Owner, owners, len(members))
	case (a.State == keyfold.Registered) != (a.Owner != ""):
		w.t.Errorf("%s with the owner %q", a.State, a.Owner)
	}
	return a.Owner
}

func (w *world) roles(u keyfold.UserID) string {
	w.t.Helper()
	m, err := w.DB.Reader().Member(w.t.Context(), w.id, u)
	w.must(err)
	return m.Roles.String()
}

// link is the one in the newest mail of a template to an address.
func (w *world) link(to, template string, p store.Purpose) token.Secret {
	w.t.Helper()
	m, ok, err := w.DB.Reader().LastMail(w.t.Context(), w.id, address(w.t, to), template)
	w.must(err)
	if !ok || m.Token == "" {
		w.t.Fatalf("no mail %s with a link to %s", template, to)
	}
	return w.Teller.Key.Derive(m.Token, string(p), m.To.Key())
}

// told reports whether an address was promised a mail about the account.
func (w *world) told(to, template string) bool {
	w.t.Helper()
	_, ok, err := w.DB.Reader().LastMail(w.t.Context(), w.id, address(w.t, to), template)
	w.must(err)
	return ok
}

// count is how often something happened to the account.
func (w *world) count(kind string) (n int) {
	w.t.Helper()
	events, err := w.DB.Reader().AccountEvents(w.t.Context(), w.id, 1000)
	w.must(err)
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// recoverLink is what the main contact is mailed when a reset is asked for.
func (w *world) recoverLink(to string, ids ...keyfold.CustomerID) token.Secret {
	w.t.Helper()
	var subjects []store.Subject
	for _, id := range ids {
		subjects = append(subjects, store.OfAccount(id))
	}
	var secret token.Secret
	w.update(func(tx *store.Tx) error {
		id, err := w.Teller.Link(w.t.Context(), tx, store.Recover, address(w.t, to), tx.Now().Add(24*time.Hour), subjects...)
		secret = w.Teller.Key.Derive(id, string(store.Recover), address(w.t, to).Key())
		return err
	})
	return secret
}

// handOver makes u2 the owner.
func (w *world) handOver() {
	w.t.Helper()
	w.must(w.Offer(w.t.Context(), act, "u1", w.id, "u2"))
	w.must(w.Accept(w.t.Context(), act, "u2", w.id))
}

// race runs all at once, several times each, and wants nothing but refusals.
func (w *world) race(times int, all ...func() error) {
	w.t.Helper()
	var group sync.WaitGroup
	start := make(chan struct{})
	for range times {
		for _, do := range all {
			group.Go(func() {
				<-start
				if err := do(); err != nil && keyfold.Refused(err) == nil {
					w.t.Error(err)
				}
			})
		}
	}
	close(start)
	group.Wait()
}

// disputeLink is "this was not me" in the hands of the main contact.
func (w *world) disputeLink() token.Secret {
	w.t.Helper()
	var secret token.Secret
	w.update(func(tx *store.Tx) error {
		id, err := w.Teller.Link(w.t.Context(), tx, store.Dispute, address(w.t, contact), tx.Now().Add(w.Teller.Dispute), store.OfAccount(w.id))
		secret = w.Teller.Key.Derive(id, string(store.Dispute), address(w.t, contact).Key())
		return err
	})
	return secret
}
