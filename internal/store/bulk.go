package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync/atomic"
	"time"
)

// Bulk is Update for [Tx.Import], for many transactions one after the other.
// Where others use the database, it rests after each for twice as long as that
// took: they are people who wait for a page.
func (db *DB) Bulk(ctx context.Context, fn func(*Tx) error) error {
	began := db.now()
	write := db.bulkPostgres
	if db.dialect == onSQLite {
		write = db.bulkSQLite
	}
	if err := write(ctx, fn); err != nil {
		return err
	}
	if !db.pace.alone(db.now()) {
		rest(ctx, 2*db.now().Sub(began))
	}
	return nil
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

func (db *DB) bulkPostgres(ctx context.Context, fn func(*Tx) error) (err error) {
	if db.pace.ask(db.now()) {
		others, err := db.Reader().count(ctx, "who else is there", `
			select count(*) from pg_stat_activity where datname = current_database() and backend_type = 'client backend'
				and application_name <> current_setting('application_name')`)
		if err != nil {
			return err
		}
		db.pace.saw(db.now(), others > 0)
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return fmt.Errorf("store: connect: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close()) }()
	return db.tryUpdate(ctx, conn, func(tx *Tx) error {
		// The disk need not be waited for each time: [DB.Firm] does that for all.
		if _, err := tx.exec(ctx, "do not wait for the disk", `set local synchronous_commit to off`); err != nil {
			return err
		}
		return fn(tx)
	})
}

// Firm waits until what [DB.Bulk] wrote before would survive a loss of power.
// What it wrote is there as soon as it has written it, and it survives in order,
// so an import that is begun anew after one goes on where the database is.
func (db *DB) Firm(ctx context.Context) error {
	return db.Update(ctx, func(tx *Tx) error { // one that writes something, and leaves nothing
		_, err := tx.exec(ctx, "firm", `insert into meta (name, value) values ('firm', '') on conflict (name) do nothing`)
		if err == nil {
			_, err = tx.exec(ctx, "firm", `delete from meta where name = 'firm'`)
		}
		return err
	})
}

func (db *DB) bulkSQLite(ctx context.Context, fn func(*Tx) error) error {
	release, err := db.takePen(ctx)
	if err != nil {
		return err
	}
	began := db.now()
	if err = db.pace.set(ctx, db.write, true); err == nil {
		err = db.transact(ctx, nil, fn)
	}
	db.pace.saw(db.now(), db.turn != nil && db.turn.crowded)
	db.pace.learn(began, db.now())
	due := db.pace.due(db.now())
	release()
	if err == nil && due {
		// What was written goes to its place in the file. Others write meanwhile.
		if _, err = db.counts.ExecContext(ctx, "pragma wal_checkpoint(passive)"); err != nil {
			err = fmt.Errorf("store: checkpoint: %w", err)
		}
	}
	return err
}

// BulkRows is how many rows go best into one transaction of [DB.Bulk]: enough
// that a commit costs little for each. SQLite has one writer, so there it is so
// few that nobody at the pages waits long.
func (db *DB) BulkRows() int {
	switch {
	case db.dialect == onSQLite:
		return db.pace.size()
	case db.pace.alone(db.now()):
		return copyRows
	}
	return copyRowsBeside
}

// OneWriter reports whether all who write wait for each other. Then one that
// waits for a core keeps all waiting.
func (db *DB) OneWriter() bool { return db.dialect == onSQLite }

// A pace is how an import writes. On SQLite, who has the pen has the fields; on
// PostgreSQL, they are for who imports.
type pace struct {
	rows    atomic.Int64 // that take about as long as one may keep others waiting
	others  atomic.Int64 // when others were seen last, in milliseconds
	asked   atomic.Int64 // when it was asked whether there are any
	bulk    bool         // the connection is set for this
	pending int          // rows since the last checkpoint
}

const (
	fewestRows = 25
	firstRows  = 100
	mostRows   = 2000

	// PostgreSQL works on so many without a pause.
	copyRows, copyRowsBeside = 2000, 250

	// Others may wait so long for a transaction of an import.
	shortWait = 4 * time.Millisecond
	longWait  = 7 * time.Millisecond

	// After so many rows, what was written goes to its place. Beside others it
	// goes before SQLite would do it in one of their transactions.
	checkpointRows, checkpointBeside = 8000, 250

	// aloneAfter is how long nobody else must have come for one to be alone.
	aloneAfter = 2 * time.Second
)

// ask reports whether it is time to ask whether there are others.
func (p *pace) ask(now time.Time) bool {
	if ms(now)-p.asked.Load() < aloneAfter.Milliseconds()/2 {
		return false
	}
	p.asked.Store(ms(now))
	return true
}

func (p *pace) saw(now time.Time, others bool) {
	if others {
		p.others.Store(ms(now))
	}
}

func (p *pace) alone(now time.Time) bool { return ms(now)-p.others.Load() > aloneAfter.Milliseconds() }

func (p *pace) size() int {
	if n := p.rows.Load(); n > 0 {
		return int(n)
	}
	return firstRows
}

// learn makes the next transaction shorter or longer.
func (p *pace) learn(began, now time.Time) {
	n := p.size()
	p.pending += n
	switch took, alone := now.Sub(began), p.alone(now); {
	case took > longWait && !alone:
		n = max(fewestRows, min(n*3/4, int(int64(n)*int64(longWait)/int64(took))))
	case took < shortWait || alone:
		n = min(mostRows, n+n/4)
	}
	p.rows.Store(int64(n))
}

func (p *pace) due(now time.Time) bool {
	if p.pending < checkpointBeside || p.pending < checkpointRows && p.alone(now) {
		return false
	}
	p.pending = 0
	return true
}

// set makes the connection that writes one for an import, with room for pages,
// and without tidying up while others wait or waiting for the disk; or one for
// everything else.
func (p *pace) set(ctx context.Context, db *sql.DB, bulk bool) error {
	if p.bulk == bulk {
		return nil
	}
	how := "pragma wal_autocheckpoint = 1000; pragma cache_size = -2000; pragma synchronous = full"
	if bulk {
		how = "pragma wal_autocheckpoint = 0; pragma cache_size = -16000; pragma synchronous = normal"
	}
	if _, err := db.ExecContext(ctx, how); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	p.bulk = bulk
	return nil
}
