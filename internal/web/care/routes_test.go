package care_test

import (
	"encoding/base32"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/signin"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/care"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// open are the only doors that ask nobody who they are. One more needs a reason
// that stands here.
var open = []string{
	"GET /{$}",                            // leads to /care
	"GET /care/login", "POST /care/login", // where one says who one is
	"GET /care/enrol/{token}", "POST /care/enrol/{token}", // where the link says it
}

// TestTheListOfDoorsIsTrue keeps docs/care-routes.md as the code has it.
func TestTheListOfDoorsIsTrue(t *testing.T) {
	t.Parallel()
	var doc strings.Builder
	doc.WriteString("# Doors of the care desk\n\nMade by `go test ./internal/web/care -run Doors -update`. " +
		"What a role may do is in [staff-roles.md](staff-roles.md). Who comes to a door that is not for their role is told so, and the event `care.refused` says which.\n\n" +
		"| door | open to |")
	for _, role := range keyfold.StaffRoles() {
		fmt.Fprintf(&doc, " %s |", role)
	}
	doc.WriteString("\n| --- | --- |" + strings.Repeat(" --- |", len(keyfold.StaffRoles())) + "\n")
	for _, r := range (&care.Desk{}).Routes() {
		fmt.Fprintf(&doc, "| `%s` | %s |", r.Pattern, r.Who())
		for _, role := range keyfold.StaffRoles() {
			yes := map[bool]string{true: " yes |", false: " |"}
			fmt.Fprint(&doc, yes[r.Who() == "anyone" || role.May(duty(r))])
		}
		doc.WriteString("\n")
	}
	const file = "../../../docs/care-routes.md"
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

func duty(r web.Route) keyfold.Duty { return keyfold.Duty(strings.TrimPrefix(r.Who(), "may ")) }

// TestEachDoorIsForADuty: a door is for a row of the matrix, or it is among the
// few that are open.
func TestEachDoorIsForADuty(t *testing.T) {
	t.Parallel()
	for _, r := range (&care.Desk{}).Routes() {
		known := slices.ContainsFunc(keyfold.StaffMatrix(), func(rule keyfold.StaffRule) bool { return rule.Duty == duty(r) })
		if anyone := slices.Contains(open, r.Pattern); known == anyone || anyone != (r.Who() == "anyone") {
			t.Errorf("%s is open to %q", r.Pattern, r.Who())
		}
	}
}

// at is a path that a pattern matches.
func at(r web.Route) (method, path string) {
	method, path, _ = strings.Cut(r.Pattern, " ")
	return method, strings.NewReplacer("{token}", strings.Repeat("A", 43), "/accounts/{id}", "/accounts/NL123421341", "{id}", "1", "{$}", "").Replace(path)
}

// notForYou is what who is at the wrong door reads.
const notForYou = "This is not for your role"

// TestTheMatrixHoldsAtEveryDoor tries every door as every role: who may is let
// in, who may not is told so, and it is on record.
func TestTheMatrixHoldsAtEveryDoor(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		for _, role := range keyfold.StaffRoles() {
			f := w.hire(role)
			for _, r := range w.desk.Routes() {
				method, path := at(r)
				before := w.turnedAway(r)
				res := w.call(method, path, w.session(f), url.Values{})
				refused := w.turnedAway(r) - before
				may := r.Who() == "anyone" || role.May(duty(r))
				switch {
				case may && (refused != 0 || strings.Contains(res.Body.String(), notForYou) || strings.HasPrefix(res.Header().Get("Location"), "/care/login") && path != "/care/logout"):
					t.Errorf("%s is kept from %s: %d", role, r.Pattern, res.Code)
				case !may && (res.Code != http.StatusForbidden || refused != 1 || !strings.Contains(res.Body.String(), notForYou)):
					t.Errorf("%s comes through %s: %d, %d events", role, r.Pattern, res.Code, refused)
				case res.Code >= http.StatusInternalServerError:
					t.Errorf("%s at %s: %d\n%s", role, r.Pattern, res.Code, w.log)
				}
			}
		}
	})
}

