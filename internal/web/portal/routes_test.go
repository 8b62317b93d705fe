package portal_test

import (
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/portal"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// withDemo is a portal with all doors that there are.
func withDemo(w *world) *portal.Portal {
	w.portal.Demo = &portal.Demo{
		Mails: func() []portal.DemoMail { return []portal.DemoMail{{ID: "1", Subject: "Hello"}} },
		HTML:  func(id string) (string, bool) { return "<html><head></head></html>", id == "1" },
	}
	w.server.Config.Handler = w.portal.Handler()
	return w.portal
}

// TestTheListOfDoorsIsTrue keeps docs/routes.md as the code has it.
func TestTheListOfDoorsIsTrue(t *testing.T) {
	t.Parallel()
	var doc strings.Builder
	doc.WriteString("# Doors of the portal\n\nMade by `go test ./internal/web/portal -run Doors -update`. The doors under `/demo` are there in a demo only.\n\n" +
		"| door | open to |\n| --- | --- |\n")
	p := &portal.Portal{Demo: &portal.Demo{}}
	for _, r := range p.Routes() {
		fmt.Fprintf(&doc, "| `%s` | %s |\n", r.Pattern, r.Who())
	}
	doc.WriteString("| `GET /static/` | anyone |\n")
	const file = "../../../docs/routes.md"
	if *update {
		if err := os.WriteFile(file, []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || doc.String() != string(want) {
		t.Errorf("%s is out of date (%v); run this test with -update", file, err)
	}
}

// at is a path that a pattern matches.
func at(r web.Route) (method, path string) {
	method, path, _ = strings.Cut(r.Pattern, " ")
	token := strings.Repeat("A", 43)
	return method, strings.NewReplacer("{token}", token, "/accounts/{id}", "/accounts/NL123421341", "{id}", "1",
		"{slug}", "no-mail", "{word}", "spam", "{lang}", "en", "{file}", "requested.light.png", "{$}", "").Replace(path)
}

func TestStrangersGetNothingBehindAGuard(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	if err := w.register("NL123421341", "billing@veldkamp.example", "sanne@veldkamp.example", "Daisies-2026"); err != nil {
		t.Fatal(err)
	}
	guarded := 0
	for _, r := range withDemo(w).Routes() {
		if r.Who() == "anyone" {
			continue
		}
		guarded++
		method, path := at(r)
		for name, value := range map[string]string{"no": "", "a made-up": strings.Repeat("A", 43), "a broken": "'; drop table users"} {
			res := w.call(method, path, url.Values{"email": {"thief@elsewhere.example"}}, func(r *http.Request) {
				if value != "" {
					r.Header.Set("Cookie", "__Host-keyfold="+value+"; __Host-keyfold-registration="+value)
				}
			})
			if res.Code != http.StatusSeeOther && res.Code != http.StatusForbidden {
				t.Errorf("%s with %s cookie: %d", r.Pattern, name, res.Code)
			}
			if to := res.Header().Get("Location"); to != "" && !strings.HasPrefix(to, "/login") {
				t.Errorf("%s with %s cookie goes to %s", r.Pattern, name, to)
			}
			if body := res.Body.String(); strings.Contains(body, "Veldkamp") || strings.Contains(body, "sanne@") {
				t.Errorf("%s with %s cookie shows\n%s", r.Pattern, name, body)
			}
		}
	}
	if guarded < 4 {
		t.Errorf("only %d doors have a guard", guarded)
	}
}

// TestASessionOpensOnlyItsOwnDoors tries the cookie of each kind at the doors
// of the other, under either name.
func TestASessionOpensOnlyItsOwnDoors(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	user, registering := w.loggedIn(t), w.registering(t)
	for _, r := range w.portal.Routes() {
		wrong := user
		if r.Who() == "anyone" {
			continue
		}
		if r.Who() == "user" || strings.HasPrefix(r.Who(), "may ") {
			wrong = registering
		}
		method, path := at(r)
		res := w.call(method, path, url.Values{"email": {"thief@elsewhere.example"}}, func(r *http.Request) {
			r.Header.Set("Cookie", "__Host-keyfold="+wrong+"; __Host-keyfold-registration="+wrong)
		})
		if res.Code < 300 || strings.Contains(res.Body.String(), "Veldkamp Media") || strings.Contains(res.Header().Get("Location"), "/accounts") {
			t.Errorf("%s opens to the session of the other kind: %d\n%s", r.Pattern, res.Code, res.Body)
		}
	}
	// They do open their own.
	for cookie, path := range map[string]string{
		"__Host-keyfold=" + user: "/accounts/NL123421341", "__Host-keyfold-registration=" + registering: "/register",
	} {
		if res := w.call(http.MethodGet, path, nil, func(r *http.Request) { r.Header.Set("Cookie", cookie) }); res.Code != http.StatusOK {
			t.Errorf("%s: %d", path, res.Code)
		}
	}
}

// loggedIn is the cookie of a user who owns NL123421341.
func (w *world) loggedIn(t *testing.T) string {
	t.Helper()
	const email = "sanne@veldkamp.example"
	if err := w.register("NL123421341", "billing@veldkamp.example", email, "Daisies-2026"); err != nil {
		t.Fatal(err)
	}
	return w.cookieOf(t, "__Host-keyfold", email, "Daisies-2026")
}

// registering is the cookie of who has done step 4, for DE245344254.
func (w *world) registering(t *testing.T) string {
	const id = "DE245344254"
	t.Helper()
	if err := w.start(id, "buero@veldkamp.example", "Tulips-2026"); err != nil {
		t.Fatal(err)
	}
	return w.cookieOf(t, "__Host-keyfold-registration", id, "Tulips-2026")
}

func (w *world) cookieOf(t *testing.T, name, username, pw string) string {
	t.Helper()
	res := w.call(http.MethodPost, "/login", url.Values{"username": {username}, "password": {pw}})
	for _, c := range res.Result().Cookies() {
		if c.Name == name {
			return c.Value
		}
	}
	t.Fatalf("no cookie %s for %s: %d\n%s", name, username, res.Code, res.Body)
	return ""
}

func TestNoPostFromAnotherSiteChangesAnything(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		w := newWorld(t, engine)
		user, registering := w.loggedIn(t), w.registering(t)
		form := url.Values{
			"customer-id": {"NL123421341"}, "username": {"sanne@veldkamp.example"}, "password": {"Daisies-2026"}, "email": {"thief@elsewhere.example"},
		}
		before := w.dump(t)
		posts := 0
		for _, r := range withDemo(w).Routes() {
			method, path := at(r)
			if method == http.MethodGet {
				continue
			}
			posts++
			for _, h := range []http.Header{
				{"Sec-Fetch-Site": {"cross-site"}},
				{"Sec-Fetch-Site": {"same-site"}},
				{"Origin": {"https://evil.example"}},
				{"Origin": {"null"}},
				{"Origin": {strings.Replace(w.server.URL, "127.0.0.1", "127.0.0.1.evil.example", 1)}},
				{"Sec-Fetch-Site": {"cross-site"}, "Origin": {w.server.URL}},
			} {
				res := w.call(method, path, form, func(r *http.Request) {
					maps.Copy(r.Header, h)
					r.Header.Set("Cookie", "__Host-keyfold="+user+"; __Host-keyfold-registration="+registering)
				})
				if res.Code != http.StatusForbidden || res.Header().Get("Set-Cookie") != "" {
					t.Errorf("%s with %v: %d, cookies %q", r.Pattern, h, res.Code, res.Header()["Set-Cookie"])
				}
			}
		}
		if posts < 6 {
			t.Errorf("only %d doors take a form", posts)
		}
		if after := w.dump(t); after != before {
			t.Errorf("%s: a post from another site changed the database from\n%s\nto\n%s", engine, before, after)
		}
	}
}
