package e2e_test

import (
	"path/filepath"
	"testing"

	"github.com/keyfold/keyfold/internal/pgtest"
)

// sqliteURL names a new database.
func sqliteURL(tb testing.TB) string {
	tb.Helper()
	return "sqlite://" + filepath.Join(tb.TempDir(), "keyfold.db")
}

// A customer goes from customer ID to email login in a real browser: with and
// without scripts, in each language. On the way nothing breaks the rules of
// accessibility, the browser has nothing to complain about, and nobody else
// hears of it.
func TestTheTenStepsInTheBrowser(t *testing.T) {
	chromium := chromium(t)
	database := sqliteURL(t)
	importCustomers(t, database, customers(0, 10)...)
	h := newHouse(t, database)
	for i, l := range []look{
		{Language: "en"},
		{Language: "en", NoScript: true, Dark: true},
		{Language: "nl"},
		{Language: "nl", NoScript: true},
		{Language: "de", Dark: true},
		{Language: "de", NoScript: true},
	} {
		name := l.Language
		if l.NoScript {
			name += ", no scripts"
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := h.visitor(t, chromium, l)
			v.seen = accessible(v)
			v.tenSteps(customerID(i), contact(i), login(i))
			v.clean()
		})
	}
}

func TestTheTenStepsInTheBrowserOnPostgreSQL(t *testing.T) {
	database := pgtest.Database(t)
	importCustomers(t, database, customers(0, 1)...)
	v := newHouse(t, database).visitor(t, chromium(t), look{Language: "en"})
	v.tenSteps(customerID(0), contact(0), login(0))
	v.clean()
}

// Whoever chooses a language at the foot of a page keeps it, whatever the
// browser asks for.
func TestTheLanguageFromTheFootOfThePageStays(t *testing.T) {
	database := sqliteURL(t)
	importCustomers(t, database, customers(0, 1)...)
	h := newHouse(t, database)
	v := h.visitor(t, chromium(t), look{Language: "en"})
	v.goTo("/login")
	v.after("Deutsch", func() { v.mouse(`document.querySelector("footer a[hreflang=de]")`, 1) })
	german := h.visitor(t, v.engine, look{Language: "de"})
	v.texts = german.texts
	v.tenSteps(customerID(0), contact(0), login(0))
	v.clean()
}
