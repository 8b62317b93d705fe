package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite" // the driver "sqlite"
)

var errBadConn = driver.ErrBadConn

// Options are how a database is opened.
type Options struct {
	URL string // sqlite://PATH or postgres://…
	Now func() time.Time
	// KeepSchema leaves the schema as it is, and refuses one that is not ours.
	KeepSchema bool
	// Existing takes a database as it is, of whatever schema up to ours, and
	// makes none where there is none. With KeepSchema, only one with ours.
	Existing bool
	// UpTo brings the schema to an earlier version than ours; 0: to ours.
	UpTo int64
}

// Open connects and brings the schema up to date.
func Open(ctx context.Context, o Options) (*DB, error) {
	if path, lite := strings.CutPrefix(o.URL, "sqlite://"); o.Existing && lite {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("there is no database: %w", err)
		}
	}
	db, err := connect(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := db.migrate(ctx, o); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

func connect(ctx context.Context, o Options) (*DB, error) {
	scheme, rest, ok := strings.Cut(o.URL, "://")
	switch {
	case ok && scheme == "sqlite":
		return openSQLite(rest, o.Now)
	case ok && (scheme == "postgres" || scheme == "postgresql"):
		return openPostgres(ctx, o)
	}
	return nil, errors.New("store: the database URL starts with neither sqlite:// nor postgres://")
}

// openSQLite opens one connection that writes and a few that read. With
// synchronous=FULL, what was answered is on the disk. Each has a cache of its own,
// in KiB; the system has the rest of the file in its.
func openSQLite(path string, now func() time.Time) (*DB, error) {
	if path == "" {
		return nil, errors.New("store: sqlite:// names no file")
	}
	if err := private(path); err != nil {
		return nil, err
	}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() +
		"?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)"
	db := &DB{dialect: onSQLite, now: now, pen: make(chan struct{}, 1), turn: openTurn(path)}
	readers := max(4, 2*runtime.NumCPU())
	for _, pool := range []struct {
		to    **sql.DB
		how   string
		conns int
	}{
		{&db.write, "&_pragma=cache_size(-2000)&_pragma=synchronous(FULL)&_txlock=immediate", 1},
		{&db.counts, "&_pragma=cache_size(-500)&_pragma=synchronous(NORMAL)&_txlock=immediate", 1},
		{&db.read, "&_pragma=cache_size(-1000)&_pragma=query_only(1)", readers},
	} {
		opened, err := sql.Open("sqlite", dsn+pool.how)
		if err != nil { // only for a driver that is not there: nothing is open yet
			return nil, fmt.Errorf("store: open %s: %w", path, err)
		}
		opened.SetMaxOpenConns(pool.conns)
		opened.SetMaxIdleConns(pool.conns)
		*pool.to = opened
	}
	db.reading, db.writing, db.counting = newStatements(db.read), newStatements(db.write), newStatements(db.counts)
	return db, nil
}

// private makes sure that the file of a new database is for its owner only.
func private(path string) error {
	f, err := os.OpenFile(filepath.Clean(path), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("store: the database file cannot be opened for writing: %w", err)
	}
	return f.Close()
}

func openPostgres(ctx context.Context, o Options) (*DB, error) {
	cfg, err := pgxpool.ParseConfig(o.URL)
	if err != nil {
		return nil, errors.New("store: the postgres URL cannot be read; it looks like postgres://user:password@host:5432/name")
	}
	if !strings.Contains(o.URL, "pool_max_conns") {
		cfg.MaxConns = 20
	}
	// Each process has a name of its own, by which it knows its connections.
	params := cfg.ConnConfig.RuntimeParams
	params["application_name"] = cmp.Or(params["application_name"], "keyfold") + " " + uuid.NewString()[:8]
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("store: connect: %w", err)
	}
	db := stdlib.OpenDBFromPool(pool)
	// The pool below keeps connections; database/sql must not hold idle ones on
	// top of it, but may ask for as many as there are.
	db.SetMaxOpenConns(int(cfg.MaxConns))
	return &DB{read: db, write: db, counts: db, dialect: onPostgres, now: o.Now, pool: pool}, nil
}
