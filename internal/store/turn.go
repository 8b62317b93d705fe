package store

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// A turn lets the processes that write to one SQLite database do so one after
// the other, in the order in which they come. SQLite itself only tells the
// second one to look again later: beside an import, which writes nearly all the
// time, that one would hardly ever look in the right moment.
//
// Whoever comes waits at the gate, and holds the gate while waiting for the
// place. So who leaves the place and wants it back has to wait at the gate
// until the other one is through. It is politeness and nothing else: SQLite's
// own locks keep the database whole, and the kernel takes a lock back from a
// process that ends.
type turn struct {
	file *os.File
	// crowded says that somebody else was there when the turn was last taken.
	// Who has it has the field.
	crowded bool
}

// The locks, as bytes of the file.
const (
	gate  = 0
	place = 1
)

// turnPatience is how long one waits, as busy_timeout says it for SQLite.
const turnPatience = 10 * time.Second

// turnPoll is how often one looks whether it is one's turn. A writer holds the
// place for milliseconds.
const turnPoll = 250 * time.Microsecond

// openTurn opens the file of the locks, beside the database. Where there can be
// none, everybody writes when SQLite lets them.
func openTurn(database string) *turn {
	if !canLock {
		return nil
	}
	f, err := os.OpenFile(filepath.Clean(database+"-turn"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil
	}
	return &turn{file: f}
}

// take waits for one's turn. It comes back without one when ctx ends, or when
// somebody keeps it for too long: then SQLite decides.
func (t *turn) take(ctx context.Context) (release func()) {
	if t == nil {
		return func() {}
	}
	ctx, cancel := context.WithTimeout(ctx, turnPatience)
	defer cancel()
	crowded := false
	if !t.wait(ctx, gate, &crowded) {
		return func() {}
	}
	defer t.unlock(gate)
	if !t.wait(ctx, place, &crowded) {
		return func() {}
	}
	t.crowded = crowded
	return func() { t.unlock(place) }
}

func (t *turn) wait(ctx context.Context, what int64, waited *bool) bool {
	var ticks *time.Ticker
	for !t.lock(what) {
		*waited = true
		if ticks == nil {
			ticks = time.NewTicker(turnPoll)
			defer ticks.Stop()
		}
		select {
		case <-ticks.C:
		case <-ctx.Done():
			return false
		}
	}
	return true
}

func (t *turn) close() error {
	if t == nil {
		return nil
	}
	if err := t.file.Close(); !errors.Is(err, os.ErrClosed) { // as often as one likes, as with the rest
		return err
	}
	return nil
}
