package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrationLock is the advisory lock under which one replica at a time changes
// the schema on PostgreSQL. The number is arbitrary and must never change.
const migrationLock = 7_305_102_026

// SchemaVersion is the version of the schema that is there, and the one that
// this program brings.
type SchemaVersion struct{ There, Ours int64 }

// migrate brings the schema up to date, or only looks that it is.
func (db *DB) migrate(ctx context.Context, o Options) (err error) {
	if o.Existing {
		if err := db.begun(ctx); err != nil {
			return err
		}
	}
	unlock, err := db.lockSchema(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	provider, err := db.provider()
	if err != nil {
		return err
	}
	v, err := version(ctx, provider)
	switch {
	case err != nil:
		return err
	case v.There > v.Ours:
		return fmt.Errorf("the database has schema version %d and this program knows only up to %d: "+
			"it was written by a newer keyfold; start that version, or restore the backup from before the upgrade", v.There, v.Ours)
	case o.KeepSchema && v.There < v.Ours:
		return fmt.Errorf("the database has schema version %d and this program needs %d: "+
			"run keyfold migrate, or start without --no-migrate", v.There, v.Ours)
	case v.There == v.Ours || o.Existing:
		return nil
	}
	to := v.Ours
	if o.UpTo > 0 {
		to = o.UpTo
	}
	if _, err := provider.UpTo(ctx, to); err != nil {
		return fmt.Errorf("store: migrate: %w", err)
	}
	return nil
}

// Newest is the version of the schema that this program brings.
func Newest() int64 {
	var newest int64
	files, _ := fs.Glob(migrations, "migrations/sqlite/*.sql") // a good pattern
	for _, file := range files {
		var v int64
		_, _ = fmt.Sscanf(path.Base(file), "%d_", &v) // goose refuses another name
		newest = max(newest, v)
	}
	return newest
}

// Migrate brings the schema up to date.
func (db *DB) Migrate(ctx context.Context) error { return db.migrate(ctx, Options{}) }

// begun refuses a database that has never been ours. To ask for the version of
// its schema would write into it.
func (db *DB) begun(ctx context.Context) error {
	q := `select count(*) from sqlite_master where name = 'goose_db_version'`
	if db.dialect == onPostgres {
		q = `select count(*) from pg_tables where schemaname = current_schema() and tablename = 'goose_db_version'`
	}
	n, err := db.Reader().count(ctx, "look for the schema", q)
	if err == nil && n == 0 {
		return errors.New("there is a database, and nothing of Keyfold in it")
	}
	return err
}

// SchemaVersion tells which schema the database has.
func (db *DB) SchemaVersion(ctx context.Context) (SchemaVersion, error) {
	provider, err := db.provider()
	if err != nil {
		return SchemaVersion{}, err
	}
	return version(ctx, provider)
}

func version(ctx context.Context, p *goose.Provider) (v SchemaVersion, err error) {
	if v.There, err = p.GetDBVersion(ctx); err != nil {
		return v, fmt.Errorf("store: schema version: %w", err)
	}
	sources := p.ListSources()
	v.Ours = sources[len(sources)-1].Version
	return v, nil
}

func (db *DB) provider() (*goose.Provider, error) {
	dialect, folder := goose.DialectSQLite3, "migrations/sqlite"
	if db.dialect == onPostgres {
		dialect, folder = goose.DialectPostgres, "migrations/postgres"
	}
	files, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	p, err := goose.NewProvider(dialect, db.write, files)
	if err != nil {
		return nil, fmt.Errorf("store: migrations: %w", err)
	}
	return p, nil
}

// lockSchema waits until no other replica changes the schema. On SQLite the
// file has one writer at a time, and each migration is one transaction.
func (db *DB) lockSchema(ctx context.Context) (unlock func() error, err error) {
	if db.dialect != onPostgres {
		return func() error { return nil }, nil
	}
	conn, err := db.write.Conn(ctx)
	if err != nil {
		return nil, fmt.Errorf("store: connect: %w", err)
	}
	if _, err := conn.ExecContext(ctx, `select pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return nil, errors.Join(fmt.Errorf("store: lock the schema: %w", err), conn.Close())
	}
	return func() error { return release(context.WithoutCancel(ctx), conn) }, nil
}

func release(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `select pg_advisory_unlock($1)`, int64(migrationLock))
	return errors.Join(err, conn.Close())
}
