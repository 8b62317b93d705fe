package trail

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold/internal/store"
)

// A Head is where a trail ends: a later one that does not have it has lost its end,
// or was written anew.
type Head struct {
	Number int64
	Hash   string
}

// String is the head as people keep it: "number:hash".
func (h Head) String() string { return number(h.Number) + ":" + h.Hash }

// ParseHead reads what [Head.String] wrote.
func ParseHead(typed string) (Head, error) {
	n, hash, ok := strings.Cut(strings.TrimSpace(typed), ":")
	parsed, err := strconv.ParseInt(n, 10, 64)
	if !ok || err != nil || parsed < 0 || (hash == "") != (parsed == 0) {
		return Head{}, fmt.Errorf("%q is no head of a trail. It looks like 4711:0123456789abcdef…, as an earlier verify printed it", typed)
	}
	return Head{Number: parsed, Hash: hash}, nil
}

// A Check is how the trail is held against its seals.
type Check struct {
	Kept Head                  // that an earlier walk gave; the zero one: none is known
	Tell func(done, all int64) // how far the walk is, by places; nil: nobody waits
}

// A Report is what a walk along the whole trail has found.
type Report struct {
	Events   int64   // looked at
	Seals    int64   // looked at
	Pruned   int64   // events whose time was over
	Unsealed int64   // newest events, which the next seal will have
	Head     Head    // of the trail as it is
	Faults   []Fault // at most maxFaults
	Wrong    int64   // all faults
}

// Whole reports whether nothing is wrong.
func (r *Report) Whole() bool { return r.Wrong == 0 }

const (
	maxFaults   = 100 // that are told one by one
	sealsAtOnce = 20  // that are looked at at one moment
)

// Verify walks along the trail. Each part of it is read as it is at one moment, so
// that it holds up nobody, and needs no more memory for a long one.
func (s *Service) Verify(ctx context.Context, c Check) (Report, error) {
	w := &walk{Service: s, kept: c.Kept, sound: true, after: math.MinInt64}
	w.report.Faults = make([]Fault, 0, maxFaults) // they stay where they are
	all, err := s.DB.Reader().LastEvent(ctx)
	for over := false; err == nil && !over; {
		err = s.DB.Snapshot(ctx, func(r store.Reader) (err error) {
			w.r = r
			over, err = w.some(ctx)
			return err
		})
		if c.Tell != nil {
			c.Tell(min(w.place, all), all)
		}
	}
	w.findMoved()
	return w.report, err
}

// A walk is on its way along the trail.
type walk struct {
	*Service

	r      store.Reader
	kept   Head
	report Report
	pruned Head // up to where the events have had their time

	after int64      // number of the seal that was read last
	last  store.Seal // the one that was looked at last, of those in order
	sound bool       // it is what it was
	place int64      // up to which events were looked at

	gone   []lost // of which one may be moved
	strays []stray
}

// fault takes note of what is wrong.
func (w *walk) fault(f Fault) *Fault {
	w.report.Wrong++
	if len(w.report.Faults) == maxFaults {
		return nil
	}
	w.report.Faults = append(w.report.Faults, f)
	return &w.report.Faults[len(w.report.Faults)-1]
}

// some looks at some seals, and at the end of the trail when there are no more.
func (w *walk) some(ctx context.Context) (over bool, err error) {
	first := w.after == math.MinInt64
	w.pruned, err = w.prunedTo(ctx, w.r)
	switch {
	case errors.Is(err, errNotOurs) && first:
		w.fault(Fault{Kind: NoteChanged, What: err.Error()})
	case err != nil && !errors.Is(err, errNotOurs):
		return false, err
	}
	if first {
		if err := w.none(ctx, 0, math.MinInt64, 0); err != nil {
			return false, err
		}
	}
	seals, err := w.r.SealsAfter(ctx, w.after, sealsAtOnce+1)
	if err != nil {
		return false, err
	}
	for i, seal := range seals[:min(sealsAtOnce, len(seals))] {
		var next store.Seal
		if i+1 < len(seals) {
			next = seals[i+1]
		}
		if err := w.step(ctx, seal, next); err != nil {
			return false, err
		}
		w.after = seal.Number
	}
	if len(seals) > sealsAtOnce {
		return false, nil
	}
	return true, w.end(ctx)
}

// none tells of events that are where there can be none.
func (w *walk) none(ctx context.Context, seal, after, upTo int64) error {
	rows, err := w.r.Trail(ctx, after, upTo, maxFaults)
	for _, row := range rows {
		w.report.Events++
		w.stray(row, w.fault(added(seal, row.Seq)))
	}
	return err
}

