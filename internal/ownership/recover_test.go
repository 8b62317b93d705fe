package ownership_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/ownership"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// ask brings the account to where its main contact waits.
func (w *world) ask() {
	w.t.Helper()
	w.must(w.AskBack(w.t.Context(), act, w.recoverLink(contact, w.id), w.id))
}

func TestAnAccountGoesBackAndNothingElseOfItsOwnerIsTouched(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		others := []keyfold.CustomerID{w.owned("DE245344254", "buero@veldkamp.example"), w.owned("SG234124123", contact)}
		before := []int64{w.account(others[0]).Version, w.account(others[1]).Version}
		w.ask()
		if !w.told("u1@veldkamp.example", "recovery-asked") || !w.told(contact, "recovery-asked-contacts") {
			t.Error("not all were told")
		}
		w.clock.Pass(72*time.Hour - time.Millisecond)
		w.must(w.Due(t.Context()))
		if w.owner() != "u1" {
			t.Fatalf("too early, the owner is %q", w.owner())
		}
		w.clock.Pass(time.Millisecond)
		w.race(4, func() error { return w.Due(t.Context()) })
		a := w.account(w.id)
		if w.owner() != "" || a.State != keyfold.Legacy || a.Password != "" || w.count("account.recovered") != 1 {
			t.Errorf("%s with the owner %q and the password %q, recovered %d times", a.State, w.owner(), a.Password, w.count("account.recovered"))
		}
		for to, template := range map[string]string{
			contact: "recovered", "u1@veldkamp.example": "recovery-done", "u2@veldkamp.example": "recovery-done", "u3@veldkamp.example": "recovery-done",
		} {
			if !w.told(to, template) {
				t.Errorf("%s was not told %s", to, template)
			}
		}
		for i, id := range others {
			m, err := w.DB.Reader().Member(t.Context(), id, "u1")
			if b := w.account(id); err != nil || b.Owner != "u1" || b.Version != before[i] || !m.Roles.Has(keyfold.Owner) {
				t.Errorf("%s has the owner %q and the version %d: %v", id, b.Owner, b.Version, err)
			}
		}
		if u, err := w.DB.Reader().User(t.Context(), "u1"); err != nil || u.Password != "hash" || u.Suspended {
			t.Errorf("the user became %+v: %v", u, err)
		}
	})
}

func TestTheMainContactAsksOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, second := w.recoverLink(contact, w.id), w.recoverLink(contact, w.id)
		w.race(8,
			func() error { return w.AskBack(t.Context(), act, first, w.id) },
			func() error { return w.AskBack(t.Context(), act, second, w.id) })
		if n := w.count("account.recovery_asked"); n != 1 {
			t.Errorf("asked %d times", n)
		}
		w.must(w.AskBack(t.Context(), act, first, w.id))
		w.must(w.AskBack(t.Context(), act, second, w.id))
		ends := map[store.End]int{}
		for _, link := range []token.Secret{first, second} {
			found, err := w.DB.Reader().Token(t.Context(), store.Recover, link)
			w.must(err)
			ends[found.Grants[0].Ended]++
		}
		if ends[store.Spent] != 1 || ends[store.Void] != 1 {
			t.Errorf("the links ended as %v", ends)
		}
		all, err := w.Recoveries(t.Context(), second)
		if err != nil || len(all) != 1 || all[0].State != ownership.Asked || !all[0].When.Equal(w.account(w.id).Reclaim) {
			t.Errorf("the other link says %+v: %v", all, err)
		}
	})
}

