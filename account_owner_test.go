package keyfold_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
)

// finance is a user of the account since before any offer.
func finance(u keyfold.UserID) keyfold.Member {
	return keyfold.Member{User: u, Roles: keyfold.RolesOf(keyfold.Finance), Since: noon.Add(-30 * 24 * time.Hour)}
}

// made is the account after a change that has to succeed.
func made(t *testing.T) func(keyfold.Change, error) keyfold.Account {
	t.Helper()
	return func(c keyfold.Change, err error) keyfold.Account {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return c.Account()
	}
}

func TestWhoCannotBeOfferedAnAccount(t *testing.T) {
	for name, tt := range map[string]struct {
		m    keyfold.Member
		u    keyfold.User
		want string
	}{
		"nobody":          {keyfold.Member{}, keyfold.User{}, "ownership.not_a_user"},
		"a stranger":      {keyfold.Member{User: "u3"}, keyfold.User{ID: "u3"}, "ownership.not_a_user"},
		"the owner":       {keyfold.Member{User: "u1", Roles: keyfold.RolesOf(keyfold.Owner)}, keyfold.User{ID: "u1"}, "ownership.not_a_user"},
		"another user":    {finance("u3"), keyfold.User{ID: "u4"}, "ownership.not_a_user"},
		"a deleted user":  {finance("u3"), keyfold.User{ID: "u3", Deleted: true}, "ownership.not_a_user"},
		"a suspended one": {finance("u3"), keyfold.User{ID: "u3", Suspended: true}, "ownership.suspended"},
	} {
		if _, err := sample(keyfold.Registered).OfferTo(act, noon, tt.m, tt.u); !keyfold.RefusedAs(err, tt.want) {
			t.Errorf("%s: %v, want %s", name, err, tt.want)
		}
	}
}

func TestAnOfferIsForOneUserAsLongAsTheyStay(t *testing.T) {
	a := made(t)(sample(keyfold.Registered).OfferTo(act, noon, finance("u3"), keyfold.User{ID: "u3"}))
	back := finance("u3")
	back.Since = noon.Add(time.Hour) // removed, and invited again
	for name, tt := range map[string]struct {
		m    keyfold.Member
		u    keyfold.User
		at   time.Time
		want string
	}{
		"another user":        {finance("u4"), keyfold.User{ID: "u4"}, noon, "ownership.no_offer"},
		"for another user":    {finance("u3"), keyfold.User{ID: "u4"}, noon, "ownership.no_offer"},
		"who was removed":     {keyfold.Member{User: "u3"}, keyfold.User{ID: "u3"}, noon, "ownership.no_offer"},
		"who came back":       {back, keyfold.User{ID: "u3"}, noon.Add(2 * time.Hour), "ownership.no_offer"},
		"who was deleted":     {finance("u3"), keyfold.User{ID: "u3", Deleted: true}, noon, "ownership.no_offer"},
		"who is suspended":    {finance("u3"), keyfold.User{ID: "u3", Suspended: true}, noon, "user.suspended"},
		"after seven days":    {finance("u3"), keyfold.User{ID: "u3"}, noon.Add(7 * 24 * time.Hour), "ownership.no_offer"},
		"just before":         {finance("u3"), keyfold.User{ID: "u3"}, noon.Add(7*24*time.Hour - 1), ""},
		"invited that moment": {keyfold.Member{User: "u3", Roles: keyfold.RolesOf(keyfold.Abuse), Since: noon}, keyfold.User{ID: "u3"}, noon, ""},
	} {
		if _, err := a.AcceptOffer(act, tt.at, tt.m, tt.u); tt.want == "" && err != nil || tt.want != "" && !keyfold.RefusedAs(err, tt.want) {
			t.Errorf("%s: %v, want %q", name, err, tt.want)
		}
	}
}

func TestAFormerOwnerHasADayToTakeBack(t *testing.T) {
	before := sample(keyfold.Registered)
	moved := made(t)(offered(before).AcceptOffer(act, noon, finance("u3"), keyfold.User{ID: "u3"}))
	if moved.Owner != "u3" || !moved.Before.Until.Equal(before.Before.Until) {
		t.Errorf("moved to %+v", moved)
	}
	for name, tt := range map[string]struct {
		u    keyfold.User
		at   time.Time
		want string
	}{
		"somebody else":  {keyfold.User{ID: "u4"}, noon, "ownership.no_return"},
		"the new owner":  {keyfold.User{ID: "u3"}, noon, "ownership.no_return"},
		"nobody":         {keyfold.User{}, noon, "ownership.no_return"},
		"a deleted one":  {keyfold.User{ID: "u1", Deleted: true}, noon, "ownership.no_return"},
		"a suspended":    {keyfold.User{ID: "u1", Suspended: true}, noon, "user.suspended"},
		"after a day":    {keyfold.User{ID: "u1"}, noon.Add(24 * time.Hour), "ownership.no_return"},
		"within the day": {keyfold.User{ID: "u1"}, noon.Add(24*time.Hour - 1), ""},
	} {
		c, err := moved.TakeBack(act, tt.at, tt.u)
		if tt.want != "" {
			if !keyfold.RefusedAs(err, tt.want) {
				t.Errorf("%s: %v, want %s", name, err, tt.want)
			}
			continue
		}
		if h := c.Handover(); err != nil || c.Account().Owner != "u1" || h.From != "u3" || !h.Left.Has(keyfold.Finance) || !c.Account().Before.Until.Equal(before.Before.Until) {
			t.Errorf("%s: %+v by %+v, %v", name, c.Account(), h, err)
		}
	}
	for name, do := range map[string]func(keyfold.Account) (keyfold.Change, error){
		"handed on": func(a keyfold.Account) (keyfold.Change, error) {
			return a.OfferTo(act, noon, finance("u4"), keyfold.User{ID: "u4"})
		},
		"unlinked": func(a keyfold.Account) (keyfold.Change, error) { return a.Unlink(act, noon) },
	} {
		if _, err := do(moved); !keyfold.RefusedAs(err, "ownership.too_soon") {
			t.Errorf("%s within the day: %v", name, err)
		}
	}
}

