package registration_test

import (
	"context"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/store"
)

// TestNoLinkOutlivesADispute: what waits is void by then, and would be there again
// for the same link once care has let go of the account.
func TestNoLinkOutlivesADispute(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, u := w.user("NL123421341", "info@veldkamp.example", "sanne@veldkamp.example")
		links := map[store.Purpose]string{}
		for _, p := range []store.Purpose{
			store.Reset, store.Confirm, store.Link, store.Stop, store.Return, store.Recover, store.Veto, store.Dispute,
		} {
			w.update(func(ctx context.Context, tx *store.Tx) error {
				links[p] = "of " + string(p)
				secret := w.Key.Derive(links[p], string(p), u.Email.Key())
				return tx.IssueToken(ctx, store.Token{
					ID: links[p], Hash: secret.Hash(), Purpose: p, Email: u.Email, Expires: tx.Now().Add(time.Hour),
					Grants: []store.Grant{{Subject: store.OfAccount(id)}},
				})
			})
		}
		_, err := w.Dispute(t.Context(), visitor, w.Key.Derive(links[store.Dispute], string(store.Dispute), u.Email.Key()), but())
		w.must(err)
		for p, name := range links {
			link, err := w.DB.Reader().TokenByID(t.Context(), name)
			w.must(err)
			want := store.Void
			if p == store.Dispute {
				want = store.Spent
			}
			if got := link.Grants[0].Ended; got != want {
				t.Errorf("the link to %s is %q, want %s", p, got, want)
			}
		}
	})
}
