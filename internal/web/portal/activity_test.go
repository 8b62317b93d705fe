package portal_test

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web/portal"
)

// TestEveryEventOfAnAccountHasAText: whoever adds a kind of event says what
// customers read, or that they do not.
func TestEveryEventOfAnAccountHasAText(t *testing.T) {
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range keyfold.EventKinds() {
		_, told := portal.GroupOf(k.Kind)
		switch {
		case ofNoAccount(k.Kind):
		case !told && !portal.Untold[k.Kind]:
			t.Errorf("%s is in no group of the activity, and not kept from it either", k.Kind)
		case told && !texts.Has("event."+k.Kind):
			t.Errorf("%s has no text", k.Kind)
		}
	}
}

// ofNoAccount reports whether a kind of event is about a login, or about customer
// care among themselves.
func ofNoAccount(kind string) bool {
	noun, _, _ := strings.Cut(kind, ".")
	return slices.Contains([]string{"user", "staff", "case", "approval", "trail"}, noun)
}

const ours, csvPath = "/accounts/NL123421341/activity", "/accounts/NL123421341/activity.csv"

// carrying is a request with the cookie of a user.
func carrying(cookie string) func(*http.Request) {
	return func(r *http.Request) { r.Header.Set("Cookie", "__Host-keyfold="+cookie) }
}

func (w *world) must(errs ...error) {
	w.t.Helper()
	for _, err := range errs {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) record(events ...keyfold.Event) {
	w.t.Helper()
	w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		for _, e := range events {
			e.Account, _ = keyfold.ParseCustomerID("NL123421341")
			if err := tx.Record(w.t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	}))
}

func TestTheActivityIsForWhomTheMatrixSays(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		cookies := map[keyfold.Role]string{keyfold.Owner: w.loggedIn(t)}
		for _, role := range keyfold.GivenRoles() {
			email := string(role) + "@veldkamp.example"
			w.must(w.join("NL123421341", email, "Daisies-2026", string(role)))
			cookies[role] = w.cookieOf(t, "__Host-keyfold", email, "Daisies-2026")
		}
		w.must(w.register("DE245344254", "buero@veldkamp.example", "stranger@elsewhere.example", "Daisies-2026"))
		cookies[""] = w.cookieOf(t, "__Host-keyfold", "stranger@elsewhere.example", "Daisies-2026")
		w.record(keyfold.Event{Act: keyfold.Act{By: "visitor", From: "198.51.100.9"}, Kind: "login.failed"})
		for role, cookie := range cookies {
			may := keyfold.RolesOf(role)
			for _, door := range []struct {
				method, path string
				may          bool
			}{
				{http.MethodGet, ours, may.May(keyfold.SeeActivity)},
				{http.MethodGet, csvPath, may.May(keyfold.ExportActivity)},
				{http.MethodPost, csvPath, may.May(keyfold.ExportActivity)},
			} {
				want := http.StatusNotFound
				if door.may {
					want = http.StatusOK
				}
				res := w.call(door.method, door.path, nil, carrying(cookie))
				if res.Code != want {
					t.Errorf("%s %s as %q: %d, want %d", door.method, door.path, role, res.Code, want)
				}
				if shown := strings.Contains(res.Body.String(), "198.51.100.9"); shown && !may.May(keyfold.ExportActivity) {
					t.Errorf("%s %s shows %q who came from where", door.method, door.path, role)
				}
			}
			overview := w.call(http.MethodGet, "/accounts/NL123421341", nil, carrying(cookie)).Body.String()
			if shown := strings.Contains(overview, "Moved to an email login"); shown != may.May(keyfold.SeeActivity) {
				t.Errorf("the overview shows the activity to %q: %t", role, shown)
			}
		}
	})
}