// A thief would change the main contact at once.
func TestTakingBackStopsAMainContactToBe(t *testing.T) {
	moved := made(t)(offered(sample(keyfold.Registered)).AcceptOffer(act, noon, finance("u3"), keyfold.User{ID: "u3"}))
	moved = coming(moved, address(t, "new@veldkamp.example"))
	if a := made(t)(moved.TakeBack(act, noon, keyfold.User{ID: "u1"})); !a.Coming.At.IsZero() {
		t.Errorf("still to come: %+v", a.Coming)
	}
}

func TestANewOwnerHasTheWholeTimeToSayNo(t *testing.T) {
	a := askedBack(offered(sample(keyfold.Registered)))
	a.Vetoed = noon.Add(-time.Hour)
	late := noon.Add(71 * time.Hour)
	a.Offer.Until = late.Add(time.Hour)
	a = made(t)(a.AcceptOffer(act, late, finance("u3"), keyfold.User{ID: "u3"}))
	if want := late.Add(72 * time.Hour); !a.Reclaim.Equal(want) || !a.Vetoed.IsZero() {
		t.Errorf("the main contact gets it back at %s, want %s; the new owner said no at %s", a.Reclaim, want, a.Vetoed)
	}
}

func TestNothingOfAHandOverOutlivesAFreezeOrTheOwner(t *testing.T) {
	a := askedBack(offered(sample(keyfold.Registered)))
	a.Return = keyfold.Return{To: "u0", Until: noon.Add(time.Hour)}
	closed := details(a)
	closed.Closed = true
	for name, b := range map[string]keyfold.Account{
		"frozen": made(t)(a.Freeze(act)), "closed": a.Update(act, noon, closed).Account(), "undone": made(t)(a.UndoLink(act, noon)),
		"recovered": made(t)(a.Recover(act, noon.Add(72*time.Hour))),
	} {
		if b.Offer != (keyfold.Offer{}) || b.Return != (keyfold.Return{}) || !b.Reclaim.IsZero() {
			t.Errorf("%s: %+v, %+v, %s", name, b.Offer, b.Return, b.Reclaim)
		}
	}
}

func TestWhyAMainContactCannotAskAnAccountBack(t *testing.T) {
	for want, edit := range map[string]func(*keyfold.Account){
		"account.frozen":           func(a *keyfold.Account) { a.Frozen = true },
		"account.closed":           func(a *keyfold.Account) { a.Closed = true },
		"account.not_registered":   func(a *keyfold.Account) { *a = sample(keyfold.PasswordSet) },
		"account.unknown":          func(a *keyfold.Account) { a.Contact = keyfold.Contact{} },
		"recovery.contact_changed": func(a *keyfold.Account) { a.Changed = noon.Add(-72*time.Hour + 1) },
		"recovery.asked_already":   func(a *keyfold.Account) { *a = askedBack(*a) },
		"recovery.vetoed":          func(a *keyfold.Account) { a.Vetoed = noon.Add(-14*24*time.Hour + 1) },
	} {
		a := sample(keyfold.Registered)
		edit(&a)
		if _, err := a.AskBack(act, noon); !keyfold.RefusedAs(err, want) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	a := sample(keyfold.Registered)
	a.Vetoed = noon.Add(-14 * 24 * time.Hour)
	if b := made(t)(a.AskBack(act, noon)); !b.Reclaim.Equal(noon.Add(72 * time.Hour)) {
		t.Errorf("after 14 days: %s", b.Reclaim)
	}
}

func TestANoEndsTheAskingAndWhoInsistsComesBeforeCare(t *testing.T) {
	a := askedBack(sample(keyfold.Registered))
	if _, err := a.Insist(act, noon); !keyfold.RefusedAs(err, "recovery.not_vetoed") {
		t.Errorf("insisting before a no: %v", err)
	}
	if _, err := a.Recover(act, a.Reclaim.Add(-1)); !keyfold.RefusedAs(err, "recovery.not_due") {
		t.Errorf("too early: %v", err)
	}
	a = made(t)(a.Veto(act, noon))
	if _, err := a.Recover(act, noon.Add(1000*time.Hour)); !keyfold.RefusedAs(err, "recovery.not_due") {
		t.Errorf("recovered after a no: %v", err)
	}
	if a.NeedsCare {
		t.Error("a no alone is a case for care")
	}
	a = made(t)(a.Insist(act, noon))
	if !a.NeedsCare {
		t.Error("care does not know")
	}
	if c, err := a.Insist(act, noon); err != nil || !c.IsZero() {
		t.Errorf("once more: %v, %v", c, err)
	}
	d := details(a)
	d.Contact.Email = address(t, "new@veldkamp.example")
	if b := a.Update(act, noon, d).Account(); !b.Vetoed.IsZero() {
		t.Error("the no to one main contact is a no to the next")
	}
}
