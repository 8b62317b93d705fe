package trail_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/trail"
)

func service(db *store.DB) *trail.Service {
	return &trail.Service{DB: db, Key: token.NewKey("a secret of the tests, which nobody knows")}
}

func record(t *testing.T, db *store.DB, note string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.Record(t.Context(), keyfold.Event{Act: keyfold.Act{By: "test", From: "192.0.2.7"}, Kind: "reset.asked", Note: note})
	})
	if err != nil {
		t.Error(err)
	}
}

func follow(t *testing.T, db *store.DB, name string, limit int) (notes []string) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		events, err := tx.Follow(t.Context(), name, limit)
		notes = nil
		for _, e := range events {
			notes = append(notes, e.Note)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return notes
}

// TestWhoeverFollowsSeesEachEventOnce has writers, sealers and followers beside each
// other, as several replicas are.
func TestWhoeverFollowsSeesEachEventOnce(t *testing.T) {
	const writers, each = 4, 60
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		var writing, reading sync.WaitGroup
		done := make(chan struct{})
		var mu sync.Mutex
		var seen []string
		for w := range writers {
			writing.Go(func() {
				for i := range each {
					record(t, db, fmt.Sprintf("%d/%d", w, i))
				}
			})
		}
		for range 2 {
			reading.Go(func() {
				for {
					over := false
					select {
					case <-done:
						over = true
					default:
					}
					if _, err := service(db).Seal(t.Context()); err != nil {
						t.Error(err)
					}
					for {
						notes := follow(t, db, "test", 7)
						mu.Lock()
						seen = append(seen, notes...)
						mu.Unlock()
						if len(notes) == 0 {
							break
						}
					}
					if over {
						return
					}
				}
			})
		}
		writing.Wait()
		close(done)
		reading.Wait()
		count := map[string]int{}
		for _, note := range seen {
			count[note]++
		}
		if len(seen) != writers*each || len(count) != writers*each {
			t.Errorf("%d events were followed, %d different ones, want %d", len(seen), len(count), writers*each)
		}
	})
}

// TestAnEventThatIsNotWrittenYetIsWaitedFor: on PostgreSQL an event may have its
// place before others and come after them. SQLite has one writer.
func TestAnEventThatIsNotWrittenYetIsWaitedFor(t *testing.T) {
	if !slices.Contains(storetest.Engines(), "postgres") {
		return
	}
	db, _ := storetest.Open(t, "postgres")
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		if err := tx.Record(t.Context(), keyfold.Event{Kind: "reset.asked", Note: "early"}); err != nil {
			return err
		}
		record(t, db, "late, and there first")
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		if n, err := service(db).Seal(ctx); n != 0 || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("sealed %d events while one is still written: %v", n, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := service(db).Seal(t.Context()); n != 2 || err != nil {
		t.Errorf("sealed %d: %v", n, err)
	}
	if notes := follow(t, db, "test", 10); len(notes) != 2 || notes[0] != "early" {
		t.Errorf("followed %q", notes)
	}
}
