package second_test

import (
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/second"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestToAskForAMainContactIsNoWayToFindItOut: while one waits, the answer is the
// same for each mailbox; without one it counts as comparing, and is on record.
func TestToAskForAMainContactIsNoWayToFindItOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Limits = limit.Make(limit.Default())
		ask := func(by, address string) (string, error) {
			return w.Ask(t.Context(), who(by), w.id, second.Wish{
				Kind: keyfold.ChangeContact, Reason: "They have a new address", Evidence: []keyfold.Evidence{keyfold.ByInvoice},
				Contact: keyfold.Contact{Email: w.email(address)},
			})
		}
		asked, err := ask("femke", "guess@veldkamp.example")
		w.must(err)
		_, err = ask("femke", mailbox)
		w.refused(err, "approval.waits")
		w.must(w.Withdraw(t.Context(), who("femke"), asked))
		_, err = ask("femke", mailbox)
		w.refused(err, "contact.is_main")
		if n := w.count("care.contact_asked"); n != 1 {
			t.Errorf("that the main contact is known now is on record %d times", n)
		}
		_, err = ask("jan", mailbox) // the fourth within the hour
		w.refused(err, "desk.slow")
		if n := w.count("care.refused"); n != 1 {
			t.Errorf("what is too often is on record %d times", n)
		}
	})
}

// TestNobodyFloodsThoseWhoDecide: 60 a day from one of the staff.
func TestNobodyFloodsThoseWhoDecide(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Limits = limit.Make(limit.Default())
		for range 60 {
			w.must(w.Withdraw(t.Context(), who("femke"), w.ask(keyfold.TakeOffLogin)))
		}
		_, err := w.Ask(t.Context(), who("femke"), w.id, second.Wish{Kind: keyfold.TakeOffLogin})
		w.refused(err, "desk.slow_day")
	})
}

// TestNobodyLearnsWhatCannotBeKept: when the trail takes no event, the answer is a
// fault, and not what the main contact is.
func TestNobodyLearnsWhatCannotBeKept(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		storetest.Exec(t, w.DB, `alter table events add column broken integer not null default 0 check (kind not like 'care.%')`)
		_, err := w.Ask(t.Context(), who("femke"), w.id, second.Wish{
			Kind: keyfold.ChangeContact, Reason: "They have a new address", Evidence: []keyfold.Evidence{keyfold.ByInvoice},
			Contact: keyfold.Contact{Email: w.email(mailbox)},
		})
		if err == nil || keyfold.Refused(err) != nil {
			t.Errorf("asked for the main contact there is: %v", err)
		}
		if err := w.Approve(t.Context(), who("femke"), w.ask(keyfold.TakeOffLogin)); err == nil || keyfold.Refused(err) != nil {
			t.Errorf("said yes to oneself: %v", err)
		}
	})
}
