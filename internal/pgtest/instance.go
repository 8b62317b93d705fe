package pgtest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
)

// patience is how long one thing that is asked of a server may take.
const patience = time.Minute

// An Instance is a PostgreSQL server. Many tests may use one at the same time.
type Instance struct {
	base    url.URL  // of the database that the administrator works in
	cluster *cluster // nil when somebody else runs the server
	owned   bool     // by one test
	session int32    // part of the name of each database, and its lock

	templates sync.Map // name to func() (database string, err error)

	mu    sync.Mutex // guards what follows
	admin *pgx.Conn  // nil until it is needed
	last  int        // number of the last database
}

// connected uses a server that runs already.
func connected(raw string) (*Instance, error) {
	u, err := url.Parse(raw)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return nil, fmt.Errorf("pgtest: %s is not like postgres://user:password@host:5432/postgres", Variable)
	}
	i := &Instance{base: *u, session: rand.Int32()}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if err := i.sweep(ctx); err != nil {
		return nil, errors.Join(err, i.leave(ctx))
	}
	return i, nil
}

// URL is where the server itself is, with its database "postgres".
func (i *Instance) URL() string { return i.base.String() }

func (i *Instance) url(database string) string {
	u := i.base
	u.Path = "/" + database
	return u.String()
}

// exec asks something of the server as its administrator, one caller at a time.
func (i *Instance) exec(ctx context.Context, sql string, args ...any) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := i.enter(ctx); err != nil {
		return err
	}
	if _, err := i.admin.Exec(ctx, sql, args...); err != nil {
		return fmt.Errorf("pgtest: %s: %w", sql, err)
	}
	return nil
}

// The databases of a process carry the number of a lock that it holds while it
// lives. What carries a number that nobody holds is left over from one that was
// killed.
const (
	lockClass = 7_305
	prefix    = "pgtest_"
)

// enter connects the administrator. The caller holds mu.
func (i *Instance) enter(ctx context.Context) error {
	if i.admin != nil && !i.admin.IsClosed() {
		return nil
	}
	conn, err := pgx.Connect(ctx, i.base.String())
	if err != nil {
		return fmt.Errorf("pgtest: connect: %w", err)
	}
	if _, err := conn.Exec(ctx, `select pg_advisory_lock($1::int, $2::int)`, lockClass, i.session); err != nil {
		return errors.Join(fmt.Errorf("pgtest: lock: %w", err), conn.Close(ctx))
	}
	i.admin = conn
	return nil
}

// leave ends the connection of the administrator.
func (i *Instance) leave(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.admin == nil {
		return nil
	}
	err := i.admin.Close(ctx)
	i.admin = nil
	return err
}

// sweep drops the databases that killed processes have left on a server that
// outlives them.
func (i *Instance) sweep(ctx context.Context) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	if err := i.enter(ctx); err != nil {
		return err
	}
	rows, err := i.admin.Query(ctx, `select datname from pg_database where starts_with(datname, $1)`, prefix)
	if err != nil {
		return fmt.Errorf("pgtest: list databases: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("pgtest: list databases: %w", err)
	}
	for _, name := range names {
		if err := i.sweepOne(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

func (i *Instance) sweepOne(ctx context.Context, name string) error {
	number, _, _ := strings.Cut(strings.TrimPrefix(name, prefix), "_")
	session, err := strconv.ParseInt(number, 10, 32)
	if err != nil || int32(session) == i.session {
		return nil //nolint:nilerr // not a name of ours
	}
	var dead bool
	err = i.admin.QueryRow(ctx, `select pg_try_advisory_lock($1::int, $2::int)`, lockClass, session).Scan(&dead)
	if err != nil {
		return fmt.Errorf("pgtest: lock: %w", err)
	}
	if !dead {
		return nil
	}
	if _, err := i.admin.Exec(ctx, dropping(name)); err != nil {
		return fmt.Errorf("pgtest: drop what was left over: %w", err)
	}
	if _, err := i.admin.Exec(ctx, `select pg_advisory_unlock($1::int, $2::int)`, lockClass, session); err != nil {
		return fmt.Errorf("pgtest: unlock: %w", err)
	}
	return nil
}

// create makes a database that is a copy of another one.
func (i *Instance) create(ctx context.Context, template string) (string, error) {
	i.mu.Lock()
	i.last++
	name := fmt.Sprintf("%s%d_%d", prefix, i.session, i.last)
	i.mu.Unlock()
	return name, i.exec(ctx, "create database "+quoted(name)+" template "+quoted(template))
}

func (i *Instance) drop(ctx context.Context, name string) error { return i.exec(ctx, dropping(name)) }

func dropping(name string) string { return "drop database if exists " + quoted(name) + " with (force)" }

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }

// template is the name of the database to copy. Who comes while it is being
// made waits for it.
func (i *Instance) template(ctx context.Context, name string, migrate func(url string) error) (string, error) {
	// The template is for all tests, so it does not end with the first one.
	ctx = context.WithoutCancel(ctx)
	made, _ := i.templates.LoadOrStore(name, sync.OnceValues(func() (string, error) {
		database, err := i.create(ctx, "template1")
		if err != nil {
			return "", err
		}
		if err := migrate(i.url(database)); err != nil {
			return "", fmt.Errorf("pgtest: make the template %q: %w", name, err)
		}
		return database, i.seal(ctx, database)
	}))
	return made.(func() (string, error))()
}

// seal keeps everybody out of a template: one that is in use cannot be copied.
func (i *Instance) seal(ctx context.Context, database string) error {
	if err := i.exec(ctx, "alter database "+quoted(database)+" with allow_connections false"); err != nil {
		return err
	}
	return i.exec(ctx, `select pg_terminate_backend(pid, 10000) from pg_stat_activity where datname = $1`, database)
}
