package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A liteSide is a transaction on SQLite.
type liteSide struct{ tx *sql.Tx }

func (s liteSide) columns(ctx context.Context, table string) (columns []Column, err error) {
	kinds := map[string]kind{"text": ofText, "bigint": ofNumber, "integer": ofNumber, "boolean": ofTruth}
	r := Reader{q: s.tx}
	err = r.each(ctx, "columns", func(row row) error {
		var c Column
		var typ string
		if err := row.Scan(&c.Name, &typ); err != nil {
			return err
		}
		k, known := kinds[strings.ToLower(typ)]
		if !known {
			return fmt.Errorf("%s is a %s, which is not copied yet", c.Name, typ)
		}
		c.kind = k
		columns = append(columns, c)
		return nil
	}, `select name, type from pragma_table_xinfo($1) where hidden = 0 order by cid`, table)
	return columns, err
}

func (s liteSide) has(ctx context.Context, t Table) (bool, error) {
	n, err := Reader{q: s.tx}.count(ctx, "look into "+t.Name, `select count(*) from (select 1 from `+t.Name+` limit 1) x`)
	return n > 0, err
}

func (s liteSide) read(ctx context.Context, t Table, to io.Writer) error {
	raw := make([]sql.RawBytes, len(t.Columns))
	into := make([]any, len(raw))
	for i := range raw {
		into[i] = &raw[i]
	}
	var line []byte
	return Reader{q: s.tx}.each(ctx, "read "+t.Name, func(row row) error {
		if err := row.Scan(into...); err != nil {
			return err
		}
		line = line[:0]
		for i, c := range t.Columns {
			if i > 0 {
				line = append(line, '\t')
			}
			line = appendField(line, raw[i], c.kind)
		}
		line = append(line, '\n')
		_, err := to.Write(line)
		return err
	}, `select `+t.list()+` from `+t.Name+` order by `+strings.Join(t.key, ", "))
}

func (s liteSide) write(ctx context.Context, t Table, from io.Reader) (n int64, err error) {
	insert, err := s.tx.PrepareContext(ctx, `insert into `+t.Name+` (`+t.list()+`) values (`+numbered(len(t.Columns))+`)`) //nolint:gosec // G202: names that the schema has
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, insert.Close()) }()
	values := make([]any, len(t.Columns))
	err = eachLine(from, func(line []byte) error {
		if err := t.values(values, line); err != nil {
			return fmt.Errorf("row %d: %w", n+1, err)
		}
		if _, err := insert.ExecContext(ctx, values...); err != nil {
			return fmt.Errorf("row %d: %w", n+1, err)
		}
		n++
		return nil
	})
	return n, err
}
