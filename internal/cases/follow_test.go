package cases_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/cases"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

type clock = time.Time

// bring is what an import makes of an account.
func (w *world) bring(id keyfold.CustomerID, contact string, closed bool) {
	w.t.Helper()
	w.change(id, func(a keyfold.Account, now clock) (keyfold.Change, error) {
		d := keyfold.Details{ID: a.ID, Entity: a.Entity, Name: a.Name, Language: a.Language, Closed: closed}
		if contact != "" {
			d.Contact = keyfold.Contact{Email: w.email(contact)}
		}
		return a.Update(keyfold.Act{By: "import:test"}, now, d), nil
	})
}

func TestTheSystemOpensACaseAndClosesItWhenTheCauseIsGone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", "")
		w.follow()
		w.wantOpen(id, keyfold.NoContactCase)
		if c := w.the(id); !c.Waiting.IsZero() || c.By != "system" {
			t.Errorf("%+v", c)
		}
		w.clock.Pass(time.Hour)
		for range 3 { // somebody comes, and comes again
			w.record(keyfold.Event{Act: visitor, Kind: "reset.refused", Account: id, Note: keyfold.CareNoContact})
		}
		w.follow()
		if c := w.the(id); !c.Waiting.Equal(w.clock.Now()) {
			t.Errorf("waits since %s", c.Waiting)
		}
		w.bring(id, mailbox, false)
		w.follow()
		w.wantOpen(id)
		all, err := w.DB.Reader().CasesOf(t.Context(), id, 10)
		w.must(err)
		if len(all) != 1 || all[0].Outcome != keyfold.SolvedItself || all[0].ClosedBy != "system" {
			t.Errorf("%+v", all)
		}
		w.bring(id, "", false)
		w.follow()
		w.wantOpen(id, keyfold.NoContactCase)
		w.bring(id, "", true)
		w.follow()
		w.wantOpen(id)
	})
}

func TestEachReasonHasOneOpenCase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		w.user("u1", "sanne@veldkamp.example")
		for range 3 {
			w.record(keyfold.Event{Act: visitor, Kind: "care.asked", Account: id, Note: "ABCD-EFGH no-mail, legacy"})
			w.record(keyfold.Event{Act: visitor, Kind: "care.asked", User: "u1", Note: "WXYZ-2345 no-mail"})
		}
		w.change(id, func(a keyfold.Account, _ clock) (keyfold.Change, error) { return a.Freeze(visitor) })
		w.follow()
		w.wantOpen(id, keyfold.HelpCase, keyfold.NotMeCase)
		of, err := w.DB.Reader().OpenCasesOfUser(t.Context(), "u1")
		w.must(err)
		if len(of) != 1 || of[0].Code != "WXYZ-2345" {
			t.Errorf("%+v", of)
		}
		for typed, want := range map[string]string{"abcd efgh": "ABCD-EFGH", " WXYZ-2345": "WXYZ-2345"} {
			found, err := w.Called(t.Context(), typed)
			w.must(err)
			if c, err := w.DB.Reader().Case(t.Context(), found); err != nil || c.Code != want {
				t.Errorf("%q finds %+v, %v", typed, c, err)
			}
		}
		_, err = w.Called(t.Context(), "AAAA-AAAA")
		w.refused(err, "care.unknown")
		// A case about what somebody wants does not end with the dispute.
		w.change(id, func(a keyfold.Account, _ clock) (keyfold.Change, error) { return a.Unfreeze(visitor) })
		w.follow()
		w.wantOpen(id, keyfold.HelpCase)
	})
}

func TestAWaitThatIsOverIsACase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		w.change(id, func(a keyfold.Account, now clock) (keyfold.Change, error) {
			return a.ProposeContactByCare(visitor, now, keyfold.Contact{Email: w.email("new@veldkamp.example")})
		})
		w.clock.Pass(24 * time.Hour)
		w.must(w.Look(t.Context()))
		w.wantOpen(id)
		w.clock.Pass(time.Hour)
		for range 3 {
			w.must(w.Look(t.Context()))
		}
		w.wantOpen(id, keyfold.OverdueCase)
		if n := w.count(id, "case.opened"); n != 1 {
			t.Errorf("opened %d times", n)
		}
	})
}

