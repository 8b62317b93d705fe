package store

import (
	"context"
	"database/sql"
	"encoding"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/keyfold/keyfold"
)

// DB is the database. Use [Open].
type DB struct {
	read, write *sql.DB // SQLite: many readers, one writer. PostgreSQL: one pool twice.
	dialect     dialect
	now         func() time.Time
	session     *sql.Stmt     // the hottest question, prepared
	pool        *pgxpool.Pool // under read and write; nil on SQLite
	counts      *sql.DB       // for limits: what is lost in a power cut may be lost
}

// Reader answers questions. Surfaces get this one: it cannot change anything.
type Reader struct {
	q       querier
	now     func() time.Time
	session *sql.Stmt
}

// Tx is one transaction. All of it happens, or none, at one moment.
type Tx struct {
	Reader
	tx      *sql.Tx
	dialect dialect
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
	var stmt error
	if db.session != nil {
		stmt = db.session.Close()
	}
	if db.pool != nil {
		err := errors.Join(stmt, db.write.Close())
		db.pool.Close()
		return err
	}
	return errors.Join(stmt, db.counts.Close(), db.read.Close(), db.write.Close())
}

// Reader reads outside of any transaction.
func (db *DB) Reader() Reader { return Reader{q: db.read, now: db.now, session: db.session} }

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
	for try := 1; ; try++ {
		err := db.update(ctx, fn)
		if err == nil || try == maxTries || !db.dialect.again(err) {
			return err
		}
	}
}

func (db *DB) update(ctx context.Context, fn func(*Tx) error) error {
	sqlTx, err := db.write.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: begin: %w", err)
	}
	defer sqlTx.Rollback() //nolint:errcheck // no-op after Commit
	now := db.now().UTC().Truncate(time.Millisecond)
	tx := &Tx{Reader: Reader{q: sqlTx, now: func() time.Time { return now }}, tx: sqlTx, dialect: db.dialect}
	if err := fn(tx); err != nil {
		return err
	}
	if err := sqlTx.Commit(); err != nil {
		return fmt.Errorf("store: commit: %w", err)
	}
	return nil
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
	switch s := v.(type) {
	case string:
		return t.dst.UnmarshalText([]byte(s))
	case []byte:
		return t.dst.UnmarshalText(s)
	case nil:
		return t.dst.UnmarshalText(nil)
	default:
		return fmt.Errorf("want text, got %T", v)
	}
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
