package care_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/totp"
)

var (
	keyOnPage    = regexp.MustCompile(`<code>([A-Z2-7 ]+)</code>`)
	factorOnPage = regexp.MustCompile(`name="factor" value="([^"]+)"`)
)

// TestTheWayIn: from the link to the desk, page by page, with what goes wrong.
func TestTheWayIn(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		in, err := w.desk.Staff.Add(t.Context(), keyfold.Act{By: "test"}, staff.Newcomer{
			Email: email(t, "femke@polder.example"), Name: "Femke <b>", Role: keyfold.Agent, Language: keyfold.Dutch,
		})
		if err != nil {
			t.Fatal(err)
		}
		link := "/care/enrol/" + in.Link.Reveal()
		page := w.call(http.MethodGet, link, "", nil)
		sees(t, page, http.StatusOK, "Femke &lt;b&gt;")
		body := page.Body.String()
		secret := secretOf(t, strings.ReplaceAll(keyOnPage.FindStringSubmatch(body)[1], " ", ""))
		form := url.Values{
			"new-password": {typedPassword}, "repeat-password": {"other"}, "factor": {factorOnPage.FindStringSubmatch(body)[1]},
			"code": {totp.Code(secret, totp.Step(w.clock.Now()))},
		}
		again := w.call(http.MethodPost, link, "", form)
		sees(t, again, http.StatusUnprocessableEntity, "repeat-password-error")
		if !strings.Contains(again.Body.String(), form.Get("factor")) || strings.Contains(again.Body.String(), typedPassword) {
			t.Error("the app would have to be set up again, or the password is on the page")
		}
		form.Set("repeat-password", typedPassword)
		lost := url.Values{"new-password": form["new-password"], "repeat-password": form["repeat-password"], "code": form["code"]}
		sees(t, w.call(http.MethodPost, link, "", lost), http.StatusUnprocessableEntity, "code-error")
		goesTo(t, w.call(http.MethodPost, link, "", form), "/care/login?notice=enrolled")
		sees(t, w.call(http.MethodGet, link, "", nil), http.StatusGone, "/care/login")
		sees(t, w.call(http.MethodPost, link, "", form), http.StatusGone, "/care/login")
		sees(t, w.call(http.MethodGet, "/care/enrol/"+strings.Repeat("A", 43), "", nil), http.StatusNotFound, "/care/login")
		w.logsIn(t, secret, form.Get("code"))
	})
}

func (w *world) logsIn(t *testing.T, secret []byte, used string) {
	t.Helper()
	login := url.Values{"email": {"Femke@Polder.example"}, "password": {typedPassword}, "code": {used}}
	sees(t, w.call(http.MethodPost, "/care/login", "", login), http.StatusForbidden, "The address, the password or the code is not right")
	sees(t, w.call(http.MethodPost, "/care/login?lang=de", "", url.Values{}), http.StatusUnprocessableEntity, "Geben Sie den Code")
	w.clock.Pass(30 * time.Second)
	login.Set("code", totp.Code(secret, totp.Step(w.clock.Now())))
	old := w.session(w.byEmail(t, "femke@polder.example"))
	res := w.call(http.MethodPost, "/care/login", old, login)
	goesTo(t, res, "/care")
	var cookie *http.Cookie
	for _, c := range res.Result().Cookies() {
		if c.Name == "__Host-keyfold-care" {
			cookie = c
		}
	}
	if cookie == nil || !cookie.Secure || !cookie.HttpOnly || cookie.Path != "/" || cookie.Domain != "" || cookie.MaxAge != 0 || !cookie.Expires.IsZero() {
		t.Fatalf("%v", cookie)
	}
	if cookie.Value == old {
		t.Error("the session is that of before")
	}
	goesTo(t, w.call(http.MethodGet, "/care/me", old, nil), "/care/login?notice=session_over")
	sees(t, w.call(http.MethodGet, "/care/me", cookie.Value, nil), http.StatusOK, "Uw login")
	goesTo(t, w.call(http.MethodPost, "/care/me", cookie.Value, url.Values{"language": {"en"}}), "/care/me")
	sees(t, w.call(http.MethodGet, "/care/me", cookie.Value, nil), http.StatusOK, "Your login")
	sees(t, w.call(http.MethodPost, "/care/me", cookie.Value, url.Values{"language": {"tlh"}}), http.StatusUnprocessableEntity, "")
	if log := w.log.String(); strings.Contains(log, typedPassword) || strings.Contains(log, cookie.Value) || strings.Contains(log, login.Get("code")) {
		t.Errorf("the log has a secret:\n%s", log)
	}
}

func (w *world) byEmail(t *testing.T, address string) keyfold.Staff {
	t.Helper()
	f, err := w.db.Reader().StaffByEmail(t.Context(), email(t, address))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestWhoIsDisabledInTheMiddleDoesNothingMore: the next request is the first that
// is refused.
func TestWhoIsDisabledInTheMiddleDoesNothingMore(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		f := w.hire(keyfold.Agent)
		cookie := w.session(f)
		sees(t, w.call(http.MethodGet, "/care/me", cookie, nil), http.StatusOK, "Femke")
		if err := w.desk.Staff.Disable(t.Context(), keyfold.Act{By: "test"}, f.ID); err != nil {
			t.Fatal(err)
		}
		sees(t, w.call(http.MethodPost, "/care/me", cookie, url.Values{"language": {"de"}}), http.StatusForbidden, "nothing was changed")
		if got := w.byEmail(t, "agent@polder.example"); got.Language != keyfold.English {
			t.Errorf("they speak %s", got.Language)
		}
	})
}

// TestAFaultOfTheDeskIsOurs: with the database gone, the visitor sees a reference
// and no more.
func TestAFaultOfTheDeskIsOurs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	cookie := w.session(w.hire(keyfold.Supervisor))
	if err := w.db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, r := range w.desk.Routes() {
		method, path := at(r)
		if r.Pattern == "GET /care/login" || r.Pattern == "GET /{$}" {
			continue
		}
		before := len(w.log.String())
		res := w.call(method, path, cookie, url.Values{"email": {"femke@polder.example"}, "password": {"Canary-7731"}, "code": {"123456"}})
		log, body := w.log.String()[before:], res.Body.String()
		if res.Code < http.StatusInternalServerError && !strings.Contains(r.Pattern, "{token}") || strings.Contains(log, "Canary") || strings.Contains(log, cookie) || strings.Contains(body, "sql") {
			t.Errorf("%s: %d\n%s\n%s", r.Pattern, res.Code, log, visible(body))
		}
	}
}
