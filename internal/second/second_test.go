package second_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestAnotherMainContactTakesADayAndOneClickStopsIt, by the former one and by the
// one to be, with an owner and without.
func TestAnotherMainContactTakesADayAndOneClickStopsIt(t *testing.T) {
	for name, prepare := range map[string]func(w *world){
		"with an owner": func(*world) {},
		"frozen":        (*world).freeze,
		"half-way": func(w *world) {
			w.id = storetest.Import(w.t, w.DB, "NL123421349", mailbox)
			w.change(w.id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
				return a.SetPassword(visitor, now, "hash")
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				prepare(w)
				for _, box := range []string{mailbox, wanted} {
					w.must(w.Approve(t.Context(), who("ruth"), w.ask(keyfold.ChangeContact)))
					if a := w.account(); !a.Contact.Email.Same(w.email(mailbox)) {
						t.Fatalf("the main contact is %s on the same day", a.Contact.Email)
					}
					template := map[string]string{mailbox: "care-contact", wanted: "care-contact-to-be"}[box]
					w.clock.Pass(day - time.Second)
					n, err := w.contacts().Due(t.Context())
					if err != nil || n != 0 {
						t.Errorf("%d changed, %v", n, err)
					}
					for range 2 {
						id, err := w.contacts().StopByLink(t.Context(), visitor, w.link(box, template))
						if err != nil || id != w.id {
							t.Errorf("%s: %v", box, err)
						}
					}
					w.clock.Pass(day)
					if n, err := w.contacts().Due(t.Context()); err != nil || n != 0 || !w.account().Coming.At.IsZero() {
						t.Errorf("%d changed after it was stopped, %v", n, err)
					}
				}
				w.must(w.Approve(t.Context(), who("ruth"), w.ask(keyfold.ChangeContact)))
				w.clock.Pass(day)
				if n, err := w.contacts().Due(t.Context()); err != nil || n != 1 || !w.account().Contact.Email.Same(w.email(wanted)) {
					t.Errorf("%d changed, %v: %s", n, err, w.account().Contact.Email)
				}
				w.mailed(mailbox, "contact-changed")
				w.mailed(wanted, "contact-now")
				if a := w.account(); name == "half-way" && (a.State != keyfold.Legacy || a.Password != "") || a.Frozen != a.NeedsCare {
					t.Errorf("%+v", a)
				}
			})
		})
	}
}

func TestWhoIsToldOfAnotherMainContact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		storetest.Contact(t, w.DB, w.id, keyfold.SecurityContact, "cert@veldkamp.example")
		w.must(w.Approve(t.Context(), who("ruth"), w.ask(keyfold.ChangeContact)))
		for to, template := range map[string]string{
			mailbox: "care-contact", wanted: "care-contact-to-be", "cert@veldkamp.example": "care-contact-told", owner: "care-contact-told",
		} {
			if m := w.mailed(to, template); (m.Token == "") != (to == owner) || m.Data.Origin != "" {
				t.Errorf("%s to %s: link %q, from %q", template, to, m.Token, m.Data.Origin)
			}
		}
		if n := w.mails(); n != 4 {
			t.Errorf("%d mails", n)
		}
	})
}

// TestAnAccountThatNobodyCouldReachGetsAMainContact, after 24 hours too: the one
// to be can stop it, and nobody else is there to.
func TestAnAccountThatNobodyCouldReachGetsAMainContact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.id = storetest.Import(t, w.DB, "NL123421349", "")
		w.must(w.Approve(t.Context(), who("ruth"), w.ask(keyfold.ChangeContact)))
		if n := w.mails(); n != 1 || w.mailed(wanted, "care-contact-to-be").Token == "" {
			t.Errorf("%d mails", n)
		}
		w.clock.Pass(day)
		if n, err := w.contacts().Due(t.Context()); err != nil || n != 1 {
			t.Errorf("%d changed, %v", n, err)
		}
		if a := w.account(); !a.Contact.Email.Same(w.email(wanted)) || a.NeedsCare {
			t.Errorf("%+v", a)
		}
	})
}

