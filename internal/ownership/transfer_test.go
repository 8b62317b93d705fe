package ownership_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

func TestNothingChangesHandsBeforeTheYes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.must(w.Offer(ctx, act, "u1", w.id, "u2"))
		if w.owner() != "u1" || !w.told("u2@veldkamp.example", "ownership-offered") {
			t.Errorf("offered: the owner is %q", w.owner())
		}
		w.must(w.Accept(ctx, act, "u2", w.id))
		w.must(w.Accept(ctx, act, "u2", w.id)) // the second click
		if w.owner() != "u2" || w.roles("u1") != "admin" || w.count("account.ownership_moved") != 1 {
			t.Errorf("the owner is %q, u1 has the roles %q, and it moved %d times", w.owner(), w.roles("u1"), w.count("account.ownership_moved"))
		}
		for to, template := range map[string]string{
			"u1@veldkamp.example": "ownership-moved", "u2@veldkamp.example": "ownership-yours", contact: "ownership-moved-contacts",
		} {
			if !w.told(to, template) {
				t.Errorf("%s was not told %s", to, template)
			}
		}
	})
}

func TestWhoIsNotPartOfItCanDoNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		for _, u := range []keyfold.UserID{"u2", "u4", "", "nobody"} {
			w.refused("offer by "+string(u), w.Offer(ctx, act, u, w.id, "u3"), "account.unknown")
		}
		for to, text := range map[keyfold.UserID]string{"u1": "ownership.not_a_user", "u4": "ownership.not_a_user", "": "ownership.not_a_user", "nobody": "ownership.not_a_user"} {
			w.refused("offer to "+string(to), w.Offer(ctx, act, "u1", w.id, to), text)
		}
		w.must(w.Offer(ctx, act, "u1", w.id, "u2"))
		for _, u := range []keyfold.UserID{"u3", "u4", "", "nobody"} {
			w.refused("accept by "+string(u), w.Accept(ctx, act, u, w.id), "ownership.no_offer")
			w.refused("decline by "+string(u), w.Decline(ctx, act, u, w.id), "ownership.no_offer")
			w.refused("withdraw by "+string(u), w.Withdraw(ctx, act, u, w.id), "account.unknown")
		}
		w.must(w.Accept(ctx, act, "u2", w.id))
		for _, u := range []keyfold.UserID{"u3", "u4"} {
			w.refused("take back by "+string(u), w.TakeBackAs(ctx, act, u, w.id), "ownership.no_return")
		}
		if w.owner() != "u2" {
			t.Errorf("the owner is %q", w.owner())
		}
	})
}

func TestAnOfferIsMailedOnceAndNotForEver(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.race(4, func() error { return w.Offer(ctx, act, "u1", w.id, "u2") })
		if n := w.count("account.ownership_offered"); n != 1 {
			t.Errorf("offered %d times", n)
		}
		w.must(w.Offer(ctx, act, "u1", w.id, "u3"))
		if !w.told("u2@veldkamp.example", "ownership-withdrawn") {
			t.Error("who was asked first does not know that it is over")
		}
		var err error
		for range 20 {
			if err = w.Offer(ctx, act, "u1", w.id, "u2"); err != nil {
				break
			}
			w.must(w.Withdraw(ctx, act, "u1", w.id))
		}
		w.refused("offered for ever", err, "ownership.slow")
	})
}

func TestAnOfferEndsWithTheMembershipTheUserAndTheAccount(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(w *world)
		want string
	}{
		"removed":            {func(w *world) { w.must(w.remove("u2")) }, "ownership.no_offer"},
		"removed and back":   {func(w *world) { w.must(w.remove("u2")); w.clock.Pass(time.Second); w.admit("u2", keyfold.Admin) }, "ownership.no_offer"},
		"seven days":         {func(w *world) { w.clock.Pass(7 * 24 * time.Hour) }, "ownership.no_offer"},
		"offered to another": {func(w *world) { w.must(w.Offer(w.t.Context(), act, "u1", w.id, "u3")) }, "ownership.no_offer"},
		"suspended": {func(w *world) {
			w.update(func(tx *store.Tx) error {
				u, err := tx.User(w.t.Context(), "u2")
				if err != nil {
					return err
				}
				return tx.ApplyUser(w.t.Context(), u.Suspend(act))
			})
		}, "user.suspended"},
		"frozen": {func(w *world) {
			w.change(w.id, func(_ time.Time, a keyfold.Account) (keyfold.Change, error) { return a.Freeze(act) })
		}, "account.frozen"},
		"closed": {func(w *world) {
			w.change(w.id, func(now time.Time, a keyfold.Account) (keyfold.Change, error) {
				d := keyfold.Details{ID: a.ID, Entity: a.Entity, Name: a.Name, Contact: a.Contact, Closed: true}
				return a.Update(act, now, d), nil
			})
		}, "account.closed"},
		"taken back by the main contact": {func(w *world) {
			w.change(w.id, func(now time.Time, a keyfold.Account) (keyfold.Change, error) { return a.UndoLink(act, now) })
		}, "account.not_registered"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				w.must(w.Offer(t.Context(), act, "u1", w.id, "u2"))
				w.clock.Pass(time.Second)
				tt.end(w)
				w.refused("accepted", w.Accept(t.Context(), act, "u2", w.id), tt.want)
				if got := w.owner(); got == "u2" {
					t.Errorf("the owner is %q", got)
				}
			})
		})
	}
}

