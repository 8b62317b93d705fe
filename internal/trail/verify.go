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

// A Fault is something in the trail that nobody with the secret has written so.
type Fault struct {
	Seal  int64  `json:"seal,omitempty"`  // in whose stretch it is
	Event int64  `json:"event,omitempty"` // its place; 0: the fault is the seal's own
	What  string `json:"what"`            // in words
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

// maxFaults bounds what is told one by one.
const maxFaults = 100

func (r *Report) fault(seal, event int64, format string, args ...any) {
	if r.Wrong++; len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, Fault{Seal: seal, Event: event, What: fmt.Sprintf(format, args...)})
	}
}

// sealsAtOnce is how many seals are in memory at a time.
const sealsAtOnce = 50

// Verify walks along the trail as it is at one moment. Kept is the head that an
// earlier walk gave; the zero one: none is known.
func (s *Service) Verify(ctx context.Context, kept Head) (report Report, err error) {
	err = s.DB.Snapshot(ctx, func(r store.Reader) error {
		w := walk{Service: s, r: r, kept: kept, report: &report, last: store.Seal{Last: math.MinInt64}}
		return w.all(ctx)
	})
	return report, err
}

// A walk is on its way along the trail.
type walk struct {
	*Service

	r      store.Reader
	kept   Head
	report *Report
	pruned Head // up to where the events have had their time
	last   store.Seal
}

func (w *walk) all(ctx context.Context) (err error) {
	w.pruned, err = w.prunedTo(ctx, w.r)
	if errors.Is(err, errNotOurs) {
		w.report.fault(0, 0, "%v", err)
	} else if err != nil {
		return err
	}
	for {
		seals, err := w.r.SealsAfter(ctx, w.last.Number, sealsAtOnce)
		if err != nil {
			return err
		}
		for _, seal := range seals {
			if err := w.step(ctx, seal); err != nil {
				return err
			}
		}
		if len(seals) < sealsAtOnce {
			return w.end(ctx)
		}
	}
}

// step looks at one seal and the events of its stretch.
func (w *walk) step(ctx context.Context, seal store.Seal) error {
	before := w.last
	w.last = seal
	w.report.Seals++
	for n := before.Number + 1; n < seal.Number && n < before.Number+maxFaults; n++ {
		w.report.fault(n, 0, "seal %d is missing", n)
	}
	gap := seal.Number != before.Number+1
	if !gap && w.hash(before.Hash, seal) != seal.Hash {
		w.report.fault(seal.Number, 0, "seal %d was changed, or one before it", seal.Number)
	}
	w.compareHeads(seal)
	if seal.Last <= before.Last {
		return nil // told above: its hash cannot fit
	}
	if seal.Number <= w.pruned.Number {
		return w.gone(ctx, before, seal)
	}
	if gap {
		return w.afterGap(ctx, before, seal)
	}
	return w.compare(ctx, before, seal)
}

// compareHeads looks whether a seal is the one that is kept elsewhere.
func (w *walk) compareHeads(seal store.Seal) {
	if seal.Number == w.kept.Number && seal.Hash != w.kept.Hash {
		w.report.fault(seal.Number, 0, "seal %d is not the one that you kept: the trail was written anew, up to there or further", seal.Number)
	}
	if seal.Number == w.pruned.Number && seal.Hash != w.pruned.Hash {
		w.report.fault(seal.Number, 0, "seal %d is not the one up to which events had their time", seal.Number)
	}
}

// gone looks that no event is where all had their time.
func (w *walk) gone(ctx context.Context, before, seal store.Seal) error {
	w.report.Pruned += seal.Events
	rows, err := w.r.Trail(ctx, before.Last, seal.Last, maxFaults)
	for _, row := range rows {
		w.report.Events++
		w.report.fault(seal.Number, row.Seq, "event %d was added: all up to there had their time", row.Seq)
	}
	return err
}

// afterGap counts the events of a stretch whose beginning nobody knows, and looks
// at those that the seal at its end can have.
func (w *walk) afterGap(ctx context.Context, before, seal store.Seal) error {
	after := before.Last
	for {
		rows, err := w.r.Trail(ctx, after, seal.Last, batch)
		if err != nil || len(rows) == 0 {
			return err
		}
		w.report.Events += int64(len(rows))
		after = rows[len(rows)-1].Seq
	}
}

// compare looks at the events of one stretch. Those that are more than a seal can
// have are not kept in memory.
func (w *walk) compare(ctx context.Context, before, seal store.Seal) error {
	most := int(max(0, min(seal.Events, batch)))
	rows, err := w.r.Trail(ctx, before.Last, seal.Last, most+maxFaults)
	if err != nil {
		return err
	}
	w.report.Events += int64(len(rows))
	digests, root := w.contents(rows)
	if digests == seal.Digests && root == seal.Root && int64(len(rows)) == seal.Events {
		return nil
	}
	found := w.report.Wrong
	w.name(seal, rows, pieces(digests), pieces(seal.Digests))
	if w.report.Wrong == found {
		w.report.fault(seal.Number, 0, "what seal %d says of its events does not fit them", seal.Number)
	}
	return nil
}

// name says which events are wrong. What fits in order is found from both ends;
// between them, a row whose digest the seal has elsewhere was moved.
func (w *walk) name(seal store.Seal, rows []store.TrailRow, is, was []string) {
	head := 0
	for head < min(len(is), len(was)) && is[head] == was[head] {
		head++
	}
	tail := 0
	for tail < min(len(is), len(was))-head && is[len(is)-1-tail] == was[len(was)-1-tail] {
		tail++
	}
	known := common(is[head:len(is)-tail], was[head:len(was)-tail])
	i, j := head, head
	for i < len(is)-tail || j < len(was)-tail {
		here, there := i < len(is)-tail, j < len(was)-tail
		switch {
		case here && there && is[i] == was[j]:
			i, j = i+1, j+1
		case here && there && !known[is[i]] && !known[was[j]]:
			w.report.fault(seal.Number, rows[i].Seq, "event %d was changed", rows[i].Seq)
			i, j = i+1, j+1
		case here && (!there || !known[is[i]]):
			w.report.fault(seal.Number, rows[i].Seq, "event %d was added", rows[i].Seq)
			i++
		default:
			place := seal.Last
			if i < len(rows) {
				place = rows[i].Seq
			}
			w.report.fault(seal.Number, place, "an event is missing: number %d of the %d in seal %d, at place %d or just before", j+1, seal.Events, seal.Number, place)
			j++
		}
	}
}

// common are the digests that both have.
func common(a, b []string) map[string]bool {
	in := map[string]bool{}
	for _, one := range a {
		in[one] = false
	}
	for _, one := range b {
		if _, ok := in[one]; ok {
			in[one] = true
		}
	}
	return in
}

// pieces are the short digests, one by one.
func pieces(digests string) (all []string) {
	for len(digests) > 0 {
		n := min(shown, len(digests))
		all, digests = append(all, digests[:n]), digests[n:]
	}
	return all
}

// end looks at what is behind the last seal, and whether there should be more.
func (w *walk) end(ctx context.Context) (err error) {
	w.report.Head = Head{Number: w.last.Number, Hash: w.last.Hash}
	if known := max(w.kept.Number, w.pruned.Number); w.last.Number < known {
		w.report.fault(w.last.Number+1, 0, "the end is missing: seals %d to %d are not there", w.last.Number+1, known)
	}
	w.report.Unsealed, err = w.r.CountEventsAfter(ctx, w.last.Last)
	w.report.Events += w.report.Unsealed
	return err
}
