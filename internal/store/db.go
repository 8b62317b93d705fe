package store

import (
	"context"
	"database/sql"
	"encoding"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/keyfold/keyfold"
)

// DB is the database. Use [Open].
type DB struct {
	read, write *sql.DB // SQLite: many readers, one writer. PostgreSQL: one pool twice.
	dialect     dialect
	now         func() time.Time
	counts      *sql.DB       // for limits: what is lost in a power cut may be lost
	pool        *pgxpool.Pool // under all three; nil on SQLite

	// On SQLite, what it has understood of our SQL; nil on PostgreSQL.
	reading, writing, counting *statements
	// On SQLite, who writes: there are two connections that may, and one that
	// finds the other at it would sleep for longer than that takes.
	pen  chan struct{}
	turn *turn
	pace pace // of [DB.Bulk]
}

// Reader answers questions. Surfaces get this one: it cannot change anything.
type Reader struct {
	q   querier
	now func() time.Time
}

// Tx is one transaction. All of it happens, or none, at one moment.
type Tx struct {
	Reader
	tx      within
	dialect dialect
	conn    *sql.Conn // of [DB.Bulk]
	stood   map[keyfold.CustomerID]stand
}

// Now is the moment of the transaction, the same for every row that it writes.
func (tx *Tx) Now() time.Time { return tx.now() }

// Now is the clock of the database.
func (r Reader) Now() time.Time { return r.now() }

type querier interface {
	QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row
}

// Close ends all connections.
func (db *DB) Close() error {
	if db.pool != nil {
		err := db.write.Close()
		db.pool.Close()
		return err
	}
	return errors.Join(db.reading.close(), db.writing.close(), db.counting.close(),
		db.counts.Close(), db.read.Close(), db.write.Close(), db.turn.close())
}

// Reader reads outside of any transaction.
func (db *DB) Reader() Reader { return Reader{q: through(db.read, db.reading), now: db.now} }

// through asks a database, by way of its statements where it has some.
func through(db *sql.DB, s *statements) querier {
	if s == nil {
		return db
	}
	return prepared{s}
}

// Ping says whether the database answers.
func (db *DB) Ping(ctx context.Context) error {
	if err := db.read.PingContext(ctx); err != nil {
		return fmt.Errorf("store: ping: %w", err)
	}
	return nil
}

// maxTries is how often a transaction is begun anew when the database ended it
// for the sake of another one.
const maxTries = 5

// Update runs fn in a transaction. fn may run more than once and must not
// touch anything but tx; what it wants done in the world (a mail) it enqueues.
func (db *DB) Update(ctx context.Context, fn func(*Tx) error) error {
	return db.tryUpdate(ctx, nil, fn)
}

func (db *DB) tryUpdate(ctx context.Context, conn *sql.Conn, fn func(*Tx) error) error {
	for try := 1; ; try++ {
		err := db.update(ctx, conn, fn)
		if err == nil || try == maxTries || !db.dialect.again(err) {
			return err
		}
	}
}

func (db *DB) update(ctx context.Context, conn *sql.Conn, fn func(*Tx) error) error {
	release, err := db.takePen(ctx)
	if err != nil {
		return err
	}
	defer release()
	if err := db.pace.set(ctx, db.write, false); err != nil {
		return err
	}
	return db.transact(ctx, conn, fn)
}

