package store

import (
	"context"
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
