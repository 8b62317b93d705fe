package keyfold_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
)

const day = 24 * time.Hour

var after = []time.Duration{day, 3 * day, 7 * day}

func TestOneReminderTakesThePlaceOfAllThatWereMissed(t *testing.T) {
	for _, tt := range []struct {
		in   time.Duration // the state
		had  int
		want int // 0: none is due
	}{
		{day - 1, 0, 0}, {day, 0, 1}, {day, 1, 0}, {3 * day, 1, 2}, {3 * day, 0, 2}, {8 * day, 0, 3}, {8 * day, 2, 3}, {800 * day, 3, 0},
	} {
		a := sample(keyfold.PasswordSet)
		a.Since, a.Reminded = noon.Add(-tt.in), tt.had
		c, err := a.Remind(act, noon, after)
		if (err == nil) != (tt.want > 0) || c.Account().Reminded != tt.want {
			t.Errorf("after %s and %d: %d, %v; want %d", tt.in, tt.had, c.Account().Reminded, err, tt.want)
		}
	}
	if _, err := sample(keyfold.PasswordSet).Remind(act, noon.Add(800*day), nil); err == nil {
		t.Error("reminded, though there are no reminders")
	}
}

func TestOnlyWhoCanGoOnIsReminded(t *testing.T) {
	for name, spoil := range map[string]func(*keyfold.Account){
		"frozen":     func(a *keyfold.Account) { a.Frozen = true },
		"closed":     func(a *keyfold.Account) { a.Closed = true },
		"needs care": func(a *keyfold.Account) { a.NeedsCare = true },
		"no contact": func(a *keyfold.Account) { a.Contact = keyfold.Contact{} },
		"legacy":     func(a *keyfold.Account) { a.State = keyfold.Legacy },
		"registered": func(a *keyfold.Account) { a.State = keyfold.Registered },
	} {
		a := sample(keyfold.PasswordSet)
		spoil(&a)
		if _, err := a.Remind(act, noon.Add(8*day), after); !keyfold.RefusedAs(err, "account.moved_on") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestADroppedAddressIsNoNewBeginning(t *testing.T) {
	a := sample(keyfold.EmailPending)
	a.Reminded = 3
	if _, err := a.DropPending(act, noon, 2*time.Hour); err == nil {
		t.Error("dropped before its time")
	}
	c, err := a.DropPending(act, noon, time.Hour)
	b := c.Account()
	if err != nil || b.State != keyfold.PasswordSet || !b.Pending.IsZero() || b.Reminded != 3 || !b.Since.Equal(noon) {
		t.Fatalf("%+v, %v", b, err)
	}
	if again, err := b.PendEmail(act, noon, a.Pending); err != nil || again.Account().Reminded != 0 {
		t.Errorf("a new address begins with %d reminders, %v", again.Account().Reminded, err)
	}
}
