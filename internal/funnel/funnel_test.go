package funnel_test

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// reconcile compares what was counted with the accounts, and with the events.
func (w *world) reconcile() {
	w.Helper()
	w.count()
	r := w.db.Reader()
	totals, err := r.FunnelTotals(w.Context())
	if err != nil {
		w.Fatal(err)
	}
	replayed, days := w.replayed()
	if diff := cmp.Diff(replayed, totals); diff != "" {
		w.Errorf("the events say (-), and the counts say (+):\n%s", diff)
	}
	found, err := w.service().Check(w.Context())
	if err != nil || len(found.Differences) > 0 || found.Behind > 0 {
		w.Errorf("the accounts are elsewhere than was counted: %+v %v", found, err)
	}
	for day, want := range days {
		got := map[store.FunnelPlace]int64{}
		for _, entity := range []string{"NL", "DE", "US"} {
			until, err := r.FunnelBefore(w.Context(), day+"z", entity)
			if err != nil {
				w.Fatal(err)
			}
			for stage, n := range until {
				if n != 0 {
					got[store.FunnelPlace{Entity: entity, Stage: stage}] = n
				}
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			w.Errorf("at the end of %s the events say (-), and the counts say (+):\n%s", day, diff)
		}
	}
}

func TestCountsAgreeWithAccountsAndEventsToTheUnit(t *testing.T) {
	steps := 800
	if n, err := strconv.Atoi(os.Getenv("KEYFOLD_FUNNEL_STEPS")); err == nil {
		steps = n
	}
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := newWorld(t, db, clock)
		end := w.others(3)
		for i := range steps {
			w.any()
			if w.rand.IntN(4) == 0 {
				clock.Pass(time.Duration(w.rand.IntN(600)) * time.Minute)
			}
			if i%20 == 0 {
				storetest.Seal(t, db)
			}
		}
		end()
		w.reconcile()
	})
}

// others are replicas that count meanwhile, and are killed at any moment and
// started again.
func (w *world) others(n int) (end func()) {
	ctx, stop := context.WithCancel(w.Context())
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			for k := 0; ctx.Err() == nil; k++ {
				life, kill := context.WithTimeout(ctx, time.Duration(1+(k*7+i*3)%20)*time.Millisecond)
				for life.Err() == nil {
					counted, err := w.service().Count(life, 1+(k+i)%17)
					if err != nil && life.Err() == nil {
						w.Error(err)
					}
					if counted == 0 {
						break
					}
				}
				kill()
			}
		})
	}
	return func() { stop(); all.Wait() }
}

func TestEachStageIsCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := newWorld(t, db, clock)
		for range 8 { // the contact of some is missing
			w.enter("NL")
		}
		contact := func(d *keyfold.Details) { d.Contact = keyfold.Contact{Email: w.email("main@acme.example")} }
		for _, id := range w.ids {
			w.again(id, contact)
		}
		w.ask(w.ids[1])
		w.ask(w.ids[1]) // twice is once
		w.ask(w.ids[2])
		w.password(w.ids[2])
		w.password(w.ids[3]) // by the password of the old system: nobody asked
		w.pend(w.ids[3])
		w.ask(w.ids[4])
		w.password(w.ids[4])
		w.pend(w.ids[4])
		w.register(w.ids[4])
		w.link(w.ids[5])
		w.again(w.ids[6], func(d *keyfold.Details) { d.Closed = true })
		w.freeze(w.ids[7])
		w.ask(w.ids[4]) // has a login: that is no step of the ten
		w.count()
		totals, err := db.Reader().FunnelTotals(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := map[store.FunnelPlace]int64{}
		for stage, n := range map[funnel.Stage]int64{
			funnel.Legacy: 2, funnel.Asked: 1, funnel.PasswordSet: 1, funnel.EmailPending: 1, funnel.Registered: 1, funnel.Linked: 1, funnel.Closed: 1,
			funnel.Frozen: 1, funnel.NeedsCare: 1,
		} {
			want[store.FunnelPlace{Entity: "NL", Stage: string(stage)}] = n
		}
		if diff := cmp.Diff(want, totals); diff != "" {
			t.Error(diff)
		}
		starts, err := db.Reader().FunnelStarts(t.Context(), "2026-01-01", "2026-12-31", "")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(map[string]int64{"asked": 4, "password_set": 3, "email_pending": 2, "registered": 1}, starts); diff != "" {
			t.Error(diff)
		}
		w.reconcile()
	})
}

func TestWhatHappenedLaterDoesNotChangeWhereOneCame(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := newWorld(t, db, clock)
		id := w.enter("NL")
		w.again(id, func(d *keyfold.Details) { d.Contact = keyfold.Contact{Email: w.email("main@acme.example")} })
		w.ask(id)
		clock.Pass(24 * time.Hour)
		w.again(id, func(d *keyfold.Details) { d.Entity = "DE" })
		w.password(id)
		w.reconcile() // only now is any of it counted
		before, err := db.Reader().FunnelBefore(t.Context(), "2026-03-02", "NL")
		if err != nil || before["asked"] != 1 || before["legacy"] != 0 {
			t.Errorf("the day before: %v %v", before, err)
		}
	})
}

func TestADayIsOneOfTheOperator(t *testing.T) {
	zone := amsterdam(t)
	for at, want := range map[string]string{
		"2026-03-28T22:59:59Z": "2026-03-28",
		"2026-03-28T23:00:00Z": "2026-03-29", // 23 hours long
		"2026-03-29T21:59:59Z": "2026-03-29",
		"2026-03-29T22:00:00Z": "2026-03-30",
		"2026-10-24T22:00:00Z": "2026-10-25", // 25 hours long
		"2026-10-25T22:59:59Z": "2026-10-25",
		"2026-10-25T23:00:00Z": "2026-10-26",
	} {
		moment, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		if got := funnel.Day(moment, zone); got != want {
			t.Errorf("%s is on %s, want %s", at, got, want)
		}
	}
}

func TestCheckSeesWhatIsNotCountedYet(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := newWorld(t, db, clock)
		for range 50 {
			w.any()
		}
		w.count()
		for range 50 {
			w.any()
		}
		found, err := w.service().Check(t.Context())
		if err != nil || len(found.Differences) > 0 || found.Behind == 0 {
			t.Errorf("check: %+v %v", found, err)
		}
		storetest.Exec(t, db, `update funnel_days set delta = delta + 1 where stage = 'legacy' and entity = 'NL'`)
		found, err = w.service().Check(t.Context())
		if err != nil || len(found.Differences) != 1 || found.Differences[0].Entity != "NL" || found.Differences[0].Stage != funnel.Legacy {
			t.Errorf("one too many: %+v %v", found, err)
		}
	})
}

func TestCountingStopsWhenTheDatabaseDoes(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := newWorld(t, db, clock)
		w.enter("NL")
		storetest.Seal(t, db)
		ctx, stop := context.WithCancel(t.Context())
		stop()
		if n, err := w.service().Count(ctx, 10); n != 0 || !errors.Is(err, context.Canceled) {
			t.Errorf("count: %d %v", n, err)
		}
		w.reconcile()
	})
}
