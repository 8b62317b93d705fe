package keyfold_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
)

var (
	act  = keyfold.Act{By: "visitor", From: "192.0.2.1"}
	noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
)

// A situation is a state that an account can be in, with the marks that change
// what is allowed.
type situation struct {
	name    string
	account keyfold.Account
}

func situations() []situation {
	var all []situation
	for _, mark := range []struct {
		name           string
		frozen, closed bool
	}{{"", false, false}, {", frozen", true, false}, {", closed", false, true}} {
		for _, s := range keyfold.States() {
			a := sample(s)
			a.Frozen, a.Closed, a.NeedsCare = mark.frozen, mark.closed, mark.frozen
			all = append(all, situation{string(s) + mark.name, a})
		}
	}
	return all
}

func sample(s keyfold.State) keyfold.Account {
	contact, _ := keyfold.ParseEmail("info@veldkamp.example")
	id, _ := keyfold.ParseCustomerID("NL123421341")
	a := keyfold.Account{
		ID: id, Entity: "NL", Name: "Veldkamp", Sourced: keyfold.Contact{Name: "Sanne", Email: contact}, Contact: keyfold.Contact{Name: "Sanne", Email: contact}, State: s, Version: 1,
		Since: noon.Add(-time.Hour),
	}
	if s != keyfold.Legacy {
		a.Password = "old"
	}
	if s == keyfold.EmailPending {
		a.Pending, _ = keyfold.ParseEmail("ann@veldkamp.example")
	}
	if s == keyfold.Registered {
		a.Owner, a.Before = "u1", keyfold.Before{State: keyfold.PasswordSet, Until: noon.Add(time.Hour)}
	}
	return a
}

func details(a keyfold.Account) keyfold.Details {
	return keyfold.Details{ID: a.ID, Entity: a.Entity, Name: a.Name, Language: a.Language, Contact: a.Contact, Closed: a.Closed}
}

type transition struct {
	name string
	do   func(keyfold.Account) (keyfold.Change, error)
}

// updated is a transition by the customer database.
func updated(edit func(*keyfold.Details)) func(keyfold.Account) (keyfold.Change, error) {
	return func(a keyfold.Account) (keyfold.Change, error) {
		d := details(a)
		edit(&d)
		return a.Update(act, noon, d), nil
	}
}

