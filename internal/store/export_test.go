package store

import (
	"context"
	"maps"
	"slices"
	"strings"
)

// Exec runs SQL that the store itself would never run.
func Exec(ctx context.Context, db *DB, q string, args ...any) error {
	_, err := db.write.ExecContext(ctx, q, args...)
	return err
}

// Words reads one text.
func Words(ctx context.Context, db *DB, q string, args ...any) (s string, err error) {
	err = db.read.QueryRowContext(ctx, q, args...).Scan(&s)
	return s, err
}

// Columns lists "table.column" of all our tables.
func Columns(ctx context.Context, db *DB) (columns []string, err error) {
	q := `select table_name || '.' || column_name from information_schema.columns where table_schema = 'public'`
	if db.dialect == onSQLite {
		q = `select m.name || '.' || c.name from sqlite_master m, pragma_table_xinfo(m.name) c where m.type = 'table'`
	}
	err = db.Reader().each(ctx, "columns", func(row row) error {
		var c string
		err := row.Scan(&c)
		if !strings.HasPrefix(c, "goose_") && !strings.HasPrefix(c, "sqlite_") {
			columns = append(columns, c)
		}
		return err
	}, q)
	slices.Sort(columns)
	return columns, err
}

// Plans says for each question that was asked of a SQLite database so far how it
// finds its rows.
func Plans(ctx context.Context, db *DB) (map[string][]string, error) {
	plans := map[string][]string{}
	for _, q := range slices.Collect(maps.Keys(db.reading.ready)) {
		err := db.Reader().each(ctx, "plan", func(row row) error {
			var id, parent, unused int
			var detail string
			err := row.Scan(&id, &parent, &unused, &detail)
			plans[q] = append(plans[q], detail)
			return err
		}, "explain query plan "+q, make([]any, strings.Count(q, "$"))...)
		if err != nil {
			return nil, err
		}
	}
	return plans, nil
}
