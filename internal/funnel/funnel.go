// Package funnel counts how many accounts stand where in the ten steps, by entity
// and by day. It follows the trail and adds up what the events say, so that the
// counts agree with the events to the unit, and no transition and no import has
// to count. Who may see the counts, and how they look, is not its business.
package funnel

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/keyfold/keyfold/internal/store"
)

// follower is our name among those who follow the trail.
const follower = "funnel"

// A Service counts what happens.
type Service struct {
	DB   *store.DB
	Zone *time.Location // of the operator's days
}

// Counting takes turns with others: on SQLite they all wait for one writer. So it
// takes few events at a time, fewer when that takes long, and rests after each.
const (
	// Most is how many events are counted in one transaction at the most.
	Most = 250

	fewest    = 50
	shortWait = 4 * time.Millisecond
	longWait  = 10 * time.Millisecond
	restTimes = 4 // as long as the work took

	// flood is how many events in a round tell that an import is on. It has the
	// right of way: meanwhile there is one batch in a round.
	flood = 2000
)

// Run counts until ctx ends. A round is how often it looks for new events.
func (s *Service) Run(ctx context.Context, log *slog.Logger, round time.Duration) {
	ticks := time.NewTicker(round)
	defer ticks.Stop()
	var last int64
	size := fewest
	for {
		newest, err := s.DB.Reader().LastEvent(ctx)
		if err == nil {
			size, err = s.catchUp(ctx, size, newest-last > flood)
			last = newest
		}
		if err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "accounts cannot be counted", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// catchUp counts what there is to count, or once only, and finds out how many
// events at a time are right.
func (s *Service) catchUp(ctx context.Context, size int, once bool) (int, error) {
	for {
		began := s.DB.Reader().Now()
		n, err := s.Count(ctx, size)
		took := s.DB.Reader().Now().Sub(began)
		switch full := n == size; {
		case err != nil || n == 0:
			return size, err
		case took > longWait:
			size = max(fewest, size*3/4)
		case took < shortWait && full:
			size = min(Most, size+size/4)
		}
		if once {
			return size, nil
		}
		select {
		case <-ctx.Done():
			return size, nil
		case <-time.After(restTimes * took):
		}
	}
}

// Count counts the next events, at most so many, and says how many they were. It is
// one transaction: however many replicas count, and whenever one is killed, each
// event counts once.
func (s *Service) Count(ctx context.Context, limit int) (n int, err error) {
	if newer, err := s.waiting(ctx); err != nil || !newer {
		return 0, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		events, err := tx.Follow(ctx, follower, limit)
		if n = len(events); err != nil || n == 0 {
			return err
		}
		return s.count(ctx, tx, events)
	})
	if err != nil {
		return 0, fmt.Errorf("funnel: %w", err)
	}
	return n, nil
}

// waiting looks whether there is anything to count, which needs no writer.
func (s *Service) waiting(ctx context.Context) (bool, error) {
	r := s.DB.Reader()
	sealed, err := r.LastSeal(ctx)
	if err != nil || sealed.Last == 0 {
		return false, err
	}
	at, err := r.Following(ctx, follower)
	return at.Place < sealed.Last, err
}

func (s *Service) count(ctx context.Context, tx *store.Tx, events []store.PastEvent) error {
	stored, err := tx.FunnelAccounts(ctx, accountsOf(events))
	if err != nil {
		return err
	}
	t := newTally(s.Zone, stored, tx.PlaceAfter)
	for _, e := range events {
		if err := t.add(ctx, e); err != nil {
			return fmt.Errorf("event %d: %w", e.Seq, err)
		}
	}
	return t.write(ctx, tx)
}