// transitions are every way in which an account can change.
func transitions(t *testing.T) []transition {
	t.Helper()
	ann, other := address(t, "ann@example.com"), address(t, "new@veldkamp.example")
	return append([]transition{
		{"SetPassword", func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(act, noon, "new") }},
		{"AcceptLegacy", func(a keyfold.Account) (keyfold.Change, error) {
			if a.State == keyfold.Legacy {
				a.Since = time.Time{} // as an import leaves it
			}
			return a.AcceptLegacy(act, noon, "new")
		}},
		{"PendEmail", func(a keyfold.Account) (keyfold.Change, error) { return a.PendEmail(act, noon, ann) }},
		{"Register", func(a keyfold.Account) (keyfold.Change, error) { return a.Register(act, noon, "u2") }},
		{"Link", func(a keyfold.Account) (keyfold.Change, error) { return a.Link(act, noon, "u2") }},
		{"LinkBy", func(a keyfold.Account) (keyfold.Change, error) { return a.LinkBy(act, noon, keyfold.User{ID: "u2"}) }},
		{"Claim", func(a keyfold.Account) (keyfold.Change, error) {
			return a.Claim(act, noon, keyfold.User{ID: "u2", Email: a.Contact.Email})
		}},
		{"UndoLink", func(a keyfold.Account) (keyfold.Change, error) { return a.UndoLink(act, noon) }},
		{"UndoLink: late", func(a keyfold.Account) (keyfold.Change, error) { return a.UndoLink(act, noon.Add(time.Hour)) }},
		{"Unlink", func(a keyfold.Account) (keyfold.Change, error) { return a.Unlink(act, noon) }},
		{"Unlink: late", func(a keyfold.Account) (keyfold.Change, error) { return a.Unlink(act, noon.Add(time.Hour)) }},
		{"OfferTo", func(a keyfold.Account) (keyfold.Change, error) {
			return a.OfferTo(act, noon, keyfold.Member{User: "u3", Roles: keyfold.RolesOf(keyfold.Finance)}, keyfold.User{ID: "u3"})
		}},
		{"WithdrawOffer", func(a keyfold.Account) (keyfold.Change, error) { return offered(a).WithdrawOffer(act) }},
		{"DeclineOffer", func(a keyfold.Account) (keyfold.Change, error) {
			return offered(a).DeclineOffer(act, keyfold.Member{User: "u3"})
		}},
		{"AcceptOffer", func(a keyfold.Account) (keyfold.Change, error) {
			return offered(a).AcceptOffer(act, noon, keyfold.Member{User: "u3", Roles: keyfold.RolesOf(keyfold.Finance)}, keyfold.User{ID: "u3"})
		}},
		{"TakeBack", func(a keyfold.Account) (keyfold.Change, error) {
			a.Return = keyfold.Return{To: "u0", Roles: keyfold.RolesOf(keyfold.Admin), Until: noon.Add(time.Hour)}
			return a.TakeBack(act, noon, keyfold.User{ID: "u0"})
		}},
		{"ProposeContact", func(a keyfold.Account) (keyfold.Change, error) {
			return a.ProposeContact(act, noon, keyfold.Contact{Email: other})
		}},
		{"StopContact", func(a keyfold.Account) (keyfold.Change, error) { return coming(a, other).StopContact(act) }},
		{"SucceedContact", func(a keyfold.Account) (keyfold.Change, error) {
			return coming(a, other).SucceedContact(act, noon.Add(24*time.Hour))
		}},
		{"AskBack", func(a keyfold.Account) (keyfold.Change, error) { return a.AskBack(act, noon) }},
		{"Veto", func(a keyfold.Account) (keyfold.Change, error) { return askedBack(a).Veto(act, noon) }},
		{"Insist", func(a keyfold.Account) (keyfold.Change, error) {
			a.Vetoed = noon.Add(-time.Hour)
			return a.Insist(act, noon)
		}},
		{"Recover", func(a keyfold.Account) (keyfold.Change, error) {
			return askedBack(a).Recover(act, noon.Add(72*time.Hour))
		}},
		{"Remind", func(a keyfold.Account) (keyfold.Change, error) {
			return a.Remind(act, noon, []time.Duration{time.Hour})
		}},
		{"DropPending", func(a keyfold.Account) (keyfold.Change, error) { return a.DropPending(act, noon, time.Hour) }},
		{"Freeze", func(a keyfold.Account) (keyfold.Change, error) { return a.Freeze(act) }},
		{"NeedCare", func(a keyfold.Account) (keyfold.Change, error) { return a.NeedCare(act, "why"), nil }},
		{"Unreached", func(a keyfold.Account) (keyfold.Change, error) {
			return a.Unreached(act, a.Contact.Email, "why"), nil
		}},
		{"Unreached: another mailbox", func(a keyfold.Account) (keyfold.Change, error) {
			return a.Unreached(act, other, "why"), nil
		}},
		{"Update: name", updated(func(d *keyfold.Details) { d.Name = "Other" })},
		{"Update: contact", updated(func(d *keyfold.Details) { d.Contact.Email = other })},
		{"Update: no contact", updated(func(d *keyfold.Details) { d.Contact.Email = keyfold.Email{} })},
		{"Update: closed", updated(func(d *keyfold.Details) { d.Closed = true })},
		{"Update: open", updated(func(d *keyfold.Details) { d.Closed = false })},
	}, careTransitions(other)...)
}

// offered is an account whose ownership is offered to u3, if it has an owner.
func offered(a keyfold.Account) keyfold.Account {
	if a.State == keyfold.Registered {
		a.Offer = keyfold.Offer{To: "u3", Until: noon.Add(time.Hour)}
	}
	return a
}

// coming is an account with a main contact to be, if it has an owner.
func coming(a keyfold.Account, to keyfold.Email) keyfold.Account {
	if a.State == keyfold.Registered {
		a.Coming = keyfold.Succession{Contact: keyfold.Contact{Email: to}, At: noon.Add(24 * time.Hour)}
	}
	return a
}

// askedBack is an account that its main contact wants back, if it has an owner.
func askedBack(a keyfold.Account) keyfold.Account {
	if a.State == keyfold.Registered {
		a.Reclaim = noon.Add(72 * time.Hour)
	}
	return a
}

