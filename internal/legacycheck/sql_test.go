package legacycheck_test

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/go-sql-driver/mysql"
	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/legacycheck"
	"github.com/keyfold/keyfold/internal/mariatest"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/pgtest"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// An engine is a database that an old system may have.
type engine struct {
	url    string // as the operator writes it
	mark   string
	driver string
	dsn    string // to fill it
}

// engines open those that there are, each for one test.
func engines() map[string]func(*testing.T) engine {
	all := map[string]func(*testing.T) engine{
		"sqlite": func(t *testing.T) engine {
			t.Helper()
			file := filepath.Join(t.TempDir(), "old system.db")
			return engine{"sqlite://" + file, "?", "sqlite", "file:" + (&url.URL{Path: file}).EscapedPath()}
		},
		"mariadb": func(t *testing.T) engine {
			t.Helper()
			d := mariatest.Open(t)
			return engine{d.URL("root", ""), "?", "mysql", "root@unix(" + d.Socket + ")/" + d.Name}
		},
	}
	if slices.Contains(storetest.Engines(), "postgres") {
		all["postgres"] = func(t *testing.T) engine {
			t.Helper()
			at := pgtest.Database(t)
			return engine{at, "$1", "pgx", at}
		}
	}
	return all
}

// fill makes the table of an old system.
func (e engine) fill(t *testing.T) {
	t.Helper()
	db, err := sql.Open(e.driver, e.dsn)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	for _, q := range []string{
		"create table clients (id varchar(40), pass varchar(2000), salt varchar(40), login varchar(40))",
		// The md5 of "sel" + pw.
		"insert into clients values ('NL111111', '" + saltedMD5 + "', 'sel', 'ann')",
		"insert into clients values ('NL222222', null, null, null)",
		"insert into clients values ('NL333333', 'no hash', '', '')",
		"insert into clients values ('NL444444', '" + saltedMD5 + "', 'sel', 'ann')",
		"insert into clients values ('NL444444', '" + saltedMD5 + "', 'sel', 'ann')",
		"insert into clients values ('NL555555', '" + saltedMD5 + "', '', '')",
		"insert into clients values ('NL666666', '" + strings.Repeat("x", 1500) + "', 'sel', '')",
	} {
		if _, err := db.ExecContext(t.Context(), q); err != nil {
			t.Fatal(err)
		}
	}
}

