package desk_test

import (
	"slices"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/store"
)

var now = time.Date(2026, 3, 12, 14, 20, 0, 0, time.UTC)

func mailbox(t *testing.T, s string) keyfold.Email {
	t.Helper()
	e, err := keyfold.ParseEmail(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// TestEachPlaceOnTheWayHasAnAdvice: wherever an account stands, and whatever has
// become of its last mail, there is something to say.
func TestEachPlaceOnTheWayHasAnAdvice(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	contact, given := mailbox(t, "info@veldkamp.example"), mailbox(t, "sanne@veldkamp.example")
	legacy := keyfold.Account{State: keyfold.Legacy, Contact: keyfold.Contact{Email: contact}}
	with := func(a keyfold.Account, change func(*keyfold.Account)) keyfold.Account {
		change(&a)
		return a
	}
	chosen := with(legacy, func(a *keyfold.Account) { a.State = keyfold.PasswordSet })
	pending := with(legacy, func(a *keyfold.Account) { a.State, a.Pending = keyfold.EmailPending, given })
	owned := with(legacy, func(a *keyfold.Account) { a.State, a.Owner = keyfold.Registered, "u1" })
	mail := func(to keyfold.Email, template mailtext.Template, change func(*store.AccountMail)) []store.AccountMail {
		m := store.AccountMail{Purpose: store.Reset, Expires: now.Add(time.Hour)}
		m.Template, m.To, m.Status, m.Created = string(template), to, store.Sent, now.Add(-time.Hour)
		change(&m)
		void := m
		void.Status = store.Voided // says nothing
		return []store.AccountMail{void, m}
	}
	fates := map[string]func(*store.AccountMail){
		"queued":   func(m *store.AccountMail) { m.Status = store.Queued },
		"deferred": func(m *store.AccountMail) { m.Status, m.LastError = store.Queued, "450 later" },
		"failed":   func(m *store.AccountMail) { m.Status = store.Failed },
		"bounced":  func(m *store.AccountMail) { m.Status = store.Bounced },
		"late":     func(m *store.AccountMail) { m.LastError = "delayed on the way" },
		"used":     func(m *store.AccountMail) { m.LinkEnd = store.Spent },
		"replaced": func(m *store.AccountMail) { m.LinkEnd = store.Superseded },
		"expired":  func(m *store.AccountMail) { m.Expires = now },
		"sent":     func(*store.AccountMail) {},
	}
	type place struct {
		account keyfold.Account
		mails   []store.AccountMail
		step    int
	}
	places := map[string]place{
		"closed":       {with(owned, func(a *keyfold.Account) { a.Closed = true }), nil, 1},
		"frozen":       {with(owned, func(a *keyfold.Account) { a.Frozen = true }), nil, 10},
		"reclaim":      {with(owned, func(a *keyfold.Account) { a.Reclaim = now }), nil, 10},
		"coming":       {with(chosen, func(a *keyfold.Account) { a.Coming.At = now }), nil, 4},
		"registered":   {owned, nil, 10},
		"no_contact":   {with(legacy, func(a *keyfold.Account) { a.Contact = keyfold.Contact{} }), nil, 1},
		"give_email":   {chosen, nil, 4},
		"reset_none":   {legacy, mail(given, mailtext.Reset, fates["sent"]), 1}, // to another mailbox
		"confirm_none": {pending, nil, 6},
	}
	for fate, change := range fates {
		places["reset_"+fate] = place{legacy, mail(contact, mailtext.Reset, change), 2}
		places["confirm_"+fate] = place{pending, mail(given, mailtext.Confirm, change), 6}
		places["login_"+fate] = place{owned, mail(given, mailtext.Reset, change), 10}
	}
	changing := with(owned, func(a *keyfold.Account) { a.Coming.At = now })
	if got := desk.Advise(changing, given, nil, now); got.Say != "coming" || got.Step != 10 {
		t.Errorf("the main contact of an account with a login changes, and the advice is %s", got.Say)
	}
	if got := desk.Advise(changing, given, mail(given, mailtext.Reset, fates["sent"]), now); got.Say != "login_sent" {
		t.Errorf("its owner waits for a mail, and the advice is %s", got.Say)
	}
	for say, p := range places {
		if got := desk.Advise(p.account, given, p.mails, now); got.Say != say || got.Step != p.step {
			t.Errorf("%s, step %d: the advice is %s, step %d", say, p.step, got.Say, got.Step)
		}
		if !texts.Has("care.say_" + say) {
			t.Errorf("nobody can say %s", say)
		}
	}
	old := mail(given, mailtext.Reset, func(m *store.AccountMail) { m.Created = now.Add(-25 * time.Hour) })
	if got := desk.Advise(owned, given, old, now); got.Say != "registered" {
		t.Errorf("the advice is %s because of a mail of yesterday", got.Say)
	}
	for _, fate := range desk.Fates() {
		if fate != "none" && fates[fate] == nil {
			t.Errorf("the fate %s is not tried", fate)
		}
	}
	if !slices.Contains(desk.Fates(), "none") {
		t.Error("no mail is a fate, too")
	}
}
