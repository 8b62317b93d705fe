package desk_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

var visitor = keyfold.Act{By: "visitor", From: "192.0.2.1"}

const whole = "info@veldkamp.example" // the main contact of each account

// A world is a desk with somebody of each role, of whom jan is disabled.
type world struct {
	*desk.Service

	t     *testing.T
	clock *storetest.Clock
	sent  []keyfold.CustomerID // confirmations
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := &world{t: t, clock: clock}
		w.Service = &desk.Service{
			DB: db, Teller: notice.Teller{Key: token.NewKey("a-secret-of-the-tests-that-is-long-enough"), Dispute: time.Hour},
			Limits: limit.Make(limit.Default()),
			SendAgain: func(_ context.Context, _ keyfold.Act, id keyfold.CustomerID) error {
				w.sent = append(w.sent, id)
				return nil
			},
			Freeze: func(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account) error {
				change, err := a.Freeze(by)
				if err != nil {
					return err
				}
				return tx.Apply(ctx, change)
			},
		}
		for id, role := range map[string]keyfold.StaffRole{
			"femke": keyfold.Agent, "jan": keyfold.Agent, "ruth": keyfold.Supervisor, "otto": keyfold.Auditor, "ada": keyfold.Administrator,
		} {
			storetest.Exec(t, db, `insert into staff (id, email, email_key, name, language, role, password_hash, factor, factor_step, disabled, version, created_at, updated_at)
				values ('`+id+`', '`+id+`@care.example', '`+id+`@care.example', '`+id+`', 'en', '`+string(role)+`', 'hash', 'sealed', 0, `+map[bool]string{true: "true", false: "false"}[id == "jan"]+`, 1, 1, 1)`)
		}
		test(t, w)
	})
}

func who(id string) desk.Who {
	staff := keyfold.StaffID(id)
	return desk.Who{Act: keyfold.Act{By: staff.Actor(), From: "198.51.100.7"}, Staff: staff}
}

func (w *world) must(errs ...error) {
	w.t.Helper()
	if err := errors.Join(errs...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refused(err error, want string) {
	w.t.Helper()
	if !keyfold.RefusedAs(err, want) {
		w.t.Errorf("got %v, want %s", err, want)
	}
}

func (w *world) count(kind string) int {
	w.t.Helper()
	return len(storetest.Texts(w.t, w.DB, `select kind from events where kind = '`+kind+`'`))
}

func (w *world) account(id keyfold.CustomerID) keyfold.Account {
	w.t.Helper()
	a, err := w.DB.Reader().Account(w.t.Context(), id)
	w.must(err)
	return a
}

func (w *world) change(id keyfold.CustomerID, do func(keyfold.Account) (keyfold.Change, error)) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), id)
		if err != nil {
			return err
		}
		c, err := do(a)
		if err != nil {
			return err
		}
		return tx.Apply(w.t.Context(), c)
	}))
}

func (w *world) pending(id keyfold.CustomerID, to string) {
	w.t.Helper()
	w.change(id, func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(visitor, w.clock.Now(), "hash") })
	w.change(id, func(a keyfold.Account) (keyfold.Change, error) {
		return a.PendEmail(visitor, w.clock.Now(), mailbox(w.t, to))
	})
}

// registered makes the account that of a user, who is new.
func (w *world) registered(id keyfold.CustomerID, user keyfold.UserID) {
	w.t.Helper()
	to := string(user) + "@veldkamp.example"
	made := keyfold.NewUser(visitor, user, mailbox(w.t, to), "Sanne", keyfold.Dutch, "hash")
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(w.t.Context(), made) }))
	w.pending(id, to)
	w.change(id, func(a keyfold.Account) (keyfold.Change, error) { return a.Register(visitor, w.clock.Now(), user) })
}

// atOnce does something many times at the same time, and counts how often it was
// done; what is refused has to be so because it is too often.
func (w *world) atOnce(n int, do func() error) (done int) {
	w.t.Helper()
	var all sync.WaitGroup
	errs := make([]error, n)
	for i := range n {
		all.Go(func() { errs[i] = do() })
	}
	all.Wait()
	for _, err := range errs {
		switch {
		case err == nil:
			done++
		case !keyfold.RefusedAs(err, "desk.slow") && !keyfold.RefusedAs(err, "desk.slow_day"):
			w.t.Error(err)
		}
	}
	return done
}

// kept fails if a text is anywhere where what happened is kept.
func (w *world) kept(text string) {
	w.t.Helper()
	for _, q := range []string{
		`select kind || note || became || actor from events`, `select name from limits`, `select data || last_error from outbox`, `select reason from reveals`,
	} {
		for _, row := range storetest.Texts(w.t, w.DB, q) {
			if strings.Contains(row, text) {
				w.t.Errorf("%q is kept: %s", text, row)
			}
		}
	}
}
