package trail_test

import (
	"errors"
	"strings"
	"sync"
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
		if n, err := s.Prune(t.Context(), trail.Pruning{Keep: day}); n != 0 || err != nil {
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
		if n, err := s.Prune(t.Context(), trail.Pruning{Keep: day}); n != 1 || err != nil {
			t.Fatalf("%d pruned while a follower has seen one: %v", n, err)
		}
		follow(t, db, "slow", 10_000)
		if n, err := s.Prune(t.Context(), trail.Pruning{Keep: day}); n != 666 || err != nil {
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

// TestWhatDoesNotFitIsKept: once the events are gone, nobody can find out what was
// done to them. The operator may say that they go all the same.
func TestWhatDoesNotFitIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		const day = 24 * time.Hour
		s := service(db)
		fill(t, db) // the seal of 510 is the third one
		storetest.Exec(t, db, "update events set note = 'x' where seq = 510")
		clock.Pass(2 * day)
		record(t, db, "young")
		if _, err := s.Seal(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n, err := s.Prune(t.Context(), trail.Pruning{Keep: day, Try: true}); n != 501 || !errors.As(err, &trail.WrongError{}) {
			t.Errorf("%d would go: %v", n, err)
		}
		if n := storetest.Texts(t, db, "select count(*) from events"); n[0] != "668" {
			t.Errorf("%s events are there after a try", n)
		}
		for range 2 {
			_, err := s.Prune(t.Context(), trail.Pruning{Keep: day})
			if wrong := (trail.WrongError{}); !errors.As(err, &wrong) || wrong.Seal != 3 {
				t.Errorf("seal 3 does not fit: %v", err)
			}
		}
		if r := verify(t, db, trail.Head{}); r.Wrong != 1 || r.Faults[0].Event != 510 || r.Pruned != 501 {
			t.Errorf("%+v", r)
		}
		storetest.Exec(t, db, "update event_seals set last_seq = 1000000 where number = 4") // to take all with it
		if n, err := s.Prune(t.Context(), trail.Pruning{Keep: day, Wrong: true}); n != 166 || err != nil {
			t.Errorf("%d went: %v", n, err)
		}
		if r := verify(t, db, trail.Head{}); r.Wrong != 1 || r.Faults[0].Seal != 4 || r.Events != 3 {
			t.Errorf("%+v", r)
		}
		notes := storetest.Texts(t, db, "select note from events where kind = 'trail.pruned' order by seq")
		if len(notes) != 2 || !strings.HasSuffix(notes[1], "; 2 seals did not fit") {
			t.Errorf("%q", notes)
		}
	})
}

// TestServersPruneBesideEachOther: each event goes once, and nobody calls that an
// error.
func TestServersPruneBesideEachOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		fill(t, db)
		for range 60 {
			record(t, db, "one more")
			if _, err := service(db).Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		clock.Pass(48 * time.Hour)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := service(db).Prune(t.Context(), trail.Pruning{Keep: 24 * time.Hour}); err != nil {
					t.Error(err)
				}
			})
		}
		all.Wait()
		if _, err := service(db).Prune(t.Context(), trail.Pruning{Keep: 24 * time.Hour}); err != nil {
			t.Error(err)
		}
		notes := storetest.Texts(t, db, "select count(*) from events where kind = 'trail.pruned'")
		if r := verify(t, db, trail.Head{}); !r.Whole() || r.Pruned != 667+59 || notes[0] != "4" {
			t.Errorf("%+v, %s times", r, notes[0])
		}
	})
}
