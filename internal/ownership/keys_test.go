package ownership_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// TestTakingBackEndsTheKeysMadeInBetween: whoever had the account for a day keeps
// no program that reads it.
func TestTakingBackEndsTheKeysMadeInBetween(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.key("before", "u1")
		w.clock.Pass(time.Hour)
		w.handOver()
		w.clock.Pass(time.Hour)
		w.key("between", "u2")
		w.must(w.TakeBackAs(t.Context(), act, "u1", w.id))
		for id, ended := range map[string]bool{"before": false, "between": true} {
			k, err := w.DB.Reader().Key(t.Context(), w.id, id)
			w.must(err)
			if k.Ended.IsZero() == ended {
				t.Errorf("the key made %s ended: %t", id, !k.Ended.IsZero())
			}
		}
	})
}

func (w *world) key(id string, maker keyfold.UserID) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), w.id)
		if err != nil {
			return err
		}
		c, err := a.NewKey(act, tx.Now(), keyfold.APIKey{ID: id, Name: id, Hash: id, Scopes: keyfold.ScopesOf(keyfold.UsersScope), Maker: maker}, 0)
		if err != nil {
			return err
		}
		return tx.ApplyKey(w.t.Context(), c)
	})
}
