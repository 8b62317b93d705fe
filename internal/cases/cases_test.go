package cases_test

import (
	"context"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

func TestACaseIsOpenedByHandTakenHandedOverAndClosed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		one, err := w.Open(ctx, who("femke"), id, "Calls about an invoice")
		w.must(err)
		again, err := w.Open(ctx, who("jan"), id, "Calls once more")
		w.must(err)
		if one != again {
			t.Error("a second case for the same")
		}
		_, err = w.Open(ctx, who("femke"), id, "  ")
		w.refused(err, "case.note_missing")
		_, err = w.Open(ctx, who("femke"), id, strings.Repeat("x", 4001))
		w.refused(err, "case.note_long")
		for range 2 {
			w.must(w.Take(ctx, who("femke"), one))
			w.must(w.Note(ctx, who("femke"), one, "Asked for the invoice number"))
		}
		if n, m := w.count(id, "case.taken"), w.count(id, "case.noted"); n != 1 || m != 3 {
			t.Errorf("taken %d times and noted %d times", n, m)
		}
		for range 2 {
			w.must(w.HandOver(ctx, who("femke"), one, "Beyond me"))
		}
		w.refused(w.Take(ctx, who("femke"), one), "case.for_supervisors")
		w.refused(w.Close(ctx, who("jan"), one, keyfold.Solved, ""), "case.for_supervisors")
		w.must(w.Take(ctx, who("ruth"), one))
		w.refused(w.Close(ctx, who("ruth"), one, "", ""), "case.outcome_missing")
		w.refused(w.Close(ctx, who("ruth"), one, keyfold.SolvedItself, ""), "case.outcome_missing")
		for range 2 {
			w.must(w.Close(ctx, who("ruth"), one, keyfold.NothingToDo, "It was paid"))
		}
		w.refused(w.Close(ctx, who("ruth"), one, keyfold.Solved, ""), "case.is_closed")
		if n := w.count(id, "case.closed"); n != 1 {
			t.Errorf("closed %d times", n)
		}
		notes, err := w.DB.Reader().Notes(ctx, one)
		w.must(err)
		if len(notes) != 5 || notes[0].Name != "femke" || notes[0].Note != "Calls about an invoice" {
			t.Errorf("%+v", notes)
		}
		for _, text := range storetest.Texts(t, w.DB, `select note || became from events`) {
			if strings.Contains(text, "invoice") || strings.Contains(text, "paid") {
				t.Errorf("an event has a note of the staff: %s", text)
			}
		}
	})
}

// TestWhoMayNotWorkCasesChangesNone, past all doors, and each try is in the trail.
func TestWhoMayNotWorkCasesChangesNone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		one, err := w.Open(ctx, who("femke"), id, "Calls about an invoice")
		w.must(err)
		storetest.Exec(t, w.DB, `update staff set disabled = true where id = 'jan'`)
		refused := 0
		for _, name := range []string{"otto", "ada", "jan", "nobody"} {
			for _, err := range []error{
				w.Take(ctx, who(name), one), w.HandOver(ctx, who(name), one, "why not"), w.Note(ctx, who(name), one, "a note of mine"),
				w.Close(ctx, who(name), one, keyfold.Solved, ""), func() error { _, err := w.Open(ctx, who(name), id, "a note"); return err }(),
			} {
				w.refused(err, "case.not_yours")
				refused++
			}
		}
		if n := w.count(id, "care.refused"); n != refused {
			t.Errorf("%d of %d tries are in the trail", n, refused)
		}
		if c := w.the(id); c.Assignee != "" || c.Supervisor || c.Version != 1 {
			t.Errorf("%+v", c)
		}
		w.refused(w.Take(ctx, who("femke"), "made-up"), "case.unknown")
	})
}

// TestNoLastCaseOfACustomerWhoCannotGetInIsClosed: a customer would wait, and
// nobody would know.
func TestNoLastCaseOfACustomerWhoCannotGetInIsClosed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		stuck := storetest.Import(t, w.DB, "NL123421341", "")
		frozen := storetest.Import(t, w.DB, "NL123421342", mailbox)
		w.change(frozen, func(a keyfold.Account, _ clock) (keyfold.Change, error) { return a.Freeze(visitor) })
		w.follow()
		for _, id := range []keyfold.CustomerID{stuck, frozen} {
			c := w.the(id)
			for _, o := range keyfold.CaseOutcomes() {
				w.refused(w.Close(ctx, who("ruth"), c.ID, o, ""), "case.account_waits")
			}
			byHand, err := w.Open(ctx, who("femke"), id, "Calls about it")
			w.must(err)
			w.must(w.Close(ctx, who("femke"), c.ID, keyfold.NoAnswer, "")) // the other one is open
			w.refused(w.Close(ctx, who("femke"), byHand, keyfold.NoAnswer, ""), "case.account_waits")
			w.follow()
			w.wantOpen(id, keyfold.AgentCase)
		}
	})
}

func TestTheLastCaseSaysThatTheAccountNeedsNoCareAnyMore(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ctx := t.Context()
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		refuse := func(a keyfold.Account, _ clock) (keyfold.Change, error) {
			return a.NeedCare(visitor, keyfold.CareMail), nil
		}
		w.change(id, refuse)
		w.follow()
		w.wantOpen(id, keyfold.MailFailedCase)
		w.must(w.Close(ctx, who("femke"), w.the(id).ID, keyfold.Solved, "The mailbox was full"))
		if w.account(id).NeedsCare {
			t.Error("the account still needs care")
		}
		w.follow()
		w.wantOpen(id)
		w.change(id, refuse) // it is full again
		w.follow()
		w.wantOpen(id, keyfold.MailFailedCase)
	})
}

func TestOfManyWhoCloseACaseOneDoes(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", mailbox)
		w.change(id, func(a keyfold.Account, _ clock) (keyfold.Change, error) {
			return a.NeedCare(visitor, keyfold.CareMail), nil
		})
		w.follow()
		c := w.the(id).ID
		for _, err := range race(10, func(ctx context.Context) error { return w.Close(ctx, who("femke"), c, keyfold.Solved, "once") }) {
			w.must(err)
		}
		if n, m := w.count(id, "case.closed"), w.count(id, "account.care_done"); n != 1 || m != 1 {
			t.Errorf("closed %d times, done %d times", n, m)
		}
	})
}
