package portal_test

import (
	"bytes"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/keyfold/keyfold/internal/web"
)

// withoutDatabase are the doors that answer as ever while the database is away.
const withoutDatabase = " GET /{$} GET /passwordReset/request GET /passwordReset/requested GET /login GET /demo GET /demo/mail" +
	" GET /demo/mail/{id} GET /demo/mail/{id}/html GET /.well-known/change-password GET /.well-known/security.txt" +
	" GET /help GET /help/keywords GET /help/keyword/{word} GET /help/print/{slug} GET /help/stuck/{slug} GET /help/{slug} GET /static/help/{lang}/{file} "

var reference = regexp.MustCompile(`reference=(\S+)`)

// TestFaultsAreOurs: with the database gone, the visitor sees a reference, the
// log has the reason under it, and neither has more than it should.
func TestFaultsAreOurs(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		user, registering := w.loggedIn(t), w.registering(t)
		routes := withDemo(w).Routes()
		if err := w.db.Close(); err != nil {
			t.Fatal(err)
		}
		secrets := []string{user, registering, "Canary-7731", strings.Repeat("A", 43)}
		for _, r := range routes {
			w.fault(t, r, secrets, func(r *http.Request) {
				r.Header.Set("Cookie", "__Host-keyfold="+user+"; __Host-keyfold-registration="+registering)
			})
		}
	})
}

func (w *world) fault(t *testing.T, r web.Route, secrets []string, cookies func(*http.Request)) {
	t.Helper()
	before := len(w.log.String())
	method, path := at(r)
	res := w.call(method, path, url.Values{
		"customer-id": {"NL123421341"}, "username": {"NL123421341"}, "password": {"Canary-7731"}, "email": {"sanne@veldkamp.example"},
		"new-password": {"Canary-7731"}, "repeat-password": {"Canary-7731"}, "proof": {"Canary-7731"}, "login-password": {"Canary-7731"}, "helped": {"yes"},
	}, cookies)
	log, body := w.log.String()[before:], res.Body.String()
	for _, secret := range secrets {
		if strings.Contains(log, secret) {
			t.Errorf("%s: the log has %q:\n%s", r.Pattern, secret, log)
		}
	}
	if strings.Contains(withoutDatabase, " "+r.Pattern+" ") {
		if res.Code >= http.StatusInternalServerError {
			t.Errorf("%s needs the database: %d", r.Pattern, res.Code)
		}
		return
	}
	if res.Code != http.StatusInternalServerError && res.Code != http.StatusServiceUnavailable {
		t.Errorf("%s: %d\n%s", r.Pattern, res.Code, body)
		return
	}
	said := reference.FindStringSubmatch(log)
	if said == nil || !strings.Contains(body, said[1]) || !strings.Contains(log, "closed") {
		t.Errorf("%s: the log says\n%s\nand the visitor sees\n%s", r.Pattern, log, body)
	}
	for _, word := range []string{"database", "sql", "store:", "pool", "goroutine"} {
		if strings.Contains(body, word) {
			t.Errorf("%s: the visitor sees %q:\n%s", r.Pattern, word, body)
		}
	}
	w.followAgain(t, r.Pattern, res.Body.Bytes())
}

// followAgain takes the button of an error page: it leads to a page that is
// there.
func (w *world) followAgain(t *testing.T, pattern string, page []byte) {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	for n := range doc.Descendants() {
		if n.Data != "a" || !strings.HasPrefix(attr(n, "class"), "btn") {
			continue
		}
		if res := w.call(http.MethodGet, attr(n, "href"), nil); res.Code == http.StatusMethodNotAllowed || res.Code == http.StatusNotFound {
			t.Errorf("%s: the button of the error page leads to %s: %d", pattern, attr(n, "href"), res.Code)
		}
	}
}

// TestNoSecretLeavesATrace walks the whole way with passwords that are like
// nothing else, and looks for them, for the links of all mails and for the
// cookies in the log and in the database.
func TestNoSecretLeavesATrace(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		secrets := w.walkWithCanaries(t)
		for _, m := range w.sink.Mails() {
			for _, link := range m.Links {
				if secret := link[strings.LastIndex(link, "/")+1:]; len(secret) > 30 {
					secrets = append(secrets, secret)
				}
			}
		}
		if len(secrets) < 13 {
			t.Fatalf("only %d secrets were seen", len(secrets))
		}
		log, dump := w.log.String(), w.dump(t)
		if !strings.Contains(log, "/passwordReset/{token}") || !strings.Contains(dump, "argon2id") {
			t.Fatalf("nothing was looked at:\n%s\n%s", log, dump)
		}
		for _, secret := range secrets {
			if strings.Contains(log, secret) {
				t.Errorf("the log has %q", secret)
			}
			if strings.Contains(dump, secret) {
				t.Errorf("the database has %q", secret)
			}
		}
	})
}

func (w *world) walkWithCanaries(t *testing.T) (secrets []string) {
	t.Helper()
	b := w.browser()
	do := func(errs ...error) {
		t.Helper()
		for _, err := range errs {
			if err != nil {
				t.Fatalf("%v on the page\n%s", err, b.text())
			}
		}
		for _, c := range b.jar.cookies {
			if strings.HasPrefix(c.Name, "__Host-keyfold") && c.Name != "__Host-keyfold-device" {
				secrets = append(secrets, c.Value)
			}
		}
	}
	open := func(to string) error {
		link, err := w.link(to)
		if err != nil {
			return err
		}
		return b.visit(link)
	}
	typed := func(pw string) string { secrets = append(secrets, pw); return pw }
	wrong := typed("Wrong-Zq7-one!")
	do(w.importAccount("NL123421341", "billing@veldkamp.example"))
	do(b.visit("/passwordReset/request"), b.fill("Customer ID or email address", "NL123421341"), b.press("Request password reset"))
	three := typed("Canary-Xw3-three")
	do(open("billing@veldkamp.example"), b.fill("New password", wrong), b.fill("Repeat new password", typed("Wrong-Zq7-two!")), b.press("Update"),
		b.fill("New password", three), b.fill("Repeat new password", three), b.press("Update"), b.see("stored"))
	do(b.visit("/login"), b.fill("Username", "NL123421341"), b.fill("Password", wrong), b.press("Log in"), b.see("not right"))
	do(b.fill("Username", typed("Canary-As-Name1")), b.fill("Password", wrong), b.press("Log in"))
	do(b.fill("Username", "NL123421341"), b.fill("Password", three), b.press("Log in"))
	do(b.fill("User email address", typed("Canary-As-Mail1")), b.press("Submit"))
	do(b.fill("User email address", "sanne@veldkamp.example"), b.press("Submit"), b.see("Check your mail"))
	eight := typed("Canary-Pd8-eight")
	do(open("sanne@veldkamp.example"), b.fill("New password", eight), b.fill("Repeat new password", eight), b.press("Set Credentials"), b.see("ready"))
	do(b.visit("/login"), b.fill("Username", "sanne@veldkamp.example"), b.fill("Password", wrong), b.press("Log in"), b.see("not right"))
	do(b.fill("Username", "sanne@veldkamp.example"), b.fill("Password", eight), b.press("Log in"), b.see("Recent activity"))
	do(b.visit("/passwordReset/request"), b.fill("Customer ID or email address", "sanne@veldkamp.example"), b.press("Request password reset"))
	ten := typed("Canary-Rk9-again")
	do(open("sanne@veldkamp.example"), b.fill("New password", ten), b.fill("Repeat new password", ten), b.press("Update"), b.see("stored"))
	do(open("billing@veldkamp.example"), b.press("This was not me"), b.see("frozen"))
	return secrets
}
