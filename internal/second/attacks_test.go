package second_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestNobodyOfTheStaffChangesAnythingAlone: whoever says yes and is not another
// supervisor is refused, each try is in the trail, and the account stays as it is.
func TestNobodyOfTheStaffChangesAnythingAlone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asked, err := w.Ask(t.Context(), who("ruth"), w.id, w.wish(keyfold.TakeOffLogin))
		w.must(err)
		before, mails := w.account(), w.mails()
		storetest.Exec(t, w.DB, `update staff set disabled = true where id = 'sven'`)
		refused := 0
		for name, want := range map[string]string{
			"ruth": "approval.oneself", "femke": "case.not_yours", "otto": "case.not_yours", "ada": "case.not_yours",
			"sven": "case.not_yours", "nobody": "case.not_yours",
		} {
			w.refused(w.Approve(t.Context(), who(name), asked), want)
			w.refused(w.Decline(t.Context(), who(name), asked), want)
			refused += 2
		}
		if n := w.count("care.refused"); n != refused {
			t.Errorf("%d of %d tries are in the trail", n, refused)
		}
		w.status(asked, keyfold.ApprovalWaiting)
		if a := w.account(); a.Version != before.Version || w.mails() != mails {
			t.Errorf("%+v", a)
		}
		w.refused(w.Withdraw(t.Context(), who("femke"), asked), "approval.not_yours")
		for range 2 {
			w.must(w.Withdraw(t.Context(), who("ruth"), asked))
		}
		storetest.Exec(t, w.DB, `update staff set disabled = false where id = 'sven'`)
		w.refused(w.Approve(t.Context(), who("sven"), asked), "approval.over")
	})
}

// TestTheDatabaseRefusesSelfApproval, whatever the program says.
func TestTheDatabaseRefusesSelfApproval(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asked := w.ask(keyfold.TakeOffLogin)
		for _, decider := range []string{`'femke'`, `null`} {
			err := storetest.TryExec(t, w.DB, `update approvals set status = 'approved', decided_at = 1, decided_by = `+decider+` where id = '`+asked+`'`)
			if err == nil {
				t.Errorf("approved by %s", decider)
			}
		}
	})
}

func TestOfManyYesOneCounts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asked := w.ask(keyfold.TakeOffLogin)
		names := []string{"ruth", "sven"}
		for i, err := range race(20, func(i int) error { return w.Approve(t.Context(), who(names[i%2]), asked) }) {
			if err != nil && !keyfold.RefusedAs(err, "approval.over") {
				t.Errorf("%s: %v", names[i%2], err)
			}
		}
		if n, m := w.count("account.unlinked"), w.count("approval.approved"); n != 1 || m != 1 {
			t.Errorf("unlinked %d times, approved %d times", n, m)
		}
		if n := len(storetest.Texts(t, w.DB, `select id from outbox where template = 'care-unlinked'`)); n != 2 {
			t.Errorf("%d mails", n)
		}
		w.status(asked, keyfold.ApprovalApproved)
	})
}

// TestAYesIsToWhatWasSeen: what has changed since voids it. A reminder or another
// name changes nothing of it.
func TestAYesIsToWhatWasSeen(t *testing.T) {
	bring := func(contact, name string) func(w *world) {
		return func(w *world) {
			w.change(w.id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
				d := keyfold.Details{ID: a.ID, Entity: a.Entity, Name: name, Language: a.Language, Contact: keyfold.Contact{Email: w.email(contact)}}
				return a.Update(visitor, now, d), nil
			})
		}
	}
	for name, tt := range map[string]struct {
		meanwhile func(w *world)
		want      string
	}{
		"another name":         {bring(mailbox, "Veldkamp Holding"), ""},
		"another main contact": {bring("third@veldkamp.example", "Veldkamp"), "approval.stale"},
		"there and back": {func(w *world) {
			w.clock.Pass(time.Minute)
			bring("third@veldkamp.example", "Veldkamp")(w)
			bring(mailbox, "Veldkamp")(w)
		}, "approval.stale"},
		"a freeze": {(*world).freeze, "approval.stale"},
		"no owner": {func(w *world) {
			w.change(w.id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.UndoLink(visitor, now) })
		}, "approval.stale"},
		"who asked is disabled": {func(w *world) {
			storetest.Exec(w.t, w.DB, `update staff set disabled = true where id = 'femke'`)
		}, "approval.asker_gone"},
		"who asked has another role": {func(w *world) {
			storetest.Exec(w.t, w.DB, `update staff set role = 'auditor' where id = 'femke'`)
		}, "approval.asker_gone"},
		"72 hours": {func(w *world) { w.clock.Pass(72 * time.Hour) }, "approval.late"},
	} {
		t.Run(strings.ReplaceAll(name, " ", "-"), func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				asked := w.ask(keyfold.TakeOffLogin)
				tt.meanwhile(w)
				before := w.account()
				err := w.Approve(t.Context(), who("ruth"), asked)
				if tt.want == "" {
					w.must(err)
					return
				}
				w.refused(err, tt.want)
				if a := w.account(); a.Version != before.Version {
					t.Errorf("the account changed: %+v", a)
				}
				if tt.want == "approval.late" {
					return
				}
				w.status(asked, keyfold.ApprovalVoid)
				if n := w.count("care.refused"); n != 1 {
					t.Errorf("%d refusals are in the trail", n)
				}
				w.refused(w.Approve(t.Context(), who("sven"), asked), "approval.over")
			})
		})
	}
}