func (db *DB) transact(ctx context.Context, conn *sql.Conn, fn func(*Tx) error) error {
	if db.writing != nil {
		db.writing.prepare(ctx)
	}
	begin := db.write.BeginTx
	if conn != nil {
		begin = conn.BeginTx
	}
	sqlTx, err := begin(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer sqlTx.Rollback() //nolint:errcheck // no-op after Commit
	now := db.now().UTC().Truncate(time.Millisecond)
	in := within{sqlTx, db.writing}
	tx := &Tx{Reader: Reader{q: in, now: func() time.Time { return now }}, tx: in, dialect: db.dialect, conn: conn}
	if err := fn(tx); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	return nil
}

// takePen waits until nobody else writes, on SQLite: in this process, and as far
// as that can be seen, in others.
func (db *DB) takePen(ctx context.Context) (release func(), err error) {
	if db.pen == nil {
		return func() {}, nil
	}
	select {
	case db.pen <- struct{}{}:
		leave := db.turn.take(ctx)
		return func() { leave(); <-db.pen }, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("store: wait to write: %w", ctx.Err())
	}
}

// raw gives the connection of the transaction as the driver has it, for what
// database/sql cannot do.
func (tx *Tx) raw(do func(*pgx.Conn) error) error {
	if tx.conn == nil {
		return errors.New("store: not in a transaction for many rows")
	}
	return tx.conn.Raw(func(c any) error {
		conn, ok := c.(*stdlib.Conn)
		if !ok {
			return fmt.Errorf("store: a connection of another driver: %T", c)
		}
		return do(conn.Conn())
	})
}

func (tx *Tx) exec(ctx context.Context, what, q string, args ...any) (int64, error) {
	res, err := tx.tx.ExecContext(ctx, q, args...)
	if err != nil {
		return 0, fmt.Errorf("store: %s: %w", what, err)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return 0, fmt.Errorf("store: %s: %w", what, err)
	}
	return n, nil
}

// each calls scan for every row of a query.
func (r Reader) each(ctx context.Context, what string, scan func(row) error, q string, args ...any) (err error) {
	rows, err := r.q.QueryContext(ctx, q, args...)
	if err != nil {
		return fmt.Errorf("store: %s: %w", what, err)
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return fmt.Errorf("store: %s: %w", what, err)
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("store: %s: %w", what, err)
	}
	return nil
}

// count reads one number.
func (r Reader) count(ctx context.Context, what, q string, args ...any) (n int64, err error) {
	if err := r.q.QueryRowContext(ctx, q, args...).Scan(&n); err != nil {
		return 0, fmt.Errorf("store: %s: %w", what, err)
	}
	return n, nil
}

// numbered are placeholders: "$1, $2, $3".
func numbered(n int) string {
	all := make([]string, n)
	for i := range all {
		all[i] = "$" + strconv.Itoa(1+i)
	}
	return strings.Join(all, ", ")
}

type row interface{ Scan(dst ...any) error }

// missing turns "no row" into the refusal that a person can act on.
func missing(err error, text string) error {
	if errors.Is(err, sql.ErrNoRows) {
		return keyfold.Refuse(keyfold.NotFound, text)
	}
	return fmt.Errorf("store: %w", err)
}

// text scans a column through the domain's own parser, so that a row that
// breaks the rules is an error and not a value. NULL is the zero value.
func text(dst encoding.TextUnmarshaler) sql.Scanner { return textScanner{dst} }

type textScanner struct{ dst encoding.TextUnmarshaler }

func (t textScanner) Scan(v any) error {
	var stored []byte
	switch s := v.(type) {
	case string:
		stored = []byte(s)
	case []byte:
		stored = s
	case nil:
	default:
		return fmt.Errorf("want text, got %T", v)
	}
	if err := t.dst.UnmarshalText(stored); err != nil {
		// No refusal of what a person typed: they would be told that nothing is there.
		return errors.New("stored text: " + err.Error())
	}
	return nil
}

// orNull scans a text that may be NULL, which is the empty one.
func orNull[S ~string](dst *S) sql.Scanner { return nullScanner[S]{dst} }

type nullScanner[S ~string] struct{ dst *S }

func (n nullScanner[S]) Scan(v any) error {
	var s sql.NullString
	if err := s.Scan(v); err != nil {
		return err
	}
	*n.dst = S(s.String)
	return nil
}

// null is NULL for the empty text.
func null[S ~string](s S) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// at scans a moment; 0 and NULL are the zero time.
func at(dst *time.Time) sql.Scanner { return momentScanner{dst} }

type momentScanner struct{ dst *time.Time }

func (m momentScanner) Scan(v any) error {
	var n sql.NullInt64
	if err := n.Scan(v); err != nil {
		return err
	}
	*m.dst = time.Time{}
	if n.Int64 != 0 {
		*m.dst = time.UnixMilli(n.Int64).UTC()
	}
	return nil
}

// ms is a moment as it is stored: milliseconds, 0 for the zero time.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}