func TestEveryTransitionFromEveryState(t *testing.T) {
	var doc, line strings.Builder
	doc.WriteString("# States of an account\n\nEach row is where an account is, each column what may happen to it, and each cell where it is then. " +
		"`-` is refused, `=` changes nothing.\n`+care` puts it into the queue of customer care, `-care` takes it out, `+frozen` opens a dispute, `+closed` and `-closed` are the customer database's word. " +
		"*page* is where a registration session of such an account leads.\n\nMade from the code by `go test . -update`; the test fails when it is out of date.\n\n| from | page |")
	line.WriteString("|---|---|")
	for _, tr := range transitions(t) {
		doc.WriteString(" " + tr.name + " |")
		line.WriteString("---|")
	}
	doc.WriteString("\n" + line.String() + "\n")
	for _, from := range situations() {
		fmt.Fprintf(&doc, "| %s | %s |", from.name, from.account.Next())
		for _, tr := range transitions(t) {
			c, err := tr.do(from.account)
			doc.WriteString(" " + cell(from.account, c, err) + " |")
			checkChange(t, from, tr.name, c, err)
		}
		doc.WriteString("\n")
	}
	golden(t, "docs/states.md", doc.String())
}

func cell(from keyfold.Account, c keyfold.Change, err error) string {
	switch {
	case err != nil:
		return "-"
	case c.IsZero():
		return "="
	}
	a := c.Account()
	text := string(a.State)
	for _, mark := range []struct {
		name    string
		was, is bool
	}{{"closed", from.Closed, a.Closed}, {"frozen", from.Frozen, a.Frozen}, {"care", from.NeedsCare, a.NeedsCare}} {
		switch {
		case mark.is && !mark.was:
			text += " +" + mark.name
		case mark.was && !mark.is:
			text += " -" + mark.name
		}
	}
	return text
}

// checkChange holds what is true of every change of an account.
func checkChange(t *testing.T, from situation, name string, c keyfold.Change, err error) {
	t.Helper()
	if err != nil {
		if keyfold.Refused(err) == nil || !c.IsZero() {
			t.Errorf("%s from %s: %v with change %v", name, from.name, err, c)
		}
		return
	}
	if c.IsZero() {
		return
	}
	a, e := c.Account(), c.Event()
	left := from.account.Owner != "" && a.Owner == ""
	if e.Act != act || e.Account != a.ID || !left && e.User != a.Owner || left && e.User != from.account.Owner {
		t.Errorf("%s from %s: event %+v", name, from.name, e)
	}
	if (a.State == keyfold.Registered) != (a.Owner != "") {
		t.Errorf("%s from %s: %s with owner %q", name, from.name, a.State, a.Owner)
	}
	if (a.State == keyfold.EmailPending) == a.Pending.IsZero() {
		t.Errorf("%s from %s: %s with pending %q", name, from.name, a.State, a.Pending)
	}
	if h := c.Handover(); a.Owner != from.account.Owner && (h.From != from.account.Owner || h.To != a.Owner) {
		t.Errorf("%s from %s: the owner became %q by %+v", name, from.name, a.Owner, h)
	}
	if b := e.Became.Account; b == nil || b.Owner != a.Owner || b.State != a.State {
		t.Errorf("%s from %s: the event says that it became %+v", name, from.name, b)
	}
	if a.Version != from.account.Version {
		t.Errorf("%s from %s: the version is the store's", name, from.name)
	}
	if !a.Closed && a.State != keyfold.Registered && a.Contact.Email.IsZero() && !a.NeedsCare {
		t.Errorf("%s from %s: no way in is left", name, from.name)
	}
	if !a.Closed && a.Frozen && !a.NeedsCare {
		t.Errorf("%s from %s: frozen, and care does not know", name, from.name)
	}
}

func TestFrozenAndClosedAccountsRefuseTheSteps(t *testing.T) {
	for _, from := range situations() {
		var want string
		switch {
		case from.account.Frozen:
			want = "account.frozen"
		case from.account.Closed:
			want = "account.closed"
		default:
			continue
		}
		for _, tr := range transitions(t)[:5] {
			if _, err := tr.do(from.account); !keyfold.RefusedAs(err, want) {
				t.Errorf("%s from %s: %v, want %s", tr.name, from.name, err, want)
			}
		}
		if from.account.Next() != keyfold.Start {
			t.Errorf("%s: a session leads to %s", from.name, from.account.Next())
		}
	}
}

