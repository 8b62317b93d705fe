package walk_test

import (
	"bytes"
	"strings"
	"sync"
	"testing"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/transfer"
)

// TestAWalkGoesOnElsewhere takes backups while everything happens, each of which
// has to hold together, and walks on with a copy in another database.
func TestAWalkGoesOnElsewhere(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			all := tally{done: map[string]int{}, refused: map[string]int{}}
			w := newWorld(t, engine, 77)
			stop, files := make(chan struct{}), &files{}
			var keeper sync.WaitGroup
			keeper.Go(func() { files.keep(t, w.db, stop) })
			walk(w, 2000, &all)
			close(stop)
			keeper.Wait()
			files.verify(t, w)
			w.moveTo(map[string]string{"sqlite": "postgres", "postgres": "sqlite"}[engine])
			walk(w, 1000, &all)
		})
	}
}

// files are backups that were made one after the other.
type files struct{ all [][]byte }

func (f *files) keep(t *testing.T, db *store.DB, stop <-chan struct{}) {
	for {
		var out bytes.Buffer
		if err := transfer.Backup(t.Context(), db, &out, "test", func(transfer.Count) {}); err != nil {
			t.Error(err)
		}
		f.all = append(f.all, out.Bytes())
		select {
		case <-stop:
			return
		default:
		}
	}
}

// verify tries ten of them, the last among them.
func (f *files) verify(t *testing.T, w *world) {
	if len(f.all) < 3 {
		t.Errorf("only %d backups were made", len(f.all))
	}
	for i := len(f.all) - 1; i >= 0; i -= 1 + len(f.all)/10 {
		file, err := transfer.Open(bytes.NewReader(f.all[i]))
		if err == nil {
			err = transfer.Verify(t.Context(), file, t.TempDir(), w.clock.Now, func(transfer.Count) {})
			file.Close()
		}
		if err != nil {
			t.Errorf("backup %d of %d: %v", i+1, len(f.all), err)
		}
	}
}

// moveTo copies the world to another database, and lives there.
func (w *world) moveTo(engine string) {
	if !strings.Contains(strings.Join(storetest.Engines(), " "), engine) {
		engine = "sqlite"
	}
	url := storetest.URL(w.t, engine)
	to := storetest.OpenURL(w.t, url, w.clock.Now)
	w.must(transfer.Copy(w.ctx, w.db, to, func(transfer.Count) {}))
	w.look(url)
	w.db = to
	w.wire()
}