// turnedAway is how often somebody came to a door that was not for them.
func (w *world) turnedAway(r web.Route) (n int) {
	for _, event := range w.events("care.refused") {
		if strings.HasSuffix(event, " "+r.Pattern) {
			n++
		}
	}
	return n
}

// A stranger is a cookie that is nobody's.
func (w *world) strangers() map[string]string {
	w.t.Helper()
	f := w.hire(keyfold.Supervisor)
	idle, over, gone, out := w.session(f), w.session(f), w.session(w.hire(keyfold.Agent)), w.session(f)
	leaver, err := w.db.Reader().StaffByEmail(w.t.Context(), email(w.t, "agent@polder.example"))
	if err == nil {
		err = w.desk.Staff.Disable(w.t.Context(), keyfold.Act{By: "test"}, leaver.ID)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	late := w.session(leaver) // by whatever fault
	goesTo(w.t, w.call(http.MethodPost, "/care/logout", out, nil), "/care/login?notice=logged_out")
	w.clock.Pass(staff.IdleFor + time.Second)
	sees(w.t, w.call(http.MethodGet, "/care/me", idle, nil), http.StatusSeeOther, "")
	busy := w.session(f)
	for range 12 {
		w.clock.Pass(59 * time.Minute)
		sees(w.t, w.call(http.MethodGet, "/care/me", busy, nil), http.StatusOK, "Femke")
	}
	w.clock.Pass(13 * time.Minute)
	return map[string]string{
		"no": "", "a made-up": strings.Repeat("A", 43), "a broken": "'; drop table staff", "an idle": idle, "an unused": over,
		"a disabled person's": gone, "a disabled person's new": late, "a logged out": out, "a used but old": busy, "a customer's": w.customer(),
	}
}

// customer is the cookie of a user of the portal who is logged in.
func (w *world) customer() string {
	w.t.Helper()
	secret := token.New()
	c := keyfold.NewUser(keyfold.Act{By: "test"}, "u1", email(w.t, "supervisor@polder.example"), "", keyfold.English, "")
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		if err := tx.ApplyUser(w.t.Context(), c); err != nil {
			return err
		}
		return tx.OpenSession(w.t.Context(), store.Session{Hash: secret.Hash(), User: "u1", Expires: tx.Now().Add(time.Hour)})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return secret.Reveal()
}

// TestStrangersGetNothing: nobody, whoever was somebody, and whoever is somebody
// elsewhere.
func TestStrangersGetNothing(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		for name, cookie := range w.strangers() {
			for _, r := range w.desk.Routes() {
				if slices.Contains(open, r.Pattern) {
					continue
				}
				method, path := at(r)
				res := w.call(method, path, cookie, url.Values{})
				asked := res.Code == http.StatusSeeOther && strings.HasPrefix(res.Header().Get("Location"), "/care/login")
				over := method == http.MethodPost && cookie != "" && res.Code == http.StatusForbidden && strings.Contains(res.Body.String(), "Please log in once more")
				if !asked && !over || strings.Contains(res.Body.String(), "Femke") {
					t.Errorf("%s with %s cookie: %d to %q\n%s", r.Pattern, name, res.Code, res.Header().Get("Location"), res.Body)
				}
			}
		}
	})
}

// TestACookieOfTheDeskOpensNoPortal, under whatever name.
func TestACookieOfTheDeskOpensNoPortal(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		portal := &signin.Service{DB: w.db, Gate: w.gate, Key: w.teller.Key, Limits: limit.Make(limit.Default()), Session: time.Hour, Idle: time.Hour}
		if _, err := portal.Current(t.Context(), token.Parse(w.session(w.hire(keyfold.Supervisor)))); !keyfold.RefusedAs(err, "session.over") {
			t.Errorf("the portal: %v", err)
		}
		if _, err := portal.Current(t.Context(), token.Parse(w.customer())); err != nil {
			t.Errorf("its own: %v", err)
		}
	})
}