func TestWhoCannotAskAnAccountBack(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		other := w.owned("DE245344254", "buero@veldkamp.example")
		w.refused("no link", w.AskBack(ctx, act, token.Secret{}, w.id), "link.unknown")
		w.refused("a made-up link", w.AskBack(ctx, act, token.New(), w.id), "link.unknown")
		w.refused("an account that is not of the link", w.AskBack(ctx, act, w.recoverLink(contact, w.id), other), "link.unknown")
		w.refused("somebody else's link", w.AskBack(ctx, act, w.recoverLink("buero@veldkamp.example", w.id), w.id), "link.void")
		w.refused("a link for something else", w.AskBack(ctx, act, w.disputeLink(), w.id), "link.unknown")
		late := w.recoverLink(contact, w.id)
		w.clock.Pass(24 * time.Hour)
		w.refused("an old link", w.AskBack(ctx, act, late, w.id), "link.expired")

		// Who was main contact when the link was mailed, and is not any more.
		former := w.recoverLink(contact, w.id)
		w.change(w.id, func(now time.Time, a keyfold.Account) (keyfold.Change, error) {
			d := keyfold.Details{ID: a.ID, Entity: a.Entity, Name: a.Name, Contact: keyfold.Contact{Email: address(t, "new@veldkamp.example")}}
			return a.Update(act, now, d), nil
		})
		w.refused("the former contact", w.AskBack(ctx, act, former, w.id), "link.void")
		w.refused("the new contact", w.AskBack(ctx, act, w.recoverLink("new@veldkamp.example", w.id), w.id), "recovery.contact_changed")
		w.clock.Pass(72 * time.Hour)
		w.must(w.AskBack(ctx, act, w.recoverLink("new@veldkamp.example", w.id), w.id))
		if n := w.count("account.recovery_asked"); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

// The counter of an account is nobody's to use up who has no link.
func TestOnlyTrueAskingsCount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for range 30 {
			w.refused("a made-up link", w.AskBack(t.Context(), act, token.New(), w.id), "link.unknown")
			w.refused("somebody else's", w.AskBack(t.Context(), act, w.recoverLink("buero@veldkamp.example", w.id), w.id), "link.void")
		}
		link := w.recoverLink(contact, w.id)
		for range 30 {
			w.must(w.AskBack(t.Context(), act, link, w.id))
		}
	})
}

func TestTheOwnerSaysNo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.ask()
		link := w.link("u1@veldkamp.example", "recovery-asked", store.Veto)
		w.race(6, func() error {
			_, err := w.Keep(ctx, act, link)
			if err != nil {
				t.Errorf("a click: %v", err)
			}
			return err
		})
		w.clock.Pass(100 * time.Hour)
		w.must(w.Due(ctx))
		if w.owner() != "u1" || w.count("account.recovery_vetoed") != 1 || !w.told(contact, "recovery-vetoed") {
			t.Errorf("the owner is %q, and said no %d times", w.owner(), w.count("account.recovery_vetoed"))
		}
		again := w.recoverLink(contact, w.id)
		w.refused("asked again", w.AskBack(ctx, act, again, w.id), "recovery.vetoed")
		if w.account(w.id).NeedsCare {
			t.Error("a no alone is a case")
		}
		w.must(w.Insist(ctx, act, again, w.id))
		w.must(w.Insist(ctx, act, again, w.id))
		if !w.account(w.id).NeedsCare || w.count("account.needs_care") != 1 {
			t.Errorf("care was told %d times", w.count("account.needs_care"))
		}
		w.refused("insisting by somebody else", w.Insist(ctx, act, w.recoverLink("buero@veldkamp.example", w.id), w.id), "link.void")

		// After 14 days it can be asked anew, and the old no is no answer to that.
		w.clock.Pass(14 * 24 * time.Hour)
		w.ask()
		_, err := w.Keep(ctx, act, link)
		w.refused("the link of last time", err, "link.used")
		w.must(w.Veto(ctx, act, "u1", w.id))
		w.must(w.Veto(ctx, act, "u1", w.id))
		if n := w.count("account.recovery_vetoed"); n != 2 {
			t.Errorf("said no %d times", n)
		}
	})
}

