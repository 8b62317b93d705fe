package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

type importCustomersCmd struct {
	configFlags  `embed:""`
	sourceFlags  `embed:""`
	reportFlags  `embed:""`
	NoMigrate    bool         `help:"Leave the database schema as it is."`
	CloseMissing closeMissing `help:"Close the accounts that this source does not have any more: at the most a fifth of the open ones, or =NUMBER, or =all. Without it, none."`
	JSON         bool         `name:"json" help:"Give the result in JSON, on standard output. docs/import.md lists the fields."`
}

// closeMissing is a flag that may have a value: --close-missing=all.
type closeMissing struct{ missing *importer.Missing }

// IsBool lets the flag stand alone.
func (*closeMissing) IsBool() bool { return true }

// Decode reads the value, if there is one.
func (c *closeMissing) Decode(ctx *kong.DecodeContext) error {
	c.missing = &importer.Missing{}
	if ctx.Scan.Peek().Type != kong.FlagValueToken {
		return nil
	}
	text := fmt.Sprint(ctx.Scan.Pop().Value)
	if text == "all" {
		c.missing.All = true
		return nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return fmt.Errorf("%q is neither a number of accounts nor all", text)
	}
	c.missing.Most = n
	return nil
}

// Run brings the customers of a source in. What is wrong with a row goes to
// standard error when it is found, the summary to standard output.
func (c *importCustomersCmd) Run(ctx context.Context, env *environment) (err error) {
	need := needDatabase
	if c.DryRun {
		need = needNothing
	}
	cfg, err := env.load(need)
	if err != nil {
		return err
	}
	from, err := c.open(ctx, env) // before the database: a slip of the name makes none
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	report, err := c.begin(env, from)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, report.close()) }()
	intake, err := newIntake(from.recipe, cfg)
	if err != nil {
		return err
	}
	defer intake.Close()
	keepSmall(env.environ)
	s := &importer.Service{Entities: cfg.Entities, Intake: intake, Missing: c.CloseMissing.missing, Tally: report.tally}
	if c.DryRun {
		return c.look(ctx, env, s, from, report)
	}
	return c.bring(ctx, env, s, from, report, cfg)
}

// bring writes the customers of a source into the database.
func (c *importCustomersCmd) bring(ctx context.Context, env *environment, s *importer.Service, from *openSource, report *reporting, cfg *config) (err error) {
	db, err := openStore(ctx, cfg, c.NoMigrate, env.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if s.Key, err = secretOf(ctx, cfg, db); err != nil {
		return err
	}
	show := newProgress(env, from.part)
	s.DB, s.Watch = db, show.watch
	result, read := s.Customers(ctx, from, from.trail, show.complain)
	show.end()
	if err := c.tell(env, show.result(result, read)); err != nil {
		return err
	}
	return errors.Join(verdict(from.name, result, read), report.finish(ctx, result, read))
}

// newIntake takes hashes in, by the recipe if there is one.
func newIntake(recipe password.Recipe, c *config) (*password.Intake, error) {
	return password.NewIntake(password.IntakeConfig{
		Recipe: recipe, Peppers: c.Password.Peppers.byName, MemoryBudget: uint64(max(0, int64(c.Password.MemoryBudget))),
	})
}

// secretOf is the secret of the server, if it is at hand: an import can do
// without. It makes none, and takes none that another server was begun with.
func secretOf(ctx context.Context, c *config, db *store.DB) (*token.Key, error) {
	if c.Secret.IsZero() {
		if !c.DatabaseURL.SQLite() {
			return nil, nil
		}
		if _, err := os.Stat(c.secretPath()); err != nil {
			return nil, nil //nolint:nilerr // no server has been started here
		}
		if err := c.loadSecret(); err != nil {
			return nil, err
		}
	}
	key := token.NewKey(c.Secret.Reveal())
	begun, err := db.Reader().Meta(ctx, "secret")
	if err == nil && begun != "" && begun != key.Tag("fingerprint") {
		err = errOtherSecret
	}
	return &key, err
}

// importMemory is where an import begins to look for garbage more often.
const importMemory = 72 << 20

// keepSmall undoes roomForGarbage: an import makes much of it, beside a server
// that needs the memory. GOMEMLIMIT and GOGC, when the operator sets them, count
// instead.
func keepSmall(environ []string) {
	for _, v := range environ {
		if strings.HasPrefix(v, "GOMEMLIMIT=") || strings.HasPrefix(v, "GOGC=") {
			return
		}
	}
	debug.SetGCPercent(100)
	debug.SetMemoryLimit(importMemory)
}

// interruptible is r, but a read of it ends with ctx: a pipe or a terminal may
// have nothing to give for a long time. Call done when it is read no more.
func interruptible(ctx context.Context, r io.Reader) (in io.Reader, done func()) {
	out, into := io.Pipe()
	go func() {
		_, err := io.Copy(into, r)
		into.CloseWithError(err) // nil is the end of the file
	}()
	stop := context.AfterFunc(ctx, func() { into.CloseWithError(ctx.Err()) })
	return out, func() {
		stop()
		_ = out.Close() // never fails
	}
}
