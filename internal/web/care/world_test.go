package care_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/docs"
	"github.com/keyfold/keyfold/internal/cases"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/second"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/totp"
	"github.com/keyfold/keyfold/internal/web/care"
	"github.com/keyfold/keyfold/internal/web/ui"
)

const home = "https://care.polder.example"

// A world is the desk with all that is behind it. Only the clock stands still,
// and hashing is cheap.
type world struct {
	t            *testing.T
	db           *store.DB
	clock        *storetest.Clock
	gate         *password.Gate
	teller       notice.Teller
	registration *registration.Service
	desk         *care.Desk
	log          *lockedLog
	door         http.Handler
}

// forEach runs a test once on each database.
func forEach(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			test(t, newWorld(t, engine))
		})
	}
}

func newWorld(t *testing.T, engine string) *world {
	t.Helper()
	w := &world{t: t, log: &lockedLog{}}
	w.db, w.clock = storetest.Open(t, engine)
	var err error
	if w.gate, err = password.NewGate(password.GateConfig{Params: password.Params{MemoryKiB: 64, Time: 1, Parallelism: 1}}); err != nil {
		t.Fatal(err)
	}
	w.teller = notice.Teller{Key: token.NewKey("a-secret-of-the-tests-that-is-long-enough"), Dispute: time.Hour}
	w.desk = newDesk(t)
	w.desk.Log = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.desk.Now, w.desk.Read = w.clock.Now, w.db.Reader()
	w.desk.Staff = &staff.Service{
		DB: w.db, Gate: w.gate, Policy: w.desk.Policy, Teller: w.teller, Limits: limit.Make(limit.Default()), Brand: w.desk.Brand.Name,
	}
	w.desk.Cases, w.desk.Second = &cases.Service{DB: w.db}, &second.Service{DB: w.db, Teller: w.teller, Limits: limit.Make(limit.Default())}
	w.registration = &registration.Service{DB: w.db, Key: w.teller.Key, Limits: limit.Make(limit.Default()), Entities: w.desk.Entities, Times: registration.DefaultTimes()}
	w.desk.Care = &desk.Service{
		DB: w.db, Teller: w.teller, Limits: w.registration.Limits, SendAgain: w.registration.SendAgain, Freeze: w.registration.FreezeFor,
	}
	w.desk.Funnel = &funnel.Service{DB: w.db, Zone: time.UTC}
	w.desk.Finder = &finder.Service{DB: w.db, Key: w.teller.Key, Entities: w.desk.Entities, Limits: limit.Make(limit.Default())}
	w.door = w.desk.Handler()
	return w
}

// newDesk is a desk without anything behind it.
func newDesk(tb testing.TB) *care.Desk {
	tb.Helper()
	texts, err := locale.Load()
	if err != nil {
		tb.Fatal(err)
	}
	brand := ui.DemoBrand()
	assets, err := ui.NewAssets(brand)
	if err != nil {
		tb.Fatal(err)
	}
	at, err := url.Parse(home)
	if err != nil {
		tb.Fatal(err)
	}
	return &care.Desk{
		Texts: texts, Entities: storetest.Entities(tb), Policy: password.Policy{Profile: password.Classic}, Brand: brand, Assets: assets,
		Manual: manual,
		Site:   care.Site{URL: at, Zone: time.UTC}, Now: func() time.Time { return noon },
	}
}

// manual is read once, by whichever test wants it first.
var manual = sync.OnceValue(func() *help.Manual { return help.LoadManual(docs.FS) })

var noon = time.Date(2026, 3, 12, 14, 20, 0, 0, time.UTC)

// hire makes somebody of a role one of the staff, enrolled, with the password
// and factor of the tests.
func (w *world) hire(role keyfold.StaffRole) keyfold.Staff {
	w.t.Helper()
	e, err := keyfold.ParseEmail(string(role) + "@polder.example")
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, by := w.t.Context(), keyfold.Act{By: "test"}
	in, err := w.desk.Staff.Add(ctx, by, staff.Newcomer{Email: e, Name: "Femke " + string(role), Role: role, Language: keyfold.English})
	if err != nil {
		w.t.Fatal(err)
	}
	w.enrol(in)
	f, err := w.db.Reader().Staff(ctx, in.Staff.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return f
}

const typedPassword = "Windmill-2026!"

// enrol enrols with the password of the tests.
func (w *world) enrol(in staff.Invited) {
	w.t.Helper()
	e, err := w.desk.Staff.Enrolment(w.t.Context(), in.Link)
	if err != nil {
		w.t.Fatal(err)
	}
	f, err := w.desk.Staff.NewFactor(e)
	if err != nil {
		w.t.Fatal(err)
	}
	secret := secretOf(w.t, f.Text())
	err = w.desk.Staff.Enrol(w.t.Context(), keyfold.Act{By: "visitor"}, e, staff.Chosen{
		Password: typedPassword, Repeat: typedPassword, Factor: f, Code: totp.Code(secret, totp.Step(w.clock.Now())),
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// session is the cookie of a new session of somebody, without the way there.
func (w *world) session(f keyfold.Staff) string {
	w.t.Helper()
	secret := token.New()
	err := w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		return tx.OpenStaffSession(w.t.Context(), store.StaffSession{Hash: secret.Hash(), Staff: f, Expires: tx.Now().Add(staff.SessionFor)})
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return secret.Reveal()
}

// call asks the desk with the cookie of a session, or without any.
func (w *world) call(method, target, cookie string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, home+target, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if cookie != "" {
		r.Header.Set("Cookie", "__Host-keyfold-care="+cookie)
	}
	for _, do := range change {
		do(r)
	}
	out := httptest.NewRecorder()
	w.door.ServeHTTP(out, r)
	return out
}

// events are the kinds, actors and notes of all events of a kind.
func (w *world) events(kind string) (all []string) {
	w.t.Helper()
	all = storetest.Texts(w.t, w.db, `select actor || ' ' || note from events where kind = '`+kind+`' order by seq`)
	slices.Sort(all)
	return all
}

// sees fails unless the answer has a status and a text.
func sees(t *testing.T, res *httptest.ResponseRecorder, status int, text string) {
	t.Helper()
	if res.Code != status || !strings.Contains(res.Body.String(), text) {
		t.Errorf("%d without %q:\n%s", res.Code, text, visible(res.Body.String()))
	}
}

// goesTo fails unless the answer leads somewhere.
func goesTo(t *testing.T, res *httptest.ResponseRecorder, to string) {
	t.Helper()
	if got := res.Header().Get("Location"); res.Code != http.StatusSeeOther || got != to {
		t.Errorf("%d to %q, not to %s:\n%s", res.Code, got, to, visible(res.Body.String()))
	}
}

// visible is a page without its head.
func visible(page string) string {
	_, body, _ := strings.Cut(page, "<body>")
	return fmt.Sprintf("%.3000s", body)
}

// A lockedLog is a log that several goroutines write to.
type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
