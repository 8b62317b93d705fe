package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestAnOpenBrowserAloneChangesNoContact: whoever sits down at a browser that was
// left open, or has stolen its cookie, does not know the password.
func TestAnOpenBrowserAloneChangesNoContact(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		cookie := w.loggedIn(t)
		a, err := w.account("NL123421341")
		if err != nil {
			t.Fatal(err)
		}
		for _, kind := range keyfold.ContactKinds() {
			storetest.Contact(t, w.db, a.ID, kind, "one@veldkamp.example")
			storetest.Contact(t, w.db, a.ID, kind, "two@veldkamp.example")
		}
		w.clock.Pass(6 * time.Minute)
		before := w.contacts(t, a.ID)
		for _, kind := range keyfold.ContactKinds() {
			id := a.ID.String() + string(kind) + "two@veldkamp.example"
			path := "/accounts/" + a.ID.String() + "/contacts/" + string(kind)
			for _, form := range []url.Values{
				{"email": {"thief@elsewhere.example"}},
				{"email": {"thief@elsewhere.example"}, "login-password": {"Guess-2026"}},
				{"do": {"remove"}, "contact": {id}},
				{"do": {"remove"}, "contact": {id}, "login-password": {""}},
				{"do": {"promote"}, "contact": {id}},
				{"do": {"promote"}, "contact": {id}, "login-password": {"Guess-2026"}},
			} {
				w.call(http.MethodPost, path, form, with(cookie))
			}
			for _, form := range []url.Values{{"contact": {id}}, {"contact": {id}, "login-password": {"Guess-2026"}}} {
				w.call(http.MethodPost, "/accounts/"+a.ID.String()+"/contacts/main", form, with(cookie))
			}
		}
		if after := w.contacts(t, a.ID); after != before {
			t.Errorf("changed from\n%s\nto\n%s", before, after)
		}
		// With the password it works: nothing else was in the way.
		res := w.call(http.MethodPost, "/accounts/"+a.ID.String()+"/contacts/main", url.Values{
			"contact": {a.ID.String() + "generaltwo@veldkamp.example"}, "login-password": {"Daisies-2026"},
		}, with(cookie))
		if after := w.contacts(t, a.ID); res.Code != http.StatusSeeOther || after == before {
			t.Errorf("%d\n%s", res.Code, after)
		}
	})
}

func with(cookie string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Cookie", "__Host-keyfold="+cookie) }
}

// contacts are the contacts of an account, and who is to be its main contact.
func (w *world) contacts(t *testing.T, id keyfold.CustomerID) string {
	t.Helper()
	a, err := w.db.Reader().Account(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	listed, err := w.db.Reader().Contacts(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	said := []string{a.Contact.Email.String(), "coming: " + a.Coming.Contact.Email.String()}
	for _, c := range listed {
		line := string(c.Kind) + " " + c.Email.String()
		if c.Primary {
			line += " primary"
		}
		said = append(said, line)
	}
	return strings.Join(said, "\n")
}

// TestLookingAtAStopLinkChangesNothing: scanners of mails open every link.
func TestLookingAtAStopLinkChangesNothing(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		cookie := w.loggedIn(t)
		a, err := w.account("NL123421341")
		if err != nil {
			t.Fatal(err)
		}
		storetest.Contact(t, w.db, a.ID, keyfold.GeneralContact, "office@veldkamp.example")
		w.call(http.MethodPost, "/accounts/NL123421341/contacts/main", url.Values{"contact": {"NL123421341generaloffice@veldkamp.example"}}, with(cookie))
		for _, to := range []string{"billing@veldkamp.example", "office@veldkamp.example"} {
			link, err := w.link(to)
			if err != nil {
				t.Fatal(err)
			}
			path := strings.TrimPrefix(link, w.server.URL)
			before := w.dump(t)
			for range 20 {
				if res := w.call(http.MethodGet, path, nil); res.Code != http.StatusOK || res.Header().Get("Set-Cookie") != "" {
					t.Fatalf("%s: %d", path, res.Code)
				}
			}
			secret := path[strings.LastIndex(path, "/")+1:]
			for _, door := range []string{"/passwordReset/", "/register/", "/notme/"} {
				get, post := w.call(http.MethodGet, door+secret, nil), w.call(http.MethodPost, door+secret, url.Values{})
				if get.Code != http.StatusNotFound || post.Code != http.StatusNotFound {
					t.Errorf("a link to stop at %s: GET %d, POST %d", door, get.Code, post.Code)
				}
			}
			if after := w.dump(t); after != before {
				t.Errorf("looking changed\n%s\nto\n%s", before, after)
			}
		}
	})
}