// step looks at one seal and at its events.
func (w *walk) step(ctx context.Context, seal, next store.Seal) error {
	w.report.Seals++
	if seal.Number < 1 || w.hash(seal) != seal.Hash {
		return w.untrue(ctx, seal, next)
	}
	switch {
	case seal.Number != w.last.Number+1:
		w.fault(sealsMissing(w.last.Number+1, seal.Number-1, w.place, seal.After))
	case w.sound && (seal.Previous != w.last.Hash || seal.After != w.last.Last):
		w.fault(sealChanged(seal.Number, fmt.Sprintf("does not follow seal %d", w.last.Number)))
	}
	if seal.Number == w.kept.Number && seal.Hash != w.kept.Hash {
		w.fault(Fault{Kind: OtherTrail, Seal: seal.Number, What: fmt.Sprintf("seal %d is not the one that you kept: the trail was written anew, up to there or further", seal.Number)})
	}
	if seal.Number == w.pruned.Number && seal.Hash != w.pruned.Hash {
		w.fault(sealChanged(seal.Number, "is not the one up to which events had their time"))
	}
	w.last, w.sound, w.place = seal, true, seal.Last
	if seal.Number <= w.pruned.Number {
		w.report.Pruned += seal.Events
		return w.none(ctx, seal.Number, seal.After, seal.Last)
	}
	return w.contained(ctx, seal)
}

// untrue looks at the events of a seal that is not what it was. What it says of
// itself counts for nothing: its events are between those of its neighbours, and
// which they are, nobody knows when one of these is untrue as well. When most of
// them do not fit, it is the seal that is at another place.
func (w *walk) untrue(ctx context.Context, seal, next store.Seal) error {
	w.fault(sealChanged(seal.Number, "is not the one that was made"))
	if seal.Number != w.last.Number+1 {
		return nil // it has no place
	}
	after, alone := w.place, w.sound && seal.Number > w.pruned.Number
	w.last, w.sound = seal, false
	upTo, limit := int64(math.MaxInt64), min(len(seal.Digests)/shown, batch)
	if next.Number != 0 {
		upTo, limit = next.After, 2*batch
		alone = alone && next.Number == seal.Number+1 && w.hash(next) == next.Hash
	}
	if !alone {
		return nil
	}
	rows, err := w.r.Trail(ctx, after, upTo, limit)
	if err != nil || len(rows) == 0 {
		return err
	}
	if next.Number == 0 {
		upTo = rows[len(rows)-1].Seq
	}
	w.place = upTo
	w.report.Events += int64(len(rows))
	if _, root := w.contents(rows); root == seal.Root {
		return nil // nobody else can have said so
	}
	if d := w.compare(seal.Digests, rows, after, upTo); d.faults() <= len(seal.Digests)/shown/2 {
		w.tell(seal.Number, d)
	}
	return nil
}

// contained looks at the events of a seal that is what it was.
func (w *walk) contained(ctx context.Context, seal store.Seal) error {
	rows, err := w.r.Trail(ctx, seal.After, seal.Last, 2*batch)
	if err != nil {
		return err
	}
	w.report.Events += int64(len(rows))
	if digests, root := w.contents(rows); digests == seal.Digests && root == seal.Root {
		return nil
	}
	if len(rows) == 0 && seal.Events > 1 {
		w.fault(missing(seal.Number, seal.After+1, seal.Last, seal.Events))
		return nil
	}
	d := w.compare(seal.Digests, rows, seal.After, seal.Last)
	if d.faults() == 0 { // in what digests do not show
		w.fault(Fault{Kind: Changed, Seal: seal.Number, What: fmt.Sprintf("of the events after %d up to %d, one was changed (seal %d)", seal.After, seal.Last, seal.Number)})
	}
	w.tell(seal.Number, d)
	return nil
}

// end looks at what is behind the last seal, and whether there should be more.
func (w *walk) end(ctx context.Context) (err error) {
	w.report.Head = Head{Number: w.last.Number, Hash: w.last.Hash}
	followed, err := w.r.FollowedMost(ctx)
	if err != nil {
		return err
	}
	switch known := max(w.kept.Number, w.pruned.Number); {
	case w.last.Number < known:
		w.fault(Fault{Kind: CutOff, Seal: w.last.Number, What: fmt.Sprintf("the end is missing: the last seal is %d, and there was a seal %d", w.last.Number, known)})
	case w.sound && followed > w.last.Last:
		w.fault(Fault{Kind: CutOff, Seal: w.last.Number, What: fmt.Sprintf("the end is missing: the seals end at place %d, and event %d was sealed", w.last.Last, followed)})
	}
	if w.report.Unsealed, err = w.r.CountEventsAfter(ctx, w.place); err != nil || len(w.gone) == 0 {
		w.report.Events += w.report.Unsealed
		return err
	}
	w.report.Events += w.report.Unsealed
	rows, err := w.r.Trail(ctx, w.place, math.MaxInt64, mostMoved)
	for _, row := range rows {
		w.stray(row, nil)
	}
	return err
}