func TestNobodyButTheOwnerSaysNo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.ask()
		for _, u := range []keyfold.UserID{"u2", "u3", "u4", ""} {
			w.refused("a no of "+string(u), w.Veto(ctx, act, u, w.id), "account.unknown")
		}
		_, err := w.Keep(ctx, act, token.New())
		w.refused("a made-up link", err, "link.unknown")

		// The account gets another owner: the link of the former one is void, and
		// the new one has a link of their own, and the whole time.
		former := w.link("u1@veldkamp.example", "recovery-asked", store.Veto)
		w.clock.Pass(71 * time.Hour)
		w.handOver()
		_, err = w.Keep(ctx, act, former)
		w.refused("the former owner", err, "link.void")
		w.clock.Pass(71 * time.Hour)
		w.must(w.Due(ctx))
		if w.owner() != "u2" {
			t.Fatalf("the new owner had no time, and the owner is %q", w.owner())
		}
		if _, err := w.Keep(ctx, act, w.link("u2@veldkamp.example", "recovery-asked", store.Veto)); err != nil {
			t.Errorf("the new owner: %v", err)
		}
		if n := w.count("account.recovery_vetoed"); n != 1 {
			t.Errorf("%d times no", n)
		}
	})
}

// Whatever way the account went: a link is for who owns it now.
func TestANoIsForTheOwnerOfNow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ask()
		m := keyfold.Member{User: "u2", Roles: keyfold.RolesOf(keyfold.Admin)}
		w.change(w.id, func(now time.Time, a keyfold.Account) (keyfold.Change, error) {
			return a.OfferTo(act, now, m, keyfold.User{ID: "u2"})
		})
		w.change(w.id, func(now time.Time, a keyfold.Account) (keyfold.Change, error) {
			return a.AcceptOffer(act, now, m, keyfold.User{ID: "u2"})
		})
		_, err := w.Keep(t.Context(), act, w.link("u1@veldkamp.example", "recovery-asked", store.Veto))
		w.refused("the former owner", err, "link.void")
	})
}

func TestANoThatComesTooLate(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ask()
		link := w.link("u1@veldkamp.example", "recovery-asked", store.Veto)
		w.clock.Pass(72 * time.Hour)
		_, err := w.Keep(t.Context(), act, link)
		w.refused("before the worker came", err, "link.expired")
		w.must(w.Due(t.Context()))
		_, err = w.Keep(t.Context(), act, link)
		w.refused("after it", err, "link.expired")
	})
}

// TestANoAndTheWorkerAtOnce: one of both wins, and the loser has changed nothing.
func TestANoAndTheWorkerAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ask()
		w.clock.Pass(72 * time.Hour)
		w.race(4,
			func() error { return w.Due(t.Context()) },
			func() error { return w.Veto(t.Context(), act, "u1", w.id) })
		vetoed, recovered := w.count("account.recovery_vetoed"), w.count("account.recovered")
		if vetoed+recovered != 1 || (w.owner() == "u1") != (vetoed == 1) {
			t.Errorf("%d times no, %d times recovered, and the owner is %q", vetoed, recovered, w.owner())
		}
	})
}

func TestOneThatFailsDoesNotKeepTheOthersWaiting(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ask()
		second := w.owned("DE245344254", contact)
		w.must(w.AskBack(t.Context(), act, w.recoverLink(contact, second), second))
		w.change(w.id, func(_ time.Time, a keyfold.Account) (keyfold.Change, error) { return a.Freeze(act) })
		w.clock.Pass(72 * time.Hour)
		w.must(w.Due(t.Context()))
		if w.owner() != "u1" || w.account(second).Owner != "" {
			t.Errorf("the frozen one has the owner %q, the other %q", w.owner(), w.account(second).Owner)
		}
		due, _, err := w.DB.Reader().DueReclaims(t.Context(), store.Place{}, 10)
		if err != nil || len(due) != 0 {
			t.Errorf("still due: %v, %v", due, err)
		}
	})
}
