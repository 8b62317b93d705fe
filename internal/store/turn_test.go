package store_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestNobodyWaitsLongBesideAnImport: two open databases are two processes as far
// as their locks go. One writes without a pause, and the other one gets its turn.
func TestNobodyWaitsLongBesideAnImport(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	busy, other := storetest.OpenURL(t, url, time.Now), storetest.OpenURL(t, url, time.Now)
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan struct{})
	var written atomic.Int64
	set := func(tx *store.Tx, name string) error {
		_, err := tx.SetMeta(t.Context(), name, "x")
		return err
	}
	began := make(chan struct{})
	go func() {
		defer close(ended)
		for ctx.Err() == nil {
			err := busy.Bulk(context.WithoutCancel(ctx), func(tx *store.Tx) error {
				if written.Add(1) == 1 {
					close(began)
				}
				time.Sleep(20 * time.Millisecond) // what it writes takes so long
				return set(tx, "import")
			})
			if err != nil {
				t.Error(err)
				return
			}
		}
	}()
	<-began
	const visits = 15
	first := written.Load()
	for range visits {
		if err := other.Update(t.Context(), func(tx *store.Tx) error { return set(tx, "visit") }); err != nil {
			t.Fatal(err)
		}
	}
	// In turns, each visit waits for one transaction, or for two where it came between.
	if between := written.Load() - first; between > 3*visits {
		t.Errorf("%d transactions of the import went before %d visits", between, visits)
	}
	stop()
	<-ended
}

// TestAClosedDatabaseIsWaitedForByNobody: a server that stops does not hang.
func TestAClosedDatabaseIsWaitedForByNobody(t *testing.T) {
	db, _ := storetest.Open(t, "sqlite")
	for range 2 {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}
	began := time.Now()
	if err := db.Update(t.Context(), func(*store.Tx) error { return nil }); err == nil {
		t.Error("a closed database is written")
	}
	if waited := time.Since(began); waited > time.Second {
		t.Errorf("waited %s", waited)
	}
}
