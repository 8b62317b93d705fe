package keyfold_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
)

// careTransitions are those that customer care makes.
func careTransitions(other keyfold.Email) []transition {
	return []transition{
		{"ProposeContactByCare", func(a keyfold.Account) (keyfold.Change, error) {
			return a.ProposeContactByCare(act, noon, keyfold.Contact{Email: other})
		}},
		{"SucceedContact: by care", func(a keyfold.Account) (keyfold.Change, error) {
			a.Coming = keyfold.Succession{Contact: keyfold.Contact{Email: other}, At: noon}
			return a.SucceedContact(act, noon)
		}},
		{"UnlinkByCare", func(a keyfold.Account) (keyfold.Change, error) { return a.UnlinkByCare(act, noon) }},
		{"ErasePending", func(a keyfold.Account) (keyfold.Change, error) { return a.ErasePending(act, noon) }},
		{"Unfreeze", func(a keyfold.Account) (keyfold.Change, error) { return a.Unfreeze(act) }},
		{"GiveToContact", func(a keyfold.Account) (keyfold.Change, error) { return a.GiveToContact(act, noon) }},
		{"CareDone", func(a keyfold.Account) (keyfold.Change, error) {
			a.NeedsCare = true
			return a.CareDone(act)
		}},
	}
}

func TestWhoReadTheFormerMainContactGetsNoFurther(t *testing.T) {
	other := address(t, "new@veldkamp.example")
	for _, s := range []keyfold.State{keyfold.Legacy, keyfold.PasswordSet, keyfold.EmailPending} {
		c, err := sample(s).ProposeContactByCare(act, noon, keyfold.Contact{Email: other})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Account().SucceedContact(act, noon.Add(24*time.Hour-1)); !keyfold.RefusedAs(err, "contact.nothing_waits") {
			t.Errorf("%s: on the same day: %v", s, err)
		}
		c, err = c.Account().SucceedContact(act, noon.Add(24*time.Hour))
		a := c.Account()
		if err != nil || !a.Contact.Email.Same(other) || a.State != keyfold.Legacy || a.Password != "" || a.Untouched() {
			t.Errorf("%s: %+v, %v", s, a, err)
		}
	}
}

// TestWhoComesByTheMailboxOfNowStopsAnother: the mailbox that is read is the main
// contact.
func TestWhoComesByTheMailboxOfNowStopsAnother(t *testing.T) {
	c, err := sample(keyfold.EmailPending).ProposeContactByCare(act, noon, keyfold.Contact{Email: address(t, "new@veldkamp.example")})
	if err != nil {
		t.Fatal(err)
	}
	c, err = c.Account().Register(act, noon, "u2")
	if err != nil || !c.Account().Coming.At.IsZero() {
		t.Errorf("%+v, %v", c.Account().Coming, err)
	}
}

func TestAnAccountThatNobodyGetsIntoGoesOnNeedingCare(t *testing.T) {
	stuck := sample(keyfold.Legacy)
	stuck.Contact, stuck.NeedsCare = keyfold.Contact{}, true
	frozen := sample(keyfold.Registered)
	frozen.Frozen, frozen.NeedsCare = true, true
	for name, a := range map[string]keyfold.Account{"no contact": stuck, "frozen": frozen} {
		if _, err := a.CareDone(act); !keyfold.RefusedAs(err, "case.account_waits") {
			t.Errorf("%s: %v", name, err)
		}
	}
	stuck.Frozen = true
	if c, err := stuck.Unfreeze(act); err != nil || !c.Account().NeedsCare {
		t.Errorf("unfrozen without a contact: %+v, %v", c.Account(), err)
	}
	if _, err := stuck.GiveToContact(act, noon); !keyfold.RefusedAs(err, "approval.no_contact") {
		t.Errorf("given to nobody: %v", err)
	}
}

func TestADisputeForTheContactTakesAllThatTheOwnerHad(t *testing.T) {
	a := sample(keyfold.Registered)
	a.Frozen, a.NeedsCare, a.Password = true, true, "sealed"
	c, err := a.GiveToContact(act, noon)
	b := c.Account()
	if err != nil || b.Owner != "" || b.State != keyfold.Legacy || b.Password != "" || b.Frozen || b.NeedsCare || b.Before.State != "" {
		t.Errorf("%+v, %v", b, err)
	}
	if h := c.Handover(); h.From != "u1" || h.To != "" {
		t.Errorf("%+v", h)
	}
}