// TestAChangeByCareThatSomebodyStopsIsACaseForSupervisors, also where the account
// has a case already; one that its users asked for is their own business.
func TestAChangeByCareThatSomebodyStopsIsACaseForSupervisors(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i, tt := range []struct {
			freeze, care bool
			want         []keyfold.CaseReason
		}{
			{false, true, []keyfold.CaseReason{keyfold.StoppedCase}},
			{true, true, []keyfold.CaseReason{keyfold.StoppedCase, keyfold.NotMeCase}},
			{false, false, nil},
		} {
			id := storetest.Import(t, w.DB, fmt.Sprintf("NL20%05d", i), mailbox)
			if tt.freeze {
				w.change(id, func(a keyfold.Account, _ clock) (keyfold.Change, error) { return a.Freeze(visitor) })
			}
			if tt.care {
				storetest.Exec(t, w.DB, fmt.Sprintf(`insert into approvals (id, kind, customer_id, asked_by, asked_at, expires_at, reason, data, seen, status, decided_by, decided_at)
					values ('p%d', 'change_contact', '%s', 'femke', 1, 2, 'why', '{}', 1, 'approved', 'ruth', %d)`, i, id, w.clock.Now().UnixMilli()))
			}
			w.change(id, func(a keyfold.Account, now clock) (keyfold.Change, error) {
				return a.ProposeContactByCare(visitor, now, keyfold.Contact{Email: w.email("new@veldkamp.example")})
			})
			w.clock.Pass(time.Hour)
			w.change(id, func(a keyfold.Account, _ clock) (keyfold.Change, error) { return a.StopContact(visitor) })
			w.follow()
			w.wantOpen(id, tt.want...)
		}
	})
}

func TestReplicasOpenACaseOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ids := make([]keyfold.CustomerID, 250)
		for i := range ids {
			ids[i] = storetest.Import(t, w.DB, fmt.Sprintf("NL200%04d", i), "")
		}
		storetest.Seal(t, w.DB)
		for _, err := range race(4, func(ctx context.Context) error {
			replica := &cases.Service{DB: w.DB}
			for more := true; more; {
				var err error
				if more, err = replica.Follow(ctx); err != nil {
					return err
				}
			}
			return nil
		}) {
			w.must(err)
		}
		for _, id := range ids {
			if n := w.count(id, "case.opened"); n != 1 {
				t.Fatalf("%s: opened %d times", id, n)
			}
		}
	})
}

// TestNoCustomerWaitsWithoutACase walks at random through what may happen to
// accounts, with staff who close whatever they can.
func TestNoCustomerWaitsWithoutACase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		random := rand.New(rand.NewPCG(5, 5)) // the same walk each time
		var ids []keyfold.CustomerID
		for i := range 6 {
			contact := mailbox
			if i%2 == 0 {
				contact = ""
			}
			ids = append(ids, storetest.Import(t, w.DB, fmt.Sprintf("NL20%05d", i), contact))
		}
		w.user("u1", "sanne@veldkamp.example")
		for step := range 400 {
			w.clock.Pass(time.Minute)
			w.step(random, ids[random.IntN(len(ids))])
			if random.IntN(3) > 0 {
				continue
			}
			w.follow()
			unnoticed := storetest.Texts(t, w.DB, `select a.customer_id from accounts a where a.needs_care and not a.closed
				and not exists (select 1 from cases k where k.customer_id = a.customer_id and k.status = 'open')`)
			if len(unnoticed) > 0 {
				t.Fatalf("step %d: nobody knows of %v", step, unnoticed)
			}
		}
	})
}

