package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/transfer"
)

type backupCmd struct {
	configFlags `embed:""`
	keyFlag     `embed:""`
	File        string `arg:"" help:"New file, best with an ending .kfb. It holds hashes of passwords: guard it as you guard the database. - is standard output."`
}

// Run writes all that is in the database into a file, while servers go on.
func (c *backupCmd) Run(ctx context.Context, env *environment) (err error) {
	cfg, err := env.load(needDatabase)
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, store.Options{URL: cfg.DatabaseURL.Reveal(), Now: env.now, Existing: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var t tally
	err = env.writeFile(c.File, c.Key, func(to io.Writer) error {
		return transfer.Backup(ctx, db, to, buildVersion(buildInfo()), t.tell(env))
	})
	if err != nil {
		return fmt.Errorf("no backup was made: %w", err)
	}
	return env.conclude(c.File, "The backup has %s. The secret of the server is not in it: keep that as well, in another place.\n", &t)
}

type restoreCmd struct {
	configFlags `embed:""`
	keyFlag     `embed:""`
	Verify      bool   `help:"Only look whether the backup is whole and makes sense. It is restored into a folder of its own, which needs room for it ($TMPDIR says where), and removed."`
	File        string `arg:"" help:"Backup that keyfold backup made, of either database. - is standard input."`
}

// Run fills an empty database from a backup, or tries whether it could.
func (c *restoreCmd) Run(ctx context.Context, env *environment) error {
	cfg, err := env.load(needDatabase)
	if err != nil {
		return err
	}
	in, done, err := env.readFile(c.File, c.Key)
	if err != nil {
		return err
	}
	defer done()
	readable, over := interruptible(ctx, in)
	defer over()
	f, err := transfer.Open(readable)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.Schema > store.Newest() {
		return fmt.Errorf("the backup was made by a newer keyfold (%s), and its schema %d is not known here. Restore it with that version", f.Program, f.Schema)
	}
	var t tally
	if c.Verify {
		if err := transfer.Verify(ctx, f, os.TempDir(), env.now, t.tell(env)); err != nil {
			return fmt.Errorf("the backup is not good: %w", err)
		}
		return env.conclude("", "The backup is whole, and what is in it makes sense: %s, as of %s.\n", &t, f.At)
	}
	return c.restore(ctx, env, cfg, f, &t)
}

func (c *restoreCmd) restore(ctx context.Context, env *environment, cfg *config, f *transfer.File, t *tally) (err error) {
	db, err := store.Open(ctx, store.Options{URL: cfg.DatabaseURL.Reveal(), Now: env.now, UpTo: f.Schema})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	if err := transfer.Restore(ctx, f, db, t.tell(env)); err != nil {
		return fmt.Errorf("nothing was restored: %w", err)
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	if err := transfer.Check(ctx, db); err != nil {
		env.complain("keyfold: note: " + err.Error()) // better than no database at all
	}
	hint, err := secretHint(ctx, db, cfg, cfg.DatabaseURL)
	if err != nil {
		return err
	}
	return env.conclude("", "All is as it was on %s: %s. Everybody logs in once more.\n%s", f.At, t, hint)
}

type copyCmd struct {
	configFlags `embed:""`
	From        string `placeholder:"URL" help:"Database to copy; without it, the one that is configured. Stop its servers first."`
	To          string `placeholder:"URL" required:"" help:"Empty database: sqlite://PATH or postgres://USER@HOST/NAME. PostgreSQL's password is best in ~/.pgpass, where nobody sees it."`
}

// Run moves a whole installation to another database.
func (c *copyCmd) Run(ctx context.Context, env *environment) (err error) {
	cfg, err := env.load(needDatabase)
	if err != nil {
		return err
	}
	source := cfg.DatabaseURL
	if c.From != "" {
		if source, err = parseDatabaseURL(c.From); err != nil {
			return fmt.Errorf("--from %w", err)
		}
	}
	target, err := parseDatabaseURL(c.To)
	if err != nil {
		return fmt.Errorf("--to %w", err)
	}
	from, err := store.Open(ctx, store.Options{URL: source.Reveal(), Now: env.now, Existing: true, KeepSchema: true})
	if err != nil {
		return fmt.Errorf("%s: %w", source, err)
	}
	defer func() { err = errors.Join(err, from.Close()) }()
	to, err := store.Open(ctx, store.Options{URL: target.Reveal(), Now: env.now})
	if err != nil {
		return fmt.Errorf("%s: %w", target, err)
	}
	defer func() { err = errors.Join(err, to.Close()) }()
	var t tally
	if err := transfer.Copy(ctx, from, to, t.tell(env)); err != nil {
		return fmt.Errorf("nothing was copied: %w", err)
	}
	hint, err := secretHint(ctx, to, cfg, source)
	if err != nil {
		return err
	}
	return env.conclude("", "Every row is there, and is the same: %s. Now set KEYFOLD_DATABASE_URL to the new database, and start the servers.\n%s", &t, hint)
}

// secretHint says which secret a database goes with: with another one, no server
// starts on it.
func secretHint(ctx context.Context, db *store.DB, cfg *config, old databaseURL) (string, error) {
	begun, err := db.Reader().Meta(ctx, "secret")
	if err != nil || begun == "" {
		return "", err
	}
	secret, where := cfg.Secret.Reveal(), "KEYFOLD_SECRET"
	if secret == "" && old.SQLite() {
		where = old.Path() + ".secret"
		text, _ := os.ReadFile(where) //nolint:gosec // G304: beside the operator's own database; what is not there fits nothing
		secret = strings.TrimRight(string(text), "\r\n")
	}
	switch {
	case secret != "" && token.NewKey(secret).Tag("fingerprint") == begun && where == "KEYFOLD_SECRET":
		return "The secret that is configured belongs to it.\n", nil
	case secret != "" && token.NewKey(secret).Tag("fingerprint") == begun:
		return fmt.Sprintf("The secret that belongs to it is in %s: take it along, as KEYFOLD_SECRET_FILE=%s.\n", where, filepath.Base(where)), nil
	}
	return "Give the servers the secret (KEYFOLD_SECRET) with which this database was begun. They do not start with another.\n", nil
}

// A tally is how many rows went over.
type tally struct{ accounts, users, others int64 }

// long is a table that takes a while.
const long = 100_000

// tell counts, and says when a long table is done.
func (t *tally) tell(env *environment) func(transfer.Count) {
	return func(c transfer.Count) {
		switch c.Table {
		case "accounts":
			t.accounts += c.Rows
		case "users":
			t.users += c.Rows
		default:
			t.others += c.Rows
		}
		if c.Rows >= long {
			env.complain(fmt.Sprintf("%s: %s", c.Table, count(int(c.Rows), "row", "rows")))
		}
	}
}

func (t *tally) String() string {
	return fmt.Sprintf("%s, %s and %s",
		count(int(t.accounts), "account", "accounts"), count(int(t.users), "user", "users"), count(int(t.others), "other row", "other rows"))
}

// conclude says what was done, not into the file if that is standard output.
func (e *environment) conclude(file, format string, args ...any) error {
	to := e.stdout
	if file == "-" {
		to = e.stderr
	}
	_, err := fmt.Fprintf(to, format, args...)
	return err
}