// TestWhatIsDecidedVoidsWhatElseWasAsked: a second yes would be about an account
// that nobody has looked at.
func TestWhatIsDecidedVoidsWhatElseWasAsked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.freeze()
		lift, dispute := w.ask(keyfold.LiftFreeze), w.ask(keyfold.DecideDispute)
		_, err := w.Ask(t.Context(), who("jan"), w.id, w.wish(keyfold.LiftFreeze))
		w.refused(err, "approval.waits")
		w.must(w.Approve(t.Context(), who("ruth"), lift))
		w.status(dispute, keyfold.ApprovalVoid)
		w.freeze() // another dispute
		w.refused(w.Approve(t.Context(), who("ruth"), dispute), "approval.over")
		if !w.account().Frozen {
			t.Error("the answer to one dispute ended another")
		}
	})
}

func TestWhatTheAccountCannotHaveIsNotAsked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for kind, want := range map[keyfold.ApprovalKind]string{keyfold.LiftFreeze: "approval.not_frozen", keyfold.DecideDispute: "approval.not_frozen"} {
			_, err := w.Ask(t.Context(), who("femke"), w.id, w.wish(kind))
			w.refused(err, want)
		}
		w.clock.Pass(14 * day)
		_, err := w.Ask(t.Context(), who("femke"), w.id, w.wish(keyfold.UndoLinking))
		w.refused(err, "link.undo_over")
		same := w.wish(keyfold.ChangeContact)
		same.Contact.Email = w.email(strings.ToUpper(mailbox))
		_, err = w.Ask(t.Context(), who("femke"), w.id, same)
		w.refused(err, "contact.is_main")
		_, err = w.Ask(t.Context(), who("otto"), w.id, w.wish(keyfold.TakeOffLogin))
		w.refused(err, "case.not_yours")
		w.freeze()
		_, err = w.Ask(t.Context(), who("femke"), w.id, w.wish(keyfold.TakeOffLogin))
		w.refused(err, "account.frozen")
		if n := w.count("approval.asked"); n != 0 {
			t.Errorf("asked %d times", n)
		}
	})
}

func TestWhatNobodyAnswersIsACaseForSupervisors(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asked := w.ask(keyfold.TakeOffLogin)
		w.clock.Pass(72*time.Hour - time.Millisecond)
		late := func(int) error { _, err := w.Late(t.Context()); return err }
		w.must(late(0))
		w.status(asked, keyfold.ApprovalWaiting)
		w.clock.Pass(time.Millisecond)
		for _, err := range race(4, late) {
			w.must(err)
		}
		w.status(asked, keyfold.ApprovalVoid)
		if n := w.count("approval.void"); n != 1 {
			t.Errorf("void %d times", n)
		}
		open, err := w.DB.Reader().OpenCases(t.Context(), w.id)
		w.must(err)
		if !slices.ContainsFunc(open, func(c keyfold.Case) bool { return c.Reason == keyfold.OverdueCase && c.Supervisor }) {
			t.Errorf("%+v", open)
		}
	})
}

// TestWhatIsLateAndMootIsNoCase: nobody waits for it.
func TestWhatIsLateAndMootIsNoCase(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asked := w.ask(keyfold.TakeOffLogin)
		w.change(w.id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.UndoLink(visitor, now) })
		w.clock.Pass(72 * time.Hour)
		if n, err := w.Late(t.Context()); err != nil || n != 1 {
			t.Errorf("%d ended, %v", n, err)
		}
		w.status(asked, keyfold.ApprovalVoid)
		open, err := w.DB.Reader().OpenCases(t.Context(), w.id)
		w.must(err)
		if slices.ContainsFunc(open, func(c keyfold.Case) bool { return c.Reason == keyfold.OverdueCase }) {
			t.Errorf("%+v", open)
		}
	})
}

func TestNoEventSaysWhatIsAskedOrWhy(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.Approve(t.Context(), who("ruth"), w.ask(keyfold.ChangeContact)))
		if left := storetest.Texts(t, w.DB, `select data from approvals where data like '%sanne@%'`); len(left) > 0 {
			t.Errorf("what was asked holds the address after the answer: %s", left)
		}
		for _, text := range storetest.Texts(t, w.DB, `select note || became from events`) {
			if strings.Contains(text, "other.example") || strings.Contains(text, "contract") || strings.Contains(text, "Sanne") {
				t.Error(text)
			}
		}
	})
}
