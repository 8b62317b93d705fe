package portal_test

import (
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// tables are all that hold state.
func tables() []string {
	return []string{
		"meta", "users", "accounts", "memberships", "contacts", "invitations", "access_requests", "tokens", "grants", "sessions", "reset_requests", "link_requests", "outbox", "limits", "events",
		"api_keys",
		"help_votes", "help_misses", "care_requests",
		"staff", "staff_sessions", "staff_wishes", "cases", "case_notes", "approvals", "caller_pins", "reveals", "event_seals",
		"find_names", "find_words", "find_near", "find_postings",
		"funnel_days", "funnel_starts", "funnel_accounts",
	}
}

// dump is all that the database holds, in words, as a thief would have it.
func (w *world) dump(t *testing.T) string {
	t.Helper()
	driver, source := "pgx", w.dbURL
	if path, ok := strings.CutPrefix(w.dbURL, "sqlite://"); ok {
		driver, source = "sqlite", "file:"+path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	var out strings.Builder
	for _, table := range tables() {
		rows := dumpTable(t, db, table)
		fmt.Fprintf(&out, "%s: %d\n%s", table, len(rows), strings.Join(rows, ""))
	}
	return out.String()
}

func dumpTable(t *testing.T, db *sql.DB, table string) (all []string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), "select * from "+table)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := rows.Close(); err != nil {
			t.Error(err)
		}
	}()
	names, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		values := make([]any, len(names))
		into := make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintln(values...))
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return all
}