func TestNamesAreThoseOfTheUsersOfTheAccount(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		owner := w.loggedIn(t)
		w.must(
			w.join("NL123421341", "joris@veldkamp.example", "Daisies-2026", "technical"),
			w.join("NL123421341", "gone@veldkamp.example", "Daisies-2026", "finance"), w.remove("NL123421341", "gone@veldkamp.example"),
			w.register("DE245344254", "buero@veldkamp.example", "stranger@elsewhere.example", "Daisies-2026"))
		w.record(
			keyfold.Event{Act: keyfold.Act{By: "user:user-stranger@elsewhere.example", From: "198.51.100.1"}, Kind: "reset.requested", User: "user-stranger@elsewhere.example"},
			keyfold.Event{Act: keyfold.Act{By: "staff:anna", From: "198.51.100.2"}, Kind: "account.needs_care", Note: "a word among colleagues"},
			keyfold.Event{Act: keyfold.Act{By: "user:user-joris@veldkamp.example", From: "198.51.100.3"}, Kind: "account.updated"},
			keyfold.Event{Act: keyfold.Act{By: "robot"}, Kind: "account.updated"},
			keyfold.Event{Act: keyfold.Act{By: "visitor", From: "198.51.100.4"}, Kind: "mail.sent", Note: "confirm", User: "user-stranger@elsewhere.example"},
			keyfold.Event{Act: keyfold.Act{By: "visitor"}, Kind: "mail.sent", Note: "a mail that nobody knows"},
			keyfold.Event{Act: keyfold.Act{By: "visitor"}, Kind: "mail.void", Note: "confirm"},
			keyfold.Event{Act: keyfold.Act{By: "visitor"}, Kind: "sauna.heated", Note: "confirm"},
		)
		page := w.call(http.MethodGet, ours, nil, carrying(owner)).Body.String()
		file := w.call(http.MethodPost, csvPath, nil, carrying(owner)).Body.String()
		for what, text := range map[string]string{"page": page, "file": file} {
			for _, want := range []string{
				"joris@veldkamp.example", "Former user", "Somebody with a login of their own", "Customer care", "Not known", "198.51.100.3", "198.51.100.4",
				"Message sent: link to confirm an email address", "Message sent: about this account", "Access ended", "Role: Technical", "192.0.2.44",
			} {
				if !strings.Contains(text, want) {
					t.Errorf("the %s does not say %q:\n%s", what, want, text)
				}
			}
			for _, never := range []string{
				"gone@veldkamp.example", "stranger@elsewhere", "198.51.100.2", "anna", "a word among", "sauna", "mail.void", "billing@", "nobody knows",
			} {
				if strings.Contains(text, never) {
					t.Errorf("the %s says %q:\n%s", what, never, text)
				}
			}
		}
		if !strings.Contains(page, ">You") || strings.Contains(file, "You") || !strings.Contains(file, "sanne@veldkamp.example") {
			t.Errorf("who is you?\n%s", file)
		}
	})
}

// TestAnOpenBrowserIsNotEnoughForTheFile: a stolen cookie gets no file, and nothing
// is noted.
func TestAnOpenBrowserIsNotEnoughForTheFile(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		owner := w.loggedIn(t)
		exported := func() (n int) {
			id, _ := keyfold.ParseCustomerID("NL123421341")
			page, err := w.db.Reader().Activity(t.Context(), store.ActivityFilter{Account: id, Kinds: []string{"activity.exported"}, Limit: 100})
			w.must(err)
			return len(page.Events)
		}
		w.clock.Pass(5*time.Minute + time.Second)
		for _, pw := range []string{"", "Wrong-2026"} {
			res := w.call(http.MethodPost, csvPath, url.Values{"login-password": {pw}}, carrying(owner))
			if res.Code < 400 || strings.Contains(res.Body.String(), "account.registered") || res.Header().Get("Content-Disposition") != "" || exported() != 0 {
				t.Errorf("with %q: %d, %d exported\n%s", pw, res.Code, exported(), res.Body)
			}
		}
		for i := range 2 { // the second within five minutes
			form := url.Values{}
			if i == 0 {
				form.Set("login-password", "Daisies-2026")
			}
			res := w.call(http.MethodPost, csvPath, form, carrying(owner))
			h := res.Header()
			if res.Code != http.StatusOK || h.Get("Content-Disposition") != `attachment; filename=activity-NL123421341-2026-03-01.csv` ||
				!strings.HasPrefix(h.Get("Content-Type"), "text/csv; charset=utf-8") || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
				t.Errorf("%d %v", res.Code, h)
			}
			if exported() != i+1 {
				t.Errorf("%d events of %d files", exported(), i+1)
			}
		}
	})
}

// TestWhoLostTheRoleLosesTheFile in the time between the page and the button.
func TestWhoLostTheRoleLosesTheFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	w.loggedIn(t)
	w.must(w.join("NL123421341", "admin@veldkamp.example", "Daisies-2026", "admin"))
	admin := w.cookieOf(t, "__Host-keyfold", "admin@veldkamp.example", "Daisies-2026")
	if res := w.call(http.MethodGet, csvPath, nil, carrying(admin)); res.Code != http.StatusOK {
		t.Fatal(res.Code)
	}
	id, _ := keyfold.ParseCustomerID("NL123421341")
	w.must(w.remove("NL123421341", "admin@veldkamp.example"))
	if res := w.call(http.MethodPost, csvPath, nil, carrying(admin)); res.Code != http.StatusNotFound {
		t.Errorf("%d", res.Code)
	}
	if err := w.portal.Activity.Export(t.Context(), keyfold.Act{}, "user-admin@veldkamp.example", id); !keyfold.RefusedAs(err, "account.unknown") {
		t.Errorf("past the guard: %v", err)
	}
}

// A meter counts what is written to it, and keeps it.
type meter struct {
	*httptest.ResponseRecorder

	largest, writes int
	do              func(writes int)
}

func (m *meter) Write(b []byte) (int, error) {
	m.largest, m.writes = max(m.largest, len(b)), m.writes+1
	if m.do != nil {
		m.do(m.writes)
	}
	return m.ResponseRecorder.Write(b)
}

