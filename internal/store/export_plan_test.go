package store

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
)

// A planner asks the database how it would answer, and then to do so.
type planner struct {
	conn *sql.Conn
	how  string
	plan *strings.Builder
}

func (p planner) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	rows, err := p.conn.QueryContext(ctx, p.how+q, args...)
	if err != nil {
		return nil, err
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		line := make([]any, len(names))
		into := make([]any, len(names))
		for i := range line {
			into[i] = &line[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		fmt.Fprintln(p.plan, line[len(line)-1])
	}
	if err := rows.Err(); err != nil {
		return nil, err
	}
	return p.conn.QueryContext(ctx, q, args...) //nolint:sqlclosecheck // who asks closes them
}

func (p planner) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	return p.conn.QueryRowContext(ctx, q, args...)
}

// Plan is how the database answers what is asked, in its own words. PostgreSQL
// is kept from reading small tables whole, which it does for speed.
func Plan(ctx context.Context, db *DB, ask func(Reader) error) (string, error) {
	conn, err := db.read.Conn(ctx)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	p := planner{conn, "explain query plan ", &strings.Builder{}}
	if db.dialect == onPostgres {
		p.how = "explain "
		if _, err := conn.ExecContext(ctx, "set enable_seqscan = off"); err != nil {
			return "", err
		}
	}
	err = ask(Reader{q: p, now: db.now})
	return p.plan.String(), err
}

// LookedAt is how many events one page looks at.
const LookedAt = lookedAt