func TestTheLinkBringsTheAccountBackToWhoWasThrownOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.handOver()
		link := w.link("u1@veldkamp.example", "ownership-moved", store.Return)
		w.must(w.remove("u1"))
		w.clock.Pass(24*time.Hour - time.Millisecond)
		w.race(8, func() error {
			r, err := w.TakeBack(ctx, act, link)
			if err == nil && r.Account.ID != w.id {
				t.Errorf("took back %s", r.Account.ID)
			}
			if err != nil {
				t.Errorf("a click: %v", err)
			}
			return err
		})
		if w.owner() != "u1" || w.roles("u2") != "admin" || w.count("account.ownership_returned") != 1 {
			t.Errorf("the owner is %q, u2 has the roles %q, and it returned %d times", w.owner(), w.roles("u2"), w.count("account.ownership_returned"))
		}
		for to, template := range map[string]string{
			"u1@veldkamp.example": "ownership-back", "u2@veldkamp.example": "ownership-returned", contact: "ownership-returned-contacts",
		} {
			if !w.told(to, template) {
				t.Errorf("%s was not told %s", to, template)
			}
		}
		// Handed over anew, the old link is nothing but used.
		w.handOver()
		_, err := w.TakeBack(ctx, act, link)
		w.refused("a used link", err, "link.used")
		if w.owner() != "u2" {
			t.Errorf("the owner is %q", w.owner())
		}
	})
}

func TestALinkToTakeBackEnds(t *testing.T) {
	for name, tt := range map[string]struct {
		end  func(w *world)
		want string
	}{
		"after a day": {func(w *world) { w.clock.Pass(24 * time.Hour) }, "link.expired"},
		"taken back by the login": {func(w *world) {
			w.must(w.TakeBackAs(w.t.Context(), act, "u1", w.id))
			w.must(w.TakeBackAs(w.t.Context(), act, "u1", w.id))
			w.handOver()
		}, "link.void"},
		"frozen": {func(w *world) {
			w.change(w.id, func(_ time.Time, a keyfold.Account) (keyfold.Change, error) { return a.Freeze(act) })
		}, "link.void"},
		"undone by the main contact": {func(w *world) {
			w.change(w.id, func(now time.Time, a keyfold.Account) (keyfold.Change, error) { return a.UndoLink(act, now) })
		}, "link.void"},
		"the former owner is suspended": {func(w *world) {
			w.update(func(tx *store.Tx) error {
				u, err := tx.User(w.t.Context(), "u1")
				if err != nil {
					return err
				}
				return tx.ApplyUser(w.t.Context(), u.Suspend(act))
			})
		}, "user.suspended"},
		"the former owner is deleted": {func(w *world) {
			w.must(w.remove("u1"))
			w.update(func(tx *store.Tx) error {
				u, err := tx.User(w.t.Context(), "u1")
				if err != nil {
					return err
				}
				c, err := u.Delete(act, 0)
				if err != nil {
					return err
				}
				return tx.ApplyUser(w.t.Context(), c)
			})
		}, "link.void"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				w.handOver()
				link := w.link("u1@veldkamp.example", "ownership-moved", store.Return)
				tt.end(w)
				before := w.owner()
				_, err := w.TakeBack(t.Context(), act, link)
				w.refused("taken back", err, tt.want)
				if w.owner() != before {
					t.Errorf("the owner became %q", w.owner())
				}
			})
		})
	}
}

// TestAllAtOnceThereIsOneOwner lets everybody who may change the owner do so at
// the same moment.
func TestAllAtOnceThereIsOneOwner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.Limits.Offer.Tries = 1000
		for range 4 {
			w.must(w.Offer(ctx, act, "u1", w.id, "u2"))
			w.race(2,
				func() error { return w.Accept(ctx, act, "u2", w.id) },
				func() error { return w.Decline(ctx, act, "u2", w.id) },
				func() error { return w.Withdraw(ctx, act, "u1", w.id) },
				func() error { return w.TakeBackAs(ctx, act, "u1", w.id) },
				func() error { return w.Offer(ctx, act, "u1", w.id, "u3") },
				func() error { return w.Accept(ctx, act, "u3", w.id) })
			if a := w.account(w.id); w.owner() == "u1" && a.Return.To != "" {
				t.Errorf("u1 owns it and can take it back: %+v", a.Return)
			}
			w.must(w.TakeBackAs(ctx, act, "u1", w.id))
		}
		w.must(w.Offer(ctx, act, "u1", w.id, "u2"))
		w.race(2,
			func() error { return w.Accept(ctx, act, "u2", w.id) },
			func() error { return w.remove("u2") },
			func() error { return w.linking.Unlink(ctx, act, "u1", w.id, "pw") },
			func() error { return w.TakeBackAs(ctx, act, "u1", w.id) },
			func() error { return w.linking.Unlink(ctx, act, "u2", w.id, "pw") })
		w.owner()
	})
}

func TestAHandOverAndAnUndoAtOnceLeaveAWholeAccount(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		w.must(w.Offer(ctx, act, "u1", w.id, "u2"))
		link := w.disputeLink()
		w.race(3,
			func() error { return w.Accept(ctx, act, "u2", w.id) },
			func() error { _, err := w.linking.Undo(ctx, act, link); return err })
		if got := w.owner(); got != "" {
			t.Errorf("undone, and the owner is %q", got)
		}
		// After another owner, it begins anew.
		if a := w.account(w.id); a.State != keyfold.EmailPending && (a.State != keyfold.Legacy || a.Password != "") || a.Offer.To != "" || a.Return.To != "" {
			t.Errorf("undone to %s with %+v and %+v", a.State, a.Offer, a.Return)
		}
	})
}
