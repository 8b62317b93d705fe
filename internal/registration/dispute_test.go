package registration_test

import (
	"context"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestADisputeEndsTheKeysThatItCanBeAbout and leaves alone what has run for
// longer than a notice can be answered.
func TestADisputeEndsTheKeysThatItCanBeAbout(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", "sanne@veldkamp.example")
		u := keyfold.NewUser(visitor, "sanne", w.address("sanne@veldkamp.example"), "", keyfold.English, "hash")
		w.update(func(ctx context.Context, tx *store.Tx) error { return tx.ApplyUser(ctx, u) })
		w.update(func(ctx context.Context, tx *store.Tx) error {
			a, err := tx.Account(ctx, id)
			if err != nil {
				return err
			}
			c, err := a.Claim(visitor, tx.Now(), u.User())
			if err != nil {
				return err
			}
			return tx.Apply(ctx, c)
		})
		for _, key := range []string{"old", "new"} {
			w.clock.Pass(w.Times.Dispute)
			w.update(func(ctx context.Context, tx *store.Tx) error {
				a, err := tx.Account(ctx, id)
				if err != nil {
					return err
				}
				c, err := a.NewKey(visitor, tx.Now(), keyfold.APIKey{ID: key, Name: key, Hash: key, Scopes: keyfold.ScopesOf(keyfold.UsersScope), Maker: "sanne"}, 0)
				if err != nil {
					return err
				}
				return tx.ApplyKey(ctx, c)
			})
		}
		w.clock.Pass(time.Hour)
		var link string
		teller := notice.Teller{Key: w.Key}
		w.update(func(ctx context.Context, tx *store.Tx) (err error) {
			link, err = teller.Link(ctx, tx, store.Dispute, u.User().Email, tx.Now().Add(time.Hour), store.OfAccount(id))
			return err
		})
		_, err := w.Dispute(t.Context(), visitor, w.Key.Derive(link, string(store.Dispute), u.User().Email.Key()), but())
		w.must(err)
		for key, ended := range map[string]bool{"old": false, "new": true} {
			k, err := w.DB.Reader().Key(t.Context(), id, key)
			if err != nil || k.Ended.IsZero() == ended {
				t.Errorf("the %s key ended at %s: %v", key, k.Ended, err)
			}
		}
		events, err := w.DB.Reader().AccountEvents(t.Context(), id, 2)
		if err != nil || events[0].Kind != "key.ended" || events[1].Kind != "account.frozen" {
			t.Errorf("%+v, %v", events, err)
		}
	})
}