func (w *world) step(random *rand.Rand, id keyfold.CustomerID) {
	w.t.Helper()
	ctx := w.t.Context()
	steps := []func(a keyfold.Account, now clock) (keyfold.Change, error){
		func(a keyfold.Account, _ clock) (keyfold.Change, error) { return a.Freeze(visitor) },
		func(a keyfold.Account, _ clock) (keyfold.Change, error) { return a.Unfreeze(visitor) },
		func(a keyfold.Account, now clock) (keyfold.Change, error) { return a.GiveToContact(visitor, now) },
		func(a keyfold.Account, _ clock) (keyfold.Change, error) {
			return a.NeedCare(visitor, keyfold.CareMail), nil
		},
		func(a keyfold.Account, now clock) (keyfold.Change, error) { return a.SetPassword(visitor, now, "hash") },
		func(a keyfold.Account, now clock) (keyfold.Change, error) {
			return a.LinkBy(visitor, now, keyfold.User{ID: "u1"})
		},
		func(a keyfold.Account, now clock) (keyfold.Change, error) { return a.UndoLink(visitor, now) },
		func(a keyfold.Account, now clock) (keyfold.Change, error) { return a.AskBack(visitor, now) },
		func(a keyfold.Account, now clock) (keyfold.Change, error) { return a.Veto(visitor, now) },
		func(a keyfold.Account, now clock) (keyfold.Change, error) { return a.Insist(visitor, now) },
	}
	switch n := random.IntN(len(steps) + 6); {
	case n < len(steps):
		err := w.DB.Update(ctx, func(tx *store.Tx) error {
			a, err := tx.Account(ctx, id)
			if err != nil {
				return err
			}
			c, err := steps[n](a, tx.Now())
			if err != nil || c.IsZero() {
				return err
			}
			return tx.Apply(ctx, c)
		})
		if err != nil && keyfold.Refused(err) == nil {
			w.t.Fatal(err)
		}
	case n < len(steps)+3:
		contact := []string{"", mailbox, "other@veldkamp.example"}[random.IntN(3)]
		w.bring(id, contact, random.IntN(8) == 0)
	default:
		open, err := w.DB.Reader().OpenCases(ctx, id)
		w.must(err)
		for _, c := range open {
			outcome := keyfold.CaseOutcomes()[random.IntN(len(keyfold.CaseOutcomes()))]
			if err := w.Close(ctx, who("ruth"), c.ID, outcome, ""); err != nil && keyfold.Refused(err) == nil {
				w.t.Fatal(err)
			}
		}
	}
}

func TestTheQueueIsReadInPagesWhoWaitsLongestFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for i := range 7 {
			w.clock.Pass(time.Minute)
			id := storetest.Import(t, w.DB, fmt.Sprintf("NL200%04d", i), mailbox)
			w.change(id, func(a keyfold.Account, _ clock) (keyfold.Change, error) {
				return a.NeedCare(visitor, keyfold.CareMail), nil
			})
			storetest.Import(t, w.DB, fmt.Sprintf("NL300%04d", i), "")
		}
		w.follow()
		counts, err := w.DB.Reader().CaseCounts(t.Context(), "femke")
		w.must(err)
		if counts.Waiting[keyfold.MailFailedCase] != 7 || counts.Idle != 7 || counts.Total() != 7 {
			t.Errorf("%+v", counts)
		}
		for name, filter := range map[string]store.CaseFilter{
			"waiting": {Limit: 3}, "idle": {Limit: 3, Idle: true}, "a reason": {Limit: 3, Reason: keyfold.MailFailedCase},
		} {
			seen := map[string]bool{}
			var last time.Time
			for more := true; more; {
				var page []store.QueuedCase
				page, filter.From, more, err = w.DB.Reader().Queue(t.Context(), filter)
				w.must(err)
				for _, c := range page {
					if seen[c.ID] || c.Waiting.Before(last) {
						t.Errorf("%s: %s comes twice or too late", name, c.ID)
					}
					seen[c.ID], last = true, c.Waiting
				}
			}
			if len(seen) != 7 {
				t.Errorf("%s: %d cases", name, len(seen))
			}
		}
	})
}
