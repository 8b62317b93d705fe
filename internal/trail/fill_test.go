package trail_test

import (
	"fmt"
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
	report, err := service(db).Verify(t.Context(), trail.Check{Kept: kept})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func names(event int, what string) func(trail.Report) bool {
	return func(r trail.Report) bool {
		return slices.ContainsFunc(r.Faults, func(f trail.Fault) bool {
			return (event == 0 || f.Event == int64(event)) && strings.Contains(f.What, what)
		})
	}
}