// TestNoPostFromAnotherSiteGetsThrough at any door, with the cookie of who may.
func TestNoPostFromAnotherSiteGetsThrough(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	for _, role := range keyfold.StaffRoles() {
		cookie := w.session(w.hire(role))
		before := w.events("staff.logged_out")
		for _, r := range w.desk.Routes() {
			method, path := at(r)
			if method == http.MethodGet {
				continue
			}
			for _, h := range []http.Header{
				{"Sec-Fetch-Site": {"cross-site"}},
				{"Sec-Fetch-Site": {"same-site"}},
				{"Sec-Fetch-Site": {""}, "Origin": {"https://evil.example"}},
				{"Sec-Fetch-Site": {""}, "Origin": {"null"}},
			} {
				res := w.call(method, path, cookie, url.Values{"language": {"nl"}}, func(r *http.Request) {
					for name := range h {
						r.Header.Set(name, h.Get(name))
					}
				})
				if res.Code != http.StatusForbidden || res.Header().Get("Set-Cookie") != "" {
					t.Errorf("%s with %v: %d", r.Pattern, h, res.Code)
				}
			}
		}
		if after := w.events("staff.logged_out"); len(after) != len(before) {
			t.Errorf("%v", after)
		}
	}
}

// TestEveryAnswerOfTheDeskCarriesTheSecurityHeaders, and none is kept by a cache.
func TestEveryAnswerOfTheDeskCarriesTheSecurityHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	cookie := w.session(w.hire(keyfold.Supervisor))
	answers := map[string]*httptest.ResponseRecorder{"404": w.call(http.MethodGet, "/care/nothing", cookie, nil)}
	for _, r := range w.desk.Routes() {
		method, path := at(r)
		answers[r.Pattern] = w.call(method, path, "", url.Values{})
		if path != "/care/logout" {
			answers[r.Pattern+" inside"] = w.call(method, path, cookie, url.Values{})
		}
	}
	for what, res := range answers {
		h := res.Header()
		if h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Referrer-Policy") != "no-referrer" ||
			!strings.Contains(h.Get("Content-Security-Policy"), "default-src 'none'") || h.Get("Strict-Transport-Security") == "" {
			t.Errorf("%s: %v", what, h)
		}
	}
}

// TestWhoIsNotOnTheListFindsNoDesk: for them it is not there.
func TestWhoIsNotOnTheListFindsNoDesk(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	cookie := w.session(w.hire(keyfold.Agent))
	w.desk.Allow = prefixes(t, "198.51.100.0/24", "2001:db8::/32")
	from := func(address string) func(*http.Request) { return func(r *http.Request) { r.RemoteAddr = address } }
	for address, want := range map[string]int{"198.51.100.7:1": 200, "[::ffff:198.51.100.7]:1": 200, "[2001:db8::1]:1": 200, "192.0.2.1:1": 404, "@": 404, "[2001:db9::1]:1": 404} {
		for _, path := range []string{"/care/login", "/care/me", w.desk.Assets.URL("ui.css")} {
			res := w.call(http.MethodGet, path, cookie, nil, from(address), func(r *http.Request) { r.Header.Set("X-Forwarded-For", "198.51.100.7") })
			if res.Code != want {
				t.Errorf("%s from %s: %d", path, address, res.Code)
			}
		}
	}
	w.desk.Elsewhere = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusTeapot) })
	if res := w.call(http.MethodGet, "/care/login", "", nil); res.Code != http.StatusTeapot {
		t.Errorf("elsewhere: %d", res.Code)
	}
}

func secretOf(t *testing.T, text string) []byte {
	t.Helper()
	secret, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return secret
}
