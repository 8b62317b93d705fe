package ui

import (
	"strconv"

	"github.com/a-h/templ"
)

// Moved is the step after the last: the account has its email login.
const Moved = 11

// A stage is a few of the ten steps under one name: what fits in a person's
// head.
type stage struct {
	n           int
	first, last int
	step        int // where the move is
	done        bool
}

func stages(step int) []stage {
	all := []stage{{n: 1, first: 1, last: 3}, {n: 2, first: 4, last: 5}, {n: 3, first: 6, last: 7}, {n: 4, first: 8, last: 10}}
	for i := range all {
		all[i].step = step
		all[i].done = step > all[i].last
	}
	return all
}

func stageAt(step int) stage {
	all := stages(step)
	for _, s := range all {
		if s.now() {
			return s
		}
	}
	return all[0]
}

func (s stage) now() bool { return s.first <= s.step && s.step <= s.last }

func (s stage) current() templ.Attributes {
	if s.now() {
		return templ.Attributes{"aria-current": "step"}
	}
	return nil
}

func (s stage) number() string { return strconv.Itoa(s.n) }
func (s stage) title() string  { return "stages." + s.number() }

// state is one of four: a stage can start when the one before it is done or
// under way.
func (s stage) state(p Page) string {
	if s.done {
		return p.Text("stages.completed")
	}
	if s.now() {
		return p.Text("stages.in_progress", "Step", s.step)
	}
	id := "stages.not_yet"
	if s.n > stageAt(s.step).n+1 {
		id = "stages.cannot_yet"
	}
	steps := "stages.steps_two"
	if s.last-s.first > 1 {
		steps = "stages.steps_many"
	}
	return p.Text(id) + " · " + p.Text(steps, "First", s.first, "Last", s.last)
}
