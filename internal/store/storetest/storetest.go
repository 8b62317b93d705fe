// Package storetest opens databases for tests: each test runs on SQLite and on
// PostgreSQL, with its own database and its own clock.
package storetest

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/pgtest"
	"github.com/keyfold/keyfold/internal/store"
)

// A Clock stands still until it is moved.
type Clock struct {
	mu sync.Mutex
	t  time.Time
}

// NewClock starts at nine in the morning of 1 March 2026, UTC.
func NewClock() *Clock { return &Clock{t: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

// Now is the clock's time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

// Pass lets time go by.
func (c *Clock) Pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// Engines are the databases that tests run on. KEYFOLD_TEST_ENGINES=sqlite
// leaves PostgreSQL out, for a quick look while one works.
func Engines() []string {
	if os.Getenv("KEYFOLD_TEST_ENGINES") == "sqlite" {
		return []string{"sqlite"}
	}
	return []string{"sqlite", "postgres"}
}

// Each runs a test once on each database.
func Each(t *testing.T, test func(t *testing.T, db *store.DB, clock *Clock)) {
	t.Helper()
	for _, engine := range Engines() {
		t.Run(engine, func(t *testing.T) {
			db, clock := Open(t, engine)
			test(t, db, clock)
		})
	}
}

// Open gives a test its own empty database and its own clock.
func Open(tb testing.TB, engine string) (*store.DB, *Clock) {
	tb.Helper()
	clock := NewClock()
	return OpenURL(tb, URL(tb, engine), clock.Now), clock
}

// OpenURL opens a database that [URL] made, once more.
func OpenURL(tb testing.TB, url string, now func() time.Time) *store.DB {
	tb.Helper()
	db, err := store.Open(tb.Context(), store.Options{URL: url, Now: now})
	if err != nil {
		tb.Fatal(err)
	}
	opened.Store(db, url)
	tb.Cleanup(func() {
		opened.Delete(db)
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

// URL is where a new database is, with the schema in it.
func URL(tb testing.TB, engine string) string {
	tb.Helper()
	if engine == "sqlite" {
		return "sqlite://" + filepath.Join(tb.TempDir(), "test.db")
	}
	return pgtest.Template(tb, "keyfold", func(url string) error {
		db, err := store.Open(context.Background(), store.Options{URL: url, Now: time.Now})
		if err != nil {
			return err
		}
		return db.Close()
	})
}

// Entities are five made-up entities with the ID forms of the contract.
func Entities(tb testing.TB) keyfold.Entities {
	tb.Helper()
	var es keyfold.Entities
	for _, e := range []struct{ code, name, pattern, example string }{
		{"NL", "Polder Hosting Netherlands", `NL[0-9]{6,12}`, "NL123421341"},
		{"SG", "Polder Hosting Singapore", `SG[0-9]{6,12}`, "SG234124123"},
		{"US", "Polder Hosting United States", `US[0-9]{6,12}`, "US523453454"},
		{"DE", "Polder Hosting Germany", `DE[0-9]{6,12}`, "DE245344254"},
		{"CDN", "Polder CDN", `CDN[0-9]{6,14}`, "CDN1010101010"},
	} {
		re, err := keyfold.CompilePattern(e.pattern)
		if err != nil {
			tb.Fatal(err)
		}
		es = append(es, keyfold.Entity{Code: e.code, Name: e.name, Pattern: re, Example: e.example, Language: keyfold.English})
	}
	return es
}

// Import enters an account. Without a contact it has none.
func Import(tb testing.TB, db *store.DB, id, contact string) keyfold.CustomerID {
	tb.Helper()
	customer, err := keyfold.ParseCustomerID(id)
	var to keyfold.Email
	if contact != "" {
		var bad error
		to, bad = keyfold.ParseEmail(contact)
		err = errors.Join(err, bad)
	}
	entity, _ := Entities(tb).Of(customer)
	d := keyfold.Details{ID: customer, Entity: entity.Code, Name: "Veldkamp Media B.V.", Contact: keyfold.Contact{Name: "Sanne Veldkamp", Email: to}}
	err = errors.Join(err, db.Update(tb.Context(), func(tx *store.Tx) error {
		return tx.Apply(tb.Context(), keyfold.Import(keyfold.Act{By: "import:test"}, d))
	}))
	if err != nil {
		tb.Fatal(err)
	}
	return customer
}
