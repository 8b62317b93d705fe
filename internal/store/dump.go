package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jackc/pgx/v5"
)

// A Dump reads whole tables, all as they were at one moment.
type Dump struct {
	Tables []Table
	Schema int64 // version
	side   side
}

// Dump lets fn read the database as it is now. Whoever writes meanwhile is not
// held up.
func (db *DB) Dump(ctx context.Context, fn func(*Dump) error) error {
	v, err := db.SchemaVersion(ctx)
	if err != nil {
		return err
	}
	return db.still(ctx, func(s side) error {
		tables, err := tablesOf(ctx, s)
		if err != nil {
			return err
		}
		return fn(&Dump{Tables: tables, Schema: v.There, side: s})
	})
}

// Read writes the lines of a table, in the order of its key.
func (d *Dump) Read(ctx context.Context, t Table, to io.Writer) error {
	if err := d.side.read(ctx, t, to); err != nil {
		return fmt.Errorf("store: read %s: %w", t.Name, err)
	}
	return nil
}

// still begins a transaction that reads, and sees nothing of what others write.
func (db *DB) still(ctx context.Context, fn func(side) error) error {
	if db.pool == nil {
		return db.Snapshot(ctx, func(r Reader) error { return fn(liteSide{r.q.(*sql.Tx)}) }) //nolint:forcetypeassert // Snapshot's own
	}
	tx, err := db.pool.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	err = fn(postgresSide{tx})
	return errors.Join(err, ended(tx.Rollback(context.WithoutCancel(ctx))))
}

// ended is the error of a rollback, unless there was nothing left to roll back.
func ended(err error) error {
	if errors.Is(err, pgx.ErrTxClosed) || errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// Snapshot lets fn ask many questions of the database as it is now.
func (db *DB) Snapshot(ctx context.Context, fn func(Reader) error) error {
	how := &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
	if db.dialect == onSQLite {
		how = nil // each transaction is one there
	}
	tx, err := db.read.BeginTx(ctx, how)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	now := db.now()
	r := Reader{q: tx, now: func() time.Time { return now }}
	_, err = r.count(ctx, "begin to read", `select count(*) from meta`) // the moment is that of the first question
	if err == nil {
		err = fn(r)
	}
	return errors.Join(err, ended(tx.Rollback()))
}
