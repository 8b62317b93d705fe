package contacts_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestAccountsThatFailKeepNobodyElseWaiting, and be they more than are looked at
// in one go.
func TestAccountsThatFailKeepNobodyElseWaiting(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var ids []keyfold.CustomerID
		for i := range 102 {
			id := storetest.Import(t, w.DB, fmt.Sprintf("NL2%05d", i), mailbox)
			w.update(id, func(ctx context.Context, tx *store.Tx, a keyfold.Account) error {
				owner, err := tx.User(ctx, userOf(w.id, keyfold.Owner))
				if err != nil {
					return err
				}
				linked, err := a.LinkBy(visitor, tx.Now(), owner)
				if err != nil {
					return err
				}
				return tx.Apply(ctx, linked)
			})
			w.change(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
				return a.ProposeContact(visitor, now, keyfold.Contact{Email: w.email("new@veldkamp.example")})
			})
			ids = append(ids, id)
		}
		storetest.Exec(t, w.DB, `update accounts set language = 'tlh' where customer_id like 'NL200%' and customer_id < 'NL200101'`)
		w.clock.Pass(24 * time.Hour)
		n, err := w.Due(t.Context())
		if err == nil || n != 1 {
			t.Errorf("%d changed, want 1: %v", n, err)
		}
		last, err := w.DB.Reader().Account(t.Context(), ids[101])
		w.must(err)
		if !last.Contact.Email.Same(w.email("new@veldkamp.example")) {
			t.Errorf("the main contact is %s", last.Contact.Email)
		}
	})
}
