package transfer

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/store"
)

// Verify restores a backup into a database of its own in the folder, which it
// removes again, and looks whether all in there makes sense.
func Verify(ctx context.Context, f *File, folder string, now func() time.Time, tell func(Count)) (err error) {
	dir, err := os.MkdirTemp(folder, "keyfold-verify-") // mode 0700
	if err != nil {
		return fmt.Errorf("there is no room to try the backup: %w", err)
	}
	defer func() {
		if gone := os.RemoveAll(dir); err == nil && gone != nil {
			err = fmt.Errorf("the copy that was made to try the backup is still there: %w", gone)
		}
	}()
	db, err := store.Open(ctx, store.Options{URL: "sqlite://" + filepath.Join(dir, "try.db"), Now: now, UpTo: f.Schema})
	if err != nil {
		return err
	}
	defer db.Close() //nolint:errcheck // it goes away
	if err := Restore(ctx, f, db, tell); err != nil {
		return err
	}
	if err := db.Migrate(ctx); err != nil {
		return err
	}
	return Check(ctx, db)
}

// Check looks whether what is in a database makes sense.
func Check(ctx context.Context, db *store.DB) error {
	var wrong []string
	err := db.Snapshot(ctx, func(r store.Reader) (err error) {
		wrong, err = r.Contradictions(ctx)
		return err
	})
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return fmt.Errorf("all rows are there, but they contradict each other:\n  %s", strings.Join(wrong, "\n  "))
	}
	return nil
}
