package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// Bulk is Update for [Tx.Import], and for nothing whose result has to be on the
// disk at once: [DB.Settle] sees to that in the end. A power cut before takes
// whole transactions away, the last ones.
func (db *DB) Bulk(ctx context.Context, fn func(*Tx) error) (err error) {
	if db.dialect == onSQLite {
		return db.bulkSQLite(ctx, fn)
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store: connect: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return db.tryUpdate(ctx, conn, fn)
}

func (db *DB) bulkSQLite(ctx context.Context, fn func(*Tx) error) error {
	release, err := db.takePen(ctx)
	if err != nil {
		return err
	}
	began := db.now()
	if err = db.pace.relax(ctx, db.write); err == nil {
		err = db.transact(ctx, nil, fn)
	}
	db.pace.learn(began, db.now(), db.turn != nil && db.turn.crowded)
	due := db.pace.due()
	release()
	if err == nil && due {
		err = db.checkpoint(ctx)
	}
	return err
}

// BulkRows is how many rows go best into one transaction of [DB.Bulk]: enough
// that a commit costs little for each. SQLite has one writer, so there it is so
// few that nobody at the pages waits long.
func (db *DB) BulkRows() int {
	if db.dialect == onSQLite {
		return db.pace.size()
	}
	return 2000
}

// Settle has all that went in by [DB.Bulk] on the disk.
func (db *DB) Settle(ctx context.Context) error {
	if db.dialect != onSQLite {
		return nil
	}
	return db.checkpoint(ctx)
}

// checkpoint moves what was written to its place in the file, and waits for the
// disk. Others write meanwhile.
func (db *DB) checkpoint(ctx context.Context) error {
	if _, err := db.counts.ExecContext(ctx, "pragma wal_checkpoint(passive)"); err != nil {
		return fmt.Errorf("store: checkpoint: %w", err)
	}
	return nil
}

// A pace is how an import writes to SQLite. Who has the pen has the fields.
type pace struct {
	rows    atomic.Int64 // that take about as long as one may keep others waiting
	relaxed bool         // the connection does not wait for the disk, and leaves tidying to checkpoint
	since   int64        // rows since the last checkpoint
	crowded time.Time    // when others last wanted to write
}

const (
	fewestRows = 25
	firstRows  = 100
	mostRows   = 500

	// Others may wait so long for a transaction of an import.
	shortWait = 6 * time.Millisecond
	longWait  = 10 * time.Millisecond

	// checkpointRows fill a few MiB, about what SQLite would let come together.
	checkpointRows = 2000

	// aloneAfter is how long nobody else must have come for one to be alone.
	aloneAfter = 2 * time.Second
)

func (p *pace) size() int {
	if n := p.rows.Load(); n > 0 {
		return int(n)
	}
	return firstRows
}

// learn makes the next transaction shorter or longer.
func (p *pace) learn(began, now time.Time, crowded bool) {
	n := p.size()
	p.since += int64(n)
	if crowded {
		p.crowded = now
	}
	switch took, alone := now.Sub(began), now.Sub(p.crowded) > aloneAfter; {
	case took > longWait && !alone:
		n = max(fewestRows, n*3/4)
	case took < shortWait || alone:
		n = min(mostRows, n+n/4)
	}
	p.rows.Store(int64(n))
}

func (p *pace) due() bool {
	if p.since < checkpointRows {
		return false
	}
	p.since = 0
	return true
}

func (p *pace) relax(ctx context.Context, db *sql.DB) error {
	return p.set(ctx, db, true, "pragma synchronous = normal; pragma wal_autocheckpoint = 0; pragma cache_size = -16000")
}

// settle makes the connection what it is for everything else.
func (p *pace) settle(ctx context.Context, db *sql.DB) error {
	return p.set(ctx, db, false, "pragma synchronous = full; pragma wal_autocheckpoint = 1000; pragma cache_size = -2000")
}

func (p *pace) set(ctx context.Context, db *sql.DB, relaxed bool, how string) error {
	if p.relaxed == relaxed {
		return nil
	}
	if _, err := db.ExecContext(ctx, how); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	p.relaxed = relaxed
	return nil
}
