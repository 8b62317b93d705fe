package walk_test

import (
	"flag"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

var (
	walked = flag.Int("steps", 100_000, "how many steps to walk on each database")
	seeded = flag.Uint64("seed", 0, "walk this walk alone; 0: all of them")
)

// leg is how many steps are walked in one world, with its own dice. A longer walk
// is one through more worlds: what is checked of a whole world takes longer the
// more there is in it.
const leg = 25_000

// TestWhateverHappensEachAccountIsWhole walks at random and checks after each
// step: one owner or a defined state, one user for an address, a way in to every
// open account, and events from which the same state can be made.
func TestWhateverHappensEachAccountIsWhole(t *testing.T) {
	for _, engine := range storetest.Engines() {
		all := tally{done: map[string]int{}, refused: map[string]int{}}
		t.Run(engine, func(t *testing.T) {
			for left, seed := *walked, uint64(1); left > 0; left, seed = left-leg, seed+1 {
				if *seeded != 0 && seed != *seeded {
					continue
				}
				t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
					t.Parallel()
					walk(newWorld(t, engine, seed), min(left, leg), &all)
				})
			}
		})
		if *walked >= 100_000 {
			all.check(t, engine)
		}
	}
}

// A tally is how often each step has changed something, and was refused.
type tally struct {
	mu            sync.Mutex
	done, refused map[string]int
}

// quiet are the steps that change no state.
var quiet = []string{"time passes", "log in", "ask to link", "ask for access", "decline", "withdraw"}

// check wants a walk to have been everywhere.
func (all *tally) check(t *testing.T, engine string) {
	t.Helper()
	for _, s := range steps() {
		if all.done[s.name] == 0 && !slices.Contains(quiet, s.name) {
			t.Errorf("%s: %q never changed anything: refused %d times", engine, s.name, all.refused[s.name])
		}
	}
	t.Logf("summary %s: changed %v, refused %v", engine, all.done, all.refused)
}

func (all *tally) count(s step, err error, changes int) {
	all.mu.Lock()
	defer all.mu.Unlock()
	switch {
	case err != nil:
		all.refused[s.name]++
	case changes > 0:
		all.done[s.name]++
	}
}

func walk(w *world, n int, counted *tally) {
	all := steps()
	total := 0
	for _, s := range all {
		total += s.weight
	}
	for i := range n {
		s := choose(w, all, total)
		what, err := s.do(w)
		w.say("%d %s %s: %v", i, s.name, what, err)
		if err != nil && keyfold.Refused(err) == nil {
			w.fail("a fault of ours: %v", err)
		}
		changes := w.observe()
		if err != nil && changes > 0 && s.name != "request" { // which is answered later
			w.fail("refused with %v, and %d changes", err, changes)
		}
		counted.count(s, err, changes)
		w.collect()
		if i%5000 == 4999 {
			w.global()
		}
	}
	w.global()
}

func choose(w *world, all []step, total int) step {
	n := w.dice.IntN(total)
	for _, s := range all {
		if n -= s.weight; n < 0 {
			return s
		}
	}
	return all[0]
}
