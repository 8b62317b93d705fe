package members_test

import (
	"sync"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// together runs all at once and gives back how each ended, in order.
func (w *world) together(all ...func() error) []error {
	w.t.Helper()
	errs := make([]error, len(all))
	var group sync.WaitGroup
	for i, do := range all {
		group.Go(func() { errs[i] = do() })
	}
	group.Wait()
	for _, err := range errs {
		if err != nil && keyfold.Refused(err) == nil {
			w.t.Errorf("a fault: %v", err)
		}
	}
	return errs
}

const rounds = 8

func TestOfManyClicksOneMakesTheLogin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.invite(boss, mirjam, keyfold.Finance))
		click := func() error { return w.acceptNew(mirjam) }
		for i, err := range w.together(click, click, click, click, click, click) {
			if err != nil {
				t.Errorf("click %d: %v", i, err)
			}
		}
		list, err := w.DB.Reader().Members(t.Context(), w.id)
		if err != nil || len(list) != 2 {
			t.Errorf("%d users, %v", len(list), err)
		}
		w.replayed()
	})
}

func TestOfTwoLoginsOneAccepts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a, b := w.user("a"), w.user("b")
		for range rounds {
			w.must(w.invite(boss, mirjam, keyfold.Finance))
			errs := w.together(func() error { return w.acceptAs(mirjam, a) }, func() error { return w.acceptAs(mirjam, b) })
			if (errs[0] == nil) == (errs[1] == nil) || (w.roles(a) != "") != (errs[0] == nil) || (w.roles(b) != "") != (errs[1] == nil) {
				t.Fatalf("%v, and the roles are %q and %q", errs, w.roles(a), w.roles(b))
			}
			for _, u := range []keyfold.UserID{a, b} {
				if w.roles(u) != "" {
					w.must(w.Remove(t.Context(), by, w.id, boss, u))
				}
			}
		}
		w.replayed()
	})
}

func TestAcceptAndRevokeRaceAndOneWins(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.user("a")
		for range rounds {
			w.must(w.invite(boss, mirjam, keyfold.Finance))
			id := w.invitation(mirjam).ID
			errs := w.together(func() error { return w.acceptAs(mirjam, a) }, func() error { return w.Revoke(t.Context(), by, w.id, boss, id) })
			i := w.invitation(mirjam)
			accepted := i.Status == keyfold.Accepted
			if accepted != (errs[0] == nil) || accepted == (errs[1] == nil) || accepted != (w.roles(a) != "") {
				t.Fatalf("%s, %v, and the roles are %q", i.Status, errs, w.roles(a))
			}
			if accepted {
				w.must(w.Leave(t.Context(), by, w.id, a))
			}
		}
		w.replayed()
	})
}

func TestAcceptAndTheEndOfTheOwnershipRaceAndTheAccountIsWhole(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		a := w.user("a")
		undo := func() error {
			return w.tryChange(w.id, func(tx *store.Tx, account keyfold.Account) (keyfold.Change, error) {
				return account.UndoLink(by, tx.Now())
			})
		}
		for range rounds {
			w.must(w.invite(boss, mirjam, keyfold.Finance))
			w.together(func() error { return w.acceptAs(mirjam, a) }, undo)
			list, err := w.DB.Reader().Members(t.Context(), w.id)
			if err != nil || len(list) != 0 {
				t.Fatalf("an account without an owner has %d users, %v", len(list), err)
			}
			if i := w.invitation(mirjam); i.Status == keyfold.Invited {
				t.Fatal("its invitation waits")
			}
			w.replayed()
			w.change(w.id, func(tx *store.Tx, account keyfold.Account) (keyfold.Change, error) {
				user, err := tx.User(t.Context(), boss)
				if err != nil {
					return keyfold.Change{}, err
				}
				return account.Claim(by, tx.Now(), user)
			})
		}
	})
}

// TestALoginThatIsDeletedGetsNothing races the end of a login against all that
// would give it access.
func TestALoginThatIsDeletedGetsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range rounds {
			id := w.user(keyfold.UserID("user" + string(rune('a'+i))))
			to := string(id) + "@work.example"
			w.must(w.invite(boss, to, keyfold.Finance))
			other := w.account("DE24534425"+string(rune('0'+i)), keyfold.UserID("o"+string(rune('a'+i))))
			w.change(other, func(tx *store.Tx, a keyfold.Account) (keyfold.Change, error) { return a.UndoLink(by, tx.Now()) })
			grant := func() error {
				return w.tryChange(other, func(tx *store.Tx, a keyfold.Account) (keyfold.Change, error) {
					user, err := tx.User(t.Context(), id)
					if err != nil {
						return keyfold.Change{}, err
					}
					user.Email = a.Contact.Email
					return a.Claim(by, tx.Now(), user)
				})
			}
			w.together(func() error { return w.DeleteLogin(t.Context(), by, id) }, func() error { return w.acceptAs(to, id) }, grant)
			user, err := w.DB.Reader().User(t.Context(), id)
			w.must(err)
			ids, err := w.DB.Reader().AccessOf(t.Context(), id)
			w.must(err)
			if user.Deleted && len(ids) > 0 {
				t.Fatalf("a login that was deleted has access to %v", ids)
			}
		}
		w.replayed()
	})
}

// TestTwoWhoEndEachOther: an admin who was removed a moment ago removes nobody.
func TestTwoWhoEndEachOther(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range rounds {
			admin, other := w.member("admin", keyfold.Admin), w.member("other", keyfold.Finance)
			errs := w.together(func() error { return w.Remove(t.Context(), by, w.id, boss, admin) }, func() error { return w.Remove(t.Context(), by, w.id, admin, other) })
			if errs[0] != nil || w.roles(admin) != "" || (w.roles(other) == "") != (errs[1] == nil) {
				t.Fatalf("%v, and the roles are %q and %q", errs, w.roles(admin), w.roles(other))
			}
			if errs[1] == nil {
				continue
			}
			w.refused(errs[1], "account.unknown")
			w.must(w.Remove(t.Context(), by, w.id, boss, other))
		}
		w.replayed()
	})
}