// database is the client of an engine.
func (e engine) database(t *testing.T, query string, recipe password.RecipeText) *legacycheck.Database {
	t.Helper()
	r, err := password.ParseRecipe(recipe)
	if err != nil {
		t.Fatal(err)
	}
	in, err := password.NewIntake(password.IntakeConfig{Recipe: r, Bare: true})
	if err != nil {
		t.Fatal(err)
	}
	gate, err := password.NewGate(password.GateConfig{Params: password.Params{MemoryKiB: 8, Time: 1, Parallelism: 1}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := legacycheck.NewDatabase(legacycheck.DatabaseConfig{
		URL: e.url, Query: strings.ReplaceAll(query, "MARK", e.mark), Intake: in, Gate: gate, Connect: 5 * time.Second, Answer: 5 * time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

const findClient = "select pass as password_hash, salt as SALT, login as username from clients where id = MARK"

var salted = password.RecipeText{Digest: "md5(salt + pw)"}

func TestTheHashInTheOldDatabaseDecides(t *testing.T) {
	for name, open := range engines() {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			e.fill(t)
			p := guard(t, e.database(t, findClient, salted))
			check := func(id, typed string, want keyfold.Verdict) {
				t.Helper()
				if got, err := p.Check(t.Context(), customer(t, id), typed); got != want || err != nil {
					t.Errorf("%s with %q: %q, %v, want %q; the log says\n%s", id, typed, got, err, want, p.log)
				}
			}
			check("NL111111", pw, keyfold.VerdictRight)
			check("nl-111 111", pw, keyfold.VerdictRight)
			check("NL111111", pw+" ", keyfold.VerdictWrong)
			check("NL111111", "", keyfold.VerdictWrong)
			check("NL999999", pw, keyfold.VerdictUnknown)
			check("NL222222", pw, keyfold.VerdictUnknown)
			p.stats("right 2, wrong 2, unknown 2")
			// Rows that cannot be used are no reason to stop asking.
			for range 3 {
				for _, id := range []string{"NL333333", "NL444444", "NL555555", "NL666666"} {
					check(id, pw, keyfold.VerdictUnknown)
				}
			}
			p.stats("right 2, wrong 2, unknown 2, row 12")
			check("NL111111", pw, keyfold.VerdictRight)
			for _, said := range []string{"more than one row", "not the form", "no salt"} {
				if !strings.Contains(p.log.String(), said) {
					t.Errorf("the log does not say %q:\n%s", said, p.log)
				}
			}
		})
	}
}

func TestAQueryThatCannotWorkIsDownAndSaysWhy(t *testing.T) {
	for name, open := range engines() {
		t.Run(name, func(t *testing.T) {
			e := open(t)
			e.fill(t)
			for query, said := range map[string]string{
				"select pass from clients where id = MARK":                              "column",
				"select salt from clients where id = MARK":                              "no column password_hash",
				"select pass as password_hash, 1 as extra from clients where id = MARK": "has a column",
				"select pass as password_hash from nowhere where id = MARK":             "the query failed",
				"selekt pass as password_hash from clients where id = MARK":             "the query failed",
				"update clients set pass = 'x' where id = MARK":                         "",
				"delete from clients where id = MARK":                                   "",
			} {
				p := guard(t, e.database(t, query, salted))
				if v, err := p.Check(t.Context(), customer(t, "NL111111"), pw); !keyfold.RefusedAs(err, "legacy.down") && v != keyfold.VerdictUnknown {
					t.Errorf("%s: %q, %v", query, v, err)
				}
				if !strings.Contains(p.log.String(), said) {
					t.Errorf("%s: the log does not say %q:\n%s", query, said, p.log)
				}
			}
			p := guard(t, e.database(t, findClient, salted))
			if v, err := p.Check(t.Context(), customer(t, "NL111111"), pw); v != keyfold.VerdictRight || err != nil {
				t.Errorf("after queries that write: %q, %v", v, err)
			}
		})
	}
}

func TestADatabaseThatIsAwayIsDown(t *testing.T) {
	for name, e := range map[string]engine{
		"sqlite":   {url: "sqlite://" + filepath.Join(t.TempDir(), "none.db"), mark: "?"},
		"postgres": {url: "postgres://ann:geheim@127.0.0.1:1/old", mark: "$1"},
		"mysql":    {url: "mysql://ann:geheim@127.0.0.1:1/old", mark: "?"},
	} {
		t.Run(name, func(t *testing.T) {
			p := guard(t, e.database(t, findClient, salted))
			p.refused("legacy.down")
		})
	}
}

func TestADatabaseThatIsSlowIsDown(t *testing.T) {
	for name, wait := range map[string]string{"postgres": "pg_sleep(20)::text", "mariadb": "sleep(20)"} {
		open, ok := engines()[name]
		if !ok {
			continue
		}
		t.Run(name, func(t *testing.T) {
			e := open(t)
			e.fill(t)
			query := fmt.Sprintf("select %s as password_hash from clients where id <> MARK", wait)
			p := guard(t, e.database(t, query, password.RecipeText{}), func(c *legacycheck.Config) { c.Answer = 200 * time.Millisecond })
			p.refused("legacy.down")
		})
	}
}

func TestWhatCanBeNoDatabaseIsRefused(t *testing.T) {
	for at, want := range map[string]string{
		"oracle://ann:geheim@db/old":           "none that we know",
		"nonsense":                             "none that we know",
		"postgres://ann:geheim@db:port/old":    "not a URL of PostgreSQL",
		"mysql://ann:geheim@db":                "not a URL of MySQL",
		"mysql:///old":                         "not a URL of MySQL",
		"mysql://ann:geheim@db/old?tls=custom": "not a URL of MySQL",
		"mysql://ann:ge%zzheim@db/old":         "not a URL of MySQL",
	} {
		query := "select 1 where x = ?"
		if strings.HasPrefix(at, "postgres") {
			query = "select 1 where x = $1"
		}
		_, err := legacycheck.NewDatabase(legacycheck.DatabaseConfig{URL: at, Query: query})
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "heim") {
			t.Errorf("%s: %v", at, err)
		}
	}
	for _, bad := range []struct{ scheme, query string }{
		{"postgres", "select a from b"}, {"mysql", "select a from b where c = $1"}, {"sqlite", "select ? from b where c = ?"},
	} {
		if err := legacycheck.CheckQuery(bad.scheme, bad.query); err == nil {
			t.Errorf("%s: %s was taken", bad.scheme, bad.query)
		}
	}
}

const saltedMD5 = "985f6364f0b84fb2ba3c41ad027f2a21"
