package linking_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

// TestAClaimTellsEveryOtherContactOnce: a hundred accounts are one mail to each
// of the other mailboxes, with one link that is about all of them.
func TestAClaimTellsEveryOtherContactOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const accounts = 120
		w.Teller.Dispute, w.Teller.Key = time.Hour, token.NewKey("a-secret-of-the-tests-that-is-long-enough")
		var first keyfold.CustomerID
		for i := range accounts {
			id := storetest.Import(t, w.DB, fmt.Sprintf("NL%07d", 1000000+i), mailbox)
			storetest.Contact(t, w.DB, id, keyfold.SecurityContact, "cert@veldkamp.example")
			storetest.Contact(t, w.DB, id, keyfold.BillingContact, mailbox) // knows already
			if i == 0 {
				first = id
				storetest.Contact(t, w.DB, id, keyfold.TechnicalContact, "noc@veldkamp.example")
			}
		}
		n, err := w.claim()
		if err != nil || n != accounts {
			t.Fatalf("%d linked: %v", n, err)
		}
		for to, want := range map[string]int{"cert@veldkamp.example": accounts, "noc@veldkamp.example": 1, mailbox: 0} {
			email, err := keyfold.ParseEmail(to)
			w.must(err)
			mail, ok, err := w.DB.Reader().LastMail(t.Context(), first, email, "claimed-contacts")
			w.must(err)
			if ok != (want > 0) || want > 1 && len(mail.Data.Accounts) != want {
				t.Errorf("a mail to %s: %t, about %d accounts", to, ok, len(mail.Data.Accounts))
			}
			if !ok {
				continue
			}
			link, err := w.DB.Reader().TokenByID(t.Context(), mail.Token)
			if err != nil || len(link.Live()) != want || link.Purpose != store.Dispute {
				t.Errorf("the link to %s is about %d accounts: %v", to, len(link.Live()), err)
			}
			// It freezes, and undoes nothing: that is for the main contact alone, and
			// one about many accounts was never the main contact's.
			if want > 1 {
				w.becomes(first, email)
			}
			secret := w.Teller.Key.Derive(link.ID, string(link.Purpose), link.Email.Key())
			if _, err := w.Undo(t.Context(), visitor, secret); !keyfold.RefusedAs(err, "link.void") {
				t.Errorf("%s undoes: %v", to, err)
			}
		}
		if n := w.mails(); n != 3 {
			t.Errorf("%d mails", n)
		}
	})
}

// becomes makes a mailbox the main contact.
func (w *world) becomes(id keyfold.CustomerID, to keyfold.Email) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), id)
		if err != nil {
			return err
		}
		d := keyfold.Details{ID: id, Entity: a.Entity, Name: a.Name, Contact: keyfold.Contact{Email: to}}
		return tx.Apply(w.t.Context(), a.Update(visitor, tx.Now(), d))
	}))
}

// mails are all that wait.
func (w *world) mails() int64 {
	w.t.Helper()
	health, err := w.DB.Reader().OutboxHealth(w.t.Context())
	w.must(err)
	return health.Waiting
}
