package store

import (
	"errors"
	"io"
	"net"
	"slices"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// A dialect is what differs between the two databases. Keep it at five.
type dialect string

const (
	onSQLite   dialect = "sqlite3"
	onPostgres dialect = "postgres"
)

// lock ends a query whose row nobody else may change until the transaction
// ends. SQLite has one writer, so the row is locked already.
func (d dialect) lock() string {
	if d == onPostgres {
		return " for update"
	}
	return ""
}

// share is lock for a row that others may lock the same way.
func (d dialect) share() string {
	if d == onPostgres {
		return " for share"
	}
	return ""
}

// lockFree is lock for a queue: rows that another worker holds are passed over.
func (d dialect) lockFree() string {
	if d == onPostgres {
		return " for update skip locked"
	}
	return ""
}

// fresh goes before the arguments of a question to have it planned anew.
// PostgreSQL keeps a plan, and one that was made while a table was empty reads
// all of it when it has a million rows.
func (d dialect) fresh() []any {
	if d == onPostgres {
		return []any{pgx.QueryExecModeExec}
	}
	return nil
}

// again reports whether the database ended a transaction for reasons that are
// not its own, so that it may succeed when begun anew.
func (d dialect) again(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code == "40001" || pg.Code == "40P01"
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		return lite.Code()&0xff == sqlite3.SQLITE_BUSY
	}
	return false
}

// Unavailable reports whether err says that the database cannot work just now,
// rather than that we asked it something wrong.
func Unavailable(err error) bool {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		switch pg.Code[:2] {
		case "08", "53", "57", "58": // connection, resources, operator, system
			return true
		}
		return pg.Code == "25006" // read-only, as a standby is
	}
	if lite, ok := errors.AsType[*sqlite.Error](err); ok {
		switch lite.Code() & 0xff {
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY:
			return true
		}
		return false
	}
	_, refused := errors.AsType[*pgconn.ConnectError](err)
	return refused || pgconn.SafeToRetry(err) || brokeOff(err)
}

// brokeOff reports whether a connection to the database ended in the middle of
// a question, as all do when the database restarts.
func brokeOff(err error) bool {
	_, network := errors.AsType[*net.OpError](err)
	return network || slices.ContainsFunc([]error{errBadConn, net.ErrClosed, io.EOF, io.ErrUnexpectedEOF}, func(end error) bool {
		return errors.Is(err, end)
	})
}