func TestAnAccountIsTakenOffItsLogin(t *testing.T) {
	for kind, state := range map[keyfold.ApprovalKind]keyfold.State{keyfold.TakeOffLogin: keyfold.Legacy, keyfold.UndoLinking: keyfold.PasswordSet} {
		t.Run(string(kind), func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				asked := w.ask(kind)
				for range 2 { // the second click
					w.must(w.Approve(t.Context(), who("ruth"), asked))
				}
				a := w.account()
				if a.State != state || a.Owner != "" || (a.Password == "") != (state == keyfold.Legacy) {
					t.Errorf("%+v", a)
				}
				for to, template := range map[string]string{mailbox: "care-unlinked", owner: "care-unlinked", "tech@veldkamp.example": "member-removed"} {
					w.mailed(to, template)
				}
				if n := w.mails(); n != 3 {
					t.Errorf("%d mails", n)
				}
				if m, err := w.DB.Reader().Member(t.Context(), w.id, "u2"); err != nil || !m.Roles.IsZero() {
					t.Errorf("u2 has access still: %v, %v", m.Roles, err)
				}
			})
		})
	}
}

func TestADisputeIsDecidedForTheOwner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.update(w.id, func(ctx context.Context, tx *store.Tx, a keyfold.Account) error {
			return w.Teller.Contacts(ctx, tx, a, store.Mail{Template: "contact-now"})
		})
		w.freeze()
		wish := w.wish(keyfold.DecideDispute)
		wish.For = keyfold.OwnerIsRight
		asked, err := w.Ask(t.Context(), who("femke"), w.id, wish)
		w.must(err)
		w.must(w.Approve(t.Context(), who("ruth"), asked))
		if a := w.account(); a.Frozen || a.NeedsCare || a.Owner != "u1" {
			t.Errorf("%+v", a)
		}
		for _, to := range []string{mailbox, owner} {
			w.mailed(to, "care-unfrozen")
		}
		earlier, err := w.DB.Reader().TokenByID(t.Context(), w.mailed(mailbox, "contact-now").Token)
		if err != nil || len(earlier.Live()) > 0 {
			t.Errorf("a link of before would freeze it again: %v", err)
		}
	})
}

func TestADisputeIsDecidedForTheMainContact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.freeze()
		w.must(w.Approve(t.Context(), who("ruth"), w.ask(keyfold.DecideDispute)))
		if a := w.account(); a.Frozen || a.NeedsCare || a.Owner != "" || a.State != keyfold.Legacy || a.Password != "" {
			t.Errorf("%+v", a)
		}
		for to, template := range map[string]string{mailbox: "care-given", owner: "care-given-users", "tech@veldkamp.example": "care-given-users"} {
			w.mailed(to, template)
		}
		if n := w.mails(); n != 3 {
			t.Errorf("%d mails", n)
		}
	})
}

func TestWhatIsAskedBelongsToACaseThatIsOpen(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asked := w.ask(keyfold.TakeOffLogin)
		p, err := w.DB.Reader().Approval(t.Context(), asked)
		w.must(err)
		c, err := w.DB.Reader().Case(t.Context(), p.Case)
		if err != nil || !c.IsOpen() || c.Account != w.id {
			t.Errorf("%+v, %v", c, err)
		}
		for range 2 {
			w.must(w.Decline(t.Context(), who("ruth"), asked))
		}
		w.refused(w.Approve(t.Context(), who("ruth"), asked), "approval.over")
		if n := w.count("approval.declined"); n != 1 {
			t.Errorf("declined %d times", n)
		}
	})
}

// TestALinkThatIsUndoneAfterAnotherMainContactBeginsAnew: who set the password of
// the customer ID may have left, and the mails say how to get in.
func TestALinkThatIsUndoneAfterAnotherMainContactBeginsAnew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.change(w.id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
			d := keyfold.Details{ID: a.ID, Entity: a.Entity, Name: a.Name, Language: a.Language, Contact: keyfold.Contact{Email: w.email("boss@veldkamp.example")}}
			return a.Update(visitor, now, d), nil
		})
		w.must(w.Approve(t.Context(), who("ruth"), w.ask(keyfold.UndoLinking)))
		if a := w.account(); a.State != keyfold.Legacy || a.Password != "" || a.Owner != "" {
			t.Errorf("undone to %s with the password %q", a.State, a.Password)
		}
		mails := storetest.Texts(t, w.DB, `select data from outbox where template = 'care-unlinked'`)
		if len(mails) == 0 || strings.Contains(strings.Join(mails, " "), "account.link_undone") {
			t.Errorf("%q", mails)
		}
	})
}
