package second_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// checks has somebody of the staff check the number of u1, or a wrong one, for an
// account.
func (w *world) checks(name string, id keyfold.CustomerID, right bool) {
	w.t.Helper()
	d := &desk.Service{DB: w.DB, Teller: w.Teller, Limits: limit.Make(limit.Default())}
	w.clock.Pass(time.Second) // or the number would be the spent one
	p, err := d.PIN(w.t.Context(), keyfold.Act{By: "user:u1"}, "u1")
	w.must(err)
	digits := []byte(p.Digits)
	if !right {
		digits[0] = '0' + (digits[0]-'0'+1)%10
	}
	_, yes, err := d.CheckPIN(w.t.Context(), desk.Who(who(name)), id, string(digits))
	w.must(err)
	if yes != right {
		w.t.Fatalf("the number is right: %t, want %t", yes, right)
	}
}

// TestANumberIsEvidenceOfWhoCheckedIt, for that account and for an hour: else it would
// be a box to tick, and the second person would believe it.
func TestANumberIsEvidenceOfWhoCheckedIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ask := func(evidence ...keyfold.Evidence) error {
			wish := w.wish(keyfold.TakeOffLogin)
			wish.Evidence = evidence
			asked, err := w.Ask(t.Context(), who("femke"), w.id, wish)
			if err == nil {
				w.must(w.Withdraw(t.Context(), who("femke"), asked))
			}
			return err
		}
		refused := func(why string) {
			t.Helper()
			for _, evidence := range [][]keyfold.Evidence{{keyfold.ByPIN}, {keyfold.ByCallback, keyfold.ByPIN}} {
				err := ask(evidence...)
				w.refused(err, "approval.pin_unchecked")
				if r := keyfold.Refused(err); len(r) != 1 || r[0].Field != "evidence" || r[0].Kind != keyfold.Invalid {
					t.Errorf("%s: %+v", why, r)
				}
			}
		}
		refused("never checked")
		w.checks("femke", w.id, false)
		refused("the number was wrong")
		w.checks("jan", w.id, true)
		refused("a colleague checked it")
		other := w.register("NL123421342")
		w.checks("femke", other, true)
		refused("it was for another account")
		if n := len(storetest.Texts(t, w.DB, `select id from approvals`)); n != 0 {
			t.Errorf("%d were asked", n)
		}

		w.checks("femke", w.id, true)
		w.must(ask(keyfold.ByPIN))
		w.checks("femke", w.id, false) // a slip of the tongue, later
		w.clock.Pass(time.Hour - 2*time.Second)
		w.must(ask(keyfold.ByPIN, keyfold.ByInvoice))
		w.clock.Pass(time.Second)
		refused("it was an hour ago")
		w.must(ask(keyfold.ByCallback))
	})
}

// TestWhoMayNotAskIsToldThatFirst, and nothing of what is in the trail.
func TestWhoMayNotAskIsToldThatFirst(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		wish := w.wish(keyfold.TakeOffLogin)
		wish.Evidence = []keyfold.Evidence{keyfold.ByPIN}
		_, err := w.Ask(t.Context(), who("otto"), w.id, wish)
		w.refused(err, "case.not_yours")
	})
}
