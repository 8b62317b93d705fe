package cases_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/cases"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

var visitor = keyfold.Act{By: "visitor", From: "192.0.2.1"}

const mailbox = "info@veldkamp.example"

// A world is a queue with four of the staff: an agent and another one, a
// supervisor and an auditor.
type world struct {
	*cases.Service

	t     *testing.T
	clock *storetest.Clock
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := &world{t: t, clock: clock, Service: &cases.Service{DB: db}}
		for id, role := range map[string]keyfold.StaffRole{
			"femke": keyfold.Agent, "jan": keyfold.Agent, "ruth": keyfold.Supervisor, "otto": keyfold.Auditor, "ada": keyfold.Administrator,
		} {
			addStaff(t, db, id, role)
		}
		test(t, w)
	})
}

func addStaff(t *testing.T, db *store.DB, id string, role keyfold.StaffRole) {
	t.Helper()
	storetest.Exec(t, db, `insert into staff (id, email, email_key, name, language, role, password_hash, factor, factor_step, disabled, version, created_at, updated_at)
		values ('`+id+`', '`+id+`@care.example', '`+id+`@care.example', '`+id+`', 'en', '`+string(role)+`', 'hash', 'sealed', 0, false, 1, 1, 1)`)
}

func who(id string) cases.Who {
	staff := keyfold.StaffID(id)
	return cases.Who{Act: keyfold.Act{By: staff.Actor(), From: "198.51.100.7"}, Staff: staff}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refused(err error, want string) {
	w.t.Helper()
	if !keyfold.RefusedAs(err, want) {
		w.t.Errorf("got %v, want %s", err, want)
	}
}

func (w *world) email(s string) keyfold.Email {
	w.t.Helper()
	e, err := keyfold.ParseEmail(s)
	w.must(err)
	return e
}

// follow seals what has happened and catches up with it.
func (w *world) follow() {
	w.t.Helper()
	storetest.Seal(w.t, w.DB)
	for more := true; more; {
		var err error
		more, err = w.Follow(w.t.Context())
		w.must(err)
	}
	storetest.Seal(w.t, w.DB) // of what it did
}

func (w *world) change(id keyfold.CustomerID, do func(keyfold.Account, time.Time) (keyfold.Change, error)) {
	w.t.Helper()
	ctx := w.t.Context()
	w.must(w.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		c, err := do(a, tx.Now())
		if err != nil || c.IsZero() {
			return err
		}
		return tx.Apply(ctx, c)
	}))
}

func (w *world) record(e keyfold.Event) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error { return tx.Record(w.t.Context(), e) }))
}

func (w *world) user(id, email string) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		return tx.ApplyUser(w.t.Context(), keyfold.NewUser(visitor, keyfold.UserID(id), w.email(email), "", keyfold.English, "hash"))
	}))
}

// open are the reasons of the open cases of an account.
func (w *world) open(id keyfold.CustomerID) (reasons []keyfold.CaseReason) {
	w.t.Helper()
	all, err := w.DB.Reader().OpenCases(w.t.Context(), id)
	w.must(err)
	for _, c := range all {
		reasons = append(reasons, c.Reason)
	}
	slices.Sort(reasons)
	return reasons
}

func (w *world) wantOpen(id keyfold.CustomerID, want ...keyfold.CaseReason) {
	w.t.Helper()
	if got := w.open(id); !slices.Equal(got, want) {
		w.t.Errorf("open are %q, want %q", got, want)
	}
}

// the is the one open case of an account.
func (w *world) the(id keyfold.CustomerID) keyfold.Case {
	w.t.Helper()
	all, err := w.DB.Reader().OpenCases(w.t.Context(), id)
	w.must(err)
	if len(all) != 1 {
		w.t.Fatalf("%d open cases", len(all))
	}
	return all[0]
}

func (w *world) count(id keyfold.CustomerID, kind string) (n int) {
	w.t.Helper()
	past, err := w.DB.Reader().AccountEvents(w.t.Context(), id, 1000)
	w.must(err)
	for _, e := range past {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

func (w *world) account(id keyfold.CustomerID) keyfold.Account {
	w.t.Helper()
	a, err := w.DB.Reader().Account(w.t.Context(), id)
	w.must(err)
	return a
}

// race does it all at once.
func race(n int, do func(ctx context.Context) error) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = do(context.Background())
		})
	}
	close(start)
	group.Wait()
	return errs
}
