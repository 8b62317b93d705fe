package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
)

// A Load fills an empty database in one transaction.
type Load struct {
	Dump // reads what is in by now
}

// Load lets fn fill the database, which has to be empty, and keeps all of it or
// nothing. Nobody else can write until the end.
func (db *DB) Load(ctx context.Context, fn func(*Load) error) error {
	v, err := db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	begin := db.loadLite
	if db.pool != nil {
		begin = db.loadPostgres
	}
	return begin(ctx, func(s side) error {
		tables, err := tablesOf(ctx, s)
		if err != nil {
			return err
		}
		l := &Load{Dump{Tables: tables, Schema: v.There, side: s}}
		if err := l.empty(ctx); err != nil {
			return err
		}
		return fn(l)
	})
}

// empty refuses a database in which there is something. What a server notes at
// its first start does not count, as it is replaced.
func (l *Load) empty(ctx context.Context) error {
	for _, t := range l.Tables {
		there, err := l.side.has(ctx, t)
		if err != nil {
			return fmt.Errorf("store: look into %s: %w", t.Name, err)
		}
		if there && t.Name != "meta" {
			return fmt.Errorf("the database is not empty: there are rows in the table %s. Nothing was changed. Name an empty one", t.Name)
		}
	}
	return l.Clear(ctx, "meta")
}

// Clear deletes the rows of a table.
func (l *Load) Clear(ctx context.Context, table string) error {
	if err := l.exec(ctx, `delete from `+table); err != nil {
		return fmt.Errorf("store: clear %s: %w", table, err)
	}
	return nil
}

func (l *Load) exec(ctx context.Context, q string) (err error) {
	switch s := l.side.(type) {
	case liteSide:
		_, err = s.tx.ExecContext(ctx, q)
	case postgresSide:
		_, err = s.tx.Exec(ctx, q)
	}
	return err
}

// Table is the table of that name, with its columns in that order.
func (l *Load) Table(name string, columns []string) (Table, error) {
	for _, t := range l.Tables {
		if t.Name == name {
			return t.inOrder(columns)
		}
	}
	return Table{}, fmt.Errorf("there is no table %q", name)
}

// Write puts lines into a table, and says how many.
func (l *Load) Write(ctx context.Context, t Table, from io.Reader) (int64, error) {
	n, err := l.side.write(ctx, t, from)
	if err != nil {
		return n, fmt.Errorf("store: write %s: %w", t.Name, err)
	}
	return n, nil
}

// loadLite takes the one connection that writes. What is loaded is in no order
// but that of the keys, so that it wants more of the file in memory.
func (db *DB) loadLite(ctx context.Context, fn func(side) error) (err error) {
	release, err := db.takePen(ctx)
	if err != nil {
		return err
	}
	defer release()
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store: connect: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	if _, err := conn.ExecContext(ctx, `pragma cache_size(-65536)`); err != nil {
		return fmt.Errorf("store: more memory: %w", err)
	}
	defer func() {
		_, less := conn.ExecContext(context.WithoutCancel(ctx), `pragma cache_size(-2000)`)
		err = errors.Join(err, less)
	}()
	tx, err := conn.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer tx.Rollback() //nolint:errcheck // no-op after Commit
	if err := fn(liteSide{tx}); err != nil {
		return err
	}
	return committed(tx.Commit())
}

// loadPostgres locks the tables, so that a server that runs on them waits.
func (db *DB) loadPostgres(ctx context.Context, fn func(side) error) (err error) {
	tx, err := db.pool.Begin(ctx)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer func() { err = errors.Join(err, ended(tx.Rollback(context.WithoutCancel(ctx)))) }()
	s := postgresSide{tx}
	tables, err := tablesOf(ctx, s)
	if err != nil {
		return err
	}
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.Name
	}
	if _, err := tx.Exec(ctx, `lock table `+strings.Join(names, ", ")+` in exclusive mode`); err != nil {
		return fmt.Errorf("store: lock: %w", err)
	}
	if err := fn(s); err != nil {
		return err
	}
	// The next event comes after those that are in; SQLite sees to that itself.
	_, err = tx.Exec(ctx, `select setval(pg_get_serial_sequence('events', 'seq'), coalesce(max(seq), 1), max(seq) is not null) from events`)
	if err != nil {
		return fmt.Errorf("store: number of the next event: %w", err)
	}
	if err := committed(tx.Commit(ctx)); err != nil {
		return err
	}
	if _, err := db.pool.Exec(ctx, `analyze`); err != nil { // or the first pages are slow
		return fmt.Errorf("store: analyze: %w", err)
	}
	return nil
}

func committed(err error) error {
	if err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	return nil
}
