package storetest

import (
	"database/sql"
	"strings"
	"sync"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/keyfold/keyfold/internal/store"
)

// opened is where each database of a test is.
var opened sync.Map

// Exec goes behind the back of the store, to break what it could not break
// itself.
func Exec(tb testing.TB, db *store.DB, q string, args ...any) {
	tb.Helper()
	behind(tb, db, func(raw *sql.DB) error {
		_, err := raw.ExecContext(tb.Context(), q, args...)
		return err
	})
}

// TryExec is Exec for what the database itself has to refuse.
func TryExec(tb testing.TB, db *store.DB, q string, args ...any) (err error) {
	tb.Helper()
	behind(tb, db, func(raw *sql.DB) error {
		_, err = raw.ExecContext(tb.Context(), q, args...)
		return nil
	})
	return err
}

// Texts reads one column behind the back of the store, which has no question for
// all that a test wants to know.
func Texts(tb testing.TB, db *store.DB, q string, args ...any) (all []string) {
	tb.Helper()
	behind(tb, db, func(raw *sql.DB) error {
		rows, err := raw.QueryContext(tb.Context(), q, args...)
		if err != nil {
			return err
		}
		defer rows.Close() //nolint:errcheck // read to the end, or an error below
		for rows.Next() {
			var s string
			if err := rows.Scan(&s); err != nil {
				return err
			}
			all = append(all, s)
		}
		return rows.Err()
	})
	return all
}

func behind(tb testing.TB, db *store.DB, do func(*sql.DB) error) {
	tb.Helper()
	url, _ := opened.Load(db)
	driver, source := "pgx", url.(string) //nolint:forcetypeassert // [OpenURL] stores nothing else
	if path, ok := strings.CutPrefix(source, "sqlite://"); ok {
		driver, source = "sqlite", "file:"+path+"?_pragma=busy_timeout(5000)"
	}
	raw, err := sql.Open(driver, source)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() {
		if err := raw.Close(); err != nil {
			tb.Error(err)
		}
	}()
	if err := do(raw); err != nil {
		tb.Fatal(err)
	}
}
