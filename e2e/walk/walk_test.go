package walk_test

import (
	"flag"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

var (
	walked = flag.Int("steps", 100_000, "how many steps to walk on each database")
	seeded = flag.Uint64("seed", 0, "walk this walk alone; 0: all of them")
)

// walks is how many worlds share the steps, each with its own dice.
const walks = 4

// TestWhateverHappensEachAccountIsWhole walks at random and checks after each
// step: one owner or a defined state, one user for an address, a way in to every
// open account, and events from which the same state can be made.
func TestWhateverHappensEachAccountIsWhole(t *testing.T) {
	for _, engine := range storetest.Engines() {
		for seed := uint64(1); seed <= walks; seed++ {
			if *seeded != 0 && seed != *seeded {
				continue
			}
			t.Run(engine+"/"+strconv.FormatUint(seed, 10), func(t *testing.T) {
				t.Parallel()
				walk(t, newWorld(t, engine, seed), *walked/walks)
			})
		}
	}
}

// quiet are the steps that change no account, user or access by themselves.
var quiet = []string{"time passes", "log in", "ask to link", "ask for access", "decline", "withdraw"}

func walk(t *testing.T, w *world, n int) {
	t.Helper()
	all := steps()
	total := 0
	for _, s := range all {
		total += s.weight
	}
	done, refused := map[string]int{}, map[string]int{}
	for i := range n {
		s := choose(w, all, total)
		what, err := s.do(w)
		w.say("%d %s %s: %v", i, s.name, what, err)
		if err != nil && keyfold.Refused(err) == nil {
			w.fail("a fault of ours: %v", err)
		}
		changes := w.observe()
		switch {
		case err != nil && changes > 0 && s.name != "request":
			w.fail("refused with %v, and %d changes", err, changes)
		case err != nil:
			refused[s.name]++
		case changes > 0:
			done[s.name]++
		}
		w.collect()
		if i%5000 == 4999 {
			w.global()
		}
	}
	w.global()
	for _, s := range all {
		if done[s.name] == 0 && !slices.Contains(quiet, s.name) && n > 10_000 {
			t.Errorf("%q was walked, and never changed anything: refused %d times", s.name, refused[s.name])
		}
	}
	t.Log(fmt.Sprint("changed: ", done), fmt.Sprint("refused: ", refused))
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
