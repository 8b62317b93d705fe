package store

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// A Table is one of ours as it moves from one database to another: whole, as
// lines of text, in the order of its key.
type Table struct {
	Name    string
	Columns []Column // without those that the database computes
	key     []string
}

// A Column has a name and a kind. There are no more kinds than three.
type Column struct {
	Name string
	kind kind
}

type kind int

const (
	ofText kind = iota
	ofNumber
	ofTruth
)

// schema are our tables with their keys, each after those that it refers to. An
// account and the membership of its owner refer to each other, and the database
// looks at that when all is in.
func schema() []Table {
	return []Table{
		{Name: "meta", key: []string{"name"}},
		{Name: "users", key: []string{"id"}},
		{Name: "accounts", key: []string{"customer_id"}},
		{Name: "memberships", key: []string{"customer_id", "user_id"}},
		{Name: "contacts", key: []string{"id"}},
		{Name: "invitations", key: []string{"id"}},
		{Name: "access_requests", key: []string{"id"}},
		{Name: "api_keys", key: []string{"id"}},
		{Name: "tokens", key: []string{"id"}},
		{Name: "grants", key: []string{"token_id", "subject"}},
		{Name: "sessions", key: []string{"hash"}},
		{Name: "reset_requests", key: []string{"id"}},
		{Name: "link_requests", key: []string{"id"}},
		{Name: "outbox", key: []string{"id"}},
		{Name: "limits", key: []string{"name"}},
		{Name: "help_votes", key: []string{"day", "language", "slug"}},
		{Name: "help_misses", key: []string{"day", "language", "words"}},
		{Name: "care_requests", key: []string{"id"}},
		{Name: "staff", key: []string{"id"}},
		{Name: "staff_sessions", key: []string{"hash"}},
		{Name: "staff_wishes", key: []string{"id"}},
		{Name: "cases", key: []string{"id"}},
		{Name: "case_notes", key: []string{"id"}},
		{Name: "approvals", key: []string{"id"}},
		{Name: "caller_pins", key: []string{"user_id"}},
		{Name: "reveals", key: []string{"id"}},
		{Name: "find_names", key: []string{"id"}},
		{Name: "find_words", key: []string{"word"}},
		{Name: "find_near", key: []string{"near", "word"}},
		{Name: "find_postings", key: []string{"word", "name"}},
		{Name: "events", key: []string{"seq"}},
		{Name: "event_seals", key: []string{"number"}},
		{Name: "funnel_days", key: []string{"day", "entity", "stage"}},
		{Name: "funnel_starts", key: []string{"day", "entity", "stage"}},
		{Name: "funnel_accounts", key: []string{"customer_id"}},
	}
}

// A side is one database with a transaction on it, in which whole tables are
// read and written.
type side interface {
	// columns says what a table has; nothing when there is no such table.
	columns(ctx context.Context, table string) ([]Column, error)
	read(ctx context.Context, t Table, to io.Writer) error
	write(ctx context.Context, t Table, from io.Reader) (int64, error)
	has(ctx context.Context, t Table) (bool, error)
}

// tablesOf are those of our tables that a database has. One of an earlier
// schema has fewer.
func tablesOf(ctx context.Context, s side) (tables []Table, err error) {
	for _, t := range schema() {
		if t.Columns, err = s.columns(ctx, t.Name); err != nil {
			return nil, fmt.Errorf("store: columns of %s: %w", t.Name, err)
		}
		if len(t.Columns) > 0 {
			tables = append(tables, t)
		}
	}
	return tables, nil
}

// Names are the names of the columns.
func (t Table) Names() []string {
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	return names
}

func (t Table) list() string { return strings.Join(t.Names(), ", ") }

// Key is what tells a line of the table from its others.
func (t Table) Key(line []byte) string {
	fields := strings.Split(strings.TrimSuffix(string(line), "\n"), "\t")
	key := make([]string, 0, len(t.key))
	for _, name := range t.key {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
		if i >= 0 && i < len(fields) {
			key = append(key, fields[i])
		}
	}
	return strings.Join(key, " ")
}

// inOrder is the table with its columns in another order: that of where its
// lines come from. It refuses other columns than it has.
func (t Table) inOrder(names []string) (Table, error) {
	if len(names) != len(t.Columns) {
		return Table{}, fmt.Errorf("the table %s has %d columns here and %d there", t.Name, len(t.Columns), len(names))
	}
	columns := make([]Column, 0, len(names))
	for _, name := range names {
		i := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Name == name })
		if i < 0 || slices.Contains(columns, t.Columns[i]) {
			return Table{}, fmt.Errorf("the table %s has no column %q here", t.Name, name)
		}
		columns = append(columns, t.Columns[i])
	}
	t.Columns = columns
	return t, nil
}
