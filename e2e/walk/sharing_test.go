package walk_test

import (
	"slices"

	"github.com/keyfold/keyfold"
)

// owned is most often an account with an owner, and often one with other users
// too: what happens to the others is soon told.
func (w *world) owned() keyfold.CustomerID {
	var owned, shared []keyfold.CustomerID
	for _, id := range w.ids {
		if n := len(w.trail.membersOf(id)); n > 0 {
			if owned = append(owned, id); n > 1 {
				shared = append(shared, id)
			}
		}
	}
	switch {
	case len(shared) > 0 && w.chance(60):
		return pick(w, shared)
	case len(owned) > 0 && w.chance(85):
		return pick(w, owned)
	}
	return w.account()
}

// sharing are the steps of accounts that have several users.
func sharing() []step {
	return slices.Concat(memberSteps(), ownerSteps(), contacting())
}
