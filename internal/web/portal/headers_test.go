package portal_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// TestEveryAnswerCarriesTheSecurityHeaders asks for pages, errors, redirects and
// files.
func TestEveryAnswerCarriesTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	user := w.loggedIn(t)
	answers := map[string]*httptest.ResponseRecorder{}
	ask := func(method, path string, change ...func(*http.Request)) {
		answers[method+" "+path] = w.call(method, path, url.Values{}, change...)
	}
	for _, r := range withDemo(w).Routes() {
		method, path := at(r)
		ask(method, path)
		ask(http.MethodHead, path)
		ask(http.MethodDelete, path)
	}
	cookie := func(r *http.Request) { r.Header.Set("Cookie", "__Host-keyfold="+user) }
	for _, path := range []string{"/accounts", "/accounts/NL123421341", "/accounts/NL999999999", "/session"} {
		ask(http.MethodGet, path, cookie)
	}
	for _, path := range []string{
		"/nothing", "/static/nothing.css", "//evil.example/", "/passwordReset/", "/accounts/../login", "/%2e%2e/", w.portal.Assets.URL("ui.css"),
	} {
		ask(http.MethodGet, path)
		ask(http.MethodPost, path)
	}
	answers["421"] = w.call(http.MethodGet, "/login", nil, func(r *http.Request) { r.Host = "evil.example" })
	answers["413"] = w.call(http.MethodPost, "/login", url.Values{"password": {strings.Repeat("x", 1<<20)}})
	answers["403"] = w.call(http.MethodPost, "/login", nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") })
	for what, res := range answers {
		checkHeaders(t, what, res.Header())
		static := strings.Contains(what, "/static/")
		if got := res.Header().Get("Cache-Control"); !static && got != "no-store" {
			t.Errorf("%s (%d): Cache-Control is %q", what, res.Code, got)
		}
		if res.Code >= http.StatusInternalServerError {
			t.Errorf("%s: %d", what, res.Code)
		}
	}
	for status, n := range map[int]int{200: 1, 303: 1, 401: 1, 403: 1, 404: 1, 405: 1, 413: 1, 421: 1, 422: 1} {
		for _, res := range answers {
			if res.Code == status {
				n--
			}
		}
		if n > 0 {
			t.Errorf("no answer was a %d", status)
		}
	}
}

func checkHeaders(t *testing.T, what string, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
		"Cross-Origin-Resource-Policy": "same-origin",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %s is %q", what, name, got)
		}
	}
	if !strings.HasPrefix(h.Get("Strict-Transport-Security"), "max-age=") {
		t.Errorf("%s: no Strict-Transport-Security", what)
	}
	csp := h.Get("Content-Security-Policy")
	if strings.HasSuffix(what, "/html") && !strings.HasPrefix(what, http.MethodDelete) { // a mail in the demo's frame: styles of its own, and no script
		if !strings.Contains(csp, "sandbox") || strings.Contains(csp, "script") {
			t.Errorf("%s: policy %q", what, csp)
		}
		return
	}
	for _, part := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(csp, part) {
			t.Errorf("%s: policy %q without %s", what, csp, part)
		}
	}
	if strings.Contains(csp, "unsafe") || strings.Contains(csp, "*") || strings.Contains(csp, "http") {
		t.Errorf("%s: policy %q", what, csp)
	}
}

// TestAnAccountOfOthersIsTheSame404AsNone: same status, same bytes, same headers.
func TestAnAccountOfOthersIsTheSame404AsNone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	user := w.loggedIn(t)
	if err := w.register("DE245344254", "buero@bakker.example", "joris@bakker.example", "Crocus-2026"); err != nil {
		t.Fatal(err)
	}
	ask := func(id string) *httptest.ResponseRecorder {
		return w.call(http.MethodGet, "/accounts/"+id, nil, func(r *http.Request) { r.Header.Set("Cookie", "__Host-keyfold="+user) })
	}
	theirs := ask("DE245344254")
	if theirs.Code != http.StatusNotFound {
		t.Errorf("the account of another: %d", theirs.Code)
	}
	for _, id := range []string{"DE245344255", "NL000000000", "nl123421341", "qqqqqqq", "NL1234%2021341", "%00%0d%0aSet-Cookie:%20a"} {
		none := ask(id)
		if got, want := face(none, id), face(theirs, "DE245344254"); got != want {
			t.Errorf("%s looks like\n%s\nand not like\n%s", id, got, want)
		}
	}
}

// face is all that a visitor sees of an answer, but for what they typed.
func face(res *httptest.ResponseRecorder, typed string) string {
	var b strings.Builder
	_ = res.Header().Clone().Write(&b)
	body := res.Body.String()
	body = strings.ReplaceAll(body, typed, "(typed)")
	return http.StatusText(res.Code) + "\n" + b.String() + body
}
