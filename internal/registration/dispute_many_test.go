package registration_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

const cert = "cert@veldkamp.example"

// many are accounts of which one mailbox was told, and its link.
func (w *world) many(n int) (link token.Secret, ids []keyfold.CustomerID) {
	w.t.Helper()
	t := store.Token{ID: "many", Purpose: store.Dispute, Email: w.address(cert), Expires: w.clock.Now().Add(14 * 24 * time.Hour)}
	for i := range n {
		id := storetest.Import(w.t, w.DB, fmt.Sprintf("NL%07d", 1000000+i), "info@veldkamp.example")
		storetest.Contact(w.t, w.DB, id, keyfold.SecurityContact, cert)
		ids = append(ids, id)
		t.Grants = append(t.Grants, store.Grant{Subject: store.OfAccount(id)})
	}
	link = w.Key.Derive(t.ID, string(t.Purpose), t.Email.Key())
	t.Hash = link.Hash()
	w.update(func(ctx context.Context, tx *store.Tx) error { return tx.IssueToken(ctx, t) })
	return link, ids
}

func but(left ...keyfold.CustomerID) func(keyfold.CustomerID) bool {
	return func(id keyfold.CustomerID) bool { return slices.Contains(left, id) }
}

func (w *world) areFrozen(ids ...keyfold.CustomerID) (all []bool) {
	w.t.Helper()
	for _, id := range ids {
		all = append(all, w.account(id).Frozen)
	}
	return all
}

func TestALinkAboutManyAccountsFreezesThoseThatAreChosen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		link, ids := w.many(3)
		_, err := w.Dispute(t.Context(), visitor, link, but(ids...))
		w.refused(err, "notme.nothing")
		for range 2 { // the second click finds the same success
			got, err := w.Dispute(t.Context(), visitor, link, but(ids[1]))
			if err != nil || len(got) != 2 || got[0] != ids[0] || got[1] != ids[2] {
				t.Errorf("%v, %v", got, err)
			}
		}
		if diff := cmp.Diff([]bool{true, false, true}, w.areFrozen(ids...)); diff != "" {
			t.Error(diff)
		}
		if mails := w.deliver(); len(mails) != 2 { // the main contact and the other one, of both accounts
			t.Errorf("%d mails: %+v", len(mails), mails)
		}
		got, err := w.Dispute(t.Context(), visitor, link, but())
		if err != nil || len(got) != 3 || !w.areFrozen(ids[1])[0] {
			t.Errorf("the rest: %v, %v", got, err)
		}
		for _, id := range ids {
			if n := w.count(id, "account.frozen"); n != 1 {
				t.Errorf("%s was frozen %d times", id, n)
			}
		}
	})
}

func TestManyClicksFreezeManyAccountsOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		link, ids := w.many(5)
		for _, err := range race(8, func(i int) error {
			got, err := w.Dispute(t.Context(), visitor, link, but(ids[i%2]))
			if len(got) < 4 {
				t.Errorf("only %v are said to be frozen", got)
			}
			return err
		}) {
			w.must(err)
		}
		for _, id := range ids {
			if n := w.count(id, "account.frozen"); n != 1 {
				t.Errorf("%s was frozen %d times", id, n)
			}
		}
	})
}

// TestAClosedAccountDoesNotKeepTheOthersFromBeingFrozen, nor does one that is
// frozen already.
func TestAClosedAccountDoesNotKeepTheOthersFromBeingFrozen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		link, ids := w.many(3)
		w.sync(ids[0], func(d *keyfold.Details) { d.Closed = true })
		w.update(func(ctx context.Context, tx *store.Tx) error {
			a, err := tx.Account(ctx, ids[1])
			if err != nil {
				return err
			}
			c, err := a.Freeze(visitor)
			if err != nil {
				return err
			}
			return tx.Apply(ctx, c)
		})
		got, err := w.Dispute(t.Context(), visitor, link, but())
		if err != nil || len(got) != 2 {
			t.Errorf("%v, %v", got, err)
		}
		if diff := cmp.Diff([]bool{false, true, true}, w.areFrozen(ids...)); diff != "" {
			t.Error(diff)
		}
		if n := w.count(ids[1], "account.disputed_again"); n != 1 {
			t.Errorf("told once more %d times", n)
		}
		w.clock.Pass(15 * 24 * time.Hour)
		_, err = w.Dispute(t.Context(), visitor, link, but())
		w.refused(err, "link.expired")
	})
}
