package funnel_test

import (
	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/store"
)

// A replay reads the events from the first one on, with its own eyes: it keeps
// every account, and counts by looking at all of them.
type replay struct {
	places map[keyfold.CustomerID]keyfold.Place
	came   map[keyfold.CustomerID]bool
	linked map[keyfold.CustomerID]bool
}

// replayed is the replay of all events, and what it counted at the end of each day.
func (w *world) replayed() (end map[store.FunnelPlace]int64, days map[string]map[store.FunnelPlace]int64) {
	w.Helper()
	r := replay{places: map[keyfold.CustomerID]keyfold.Place{}, came: map[keyfold.CustomerID]bool{}, linked: map[keyfold.CustomerID]bool{}}
	days = map[string]map[store.FunnelPlace]int64{}
	events, err := w.db.Reader().EventsAfter(w.Context(), 0)
	if err != nil {
		w.Fatal(err)
	}
	for i, e := range events {
		r.read(e)
		day := funnel.Day(e.At, w.zone)
		if i+1 == len(events) || funnel.Day(events[i+1].At, w.zone) != day {
			days[day] = r.counts()
		}
	}
	return r.counts(), days
}

func (r *replay) read(e store.PastEvent) {
	id := e.Account
	if id.IsZero() {
		return
	}
	if is, known := r.places[id]; known && e.Kind == "reset.requested" && is.State == keyfold.Legacy && !is.Closed {
		r.came[id] = true
	}
	if e.Became.Account == nil {
		return
	}
	was, is := r.places[id], e.Became.Account.Place()
	r.places[id] = is
	if was.State == is.State {
		return
	}
	switch is.State {
	case keyfold.Legacy:
		delete(r.came, id)
		delete(r.linked, id)
	case keyfold.Registered:
		r.linked[id] = e.Kind == "account.linked" || e.Kind == "account.claimed"
		delete(r.came, id)
	default:
		delete(r.linked, id)
	}
}

// counts looks at every account.
func (r *replay) counts() map[store.FunnelPlace]int64 {
	n := map[store.FunnelPlace]int64{}
	for id, p := range r.places {
		stage := string(p.State)
		switch {
		case p.Closed:
			stage = "closed"
		case p.State == keyfold.Legacy && r.came[id]:
			stage = "asked"
		case p.State == keyfold.Registered && r.linked[id]:
			stage = "linked"
		}
		n[store.FunnelPlace{Entity: p.Entity, Stage: stage}]++
		if p.Frozen {
			n[store.FunnelPlace{Entity: p.Entity, Stage: "frozen"}]++
		}
		if p.NeedsCare {
			n[store.FunnelPlace{Entity: p.Entity, Stage: "needs_care"}]++
		}
	}
	return n
}
