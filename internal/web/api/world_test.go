package api_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web/api"
)

const site = "https://my.polderhosting.example"

// A world is the API on a database, with two accounts that know nothing of each
// other.
type world struct {
	t       *testing.T
	db      *store.DB
	place   string // URL of the database
	clock   *storetest.Clock
	keys    *apikey.Service
	api     *api.API
	handler http.Handler
	log     *lockedLog

	ours, theirs keyfold.CustomerID
	seq          int
}

var test = keyfold.Act{By: "test", From: "192.0.2.7"}

func each(t *testing.T, do func(t *testing.T, w *world)) {
	t.Helper()
	onEach(t, func(t *testing.T, engine string) { do(t, newWorld(t, engine, wide())) })
}

func onEach(t *testing.T, do func(t *testing.T, engine string)) {
	t.Helper()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) { do(t, engine) })
	}
}

// wide are limits that no test reaches that is not about them.
func wide() limit.Config {
	c := limit.Default()
	c.RequestsAddress, c.KeyRequests = 1_000_000, 1_000_000
	return c
}

func newWorld(t *testing.T, engine string, limits limit.Config) *world {
	t.Helper()
	clock, place := storetest.NewClock(), storetest.URL(t, engine)
	db := storetest.OpenURL(t, place, clock.Now)
	w := &world{t: t, db: db, place: place, clock: clock, log: &lockedLog{}}
	texts, err := locale.Load()
	w.must(err)
	public, err := url.Parse(site)
	w.must(err)
	teller := notice.Teller{Key: token.NewKey("a-secret-of-the-tests-that-is-long-enough"), Dispute: 14 * 24 * time.Hour}
	w.keys = &apikey.Service{DB: db, Teller: teller, Limits: limit.Make(limits)}
	w.api = &api.API{
		Keys: w.keys, Read: db.Reader(), Texts: texts, Entities: storetest.Entities(t), PublicURL: public,
		Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})), Now: clock.Now,
	}
	w.handler, err = w.api.Handler()
	w.must(err)
	w.ours = w.register("NL123421341", "info@veldkamp.example", "sanne", "sanne@veldkamp.example", "Sanne Veldkamp")
	w.theirs = w.register("DE245344254", "buero@kuestenlicht.example", "joris", "joris@kuestenlicht.example", "Joris Bakker")
	return w
}

func (w *world) must(errs ...error) {
	w.t.Helper()
	if err := errors.Join(errs...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) user(id, email, name string) keyfold.User {
	w.t.Helper()
	address, err := keyfold.ParseEmail(email)
	w.must(err)
	c := keyfold.NewUser(test, keyfold.UserID(id), address, name, keyfold.English, "a-hash")
	w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(w.t.Context(), c) }))
	return c.User()
}

// register brings an account to its owner.
func (w *world) register(customer, contact, user, email, name string) keyfold.CustomerID {
	w.t.Helper()
	id := storetest.Import(w.t, w.db, customer, contact)
	owner := w.user(user, email, name)
	by := keyfold.Act{By: "user:" + user, From: "192.0.2.7"}
	for _, step := range []func(keyfold.Account) (keyfold.Change, error){
		func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(test, w.clock.Now(), "a-hash") },
		func(a keyfold.Account) (keyfold.Change, error) { return a.PendEmail(by, w.clock.Now(), owner.Email) },
		func(a keyfold.Account) (keyfold.Change, error) { return a.Register(by, w.clock.Now(), owner.ID) },
	} {
		w.change(id, step)
	}
	return id
}

func (w *world) change(id keyfold.CustomerID, step func(keyfold.Account) (keyfold.Change, error)) {
	w.t.Helper()
	ctx := w.t.Context()
	w.must(w.db.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		c, err := step(a)
		if err != nil {
			return err
		}
		return tx.Apply(ctx, c)
	}))
}

// admit gives a user access to an account.
func (w *world) admit(id keyfold.CustomerID, user keyfold.UserID, roles ...keyfold.Role) {
	w.t.Helper()
	ctx := w.t.Context()
	w.must(w.db.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		c, err := a.Admit(keyfold.Act{By: "user:" + string(a.Owner)}, keyfold.Member{User: user, Roles: keyfold.RolesOf(roles...)}, "invited")
		if err != nil {
			return err
		}
		return tx.ApplyMember(ctx, c)
	}))
}

// key makes a key of an account, by its owner. No scopes are all of them.
func (w *world) key(id keyfold.CustomerID, scopes ...keyfold.Scope) string {
	w.t.Helper()
	if len(scopes) == 0 {
		scopes = keyfold.AllScopes()
	}
	a, err := w.db.Reader().Account(w.t.Context(), id)
	w.must(err)
	secret, _, err := w.keys.Make(w.t.Context(), keyfold.Act{By: "user:" + string(a.Owner)}, a.Owner, id,
		apikey.Wish{Form: token.New(), Name: "Monitoring", Scopes: keyfold.ScopesOf(scopes...)})
	w.must(err)
	return secret.Reveal()
}

// ask sends one request with a key.
func (w *world) ask(method, target, key string, change ...func(*http.Request)) *httptest.ResponseRecorder {
	w.t.Helper()
	r := httptest.NewRequestWithContext(w.t.Context(), method, site+"/", nil)
	path, query, _ := bytes.Cut([]byte(target), []byte("?"))
	r.URL.Path, r.URL.RawQuery, r.RequestURI = string(path), string(query), target
	if key != "" {
		r.Header.Set("Authorization", "Bearer "+key)
	}
	for _, do := range change {
		do(r)
	}
	out := httptest.NewRecorder()
	w.handler.ServeHTTP(out, r)
	return out
}

func sending(name string, values ...string) func(*http.Request) {
	return func(r *http.Request) { r.Header[name] = values }
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