func TestADisputeOutlivesClosingAndOpening(t *testing.T) {
	a := sample(keyfold.PasswordSet)
	c, err := a.Freeze(act)
	if err != nil {
		t.Fatal(err)
	}
	closed, open := details(a), details(a)
	closed.Closed = true
	a = c.Account().Update(act, noon, closed).Account()
	if a.NeedsCare {
		t.Error("a closed account is in the care queue")
	}
	a = a.Update(act, noon, open).Account()
	if !a.Frozen || !a.NeedsCare {
		t.Errorf("open again: frozen %v, in the care queue %v", a.Frozen, a.NeedsCare)
	}
}

func TestTheFormerContactIsToldForThreeDays(t *testing.T) {
	a := sample(keyfold.PasswordSet)
	d := details(a)
	d.Contact.Email = address(t, "new@veldkamp.example")
	b := a.Update(act, noon, d).Account()
	for after, want := range map[time.Duration]int{0: 2, 72*time.Hour - 1: 2, 72 * time.Hour: 1} {
		if got := b.Notices(noon.Add(after)); len(got) != want {
			t.Errorf("after %s: %v", after, got)
		}
	}
	d.Contact.Email = keyfold.Email{}
	none := a.Update(act, noon, d).Account()
	d.Contact.Email = address(t, "new@veldkamp.example")
	b = none.Update(act, noon.Add(time.Hour), d).Account()
	if got := b.Notices(noon.Add(2 * time.Hour)); len(got) != 2 || !got[1].Same(a.Contact.Email) {
		t.Errorf("taken away first and then set: %v", got)
	}
}

func TestAnImportWithoutAContactIsForCare(t *testing.T) {
	d := details(sample(keyfold.Legacy))
	if keyfold.Import(act, d).Account().NeedsCare {
		t.Error("care has to look at an account that can be reset")
	}
	d.Contact.Email = keyfold.Email{}
	if !keyfold.Import(act, d).Account().NeedsCare {
		t.Error("nobody looks after an account without a contact")
	}
	d.Closed = true
	if keyfold.Import(act, d).Account().NeedsCare {
		t.Error("care has to look at a closed account")
	}
}

func TestAnImportedHashIsForLegacyAccountsOnly(t *testing.T) {
	for _, s := range keyfold.States() {
		a := sample(s)
		d := details(a)
		d.Imported = "imported"
		got := a.Update(act, noon, d)
		if (got.Account().Imported == "imported") != (s == keyfold.Legacy) {
			t.Errorf("%s: imported hash %q", s, got.Account().Imported)
		}
	}
}

// TestAPasswordFromBeforeTheMainContactChangedOpensNothing: who set it may have left
// since. Nor does one from before the account had another owner.
func TestAPasswordFromBeforeTheMainContactChangedOpensNothing(t *testing.T) {
	for _, s := range []keyfold.State{keyfold.PasswordSet, keyfold.EmailPending} {
		before := sample(s)
		c, err := before.Claim(act, noon, keyfold.User{ID: "u1", Email: before.Contact.Email})
		if err != nil {
			t.Fatal(err)
		}
		linked := c.Account()
		if c, err = linked.ProposeContact(act, noon, keyfold.Contact{Email: address(t, "ann@example.com")}); err != nil {
			t.Fatal(err)
		}
		if c, err = c.Account().SucceedContact(act, noon.Add(24*time.Hour)); err != nil {
			t.Fatal(err)
		}
		given, err := linked.OfferTo(act, noon, keyfold.Member{User: "u2", Roles: keyfold.RolesOf(keyfold.Admin)}, keyfold.User{ID: "u2"})
		if err != nil {
			t.Fatal(err)
		}
		passed, err := given.Account().AcceptOffer(act, noon, keyfold.Member{User: "u2", Roles: keyfold.RolesOf(keyfold.Admin)}, keyfold.User{ID: "u2"})
		if err != nil {
			t.Fatal(err)
		}
		for what, a := range map[string]keyfold.Account{"main contact": c.Account(), "owner": passed.Account()} {
			undone, err := a.UndoLink(act, noon.Add(25*time.Hour))
			if u := undone.Account(); err != nil || u.State != keyfold.Legacy || u.Password != "" || !u.Pending.IsZero() {
				t.Errorf("%s, another %s: undone to %s with the password %q: %v", s, what, u.State, u.Password, err)
			}
		}
	}
}