func (w *world) manyEvents(t *testing.T, n int) {
	t.Helper()
	var events []keyfold.Event
	for i := range n {
		events = append(events, keyfold.Event{Act: keyfold.Act{By: "visitor", From: fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)}, Kind: "login.failed"})
	}
	w.record(events...)
}

func (w *world) export(cookie string, m *meter) {
	r := httptest.NewRequestWithContext(w.t.Context(), http.MethodPost, w.server.URL+csvPath, strings.NewReader("group=login"))
	r.Host = r.URL.Host
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	carrying(cookie)(r)
	w.server.Config.Handler.ServeHTTP(m, r)
}

func TestTheFileIsSentInPartsAndIsWhole(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		owner := w.loggedIn(t)
		const n = 12_345
		w.manyEvents(t, n)
		m := &meter{ResponseRecorder: httptest.NewRecorder()}
		w.export(owner, m)
		if m.Code != http.StatusOK || m.writes < n/1000 || m.largest > 200<<10 {
			t.Errorf("%d: %d parts of up to %d bytes", m.Code, m.writes, m.largest)
		}
		body, ok := bytes.CutPrefix(m.Body.Bytes(), []byte("\ufeff"))
		lines, err := csv.NewReader(bytes.NewReader(body)).ReadAll()
		if err != nil || !ok {
			t.Fatal(err, ok)
		}
		seen := map[string]bool{}
		for _, line := range lines[1:] {
			if line[4] == "login.failed" {
				seen[line[3]] = true
			}
			if line[4] == "account.registered" {
				t.Error("the filter does not hold")
			}
		}
		if len(seen) != n || !slices.Equal(lines[0], []string{"When", "What", "Who", "Network address", "Kind"}) {
			t.Errorf("%d of %d events under %q", len(seen), n, lines[0])
		}
	})
}

// TestHalfAFileDoesNotLookLikeAWholeOne: the database goes away in the middle.
func TestHalfAFileDoesNotLookLikeAWholeOne(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		owner := w.loggedIn(t)
		w.manyEvents(t, 3000)
		m := &meter{ResponseRecorder: httptest.NewRecorder()}
		m.do = func(writes int) {
			if writes == 1 {
				w.must(w.db.Close())
			}
		}
		broken := func() (err error) {
			defer func() { err, _ = recover().(error) }()
			w.export(owner, m)
			return nil
		}()
		if !errors.Is(broken, http.ErrAbortHandler) || strings.Contains(m.Body.String(), "<html") || !strings.Contains(w.log.String(), "answer broken off") {
			t.Errorf("%v after %d parts\n%s", broken, m.writes, w.log)
		}
	})
}

func TestDaysAreThoseOfTheOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	w.must(w.register("NL123421341", "billing@veldkamp.example", "sanne@veldkamp.example", "Daisies-2026"))
	w.portal.Site.Zone = time.FixedZone("Test/East", 5*60*60) // 9:00 UTC is 14:00 there
	w.clock.Pass(10*time.Hour - time.Minute)                  // 23:59
	w.record(keyfold.Event{Act: keyfold.Act{By: "visitor", From: "198.51.100.1"}, Kind: "login.failed"})
	w.clock.Pass(time.Minute)
	w.record(keyfold.Event{Act: keyfold.Act{By: "visitor", From: "198.51.100.2"}, Kind: "login.failed"})
	owner := w.cookieOf(t, "__Host-keyfold", "sanne@veldkamp.example", "Daisies-2026")
	for query, want := range map[string][2]bool{
		"from=2026-03-01&until=2026-03-01": {true, false},
		"from=2026-03-02":                  {false, true},
		"until=2026-03-02":                 {true, true},
		"group=mails":                      {false, false},
		"group=login":                      {true, true},
		"group=nonsense":                   {true, true},
		"before=nonsense":                  {true, true},
		"before=-1":                        {true, true},
		"before=1":                         {false, false},
		"before=99999999999999999999":      {true, true},
	} {
		res := w.call(http.MethodGet, ours+"?"+query, nil, carrying(owner))
		body := res.Body.String()
		if got := [2]bool{strings.Contains(body, "198.51.100.1<"), strings.Contains(body, "198.51.100.2<")}; got != want || res.Code != http.StatusOK {
			t.Errorf("%s: %d, %v, want %v", query, res.Code, got, want)
		}
	}
	for _, query := range []string{"from=1.3.2026", "until=2026-13-01", "from=2026-03-02&until=2026-03-01", "from=%00", "until=" + strings.Repeat("9", 300)} {
		res := w.call(http.MethodGet, ours+"?"+query, nil, carrying(owner))
		if res.Code != http.StatusUnprocessableEntity || !strings.Contains(res.Body.String(), "There is a problem") {
			t.Errorf("%s: %d", query, res.Code)
		}
		res = w.call(http.MethodPost, csvPath+"?"+query, nil, carrying(owner))
		if res.Code != http.StatusSeeOther || !strings.HasPrefix(res.Header().Get("Location"), ours+"?") {
			t.Errorf("a file of %s: %d to %s", query, res.Code, res.Header().Get("Location"))
		}
	}
}
