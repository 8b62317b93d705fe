package help_test

import (
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/help/articles"
)

// shipped is the library that customers have.
func shipped(tb testing.TB) *help.Library {
	tb.Helper()
	l := help.Load(options(tb), articles.FS)
	if broken := l.Broken(); len(broken) > 0 {
		tb.Fatal(broken)
	}
	return l
}

func first(l *help.Library, lang keyfold.Language, query string) string {
	if hits := l.Search(lang, query); len(hits) > 0 {
		return hits[0].Slug
	}
	return ""
}

// TestCustomersFindTheRightOfOurArticles asks in all languages, on pages in all
// languages.
func TestCustomersFindTheRightOfOurArticles(t *testing.T) {
	t.Parallel()
	l := shipped(t)
	for _, lang := range keyfold.Languages() {
		for query, want := range map[string]string{
			"NL123421341": "what-changes", "nl-123 421 341": "what-changes", "DE245344254": "what-changes", "CDN1010101010": "what-changes",
			"no mail": "no-mail", "No e-mail!": "no-mail", "no email": "no-mail", "no mial": "no-mail", "Where is my email?": "no-mail", "I did not get an email": "no-mail", "spam": "no-mail",
			"geen e-mail ontvangen": "no-mail", "geen mail": "no-mail", "mail niet ontvangen": "no-mail", "geen email ontvagen": "no-mail",
			"keine E-Mail erhalten": "no-mail", "keine Mail": "no-mail", "E-Mail kommt nicht an": "no-mail", "keine email erhaltn": "no-mail",
			"forgot password": "forgot-password", "wachtwoord vergeten": "forgot-password", "Passwort vergessen": "forgot-password",
			"forgot customer id": "forgot-customer-id", "klantnummer vergeten": "forgot-customer-id", "Kundennummer vergessen": "forgot-customer-id",
			"link expired": "link-problems", "link verlopen": "link-problems", "Link abgelaufen": "link-problems",
			"colleague already registered": "colleague-registered", "collega al geregistreerd": "colleague-registered", "Kollege schon registriert": "colleague-registered",
			"transfer ownership": "transfer-ownership", "eigenaar wijzigen": "transfer-ownership", "Inhaber wechseln": "transfer-ownership",
			"invite a user": "invite-users", "gebruiker uitnodigen": "invite-users", "Benutzer einladen": "invite-users",
			"api key": "api-keys", "API-sleutel": "api-keys", "API-Schlüssel": "api-keys", "api schlussel": "api-keys",
			"was this mail from you": "mails-from-us", "privacy": "privacy", "Datenschutz": "privacy", "zzzz": "",
		} {
			if got := first(l, lang, query); got != want {
				t.Errorf("%q in %s finds %q first, and not %q", query, lang, got, want)
			}
		}
	}
}

// TestWhatPeopleAskFindsItsArticle keeps one article from taking what leads to
// another one.
func TestWhatPeopleAskFindsItsArticle(t *testing.T) {
	t.Parallel()
	l := shipped(t)
	asked := 0
	for _, of := range keyfold.Languages() {
		for _, a := range l.Articles(of) {
			for _, query := range append([]string{a.Title}, a.Asked...) {
				asked++
				for _, lang := range keyfold.Languages() {
					if got := first(l, lang, query); got != a.Slug {
						t.Errorf("%q in %s finds %q first, and not %q", query, lang, got, a.Slug)
					}
				}
			}
		}
	}
	if asked < 100 {
		t.Errorf("only %d things were asked", asked)
	}
}
