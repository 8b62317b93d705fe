package trail_test

import (
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/trail"
)

// TestWhatHadItsTimeIsGoneAndStillProven prunes, covers, and tries what a thief
// would make of both.
func TestWhatHadItsTimeIsGoneAndStillProven(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		const day = 24 * time.Hour
		s := service(db)
		fill(t, db)
		if n, err := s.Prune(t.Context(), day); n != 0 || err != nil {
			t.Fatalf("%d young events pruned: %v", n, err)
		}
		if notes := follow(t, db, "slow", 1); len(notes) != 1 {
			t.Fatal(notes)
		}
		clock.Pass(2 * day)
		record(t, db, "young")
		if _, err := s.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Prune(t.Context(), day); n != 1 || err != nil {
			t.Fatalf("%d pruned while a follower has seen one: %v", n, err)
		}
		follow(t, db, "slow", 10_000)
		if n, err := s.Prune(t.Context(), day); n != 666 || err != nil {
			t.Fatalf("%d pruned: %v", n, err)
		}
		kept := verify(t, db, trail.Head{})
		if !kept.Whole() || kept.Pruned != 667 || kept.Events != 3 {
			t.Errorf("%+v", kept)
		}
		if _, err := s.CoverOrigins(t.Context(), day); err != nil {
			t.Fatal(err)
		}
		if got := storetest.Texts(t, db, "select origin from events where note = 'young'"); got[0] != "192.0.2.7" {
			t.Errorf("a young origin is %q", got)
		}
		clock.Pass(2 * day)
		if _, err := s.CoverOrigins(t.Context(), day); err != nil {
			t.Fatal(err)
		}
		if got := storetest.Texts(t, db, "select origin from events where note = 'young'"); !strings.HasPrefix(got[0], "~") {
			t.Errorf("an old origin is %q", got)
		}
		if r := verify(t, db, kept.Head); !r.Whole() {
			t.Errorf("%+v", r)
		}
		storetest.Exec(t, db, "update event_seals set digests = '' where number = 2")
		if r := verify(t, db, kept.Head); r.Whole() {
			t.Error("a seal without events can be changed")
		}
	})
}

// TestNobodyElseSaysThatTheirTimeWasOver deletes events and says so without the
// secret.
func TestNobodyElseSaysThatTheirTimeWasOver(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		fill(t, db)
		storetest.Exec(t, db, "delete from events where seq < 500")
		storetest.Exec(t, db, "insert into meta (name, value) select 'trail pruned', number || ':' || hash || ' 00' from event_seals where number = 2")
		if r := verify(t, db, trail.Head{}); r.Whole() || !names(0, "missing")(r) || !names(0, "the note")(r) {
			t.Errorf("%+v", r)
		}
	})
}
