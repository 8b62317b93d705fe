package linking_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

const office = "buero@veldkamp.example"

// TestManyClicksUndoOnce: the one that waited for the account finds it undone, by
// a link that it read when nobody had used it.
func TestManyClicksUndoOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, name := range []string{"NL123421341", "NL123421342", "NL123421343"} {
			box := name + "@veldkamp.example"
			id := storetest.Import(t, w.DB, name, box)
			w.change(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.LinkBy(visitor, now, w.user) })
			link := w.notice(id, box)
			var group sync.WaitGroup
			start := make(chan struct{})
			for range 8 {
				group.Go(func() {
					<-start
					if _, err := w.Undo(t.Context(), visitor, link); err != nil {
						t.Error(err)
					}
				})
			}
			close(start)
			group.Wait()
			if n := w.count(id, "account.link_undone"); n != 1 || w.account(id).State != keyfold.Legacy {
				t.Errorf("undone %d times, to %s", n, w.account(id).State)
			}
		}
	})
}

// TestALinkThatFrozeUndoesNothing: it is spent, and not for this.
func TestALinkThatFrozeUndoesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		_, err := w.claim()
		w.must(err)
		link := w.notice(id, mailbox)
		w.must(w.DB.Update(t.Context(), func(tx *store.Tx) error {
			_, err := tx.Spend(t.Context(), "notice-"+mailbox, store.OfAccount(id))
			return err
		}))
		if _, err := w.Undo(t.Context(), visitor, link); !keyfold.RefusedAs(err, "link.used") {
			t.Errorf("got %v", err)
		}
	})
}

// TestTheSecondClickOfAnAgreementIsTheSameSuccess, and says which accounts it is
// about, for as long as the user has them.
func TestTheSecondClickOfAnAgreementIsTheSameSuccess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "DE245344254", office)
		link := w.asked(office, "DE245344254")
		for click := range 3 {
			asked, err := w.Agree(t.Context(), visitor, link, w.user.ID, "")
			if err != nil || len(asked.Accounts) != 1 || asked.Accounts[0].ID != id {
				t.Errorf("click %d: %d accounts, %v", click, len(asked.Accounts), err)
			}
		}
		if n := w.count(id, "account.linked"); n != 1 {
			t.Errorf("linked %d times", n)
		}
		w.must(w.Unlink(t.Context(), visitor, w.user.ID, id, "right"))
		if _, err := w.Agree(t.Context(), visitor, link, w.user.ID, ""); !keyfold.RefusedAs(err, "link.used") {
			t.Errorf("after it was unlinked: %v", err)
		}
		if a := w.account(id); a.Owner != "" {
			t.Errorf("the owner is %q", a.Owner)
		}
	})
}

// TestAnAgreementThatComesTooLateIsNoSuccess: while the password is compared, the
// link ends and somebody else gets the account, or another click gets it.
func TestAnAgreementThatComesTooLateIsNoSuccess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := w.newUser("u2", "other@elsewhere.example")
		for name, c := range map[string]struct {
			id        string
			meanwhile func(keyfold.CustomerID, token.Secret)
			want      string // empty: success
			owner     keyfold.UserID
		}{
			"somebody else has it": {"DE245344254", func(id keyfold.CustomerID, _ token.Secret) {
				w.change(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.LinkBy(visitor, now, other) })
				w.must(w.DB.Update(t.Context(), func(tx *store.Tx) error {
					return tx.EndGrants(t.Context(), store.OfAccount(id), store.Void, store.Link)
				}))
			}, "link.void", other.ID},
			"the link ended": {"DE245344255", func(id keyfold.CustomerID, _ token.Secret) {
				w.must(w.DB.Update(t.Context(), func(tx *store.Tx) error {
					return tx.EndGrants(t.Context(), store.OfAccount(id), store.Void, store.Link)
				}))
			}, "link.void", ""},
			"another click was faster": {"DE245344256", func(_ keyfold.CustomerID, link token.Secret) {
				_, err := w.Agree(t.Context(), visitor, link, w.user.ID, "")
				w.must(err)
			}, "", w.user.ID},
		} {
			box := c.id + "@veldkamp.example"
			id := storetest.Import(t, w.DB, c.id, box)
			link := w.asked(box, c.id)
			late := *w.Service
			late.Prove = func(context.Context, keyfold.Act, keyfold.User, string) error {
				c.meanwhile(id, link)
				return nil
			}
			_, err := late.Agree(t.Context(), visitor, link, "", "right")
			if c.want == "" && err != nil || c.want != "" && !keyfold.RefusedAs(err, c.want) {
				t.Errorf("%s: %v, want %q", name, err, c.want)
			}
			if got := w.account(id).Owner; got != c.owner {
				t.Errorf("%s: the owner is %q, want %q", name, got, c.owner)
			}
		}
	})
}

// count is how often something happened to an account.
func (w *world) count(id keyfold.CustomerID, kind string) (n int) {
	w.t.Helper()
	events, err := w.DB.Reader().AccountEvents(w.t.Context(), id, 1000)
	w.must(err)
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}
