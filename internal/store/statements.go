package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
)

// statements keeps what SQLite has understood of our SQL, which takes it longer
// than to do it. PostgreSQL's driver does the same by itself. There are as many
// as there are texts in this package, and no text is made of what somebody
// typed.
type statements struct {
	db *sql.DB

	mu     sync.Mutex
	ready  map[string]*sql.Stmt
	wanted []string // asked for inside a transaction, where they cannot be prepared
}

func newStatements(db *sql.DB) *statements {
	return &statements{db: db, ready: map[string]*sql.Stmt{}}
}

// get finds a statement, or prepares it.
func (s *statements) get(ctx context.Context, q string) (*sql.Stmt, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if stmt := s.ready[q]; stmt != nil {
		return stmt, nil
	}
	stmt, err := s.db.PrepareContext(ctx, q)
	if err == nil {
		s.ready[q] = stmt
	}
	return stmt, err
}

// find is get for inside a transaction on the only connection: a statement that
// is not there yet is nil, and will be there for the next one.
func (s *statements) find(q string) *sql.Stmt {
	s.mu.Lock()
	defer s.mu.Unlock()
	stmt := s.ready[q]
	if stmt == nil {
		s.wanted = append(s.wanted, q)
	}
	return stmt
}

// prepare brings in what transactions have asked for. What cannot be prepared
// fails where it is used.
func (s *statements) prepare(ctx context.Context) {
	s.mu.Lock()
	wanted := s.wanted
	s.wanted = nil
	s.mu.Unlock()
	for _, q := range wanted {
		if _, err := s.get(ctx, q); err != nil {
			return
		}
	}
}

func (s *statements) close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	var errs []error
	for _, stmt := range s.ready {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(errs...)
}

// prepared asks through prepared statements.
type prepared struct{ *statements }

func (p prepared) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	stmt, err := p.get(ctx, q)
	if err != nil {
		return nil, fmt.Errorf("store: prepare: %w", err)
	}
	return stmt.QueryContext(ctx, args...)
}

func (p prepared) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	stmt, err := p.get(ctx, q)
	if err != nil {
		return p.db.QueryRowContext(ctx, q, args...) // which says so
	}
	return stmt.QueryRowContext(ctx, args...)
}

// within asks inside of a transaction.
type within struct {
	*sql.Tx

	statements *statements // nil: the driver keeps its own
}

func (w within) stmt(ctx context.Context, q string) *sql.Stmt {
	if w.statements == nil {
		return nil
	}
	stmt := w.statements.find(q)
	if stmt == nil {
		return nil
	}
	return w.StmtContext(ctx, stmt)
}

func (w within) QueryContext(ctx context.Context, q string, args ...any) (*sql.Rows, error) {
	if stmt := w.stmt(ctx, q); stmt != nil {
		return stmt.QueryContext(ctx, args...)
	}
	return w.Tx.QueryContext(ctx, q, args...)
}

func (w within) QueryRowContext(ctx context.Context, q string, args ...any) *sql.Row {
	if stmt := w.stmt(ctx, q); stmt != nil {
		return stmt.QueryRowContext(ctx, args...)
	}
	return w.Tx.QueryRowContext(ctx, q, args...)
}

func (w within) ExecContext(ctx context.Context, q string, args ...any) (sql.Result, error) {
	if stmt := w.stmt(ctx, q); stmt != nil {
		return stmt.ExecContext(ctx, args...)
	}
	return w.Tx.ExecContext(ctx, q, args...)
}

// bulk is a statement for many rows. Call done after the last.
func (w within) bulk(ctx context.Context, q string) (stmt *sql.Stmt, done func(), err error) {
	if stmt = w.stmt(ctx, q); stmt == nil {
		stmt, err = w.PrepareContext(ctx, q)
	}
	return stmt, func() { _ = stmt.Close() }, err // what is read to its end closes without an error
}
