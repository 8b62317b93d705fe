package keyfold_test

import (
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
)

// TestNoWordOfAServerShowsAnAddress, nor a part that tells the rest.
func TestNoWordOfAServerShowsAnAddress(t *testing.T) {
	t.Parallel()
	to, err := keyfold.ParseEmail("Accounts.Payable@veldkamp.example")
	if err != nil {
		t.Fatal(err)
	}
	for said, want := range map[string]string{
		"550 5.1.1 <accounts.payable@veldkamp.example>: Recipient address rejected": "550 5.1.1 <a••••e@v•••.example>: Recipient address rejected",
		"550 5.1.1 <accounts.payable@veldkamp.example>... no":                       "550 5.1.1 <a••••e@v•••.example>... no",
		"unknown user ACCOUNTS.PAYABLE@VELDKAMP.EXAMPLE.":                           "unknown user A••••E@v•••.example",
		"550 No such user: accounts.payable":                                        "550 No such user: A••••e",
		"550 accounts.payable, nobody is called that at veldkamp.example":           "550 A••••e, nobody is called that at v•••.example",
		"421 mx1.veldkamp.example says later":                                       "421 mx1.v•••.example says later",
		"451 veldkamp-example.mail.protection.outlook.example":                      "451 v•••-example.mail.protection.outlook.example",
		"forwarded to jo@other.example and to x@y":                                  "forwarded to j••••@o•••.example and to […]",
		"unpayable":      "unpayable",
		"452 4.2.2 full": "452 4.2.2 full",
		"":               "",
	} {
		if got := to.HideIn(said); got != want {
			t.Errorf("%q is shown as %q, want %q", said, got, want)
		}
	}
	if got := (keyfold.Email{}).HideIn("Veldkamp, info@veldkamp.example"); got != "Veldkamp, i••••o@v•••.example" {
		t.Errorf("a name with an address is shown as %q", got)
	}
}

func FuzzHideIn(f *testing.F) {
	f.Add("info@veldkamp.example", "550 <info@veldkamp.example> Unknown. INFO at veldkamp.example")
	f.Fuzz(func(t *testing.T, address, said string) {
		e, err := keyfold.ParseEmail(address)
		if err != nil {
			return
		}
		if got := e.HideIn(said + " <" + e.String() + "> "); strings.Contains(got, e.String()) {
			t.Errorf("%q shows %s", got, e)
		}
	})
}
