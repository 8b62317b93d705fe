package store_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

func TestTheDatabaseKeepsOnePrimaryContactOfAKind(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		id := storetest.Import(t, db, "NL123421341", "info@veldkamp.example")
		storetest.Contact(t, db, id, keyfold.BillingContact, "one@x.example")
		storetest.Contact(t, db, id, keyfold.BillingContact, "two@x.example")
		storetest.Contact(t, db, id, keyfold.GeneralContact, "three@x.example")
		for _, hostile := range []string{
			`update contacts set is_primary = true`,
			`update contacts set is_primary = true where kind = 'general'`,
			`update contacts set email_key = 'one@x.example' where kind = 'billing'`,
			`update contacts set kind = 'abuse'`,
			`delete from accounts where customer_id = 'NL123421341'`,
		} {
			if err := store.Exec(t.Context(), db, hostile); err == nil {
				t.Errorf("allowed: %s", hostile)
			}
		}
	})
}

// TestManyAccountsTellEachMailboxOnce has more accounts than one statement is
// about, and a number that leaves some over.
func TestManyAccountsTellEachMailboxOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		const n = 123
		var accounts []keyfold.Account
		for i := range n {
			id := storetest.Import(t, db, fmt.Sprintf("NL%07d", 1000000+i), "info@veldkamp.example")
			if i%2 == 0 {
				storetest.Contact(t, db, id, keyfold.SecurityContact, "cert@x.example")
				storetest.Contact(t, db, id, keyfold.SecurityContact, "ordinary@x.example")
			}
			if i == n-1 {
				storetest.Contact(t, db, id, keyfold.BillingContact, "CERT@x.example")
				storetest.Contact(t, db, id, keyfold.TechnicalContact, "INFO@veldkamp.example")
			}
			a, err := db.Reader().Account(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			accounts = append(accounts, a)
		}
		boxes, err := db.Reader().ToldOf(t.Context(), accounts)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]int{}
		for _, b := range boxes {
			got[b.To.Key()] += len(b.Accounts)
		}
		if diff := cmp.Diff(map[string]int{"info@veldkamp.example": n, "cert@x.example": (n + 1) / 2}, got); diff != "" || len(boxes) != 2 {
			t.Errorf("%d mailboxes:\n%s", len(boxes), diff)
		}
		told, err := db.Reader().Told(t.Context(), accounts[n-1])
		if err != nil || len(told) != 2 {
			t.Errorf("told of one: %v, %v", told, err)
		}
		if none, err := db.Reader().ToldOf(t.Context(), nil); err != nil || len(none) > 0 {
			t.Errorf("told of none: %v, %v", none, err)
		}
	})
}

func TestALinkAboutManyAccountsHasAGrantForEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		for _, n := range []int{2, 50, 51, 123} {
			link := store.Token{ID: fmt.Sprint("t", n), Hash: fmt.Sprint("h", n), Purpose: store.Dispute, Expires: clock.Now().Add(time.Hour)}
			var err error
			if link.Email, err = keyfold.ParseEmail("cert@x.example"); err != nil {
				t.Fatal(err)
			}
			for i := range n {
				id := storetest.Import(t, db, fmt.Sprintf("NL%d%05d", n, i), "info@veldkamp.example")
				link.Grants = append(link.Grants, store.Grant{Subject: store.OfAccount(id)})
			}
			won := false
			err = db.Update(t.Context(), func(tx *store.Tx) error {
				if err := tx.IssueToken(t.Context(), link); err != nil {
					return err
				}
				won, err = tx.Spend(t.Context(), link.ID, link.Grants[n-1].Subject)
				return err
			})
			if err != nil || !won {
				t.Fatalf("the last of %d grants: %t, %v", n, won, err)
			}
			got, err := db.Reader().TokenByID(t.Context(), link.ID)
			if err != nil || len(got.Grants) != n || len(got.Live()) != n-1 {
				t.Errorf("%d grants, %d alive, want %d: %v", len(got.Grants), len(got.Live()), n, err)
			}
			accounts, err := db.Reader().AccountsOf(t.Context(), link.ID)
			if err != nil || len(accounts) != n-1 || accounts[0].ID != link.Grants[0].Subject.Account {
				t.Errorf("%d accounts, want %d: %v", len(accounts), n-1, err)
			}
		}
	})
}
