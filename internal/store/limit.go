package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/limit"
)

// A Try is one more time that something is asked for. The tag says who asks,
// without naming anybody.
type Try struct {
	Rule limit.Rule
	Tag  string
}

func (t Try) name() string { return t.Rule.Name + ":" + t.Tag }

// Allow counts tries and refuses when one of them is too many. The count is one
// statement of its own, so that a thousand tries at once are a thousand, and
// those that are refused count too.
func (db *DB) Allow(ctx context.Context, tries ...Try) error {
	now := db.now()
	// All who count the same names lock them in the same order.
	tries = slices.SortedFunc(slices.Values(tries), func(a, b Try) int { return cmp.Compare(a.name(), b.name()) })
	var rows []string
	args := []any{ms(now)}
	for _, t := range tries {
		rows = append(rows, fmt.Sprintf("(cast($%d as text), cast($%d as bigint), 1)", len(args)+1, len(args)+2))
		args = append(args, t.name(), ms(now.Add(t.Rule.Window)))
	}
	counted, err := db.count(ctx, strings.Join(rows, ", "), args)
	if err != nil {
		return err
	}
	for _, t := range tries {
		c := counted[t.name()]
		if err := t.Rule.Check(c.tries, c.until, now); err != nil {
			return err
		}
	}
	return nil
}

type counted struct {
	tries int64
	until time.Time
}

func (db *DB) count(ctx context.Context, rows string, args []any) (_ map[string]counted, err error) {
	found := map[string]counted{}
	statement := strings.Replace(`
		insert into limits (name, until, tries) values (rows)
		on conflict (name) do update set
			tries = case when limits.until <= $1 then 1 else limits.tries + 1 end,
			until = case when limits.until <= $1 then excluded.until else limits.until end
		returning name, tries, until`, "(rows)", rows, 1) // placeholders only
	release, err := db.takePen(ctx)
	if err != nil {
		return nil, err
	}
	defer release()
	result, err := through(db.counts, db.counting).QueryContext(ctx, statement, args...)
	if err != nil {
		return nil, fmt.Errorf("store: count: %w", err)
	}
	defer func() { err = errors.Join(err, result.Close()) }()
	for result.Next() {
		var name string
		var c counted
		if err := result.Scan(&name, &c.tries, at(&c.until)); err != nil {
			return nil, fmt.Errorf("store: count: %w", err)
		}
		found[name] = c
	}
	if err := result.Err(); err != nil {
		return nil, fmt.Errorf("store: count: %w", err)
	}
	return found, nil
}

// LoginTry is who tries to log in, as the counters know them: tags, no names.
type LoginTry struct {
	Client string
	Name   string
	Device string // of a browser that has logged in with the name before; empty: another one
}

// AllowLogin counts a try to log in. A known browser is counted on its own, so
// that who guesses from elsewhere cannot keep it out.
func (db *DB) AllowLogin(ctx context.Context, r limit.Rules, t LoginTry) error {
	if t.Device != "" {
		return db.Allow(ctx, Try{r.LoginAddress, t.Client}, Try{r.LoginDevice, t.Device})
	}
	return db.Allow(ctx, Try{r.LoginAddress, t.Client}, Try{r.LoginName, t.Name}, Try{r.LoginNameDay, t.Name})
}

// ForgetLogin starts the counters of a name anew, as a success does.
func (tx *Tx) ForgetLogin(ctx context.Context, r limit.Rules, t LoginTry) error {
	names := []string{Try{r.LoginName, t.Name}.name(), Try{r.LoginNameDay, t.Name}.name()}
	if t.Device != "" {
		names = append(names, Try{r.LoginDevice, t.Device}.name())
	}
	return tx.forget(ctx, names...)
}

// ForgiveLogin takes back a try that was counted and came to nothing because of
// us.
func (tx *Tx) ForgiveLogin(ctx context.Context, r limit.Rules, t LoginTry) error {
	names := []string{Try{r.LoginName, t.Name}.name(), Try{r.LoginNameDay, t.Name}.name()}
	if t.Device != "" {
		names = []string{Try{r.LoginDevice, t.Device}.name()}
	}
	slices.Sort(names)
	for _, name := range names {
		if _, err := tx.exec(ctx, "forgive limit", `update limits set tries = tries - 1 where name = $1 and tries > 0`, name); err != nil {
			return err
		}
	}
	return nil
}

// Forget starts counters anew.
func (tx *Tx) Forget(ctx context.Context, tries ...Try) error {
	names := make([]string, 0, len(tries))
	for _, t := range tries {
		names = append(names, t.name())
	}
	return tx.forget(ctx, names...)
}

// forget locks the counters in the order in which all do who count them.
func (tx *Tx) forget(ctx context.Context, names ...string) error {
	slices.Sort(names)
	for _, name := range names {
		if _, err := tx.exec(ctx, "forget limit", `delete from limits where name = $1`, name); err != nil {
			return err
		}
	}
	return nil
}

// Hold lets one transaction at a time pass that holds the name: the others
// wait until it has ended.
func (tx *Tx) Hold(ctx context.Context, name string) error {
	_, err := tx.exec(ctx, "hold", `
		insert into limits (name, until, tries) values ($1, $2, 0)
		on conflict (name) do update set until = $2`, "hold:"+name, ms(tx.Now()))
	return err
}
