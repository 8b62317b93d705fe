package keyfold_test

import (
	"strconv"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
)

func contact(t *testing.T, id string, k keyfold.ContactKind, email string, primary bool) keyfold.ListedContact {
	t.Helper()
	a := sample(keyfold.Registered)
	return keyfold.ListedContact{Contact: keyfold.Contact{Email: address(t, email)}, ID: id, Account: a.ID, Kind: k, Primary: primary}
}

func TestEachKindHasAPermissionOfItsOwn(t *testing.T) {
	seen := map[keyfold.Permission]bool{}
	for _, k := range keyfold.ContactKinds() {
		if seen[k.Need()] {
			t.Errorf("%s needs %s, as another kind does", k, k.Need())
		}
		seen[k.Need()] = true
	}
}

func TestTheFirstContactOfAKindIsPrimary(t *testing.T) {
	a := sample(keyfold.Registered)
	for _, k := range keyfold.ContactKinds() {
		first, err := a.AddContact(act, nil, contact(t, "c1", k, "one@x.example", false))
		if err != nil {
			t.Fatal(err)
		}
		if got, want := first.Contact().Primary, k != keyfold.GeneralContact; got != want {
			t.Errorf("the first %s contact is primary: %t", k, got)
		}
		listed := []keyfold.ListedContact{first.Contact()}
		second, err := a.AddContact(act, listed, contact(t, "c2", k, "two@x.example", true))
		if err != nil || second.Contact().Primary {
			t.Errorf("the second %s contact is primary: %v", k, err)
		}
		if again, err := a.AddContact(act, listed, contact(t, "c3", k, "ONE@x.example", false)); err != nil || !again.IsZero() {
			t.Errorf("the second click adds %+v: %v", again, err)
		}
	}
}

func TestWhyAContactCannotChange(t *testing.T) {
	a := sample(keyfold.Registered)
	main := contact(t, "", keyfold.GeneralContact, "INFO@veldkamp.example", false)
	billing, second := contact(t, "c1", keyfold.BillingContact, "one@x.example", true), contact(t, "c2", keyfold.BillingContact, "two@x.example", false)
	listed := []keyfold.ListedContact{billing, second}
	named := billing
	named.Name = "Another"
	waits := a
	waits.Coming = keyfold.Succession{Contact: keyfold.Contact{Email: address(t, "next@x.example")}, At: noon}
	frozen, closed := a, a
	frozen.Frozen, closed.Closed = true, true
	full := make([]keyfold.ListedContact, 0, keyfold.MaxContacts)
	for i := range keyfold.MaxContacts {
		full = append(full, contact(t, "x", keyfold.SecurityContact, "n"+strconv.Itoa(i)+"@x.example", i == 0))
	}
	for name, tt := range map[string]struct {
		do   func() (keyfold.ContactChange, error)
		want string
	}{
		"main": {func() (keyfold.ContactChange, error) { return a.AddContact(act, nil, main) }, "contact.is_main"},
		"once": {func() (keyfold.ContactChange, error) { return a.AddContact(act, listed, named) }, "contact.once"},
		"full": {func() (keyfold.ContactChange, error) {
			return a.AddContact(act, full, contact(t, "y", keyfold.SecurityContact, "one@x.example", false))
		}, "contact.too_many"},
		"primary": {func() (keyfold.ContactChange, error) { return a.RemoveContact(act, listed, billing) }, "contact.promote_first"},
		"coming": {func() (keyfold.ContactChange, error) {
			return waits.RemoveContact(act, nil, contact(t, "c3", keyfold.GeneralContact, "next@x.example", false))
		}, "contact.stop_first"},
		"general":        {func() (keyfold.ContactChange, error) { return a.PromoteContact(act, main) }, "contact.main_waits"},
		"add frozen":     {func() (keyfold.ContactChange, error) { return frozen.AddContact(act, nil, billing) }, "account.frozen"},
		"remove frozen":  {func() (keyfold.ContactChange, error) { return frozen.RemoveContact(act, nil, second) }, "account.frozen"},
		"promote frozen": {func() (keyfold.ContactChange, error) { return frozen.PromoteContact(act, second) }, "account.frozen"},
		"add closed":     {func() (keyfold.ContactChange, error) { return closed.AddContact(act, nil, billing) }, "account.closed"},
		"remove closed":  {func() (keyfold.ContactChange, error) { return closed.RemoveContact(act, nil, second) }, "account.closed"},
		"promote closed": {func() (keyfold.ContactChange, error) { return closed.PromoteContact(act, second) }, "account.closed"},
		"no owner":       {func() (keyfold.ContactChange, error) { return sample(keyfold.Legacy).AddContact(act, nil, billing) }, "account.not_registered"},
	} {
		if c, err := tt.do(); !keyfold.RefusedAs(err, tt.want) || !c.IsZero() {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
	if c, err := a.RemoveContact(act, listed[:1], billing); err != nil || c.Event().Became.Contact.Kind != "" {
		t.Errorf("the last one stays: %v", err)
	}
	if c, err := a.PromoteContact(act, billing); err != nil || !c.IsZero() {
		t.Errorf("the primary one was promoted: %v", err)
	}
}

// TestTheDatabaseDoesNotBringBackWhatTheCustomerChanged: it wins when it names
// another mailbox than it did, and not when it says the same once more.
func TestTheDatabaseDoesNotBringBackWhatTheCustomerChanged(t *testing.T) {
	a := sample(keyfold.Registered)
	said := details(a)
	c, err := coming(a, address(t, "office@veldkamp.example")).SucceedContact(act, noon.Add(24*time.Hour))
	if err != nil {
		t.Fatal(err)
	}
	a = c.Account()
	if got := a.Update(act, noon, said); !got.IsZero() {
		t.Errorf("the same once more changes %q", got.Event().Kind)
	}
	said.Contact.Name = "Sanne Veldkamp"
	named := a.Update(act, noon, said)
	if b := named.Account(); named.Event().Kind != "account.updated" || b.Contact.Email.String() != "office@veldkamp.example" {
		t.Errorf("another name of the mailbox of before: %q, and %s", named.Event().Kind, b.Contact.Email)
	}
	if again := named.Account().Update(act, noon, said); !again.IsZero() {
		t.Errorf("twice changes %q", again.Event().Kind)
	}
	waiting := coming(named.Account(), address(t, "next@veldkamp.example"))
	said.Contact.Email = address(t, "third@veldkamp.example")
	won := waiting.Update(act, noon, said)
	if b := won.Account(); won.Event().Kind != "account.contact_changed" || b.Contact.Email.String() != "third@veldkamp.example" ||
		!b.Former.Same(a.Contact.Email) || !b.Coming.At.IsZero() {
		t.Errorf("another mailbox: %q, %+v", won.Event().Kind, b)
	}
	if again := won.Account().Update(act, noon, said); !again.IsZero() {
		t.Errorf("twice changes %q", again.Event().Kind)
	}
	// It catches up with what the customer changed: nothing is lost by it.
	said.Contact = keyfold.Contact{Name: a.Contact.Name, Email: address(t, "OFFICE@veldkamp.example")}
	caught := coming(a, address(t, "next@veldkamp.example")).Update(act, noon, said)
	if b := caught.Account(); caught.Event().Kind != "account.updated" || b.Coming.At.IsZero() || !b.Changed.Equal(a.Changed) {
		t.Errorf("caught up: %q, %+v", caught.Event().Kind, b)
	}
}
