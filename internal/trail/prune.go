package trail

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
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

// Prune takes away the events of whole seals that are older than that, and that
// all followers have seen, in small batches. The newest seal keeps its events, so
// that the place of the newest event is known.
func (s *Service) Prune(ctx context.Context, keep time.Duration) (pruned int64, err error) {
	for {
		n, err := s.pruneSome(ctx, keep)
		if err != nil || n == 0 {
			return pruned, err
		}
		pruned += n
	}
}

func (s *Service) pruneSome(ctx context.Context, keep time.Duration) (pruned int64, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		pruned = 0
		from, err := s.prunedTo(ctx, tx.Reader)
		if err != nil {
			return err
		}
		to, err := s.over(ctx, tx.Reader, from, tx.Now().Add(-keep))
		if err != nil || to.Number == 0 {
			return err
		}
		was := ""
		if from.Number > 0 {
			was = s.prunedNote(from)
		}
		head := Head{Number: to.Number, Hash: to.Hash}
		if pruned, err = tx.DropEvents(ctx, to.Last, prunedFact, was, s.prunedNote(head)); err != nil {
			return err
		}
		return tx.Record(ctx, keyfold.Event{
			Act: keyfold.Act{By: "system"}, Kind: "trail.pruned", Note: fmt.Sprintf("%d events, up to seal %d", pruned, to.Number),
		})
	})
	return pruned, err
}

// over is the newest of the next seals whose events have had their time; the zero
// one when there is none.
func (s *Service) over(ctx context.Context, r store.Reader, from Head, before time.Time) (to store.Seal, err error) {
	followed, err := r.Followed(ctx)
	if err != nil {
		return to, err
	}
	seals, err := r.SealsAfter(ctx, from.Number, pruneAtOnce+1)
	for i, seal := range seals {
		if i == len(seals)-1 || !seal.At.Before(before) || seal.Last > followed {
			break
		}
		to = seal
	}
	return to, err
}

func (s *Service) prunedNote(h Head) string { return h.String() + " " + s.prunedTag(h) }

// coverAtOnce is how many origins are looked at in one transaction.
const coverAtOnce = 500

// CoverOrigins takes the origins away of sealed events older than that. What is
// left fits their seals. It returns how many events it looked at.
func (s *Service) CoverOrigins(ctx context.Context, keep time.Duration) (looked int64, err error) {
	before := s.DB.Reader().Now().Add(-keep)
	for {
		last, err := s.DB.Reader().LastSeal(ctx)
		if err != nil {
			return looked, err
		}
		rows, err := s.DB.Reader().Trail(ctx, s.coveredTo, last.Last, coverAtOnce)
		if young := slices.IndexFunc(rows, func(r store.TrailRow) bool { return r.At >= before.UnixMilli() }); young >= 0 {
			rows = rows[:young]
		}
		if err != nil || len(rows) == 0 {
			return looked, err
		}
		err = s.DB.Update(ctx, func(tx *store.Tx) error {
			for _, row := range rows {
				if rest := s.Cover(row.Seq, row.Origin); rest != row.Origin {
					if err := tx.SetOrigin(ctx, row.Seq, rest); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			return looked, err
		}
		looked += int64(len(rows))
		s.coveredTo = rows[len(rows)-1].Seq
	}
}

// Keep prunes and covers until ctx ends.
func (s *Service) Keep(ctx context.Context, log *slog.Logger, events, origins, every time.Duration) {
	ticks := time.NewTicker(every)
	defer ticks.Stop()
	for {
		_, err := s.Prune(ctx, events)
		if err == nil {
			_, err = s.CoverOrigins(ctx, origins)
		}
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