func TestALinkThatIsUndoneLeavesTheAccountAsItWas(t *testing.T) {
	ann := address(t, "ann@example.com")
	for _, s := range []keyfold.State{keyfold.Legacy, keyfold.PasswordSet, keyfold.EmailPending} {
		before := sample(s)
		owner := keyfold.User{ID: "u1", Email: before.Contact.Email}
		c, err := before.Claim(act, noon, owner)
		if err != nil {
			t.Fatal(err)
		}
		linked := c.Account()
		if c, err = linked.UndoLink(act, noon.Add(14*24*time.Hour-1)); err != nil {
			t.Fatal(err)
		}
		if a := c.Account(); a.State != before.State || a.Password != before.Password || !a.Pending.Same(before.Pending) || a.Owner != "" || a.Before.State != "" {
			t.Errorf("%s: undone to %+v", s, a)
		}
		if _, err = linked.UndoLink(act, noon.Add(14*24*time.Hour)); !keyfold.RefusedAs(err, "link.undo_over") {
			t.Errorf("%s: after 14 days: %v", s, err)
		}
		c, err = linked.Unlink(act, noon.Add(14*24*time.Hour))
		if a := c.Account(); err != nil || a.State != keyfold.Legacy || a.Password != "" {
			t.Errorf("%s: unlinked after 14 days to %s with the password %q: %v", s, a.State, a.Password, err)
		}
		d := details(linked)
		d.Contact.Email = ann
		moved := linked.Update(act, noon, d).Account()
		if c, err = moved.UndoLink(act, noon); err != nil || !c.Account().Pending.IsZero() {
			t.Errorf("%s: what was pending before the contact changed is pending again: %+v, %v", s, c.Account(), err)
		}
	}
}

func TestWhyAnAccountCannotBeClaimed(t *testing.T) {
	a := sample(keyfold.PasswordSet)
	owner := keyfold.User{ID: "u1", Email: a.Contact.Email}
	for want, edit := range map[string]func(*keyfold.Account, *keyfold.User){
		"account.unknown":       func(a *keyfold.Account, _ *keyfold.User) { a.Contact.Email = address(t, "other@veldkamp.example") },
		"user.suspended":        func(_ *keyfold.Account, u *keyfold.User) { u.Suspended = true },
		"claim.moved":           func(a *keyfold.Account, _ *keyfold.User) { *a = sample(keyfold.Registered) },
		"claim.closed":          func(a *keyfold.Account, _ *keyfold.User) { a.Closed = true },
		"claim.frozen":          func(a *keyfold.Account, _ *keyfold.User) { a.Frozen = true },
		"claim.care":            func(a *keyfold.Account, _ *keyfold.User) { a.NeedsCare = true },
		"claim.contact_changed": func(a *keyfold.Account, _ *keyfold.User) { a.Changed = noon.Add(-72*time.Hour + 1) },
	} {
		b, u := a, owner
		edit(&b, &u)
		if _, err := b.Claim(act, noon, u); !keyfold.RefusedAs(err, want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if _, err := (keyfold.Account{State: keyfold.Legacy, NeedsCare: false}).Claim(act, noon, keyfold.User{}); !keyfold.RefusedAs(err, "account.unknown") {
		t.Errorf("without a contact: %v", err)
	}
}

func TestAHandOverVoidsAMainContactThatWaits(t *testing.T) {
	a := coming(offered(sample(keyfold.Registered)), address(t, "new@veldkamp.example"))
	c, err := a.AcceptOffer(act, noon, keyfold.Member{User: "u3", Roles: keyfold.RolesOf(keyfold.Finance)}, keyfold.User{ID: "u3"})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Account().Coming; !got.At.IsZero() || !got.Contact.Email.IsZero() || c.Event().Became.Account.Succeeds {
		t.Errorf("%+v still waits", got)
	}
}
