package keyfold_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
)

func TestALegacyPasswordIsAcceptedOnce(t *testing.T) {
	imported := keyfold.Import(act, details(sample(keyfold.Legacy))).Account()
	if !imported.Untouched() {
		t.Fatal("an import has touched the account")
	}
	c, err := imported.AcceptLegacy(act, noon, "hash")
	if err != nil {
		t.Fatal(err)
	}
	a := c.Account()
	if a.State != keyfold.PasswordSet || a.Password != "hash" || !a.Since.Equal(noon) || a.Next() != keyfold.GiveEmail {
		t.Errorf("accepted: %+v", a)
	}
	if _, err := a.AcceptLegacy(act, noon, "other"); !keyfold.RefusedAs(err, "account.moved_on") {
		t.Errorf("once more: %v", err)
	}
}

// Who has lost an account may still know the password that it had in the old
// system.
func TestAnAccountThatHasMovedOnNeverTakesItsLegacyPasswordAgain(t *testing.T) {
	imported := keyfold.Import(act, details(sample(keyfold.Legacy))).Account()
	owner := keyfold.User{ID: "u1", Email: imported.Contact.Email}
	claimed, err := imported.Claim(act, noon, owner)
	if err != nil {
		t.Fatal(err)
	}
	for name, back := range map[string]func(keyfold.Account) (keyfold.Change, error){
		"undone":        func(a keyfold.Account) (keyfold.Change, error) { return a.UndoLink(act, noon) },
		"unlinked":      func(a keyfold.Account) (keyfold.Change, error) { return a.Unlink(act, noon) },
		"unlinked late": func(a keyfold.Account) (keyfold.Change, error) { return a.Unlink(act, noon.Add(30*24*time.Hour)) },
		"recovered": func(a keyfold.Account) (keyfold.Change, error) {
			return askedBack(a).Recover(act, noon.Add(72*time.Hour))
		},
	} {
		c, err := back(claimed.Account())
		if err != nil {
			t.Fatal(err)
		}
		a := c.Account()
		if a.State != keyfold.Legacy || a.Untouched() {
			t.Errorf("%s: %s since %s", name, a.State, a.Since)
		}
		if _, err := a.AcceptLegacy(act, noon, "hash"); !keyfold.RefusedAs(err, "account.moved_on") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALegacyPasswordOpensNothingThatNobodyIsToldOf(t *testing.T) {
	d := details(sample(keyfold.Legacy))
	d.Contact = keyfold.Contact{}
	if _, err := keyfold.Import(act, d).Account().AcceptLegacy(act, noon, "hash"); !keyfold.RefusedAs(err, "legacy.no_contact") {
		t.Errorf("without a main contact: %v", err)
	}
}
