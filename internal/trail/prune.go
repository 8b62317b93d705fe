package trail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// prunedFact is where the database has the newest seal whose events had their time.
const prunedFact = "trail pruned"

var errNotOurs = errors.New("the note of which events had their time was changed: it does not fit the secret")

// prunedTo is the newest seal whose events had their time. Only who has the secret
// can write it, so nobody else can say of events that their time was over.
func (s *Service) prunedTo(ctx context.Context, r store.Reader) (Head, error) {
	stored, err := r.Meta(ctx, prunedFact)
	if err != nil || stored == "" {
		return Head{}, err
	}
	text, tag, _ := strings.Cut(stored, " ")
	head, err := ParseHead(text)
	if err != nil || tag != s.prunedTag(head) {
		return Head{}, errNotOurs
	}
	return head, nil
}

func (s *Service) prunedTag(h Head) string { return s.Key.Tag("pruned", h.String()) }

// pruneAtOnce is how many seals lose their events in one transaction.
const pruneAtOnce = 20

// A Pruning is what has had its time.
type Pruning struct {
	Keep  time.Duration // how long events are kept
	Try   bool          // only say what would go
	Wrong bool          // also events that are not those that were sealed
}

// A WrongError says that a seal does not fit its events. They stay: they are what
// there is to find out why.
type WrongError struct{ Seal int64 }

// Error is for the operator.
func (e WrongError) Error() string {
	return fmt.Sprintf("seal %d does not fit: its events and those after it are kept, though their time is over. Run keyfold audit verify, keep a copy of the database, and then say: keyfold audit prune --even-if-wrong", e.Seal)
}

// Prune takes away the events of whole seals that are older than that, and that
// all followers have seen, in small batches. The newest seal keeps its events, so
// that the place of the newest event is known.
func (s *Service) Prune(ctx context.Context, p Pruning) (pruned int64, err error) {
	var from Head
	for err == nil {
		var some due
		if from, some, err = s.next(ctx, from, p); err != nil || some.to.Number == 0 {
			break
		}
		n := some.events
		if !p.Try {
			n, err = s.pruneSome(ctx, from, some)
		}
		if err == nil {
			pruned += n
			from = Head{Number: some.to.Number, Hash: some.to.Hash}
			err = some.wrong
		}
	}
	if errors.Is(err, store.ErrElsewhere) {
		err = nil // that one goes on
	}
	return pruned, err
}

// next is what has had its time behind a seal, or behind what another server has
// pruned since. Both are read as they were at one moment: events that another one
// takes away in between are none that were stolen.
func (s *Service) next(ctx context.Context, after Head, p Pruning) (from Head, some due, err error) {
	err = s.DB.Snapshot(ctx, func(r store.Reader) (err error) {
		if from, err = s.prunedTo(ctx, r); err != nil {
			return err
		}
		if from.Number < after.Number { // only tried
			from = after
		}
		some, err = s.over(ctx, r, from, p)
		return err
	})
	return from, some, err
}

// pruneSome takes some away, unless another server does at the same time.
func (s *Service) pruneSome(ctx context.Context, from Head, some due) (pruned int64, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		was := ""
		if from.Number > 0 {
			was = s.prunedNote(from)
		}
		head := Head{Number: some.to.Number, Hash: some.to.Hash}
		if pruned, err = tx.DropEvents(ctx, some.to.Last, prunedFact, was, s.prunedNote(head)); err != nil {
			return err
		}
		note := fmt.Sprintf("%d events, up to seal %d", pruned, some.to.Number)
		if some.unfit > 0 {
			note += fmt.Sprintf("; %d seals did not fit", some.unfit)
		}
		return tx.Record(ctx, keyfold.Event{Act: keyfold.Act{By: "system"}, Kind: "trail.pruned", Note: note})
	})
	return pruned, err
}

// A due stretch of the trail has had its time.
type due struct {
	to     store.Seal // the newest seal of it; the zero one: there is none
	events int64
	unfit  int   // seals that do not fit
	wrong  error // why it ends there
}

// over finds out which of the next seals have had their time. None goes whose
// events nobody could prove: once they are gone, nobody can find out why.
func (s *Service) over(ctx context.Context, r store.Reader, from Head, p Pruning) (some due, err error) {
	followed, err := r.Followed(ctx)
	if err != nil {
		return some, err
	}
	before := r.Now().Add(-p.Keep)
	seals, err := r.SealsAfter(ctx, from.Number, pruneAtOnce+1)
	if err != nil {
		return some, err
	}
	last, hash := from.Number, from.Hash
	for _, seal := range seals[:max(0, len(seals)-1)] {
		if !seal.At.Before(before) || seal.Last > followed {
			break
		}
		rows, err := r.Trail(ctx, seal.After, seal.Last, 2*batch)
		if err != nil {
			return some, err
		}
		digests, root := s.contents(rows)
		ours := s.hash(seal) == seal.Hash
		if seal.Number != last+1 || seal.Previous != hash || !ours || digests != seal.Digests || root != seal.Root {
			if some.unfit++; !p.Wrong {
				some.wrong = WrongError{seal.Number}
				break
			}
		}
		last, hash = seal.Number, seal.Hash
		some.events += int64(len(rows))
		if ours { // what another one says of its end counts for nothing
			some.to = seal
		}
	}
	if some.to.Number == 0 {
		return some, some.wrong
	}
	return some, nil
}

func (s *Service) prunedNote(h Head) string { return h.String() + " " + s.prunedTag(h) }

// coveredFact is where the database has the place up to which origins are covered.
const coveredFact = "trail covered"

// coverAtOnce is how many origins are looked at in one transaction.
const coverAtOnce = 500

// CoverOrigins takes the origins away of sealed events older than that. What is
// left fits their seals. It returns how many events it looked at.
func (s *Service) CoverOrigins(ctx context.Context, keep time.Duration) (looked int64, err error) {
	before := s.DB.Reader().Now().Add(-keep)
	last, err := s.DB.Reader().LastSeal(ctx)
	for err == nil {
		var n int
		if n, err = s.coverSome(ctx, last.Last, before); n == 0 {
			break
		}
		looked += int64(n)
	}
	return looked, err
}

func (s *Service) coverSome(ctx context.Context, upTo int64, before time.Time) (n int, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		n = 0
		noted, err := tx.Meta(ctx, coveredFact)
		if err != nil {
			return err
		}
		place, _ := strconv.ParseInt(noted, 10, 64) // what is no number begins anew
		rows, err := tx.Trail(ctx, place, upTo, coverAtOnce)
		if young := slices.IndexFunc(rows, func(r store.TrailRow) bool { return r.At >= before.UnixMilli() }); young >= 0 {
			rows = rows[:young]
		}
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := s.coverAll(ctx, tx, rows); err != nil {
			return err
		}
		n = len(rows)
		return tx.PutMeta(ctx, coveredFact, number(rows[n-1].Seq))
	})
	return n, err
}

func (s *Service) coverAll(ctx context.Context, tx *store.Tx, rows []store.TrailRow) error {
	for _, row := range rows {
		if rest := s.Cover(row.Seq, row.Origin); rest != row.Origin {
			if err := tx.SetOrigin(ctx, row.Seq, rest); err != nil {
				return err
			}
		}
	}
	return nil
}

// Keep prunes and covers until ctx ends.
func (s *Service) Keep(ctx context.Context, log *slog.Logger, events, origins, every time.Duration) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		_, err := s.Prune(ctx, Pruning{Keep: events})
		_, also := s.CoverOrigins(ctx, origins)
		err = errors.Join(err, also)
		if err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "old events cannot be pruned", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticks.C:
		}
	}
}
