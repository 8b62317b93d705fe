package store

import (
	"context"
	"fmt"
	"time"

	"github.com/keyfold/keyfold/internal/limit"
)

// Count notes one more try under a name and says how many there were in the
// window that is running, and when it ends. The count is one statement of its
// own, so that a thousand tries at once are a thousand, and those that are
// refused count too.
func (db *DB) Count(ctx context.Context, name string, window time.Duration) (tries int64, until time.Time, err error) {
	now := db.now()
	err = db.write.QueryRowContext(ctx, `
		insert into limits (name, until, tries) values ($1, $2, 1)
		on conflict (name) do update set
			tries = case when limits.until <= $3 then 1 else limits.tries + 1 end,
			until = case when limits.until <= $3 then $2 else limits.until end
		returning tries, until`, name, ms(now.Add(window)), ms(now)).Scan(&tries, at(&until))
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("store: count: %w", err)
	}
	return tries, until, nil
}

// Allow counts a try and refuses the one that is too many. The tag says whose
// try it is, without naming anybody.
func (db *DB) Allow(ctx context.Context, r limit.Rule, tag string) error {
	tries, until, err := db.Count(ctx, r.Name+":"+tag, r.Window)
	if err != nil {
		return err
	}
	return r.Check(tries, until, db.now())
}

// Forget starts counts anew, as a success does.
func (tx *Tx) Forget(ctx context.Context, tag string, rules ...limit.Rule) error {
	for _, r := range rules {
		if _, err := tx.exec(ctx, "forget limit", `delete from limits where name = $1`, r.Name+":"+tag); err != nil {
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
