package registration_test

import (
	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// seen is what the model and the database are compared by.
type seen struct {
	State                keyfold.State
	Frozen, Closed, Care bool
	Contact, Pending     string
	Version              int64
}

// check compares the account with the model and holds what is true of every
// account at any time.
func (k *walk) check() {
	k.t.Helper()
	a := k.account(k.id)
	got := seen{a.State, a.Frozen, a.Closed, a.NeedsCare, a.Contact.Email.Key(), a.Pending.Key(), a.Version}
	want := seen{k.state, k.frozen, k.closed, k.care, k.contact, k.pending, k.version}
	if diff := cmp.Diff(want, got); diff != "" {
		k.t.Errorf("the account is not what the model says (-model +account):\n%s", diff)
	}
	if (a.State == keyfold.Registered) != (a.Owner != "") {
		k.t.Errorf("%s with the owner %q", a.State, a.Owner)
	}
	if !a.Closed && a.State != keyfold.Registered && (a.Frozen || a.Contact.Email.IsZero()) && !a.NeedsCare {
		k.t.Error("there is no way in that works")
	}
}

// checkEvents counts: each change of the account has one event.
func (k *walk) checkEvents() {
	k.t.Helper()
	a := k.account(k.id)
	events, err := k.DB.Reader().AccountEvents(k.t.Context(), k.id, 1000)
	k.must(err)
	changes := map[string]bool{}
	for _, e := range keyfold.EventKinds() {
		changes[e.Kind] = e.Changes
	}
	var n int64
	for _, e := range events {
		if changes[e.Kind] {
			n++
		}
	}
	if n != a.Version {
		k.t.Errorf("%d events of change, and the account has changed %d times", n, a.Version)
	}
	if a.Owner == "" {
		return
	}
	m, err := k.DB.Reader().Membership(k.t.Context(), a.Owner, k.id)
	if err != nil || !m.Roles.Has(keyfold.Owner) {
		k.t.Errorf("the owner has the role %q: %v", m.Roles, err)
	}
}

func (k *walk) checkLinks() {
	k.t.Helper()
	for _, l := range k.links {
		t, err := k.DB.Reader().Token(k.t.Context(), l.purpose, l.secret)
		k.must(err)
		g, _ := t.Grant(store.OfAccount(k.id))
		if (g.Ended == "") != (l.ended == "") || (g.Ended == store.Spent) != (l.ended == "used") {
			k.t.Errorf("a link for %s has ended as %q, and the model says %q", l.purpose, g.Ended, l.ended)
		}
	}
}
