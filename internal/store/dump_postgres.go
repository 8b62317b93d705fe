package store

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
)

// A postgresSide is a transaction on PostgreSQL, with its own connection: what
// database/sql has in between cannot copy.
type postgresSide struct{ tx pgx.Tx }

func (s postgresSide) columns(ctx context.Context, table string) ([]Column, error) {
	kinds := map[string]kind{"text": ofText, "bigint": ofNumber, "boolean": ofTruth}
	rows, err := s.tx.Query(ctx, `
		select column_name, data_type from information_schema.columns
		where table_schema = current_schema() and table_name = $1 and is_generated = 'NEVER' order by ordinal_position`, table)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (c Column, err error) {
		var typ string
		if err := row.Scan(&c.Name, &typ); err != nil {
			return c, err
		}
		k, known := kinds[typ]
		if !known {
			return c, fmt.Errorf("%s is a %s, which is not copied yet", c.Name, typ)
		}
		c.kind = k
		return c, nil
	})
}

func (s postgresSide) has(ctx context.Context, t Table) (there bool, err error) {
	err = s.tx.QueryRow(ctx, `select exists (select 1 from `+t.Name+`)`).Scan(&there)
	return there, err
}

// read orders texts by their bytes, as SQLite does: two databases give the same
// rows in the same order.
func (s postgresSide) read(ctx context.Context, t Table, to io.Writer) error {
	key := make([]string, len(t.key))
	for i, name := range t.key {
		key[i] = name
		for _, c := range t.Columns {
			if c.Name == name && c.kind == ofText {
				key[i] += ` collate "C"`
			}
		}
	}
	_, err := s.tx.Conn().PgConn().CopyTo(ctx, to,
		`copy (select `+t.list()+` from `+t.Name+` order by `+strings.Join(key, ", ")+`) to stdout`)
	return err
}

func (s postgresSide) write(ctx context.Context, t Table, from io.Reader) (int64, error) {
	done, err := s.tx.Conn().PgConn().CopyFrom(ctx, from, `copy `+t.Name+` (`+t.list()+`) from stdin`)
	return done.RowsAffected(), err
}
