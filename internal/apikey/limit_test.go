package apikey_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
)

// TestKeysAreNotMadeWithoutEnd: a stolen browser that makes and ends keys floods
// the mailboxes of all contacts.
func TestKeysAreNotMadeWithoutEnd(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		last := wish()
		for range w.Limits.KeyMake.Tries {
			last = wish()
			_, key, err := w.want("sanne", last)
			w.must(err, w.End(t.Context(), act, "sanne", w.ours, key.ID))
		}
		if _, _, err := w.want("sanne", wish()); !keyfold.RefusedAs(err, "key.made_slow") {
			t.Errorf("one more: %v", err)
		}
		if _, _, err := w.want("sanne", last); !keyfold.RefusedAs(err, "key.made_already") {
			t.Errorf("a form that has made its key is no try: %v", err)
		}
		if _, _, err := w.Make(t.Context(), act, "joris", w.theirs, wish()); err != nil {
			t.Errorf("another account has to wait, too: %v", err)
		}
		w.clock.Pass(24*time.Hour + time.Second)
		if _, _, err := w.want("sanne", wish()); err != nil {
			t.Errorf("a day later: %v", err)
		}
	})
}

// TestAUserWithManyAccountsMakesNoMoreKeys than the limit of one user lets them.
func TestAUserWithManyAccountsMakesNoMoreKeys(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.admit(keyfold.Admin)
		w.Limits.KeyMaker.Tries = 2
		for _, id := range []keyfold.CustomerID{w.ours, w.theirs} {
			_, _, err := w.Make(t.Context(), act, "joris", id, wish())
			w.must(err)
		}
		if _, _, err := w.Make(t.Context(), act, "joris", w.ours, wish()); !keyfold.RefusedAs(err, "key.made_slow") {
			t.Errorf("the third of two: %v", err)
		}
		if _, _, err := w.want("sanne", wish()); err != nil {
			t.Errorf("another user has to wait, too: %v", err)
		}
	})
}
