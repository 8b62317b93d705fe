package members_test

import (
	"slices"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// waits are the customer IDs that a user waits for.
func (w *world) waits(user keyfold.UserID) (ids []string) {
	w.t.Helper()
	list, err := w.DB.Reader().AccessRequestsOf(w.t.Context(), user, 100)
	w.must(err)
	for _, r := range list {
		ids = append(ids, r.Account.String())
	}
	slices.Sort(ids)
	return ids
}

// TestARequestDoesNotOutliveItsAnswer: whoever got access by another way, and has
// lost it since, is not among those who ask for it.
func TestARequestDoesNotOutliveItsAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, way := range []struct {
			name keyfold.UserID
			let  func(keyfold.UserID)
		}{
			{"invited", func(u keyfold.UserID) {
				to := string(u) + "@veldkamp.example"
				w.must(w.invite(boss, to, keyfold.Finance), w.acceptAs(to, u))
			}},
			{"owner", func(u keyfold.UserID) {
				w.change(w.id, func(_ *store.Tx, a keyfold.Account) (keyfold.Change, error) { return a.UndoLink(by, w.clock.Now()) })
				w.change(w.id, func(tx *store.Tx, a keyfold.Account) (keyfold.Change, error) {
					user, err := tx.User(t.Context(), u)
					if err != nil {
						return keyfold.Change{}, err
					}
					return a.LinkBy(by, tx.Now(), user)
				})
			}},
		} {
			w.must(w.ask(w.user(way.name), w.id.String()))
			way.let(way.name)
			if got := w.waits(way.name); len(got) > 0 {
				t.Errorf("%s waits for %v", way.name, got)
			}
		}
	})
}

// TestARemovedUserWaitsForNothing, even one who asked for what they had.
func TestARemovedUserWaitsForNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, end := range map[keyfold.UserID]func(keyfold.UserID) error{
			"removed": func(u keyfold.UserID) error { return w.Remove(t.Context(), by, w.id, boss, u) },
			"left":    func(u keyfold.UserID) error { return w.Leave(t.Context(), by, w.id, u) },
		} {
			w.member(name, keyfold.Finance)
			w.must(w.ask(name, w.id.String()), w.ask(name, "DE777777777"), end(name), w.AnswerRequests(t.Context()))
			if got := w.waits(name); !slices.Equal(got, []string{"DE777777777"}) {
				t.Errorf("%s waits for %v", name, got)
			}
		}
		if w.mailed("boss@veldkamp.example", "access-requested") {
			t.Error("the owner was told of a request that had ended")
		}
		w.must(w.ask("left", w.id.String())) // to ask anew is a new question
		if got := w.waits("left"); len(got) != 2 {
			t.Errorf("waits for %v", got)
		}
	})
}

// TestWhatIsTakenBackIsInTheTrail, whether by the user or with the login.
func TestWhatIsTakenBackIsInTheTrail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asker, gone := w.user("asker"), w.user("gone")
		for _, u := range []keyfold.UserID{asker, gone} {
			w.must(w.ask(u, w.id.String()), w.ask(u, "DE777777777"))
		}
		id := w.request(asker)
		w.must(w.Withdraw(t.Context(), by, asker, id), w.Withdraw(t.Context(), by, asker, id))
		w.must(w.DeleteLogin(t.Context(), by, gone))
		got := storetest.Texts(t, w.DB, `select user_id || ' ' || customer_id from events where kind = 'access.withdrawn' order by seq`)
		slices.Sort(got[1:])
		if want := []string{"asker NL123421341", "gone DE777777777", "gone NL123421341"}; !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}
