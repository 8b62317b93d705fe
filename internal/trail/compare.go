package trail

import (
	"slices"

	"github.com/keyfold/keyfold/internal/store"
)

// A lost event is one that a seal has and its table has not, not as it was. It
// stood somewhere from one place to another.
type lost struct {
	digest   string // what a seal shows of it
	seal     int64
	from, to int64
	fault    *Fault
}

// A stray event is one that is in the table, and in no seal as it stands.
type stray struct {
	row   store.TrailRow
	fault *Fault
}

// A gap is where events and the digests of a seal differ.
type gap struct {
	after, before int64 // places of the events around it
	digests       []string
	rows          []store.TrailRow
}

type gaps []gap

// faults are how many events are wrong.
func (all gaps) faults() (n int) {
	for _, g := range all {
		n += max(len(g.digests), len(g.rows))
	}
	return n
}

// compare finds where the digests that a seal shows and its events differ. Its
// events came after one place, and the last of them stood at another.
func (w *walk) compare(digests string, rows []store.TrailRow, after, last int64) (all gaps) {
	want := make([]string, 0, len(digests)/shown)
	for ; len(digests) >= shown && len(want) < 2*batch; digests = digests[shown:] {
		want = append(want, digests[:shown])
	}
	got := make([]string, len(rows))
	for i, row := range rows {
		got[i] = w.digest(row)[:shown]
	}
	open := gap{after: after}
	closeAt := func(place int64) {
		if len(open.digests)+len(open.rows) > 0 {
			open.before = place
			all = append(all, open)
		}
		open = gap{after: place}
	}
	common := commonest(want, got)
	i, j := 0, 0
	for i < len(want) || j < len(got) {
		switch {
		case i < len(want) && j < len(got) && want[i] == got[j]:
			closeAt(rows[j].Seq)
			i, j = i+1, j+1
		case j == len(got) || i < len(want) && common[i+1][j] >= common[i][j+1]:
			open.digests = append(open.digests, want[i])
			i++
		default:
			open.rows = append(open.rows, rows[j])
			j++
		}
	}
	closeAt(last + 1)
	return all
}

// commonest is, for each place in two lists, how much the rests of both have in
// common.
func commonest(a, b []string) [][]int16 {
	common := make([][]int16, len(a)+1)
	for i := range common {
		common[i] = make([]int16, len(b)+1)
	}
	for i, one := range slices.Backward(a) {
		for j, other := range slices.Backward(b) {
			if common[i][j] = max(common[i+1][j], common[i][j+1]); one == other {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	return common
}

// tell says what is wrong with the events of a seal.
func (w *walk) tell(seal int64, all gaps) {
	for _, g := range all {
		w.tellGap(seal, g)
	}
}

// tellGap says what is wrong in one gap. When there were as many events as there
// are places, each of them had one, and otherwise nobody knows which.
func (w *walk) tellGap(seal int64, g gap) {
	exact := g.before-g.after-1 == int64(len(g.digests))
	taken := map[int64]bool{}
	if exact {
		at := map[int64]store.TrailRow{}
		for _, row := range g.rows {
			at[row.Seq] = row
		}
		for i, digest := range g.digests {
			place := g.after + 1 + int64(i)
			row, there := at[place]
			p := missing(seal, place, place, 1)
			if there {
				p, taken[place] = changed(seal, place), true
			}
			told := w.fault(p)
			w.lose(lost{digest, seal, place, place, told})
			if there {
				w.stray(row, told)
			}
		}
	}
	rest := g.digests
	if exact {
		rest = nil
	}
	for _, row := range g.rows {
		switch {
		case taken[row.Seq]:
		case len(rest) > 0:
			told := w.fault(changed(seal, row.Seq))
			w.lose(lost{rest[0], seal, g.after + 1, g.before - 1, told})
			w.stray(row, told)
			rest = rest[1:]
		default:
			w.stray(row, w.fault(added(seal, row.Seq)))
		}
	}
	if len(rest) > 0 {
		told := w.fault(missing(seal, g.after+1, g.before-1, int64(len(rest))))
		for _, digest := range rest {
			w.lose(lost{digest, seal, g.after + 1, g.before - 1, told})
		}
	}
}

// Bounds of the search for events that were moved: it is for who looks, and what is
// beyond is told as missing here and added there.
const (
	mostMoved  = 200
	mostPlaces = 64
)

func (w *walk) lose(l lost) {
	if len(w.gone) < mostMoved {
		w.gone = append(w.gone, l)
	}
}

func (w *walk) stray(row store.TrailRow, f *Fault) {
	if len(w.strays) < mostMoved {
		w.strays = append(w.strays, stray{row, f})
	}
}

// findMoved looks for events that are what was lost elsewhere, and says so in
// the place of what was told of both.
func (w *walk) findMoved() {
	for _, l := range w.gone {
		for _, x := range w.strays {
			place, is := w.stood(l, x.row)
			if !is || l.fault == nil || l.fault.Count > 1 {
				continue
			}
			if x.fault != nil && x.fault != l.fault && x.fault.Kind == Added {
				*x.fault = Fault{}
			}
			*l.fault = moved(l.seal, place, x.row.Seq)
			break
		}
	}
	all := len(w.report.Faults)
	w.report.Faults = slices.DeleteFunc(w.report.Faults, func(f Fault) bool { return f.Kind == "" })
	w.report.Wrong -= int64(all - len(w.report.Faults))
}

// stood reports whether an event is the lost one, and where it stood.
func (w *walk) stood(l lost, row store.TrailRow) (place int64, is bool) {
	if l.to-l.from >= mostPlaces {
		return 0, false
	}
	now := row.Seq
	for place := l.from; place <= l.to; place++ {
		if row.Seq = place; place != now && w.digest(row)[:shown] == l.digest {
			return place, true
		}
	}
	return 0, false
}
