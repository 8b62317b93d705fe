package source_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/keyfold/keyfold/internal/mariatest"
	"github.com/keyfold/keyfold/internal/pgtest"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// A legacy database is one of each kind that a query can be put to.
type legacy struct {
	url string
	db  *sql.DB
}

func (l legacy) do(t *testing.T, statements ...string) {
	t.Helper()
	for _, s := range statements {
		if _, err := l.db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

func eachLegacy(t *testing.T, test func(t *testing.T, l legacy)) {
	t.Run("sqlite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "old one.db")
		db, err := sql.Open("sqlite", path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		if _, err := db.ExecContext(t.Context(), "pragma user_version = 1"); err != nil {
			t.Fatal(err)
		}
		test(t, legacy{"sqlite://" + path, db})
	})
	t.Run("postgres", func(t *testing.T) {
		url := postgres(t)
		db, err := sql.Open("pgx", url)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = db.Close() })
		test(t, legacy{url, db})
	})
	t.Run("mysql", func(t *testing.T) {
		d := mariatest.Open(t)
		test(t, legacy{d.URL("root", ""), d.DB})
	})
}

// postgres is the URL of a new database, when tests run on PostgreSQL too.
func postgres(t *testing.T) string {
	t.Helper()
	if !slices.Contains(storetest.Engines(), "postgres") {
		t.Skip("tests run on SQLite only")
	}
	return pgtest.Database(t)
}

var _ = stdlib.GetDefaultDriver // registers the driver "pgx"

func database(t *testing.T, url string) source.Database {
	t.Helper()
	d, err := source.ParseDatabase(url)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// ask gives the rows of a query, and closes it.
func ask(t *testing.T, url, query string) (columns, rows []string, err error) {
	t.Helper()
	in, err := database(t, url).Query(t.Context(), query)
	if err != nil {
		return nil, nil, err
	}
	rows, err = read(in)
	if closed := in.Close(); closed != nil {
		t.Error(closed)
	}
	return in.Head().Columns, rows, err
}

func TestQueryGivesItsRowsAsText(t *testing.T) {
	eachLegacy(t, func(t *testing.T, l legacy) {
		l.do(
			t, "create table clients (id int primary key, name varchar(100), since date, rate decimal(10,2), open boolean)",
			"insert into clients values (3, 'Veldkamp \"Café\" 🐙', '2024-02-29', 1.50, true), (17, null, null, null, false)",
		)
		columns, rows, err := ask(t, l.url, "-- whoever is there\nselect id as customer_id, name, since, rate, open, '' as none from clients order by id;\n")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"customer_id", "name", "since", "rate", "open", "none"}, columns); diff != "" {
			t.Error(diff)
		}
		// What is a truth or a date is written as each server does.
		yes, no, day, rate := "true", "false", "2024-02-29T00:00:00Z", "1.50"
		switch {
		case strings.HasPrefix(l.url, "mysql"):
			yes, no, day = "1", "0", "2024-02-29"
		case strings.HasPrefix(l.url, "sqlite"):
			yes, no, rate = "1", "0", "1.5"
		}
		want := []string{"1: 3|Veldkamp \"Café\" 🐙|" + day + "|" + rate + "|" + yes + "|", "2: 17||||" + no + "|"}
		if diff := cmp.Diff(want, rows); diff != "" {
			t.Error(diff)
		}
	})
}

