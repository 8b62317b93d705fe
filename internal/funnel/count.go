package funnel

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A tally is what some events, one after the other, change in the counts.
type tally struct {
	zone   *time.Location
	days   map[store.FunnelPlace]store.FunnelCount
	starts map[store.FunnelPlace]int64
	kept   map[keyfold.CustomerID]store.FunnelAccount // as it is now
	stored map[keyfold.CustomerID]store.FunnelAccount // as it was
	place  func(context.Context, keyfold.CustomerID, int64) (keyfold.Place, error)
}

func newTally(zone *time.Location, stored map[keyfold.CustomerID]store.FunnelAccount, place func(context.Context, keyfold.CustomerID, int64) (keyfold.Place, error)) *tally {
	t := &tally{
		zone: zone, days: map[store.FunnelPlace]store.FunnelCount{}, starts: map[store.FunnelPlace]int64{},
		kept: map[keyfold.CustomerID]store.FunnelAccount{}, stored: stored, place: place,
	}
	maps.Copy(t.kept, stored)
	return t
}

// counts reports whether an event can change a count, and whether what is kept of
// its account has to be known for that.
func counts(e store.PastEvent) (counted, kept bool) {
	switch {
	case e.Account.IsZero():
		return false, false
	case e.Kind == "account.imported":
		return true, false
	case e.Kind == "reset.requested":
		return e.Note == "", true // with a note, the mail has no link: there is a login already
	}
	return e.Became.From != nil, true
}

func (t *tally) add(ctx context.Context, e store.PastEvent) error {
	if counted, _ := counts(e); !counted {
		return nil
	}
	day := Day(e.At, t.zone)
	if e.Kind == "reset.requested" {
		return t.asked(ctx, e, day)
	}
	if e.Became.Account == nil {
		return nil
	}
	to, kept := e.Became.Account.Place(), t.kept[e.Account]
	if e.Became.From == nil {
		t.enter(day, to, stageOf(to, kept), true)
		t.flag(day, keyfold.Place{}, to)
		return nil
	}
	from := *e.Became.From
	was := stageOf(from, kept)
	kept = t.journey(day, e.Kind, from, to, kept)
	t.kept[e.Account] = kept
	is := stageOf(to, kept)
	if was != is || from.Entity != to.Entity {
		t.change(day, from.Entity, was, store.FunnelCount{Delta: -1})
		t.enter(day, to, is, from.State != to.State || to.Closed && !from.Closed)
	}
	t.flag(day, from, to)
	return nil
}

// asked counts who comes by steps 1 and 2, the first time.
func (t *tally) asked(ctx context.Context, e store.PastEvent, day string) error {
	kept := t.kept[e.Account]
	if kept != (store.FunnelAccount{}) {
		return nil // has come, or has a login
	}
	is, err := t.place(ctx, e.Account, e.Seq)
	if err != nil || is.State != keyfold.Legacy || is.Closed {
		return err
	}
	t.kept[e.Account] = t.begin(day, is.Entity)
	t.change(day, is.Entity, Legacy, store.FunnelCount{Delta: -1})
	t.enter(day, is, Asked, true)
	return nil
}

// begin notes that a customer came.
func (t *tally) begin(day, entity string) store.FunnelAccount {
	t.starts[store.FunnelPlace{Day: day, Entity: entity, Stage: string(Asked)}]++
	return store.FunnelAccount{Day: day, Entity: entity, Reached: string(Asked)}
}

// journey is what is kept of an account after a change.
func (t *tally) journey(day, kind string, from, to keyfold.Place, kept store.FunnelAccount) store.FunnelAccount {
	if from.State == to.State {
		return kept
	}
	if from.State == keyfold.Legacy && to.State == keyfold.PasswordSet && kept.Day == "" {
		kept = t.begin(day, to.Entity) // came with the password of the old system
	}
	byLink := to.State == keyfold.Registered && kind != "account.registered"
	if kept.Day != "" {
		kept = t.reach(kept, to.State, byLink)
	}
	if to.State == keyfold.Registered || to.State == keyfold.Legacy || from.State == keyfold.Registered {
		kept = store.FunnelAccount{} // arrived, or begins anew
	}
	kept.Linked = byLink
	return kept
}

// reach notes how far a customer who came has got.
func (t *tally) reach(kept store.FunnelAccount, state keyfold.State, byLink bool) store.FunnelAccount {
	if byLink {
		t.starts[store.FunnelPlace{Day: kept.Day, Entity: kept.Entity, Stage: string(Linked)}]++
		return kept
	}
	all := steps()
	for next := slices.Index(all, Stage(kept.Reached)) + 1; next <= slices.Index(all, Stage(state)); next++ {
		kept.Reached = string(all[next])
		t.starts[store.FunnelPlace{Day: kept.Day, Entity: kept.Entity, Stage: kept.Reached}]++
	}
	return kept
}

func (t *tally) enter(day string, to keyfold.Place, stage Stage, from bool) {
	n := store.FunnelCount{Delta: 1}
	if from {
		n.Entered = 1
	}
	t.change(day, to.Entity, stage, n)
}

// flag counts what an account has beside its stage.
func (t *tally) flag(day string, from, to keyfold.Place) {
	was, is := flagsOf(from), flagsOf(to)
	for _, f := range Flags() {
		if was[f] == is[f] && from.Entity == to.Entity {
			continue
		}
		if was[f] {
			t.change(day, from.Entity, f, store.FunnelCount{Delta: -1})
		}
		if is[f] {
			t.enter(day, to, f, !was[f])
		}
	}
}

func (t *tally) change(day, entity string, stage Stage, by store.FunnelCount) {
	p := store.FunnelPlace{Day: day, Entity: entity, Stage: string(stage)}
	n := t.days[p]
	t.days[p] = store.FunnelCount{Delta: n.Delta + by.Delta, Entered: n.Entered + by.Entered}
}

// write adds all of it to what is stored.
func (t *tally) write(ctx context.Context, tx *store.Tx) error {
	if err := tx.AddFunnelDays(ctx, t.days); err != nil {
		return err
	}
	if err := tx.AddFunnelStarts(ctx, t.starts); err != nil {
		return err
	}
	for id, a := range t.kept {
		if a == t.stored[id] {
			continue
		}
		if err := tx.KeepFunnelAccount(ctx, id, a); err != nil {
			return err
		}
	}
	return nil
}

// Day is the day of a moment on a calendar, as it is stored: 2026-03-01.
func Day(at time.Time, zone *time.Location) string { return at.In(zone).Format(time.DateOnly) }
