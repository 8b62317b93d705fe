package portal_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/store/storetest"
)

// links brings NL123421341 to step 6 and asks for one more reset. It returns
// the path of a live link of each kind.
func (w *world) links(t *testing.T) (reset, confirm, notMe string) {
	t.Helper()
	b := w.browser()
	must := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatalf("%v on the page\n%s", err, b.text())
			}
		}
	}
	path := func(to string) string {
		link, err := w.link(to)
		must(err)
		if !strings.HasPrefix(link, w.server.URL+"/") {
			t.Fatalf("a mail to %s has the link %s", to, link)
		}
		return strings.TrimPrefix(link, w.server.URL)
	}
	ask := func() {
		must(b.visit("/passwordReset/request"), b.fill("Customer ID or email address", "NL123421341"), b.press("Request password reset"))
	}
	must(w.importAccount("NL123421341", "billing@veldkamp.example"))
	ask()
	must(b.visit(w.server.URL+path("billing@veldkamp.example")), b.fill("New password", "Tulips-2026"),
		b.fill("Repeat new password", "Tulips-2026"), b.press("Update"), b.see("stored"))
	notMe = path("billing@veldkamp.example")
	must(b.visit("/login"), b.fill("Username", "NL123421341"), b.fill("Password", "Tulips-2026"), b.press("Log in"),
		b.fill("User email address", "sanne@veldkamp.example"), b.press("Submit"), b.see("Check your mail"))
	confirm = path("sanne@veldkamp.example")
	ask()
	return path("billing@veldkamp.example"), confirm, notMe
}

// TestLookingAtALinkChangesNothing: scanners of mails open every link, often
// more than once.
func TestLookingAtALinkChangesNothing(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		w := newWorld(t, engine)
		reset, confirm, notMe := w.links(t)
		before := w.dump(t)
		for _, path := range []string{reset, confirm, notMe} {
			for range 50 {
				get, head := w.call(http.MethodGet, path, nil), w.call(http.MethodHead, path, nil)
				if get.Code != http.StatusOK || head.Code != http.StatusOK {
					t.Fatalf("%s: GET %d, HEAD %d", path, get.Code, head.Code)
				}
				if get.Header().Get("Set-Cookie") != "" {
					t.Fatalf("%s sets a cookie", path)
				}
			}
		}
		if after := w.dump(t); after != before {
			t.Errorf("%s: looking changed\n%s\nto\n%s", engine, before, after)
		}
	}
}

// TestALinkOfOnePurposeIsNothingToAnother sends the secret of each kind of link to the
// doors of the others.
func TestALinkOfOnePurposeIsNothingToAnother(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		w := newWorld(t, engine)
		reset, confirm, notMe := w.links(t)
		before := w.dump(t)
		form := url.Values{
			"new-password": {"Daisies-2026"}, "repeat-password": {"Daisies-2026"}, "proof": {"Tulips-2026"}, "login-password": {"Tulips-2026"},
		}
		doors := []string{"/passwordReset/", "/register/", "/notme/"}
		for i, link := range []string{reset, confirm, notMe} {
			secret := link[strings.LastIndex(link, "/")+1:]
			for j, door := range doors {
				if i == j {
					continue
				}
				for _, path := range []string{door + secret, door + secret + "?for=login", door + secret + "?for=NL123421341"} {
					get, post := w.call(http.MethodGet, path, nil), w.call(http.MethodPost, path, form)
					if get.Code != http.StatusNotFound || post.Code != http.StatusNotFound {
						t.Errorf("the link of %s at %s: GET %d, POST %d", doors[i], door, get.Code, post.Code)
					}
				}
			}
			session := w.call(http.MethodGet, "/session", nil, func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) })
			if session.Code != http.StatusUnauthorized {
				t.Errorf("the link of %s is a session: %s", doors[i], session.Body)
			}
			hash := w.call(http.MethodGet, "/accounts", nil, func(r *http.Request) { r.Header.Set("Cookie", "__Host-keyfold="+secret) })
			if hash.Code != http.StatusSeeOther {
				t.Errorf("the link of %s opens the accounts: %d", doors[i], hash.Code)
			}
		}
		if after := w.dump(t); after != before {
			t.Errorf("%s: changed\n%s\nto\n%s", engine, before, after)
		}
	}
}