func TestQueryCannotChangeTheLegacyDatabase(t *testing.T) {
	eachLegacy(t, func(t *testing.T, l legacy) {
		l.do(t, "create table clients (id int primary key)", "insert into clients values (1)")
		for _, query := range []string{
			"insert into clients values (2)", "delete from clients", "drop table clients", "truncate table clients", "update clients set id = 3",
			"select 1; delete from clients", "select ';' as a; drop table clients; --", "with gone as (delete from clients returning id) select * from gone",
			"select id from clients into outfile '/tmp/keyfold-outfile'", "create table t (id int)", "", "-- nothing", "commit", "pragma query_only(0)", "set transaction read write",
		} {
			if strings.Contains(query, "outfile") && strings.HasPrefix(l.url, "mysql") {
				continue // the rights of the user say whether it may
			}
			_, rows, err := ask(t, l.url, query)
			if err == nil {
				t.Errorf("%q gives %q", query, rows)
			} else if _, is := errors.AsType[*source.Stop](err); !is {
				t.Errorf("%q: no stop: %v", query, err)
			}
		}
		var n int
		if err := l.db.QueryRowContext(t.Context(), "select count(*) from clients where id = 1").Scan(&n); err != nil || n != 1 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

// A SELECT may call what changes something. Only the transaction is in its way.
func TestFunctionOfTheLegacyDatabaseCannotChangeItEither(t *testing.T) {
	eachLegacy(t, func(t *testing.T, l legacy) {
		l.do(t, "create table clients (id int primary key)")
		switch {
		case strings.HasPrefix(l.url, "sqlite"):
			t.Skip("SQLite has no functions that change anything")
		case strings.HasPrefix(l.url, "mysql"):
			l.do(t, "create function gone() returns int modifies sql data begin insert into clients values (1); return 1; end")
		default:
			l.do(t, "create function gone() returns int language sql as 'insert into clients values (1) returning 1'")
		}
		var n int
		if err := l.db.QueryRowContext(t.Context(), "select gone()").Scan(&n); err != nil || n != 1 {
			t.Fatalf("the function does nothing: %v", err)
		}
		l.do(t, "delete from clients")
		if _, rows, err := ask(t, l.url, "select gone() as id"); err == nil {
			t.Errorf("got %q", rows)
		}
		if err := l.db.QueryRowContext(t.Context(), "select count(*) from clients").Scan(&n); err != nil || n != 0 {
			t.Errorf("%d rows, %v", n, err)
		}
	})
}

func TestQueryTellsWhatTheServerAnswers(t *testing.T) {
	eachLegacy(t, func(t *testing.T, l legacy) {
		_, _, err := ask(t, l.url, "select id from nowhere")
		if err == nil || !strings.HasPrefix(err.Error(), "the database refuses the query. It says: ") || !strings.Contains(err.Error(), "nowhere") {
			t.Error(err)
		}
		l.do(t, "create table clients (id int primary key, n int)", "insert into clients values (1, 1), (2, 2), (3, 0)")
		if strings.HasPrefix(l.url, "postgres") {
			_, rows, err := ask(t, l.url, "select id, 1/n as part from clients order by id")
			if stop, is := errors.AsType[*source.Stop](err); !is || stop.Error()[:len("row 3: the database breaks off. It says: ")] != "row 3: the database breaks off. It says: " || len(rows) != 2 {
				t.Errorf("%q, %v", rows, err)
			}
		}
	})
}

func TestRowThatCannotBeTrustedIsOneOfMany(t *testing.T) {
	eachLegacy(t, func(t *testing.T, l legacy) {
		long, bytes := "repeat('x', 70000)", "x'ff00'"
		switch {
		case strings.HasPrefix(l.url, "sqlite"):
			long = "printf('%.70000c', 'x')"
		case strings.HasPrefix(l.url, "postgres"):
			bytes = `'\xff00'::bytea`
		}
		_, rows, err := ask(t, l.url, "select 1 as id, 'a' as name union all select 2, "+long+" union all select 3, 'c'")
		want := []string{"1: 1|a", "2! the row has more than 64 KiB, which no customer needs.", "3: 3|c"}
		if diff := cmp.Diff(want, rows); diff != "" || err != nil {
			t.Error(err, diff)
		}
		_, rows, err = ask(t, l.url, "select 1 as id, "+bytes+" as hash")
		want = []string{`1! the column "hash" holds bytes that are no text. Have the query convert it.`}
		if diff := cmp.Diff(want, rows); diff != "" || err != nil {
			t.Error(err, diff)
		}
	})
}

func TestQueryEndsWhenItIsInterruptedOrLeft(t *testing.T) {
	eachLegacy(t, func(t *testing.T, l legacy) {
		l.do(t, "create table clients (id int primary key, name varchar(1000))")
		for i := range 20 {
			var rows []string
			for j := range 1000 {
				rows = append(rows, fmt.Sprintf("(%d, '%s')", i*1000+j, strings.Repeat("x", 900)))
			}
			l.do(t, "insert into clients values "+strings.Join(rows, ","))
		}
		const query = "select a.id, a.name from clients a, clients b" // 400 million rows
		in, err := database(t, l.url).Query(t.Context(), query)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := in.Next(); err != nil {
			t.Error(err)
		}
		begun := time.Now()
		if err := in.Close(); err != nil || time.Since(begun) > 20*time.Second {
			t.Errorf("left after %v: %v", time.Since(begun), err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		in, err = database(t, l.url).Query(ctx, query)
		if err != nil {
			t.Fatal(err)
		}
		for err == nil {
			cancel()
			_, err = in.Next()
		}
		if !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted: %v", err)
		}
		_ = in.Close()
	})
}

func TestDatabaseURLNeverShowsItsPassword(t *testing.T) {
	const password = "Ge-heim93!"
	for url, want := range map[string]string{
		"mysql://billing:" + password + "@db.example:3307/whmcs?tls=true":   "mysql://db.example:3307/whmcs",
		"postgres://billing:" + password + "@db.example/old?sslmode=prefer": "postgres://db.example/old",
		"postgres://db.example/old?password=" + password:                    "postgres://db.example/old",
		"sqlite:///var/lib/old.db":                                          "sqlite:///var/lib/old.db",
	} {
		d := database(t, url)
		if got := fmt.Sprintf("%s %v %+v %#v", d, d, d, d); got != strings.Join([]string{want, want, want, want}, " ") {
			t.Errorf("%s", got)
		}
	}
	for _, url := range []string{
		"mysql://billing:" + password + "/whmcs", "mysql://billing:" + password + "@db.example", "oracle://billing:" + password + "@db/x", password, "",
		"postgres://billing:" + password + "@db.example:no/old", "mysql://billing:" + password + "@db/x?allowAllFiles=" + password, "mysql://%zz:" + password + "@db/x",
		"postgres://billing:" + password + "@db/old?sslmode=" + password, "sqlite://", "sqlite://a.db?mode=rw",
	} {
		_, err := source.ParseDatabase(url)
		if err == nil || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", url, err)
		}
	}
}

func TestServerThatLetsNobodyInIsTold(t *testing.T) {
	const password = "Ge-heim93!"
	urls := map[string]string{
		"nobody listens": "postgres://billing:" + password + "@127.0.0.1:1/old",
		"nor here":       "mysql://billing:" + password + "@127.0.0.1:1/old",
	}
	t.Run("no such database", func(t *testing.T) {
		urls["no such database"] = strings.Replace(postgres(t), "/pgtest_", "/nowhere_", 1)
	})
	t.Run("wrong password", func(t *testing.T) {
		urls["wrong password"] = mariatest.Open(t).URL("billing", password)
	})
	for name, url := range urls {
		_, _, err := ask(t, url, "select 1 as a")
		if stop, is := errors.AsType[*source.Stop](err); !is || !strings.HasPrefix(stop.Reason, "the database lets nobody in. It says: ") || strings.Contains(err.Error(), password) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_, _, err := ask(t, "sqlite:///no/such.db", "select 1 as a")
	if _, is := errors.AsType[source.WrongURL](err); !is || err.Error() != `names the file "/no/such.db", which cannot be read: no such file or directory.` {
		t.Error(err)
	}
}
