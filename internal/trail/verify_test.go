package trail_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/trail"
)

const columns = "at, kind, customer_id, user_id, actor, origin, note, became"

// hole is a place that no event has.
const hole = 300

// fill writes events and seals, with stretches of many and of few.
func fill(t *testing.T, db *store.DB) {
	t.Helper()
	for _, n := range []int{1, 620, 7, 40} {
		storetest.Exec(t, db, fmt.Sprintf(`insert into events (%s)
			with recursive c(n) as (select 1 union all select n + 1 from c where n < %d)
			select 1000 + n, 'reset.asked', 'NL1', 'u' || n, 'visitor', '192.0.2.7', 'note ' || n, '' from c`, columns, n))
		storetest.Exec(t, db, "delete from events where seq = $1", hole) // as one that was rolled back leaves it
		if sealed, err := service(db).Seal(t.Context()); err != nil || sealed < n-1 {
			t.Fatalf("%d sealed: %v", sealed, err)
		}
	}
}

func verify(t *testing.T, db *store.DB, kept trail.Head) trail.Report {
	t.Helper()
	report, err := service(db).Verify(t.Context(), kept)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// An edit is one thing done to the trail behind our back.
type edit struct {
	what     string
	do, undo []string
	named    func(trail.Report) bool
}

// TestEachEditIsFoundAndNamed does hundreds of single things to the trail, one at a
// time, and undoes each.
func TestEachEditIsFoundAndNamed(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		fill(t, db)
		storetest.Exec(t, db, `create table kept_events as select * from events`)
		storetest.Exec(t, db, `create table kept_seals as select * from event_seals`)
		clean := verify(t, db, trail.Head{})
		if !clean.Whole() || clean.Events != 667 || clean.Seals != 5 || clean.Unsealed != 0 {
			t.Fatalf("a trail that nobody touched: %+v", clean)
		}
		overriding := ""
		if strings.HasSuffix(t.Name(), "postgres") {
			overriding = "overriding system value"
		}
		rng := rand.New(rand.NewPCG(4, 711))
		for range 240 {
			e := anyEdit(rng)
			for _, q := range e.do {
				storetest.Exec(t, db, strings.Replace(q, identity, overriding, 1))
			}
			if got := verify(t, db, clean.Head); got.Whole() || !e.named(got) {
				t.Errorf("%s: %+v", e.what, got.Faults)
			}
			for _, q := range e.undo {
				storetest.Exec(t, db, strings.Replace(q, identity, overriding, 1))
			}
			if got := verify(t, db, clean.Head); !got.Whole() {
				t.Fatalf("%s was undone: %+v", e.what, got.Faults)
			}
		}
	})
}

func names(event int, what string) func(trail.Report) bool {
	return func(r trail.Report) bool {
		return slices.ContainsFunc(r.Faults, func(f trail.Fault) bool {
			return (event == 0 || f.Event == int64(event)) && strings.Contains(f.What, what)
		})
	}
}

// restored puts an event back as it was.
func restored(seq int) []string {
	return []string{
		fmt.Sprintf("delete from events where seq = %d", seq),
		fmt.Sprintf("insert into events (seq, %s) "+identity+" select seq, %s from kept_events where seq = %d", columns, columns, seq),
	}
}

const identity = "/*identity*/"

func anyEdit(rng *rand.Rand) edit {
	seq := 1 + rng.IntN(667)
	if seq == hole || seq+1 == hole {
		seq -= 2
	}
	switch rng.IntN(9) {
	case 0, 1:
		column := strings.Split(columns, ", ")[rng.IntN(8)]
		value := "'other'"
		if column == "at" {
			value = "at + 1"
		}
		return edit{
			fmt.Sprintf("%s of %d", column, seq),
			[]string{fmt.Sprintf("update events set %s = %s where seq = %d", column, value, seq)},
			restored(seq), names(seq, "changed"),
		}
	case 2:
		return edit{fmt.Sprintf("%d deleted", seq), []string{fmt.Sprintf("delete from events where seq = %d", seq)}, restored(seq), names(0, "missing")}
	case 3:
		swap := "update events set (" + columns + ") = (select " + columns + " from kept_events where seq = %d) where seq = %d"
		return edit{
			fmt.Sprintf("%d and %d swapped", seq, seq+1),
			[]string{fmt.Sprintf(swap, seq, seq+1), fmt.Sprintf(swap, seq+1, seq)},
			slices.Concat(restored(seq), restored(seq+1)), func(r trail.Report) bool {
				return names(seq, "changed")(r) && names(seq+1, "changed")(r)
			},
		}
	case 4:
		return edit{
			fmt.Sprintf("the tail from %d", seq),
			[]string{fmt.Sprintf("delete from events where seq >= %d", seq)},
			[]string{fmt.Sprintf("insert into events (seq, %s) "+identity+" select seq, %s from kept_events where seq >= %d", columns, columns, seq)},
			names(0, "missing"),
		}
	case 5:
		return edit{
			"an event in a hole",
			[]string{fmt.Sprintf("insert into events (seq, %s) "+identity+" select %d, %s from kept_events where seq = %d", columns, hole, columns, seq)},
			[]string{fmt.Sprintf("delete from events where seq = %d", hole)},
			names(hole, "event 300 was added"),
		}
	case 6:
		return edit{
			"an event before all others",
			[]string{"insert into events (seq, " + columns + ") " + identity + " select 0, " + columns + " from kept_events where seq = 1"},
			[]string{"delete from events where seq = 0"},
			names(0, "event 0 was added"),
		}
	}
	return sealEdit(rng)
}

func sealEdit(rng *rand.Rand) edit {
	n := 1 + rng.IntN(5)
	back := []string{fmt.Sprintf("delete from event_seals where number = %d", n), fmt.Sprintf("insert into event_seals select * from kept_seals where number = %d", n)}
	column := []string{"", "last_seq", "events", "digests", "root", "hash", "sealed_at"}[rng.IntN(7)]
	if column == "" {
		named := names(0, fmt.Sprintf("seal %d is missing", n))
		if n == 5 {
			named = names(0, "the end is missing")
		}
		return edit{fmt.Sprintf("seal %d deleted", n), back[:1], back[1:], named}
	}
	value := column + " + 1"
	if column == "digests" || column == "root" || column == "hash" {
		value = "'0' || substr(" + column + ", 2)"
		if rng.IntN(2) == 0 {
			value = "''"
		}
	}
	return edit{
		fmt.Sprintf("%s of seal %d", column, n),
		[]string{fmt.Sprintf("update event_seals set %s = %s where number = %d", column, value, n)},
		back, names(0, fmt.Sprintf("seal %d ", n)),
	}
}

// TestUnsealedEventsAreCounted has events that no seal holds yet.
func TestUnsealedEventsAreCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		fill(t, db)
		record(t, db, "new")
		if r := verify(t, db, trail.Head{}); !r.Whole() || r.Unsealed != 1 || r.Head.Number != 5 {
			t.Errorf("%+v", r)
		}
		if r := verify(t, db, trail.Head{Number: 5, Hash: "another"}); r.Whole() {
			t.Error("another trail than the one that was kept is not told")
		}
	})
}
