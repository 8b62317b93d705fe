// Package trail seals the events, in batches and by one writer, so that no
// transition waits for another one, and whoever follows them sees each once and in
// order. A seal is made with the server's secret: who can write to the database,
// and has not the secret, can remove or change an event, but not so that it does
// not show.
package trail

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// batch is how many events one seal holds at most: a seal that does not fit says
// at once where to look.
const batch = 500

// A Service seals what has happened.
type Service struct {
	DB  *store.DB
	Key token.Key
	// Sealed is called when there is something new to follow; nil: nobody waits.
	Sealed func()
}

// Run seals until ctx ends.
func (s *Service) Run(ctx context.Context, log *slog.Logger, every time.Duration) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	var told time.Time
	for {
		if _, err := s.Seal(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "events cannot be sealed", "error", err)
		}
		if now := s.DB.Reader().Now(); now.Sub(told) >= tellEvery && s.tell(ctx, log) {
			told = now
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}

// tellEvery is how often the log gets the head of the trail. Logs are kept where
// who writes to the database cannot reach them, so a trail that was cut off shows.
const tellEvery = time.Hour

func (s *Service) tell(ctx context.Context, log *slog.Logger) bool {
	last, err := s.DB.Reader().LastSeal(ctx)
	if err != nil || last.Number == 0 {
		return false
	}
	log.InfoContext(ctx, "head of the trail", "head", Head{last.Number, last.Hash}.String())
	return true
}

// Seal seals all events that no earlier one can follow, and returns how many it
// sealed.
func (s *Service) Seal(ctx context.Context) (sealed int, err error) {
	last, err := s.DB.Reader().LastSeal(ctx)
	if err != nil {
		return 0, err
	}
	newest, err := s.DB.Reader().LastEvent(ctx)
	if err != nil || newest <= last.Last {
		return 0, err
	}
	upTo, err := s.DB.Settled(ctx)
	for err == nil {
		var n int
		began := s.DB.Reader().Now()
		if last, n, err = s.sealNext(ctx, last, upTo); n == 0 {
			break
		}
		sealed += n
		if n == batch {
			err = pause(ctx, store.Rest(s.DB.Reader().Now().Sub(began)))
		}
	}
	if sealed > 0 && s.Sealed != nil {
		s.Sealed()
	}
	return sealed, err
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// sealNext adds one seal to the last one. When another replica has done so, this
// one leaves it to that.
func (s *Service) sealNext(ctx context.Context, last store.Seal, upTo int64) (store.Seal, int, error) {
	rows, err := s.DB.Reader().Trail(ctx, last.Last, upTo, batch)
	if err != nil || len(rows) == 0 {
		return last, 0, err
	}
	next := s.seal(last, rows, s.DB.Reader().Now())
	var added bool
	err = s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		added, err = tx.AddSeal(ctx, next)
		return err
	})
	if err != nil || !added {
		return last, 0, err
	}
	return next, len(rows), nil
}

// seal is the seal of some events that follow those of another one.
func (s *Service) seal(last store.Seal, rows []store.TrailRow, at time.Time) store.Seal {
	next := store.Seal{
		Number: last.Number + 1, After: last.Last, Last: rows[len(rows)-1].Seq, Events: int64(len(rows)), Previous: last.Hash,
		At: at.Truncate(time.Millisecond),
	}
	next.Digests, next.Root = s.contents(rows)
	next.Hash = s.hash(next)
	return next
}

// contents are the short digests of events, and what all of them are together.
func (s *Service) contents(rows []store.TrailRow) (digests, root string) {
	whole := make([]string, len(rows))
	var short strings.Builder
	for i, row := range rows {
		whole[i] = s.digest(row)
		short.WriteString(whole[i][:shown])
	}
	return short.String(), s.Key.Tag("events", whole...)
}

// hash is the hash of a seal. All that stands in its row is in it, and nothing else
// is: so it can be made again without the events, and without the other seals.
func (s *Service) hash(a store.Seal) string {
	return s.Key.Tag("seal", a.Previous, number(a.Number), number(a.After), number(a.Last), number(a.Events), a.Digests, a.Root, number(a.At.UnixMilli()))
}

// shown is how much of a digest is in a seal: enough to say which event is wrong.
const shown = 8

// covered begins an origin that is taken away: what follows is the tag that the
// digest has in its place, so that a seal still fits.
const covered = "~"

// Cover is what is left of the origin of an event when its time is over.
func (s *Service) Cover(seq int64, origin string) string {
	if origin == "" || strings.HasPrefix(origin, covered) {
		return origin
	}
	return covered + s.Key.Tag("origin", number(seq), origin)
}

// digest says what an event is. That it came from somewhere goes into it by a tag,
// so that the address itself need not be kept as long as the event.
func (s *Service) digest(r store.TrailRow) string {
	return s.Key.Tag("event", number(r.Seq), number(r.At), r.Kind, r.Account, r.User, r.Actor, s.Cover(r.Seq, r.Origin), r.Note, r.Became)
}

func number(n int64) string { return strconv.FormatInt(n, 10) }
