package funnel

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A Difference is a stage in which there are not as many accounts as were counted.
type Difference struct {
	Entity           string
	Stage            Stage
	Counted, Present int64
}

// A Checked is what [Service.Check] found.
type Checked struct {
	Accounts    int64
	Behind      int // events that no worker has counted yet; they are taken into account
	Differences []Difference
}

// ErrFarBehind says that too much is not counted yet to compare anything.
var ErrFarBehind = errors.New("too many events are not counted yet: a running server counts them, try again later")

// maxBehind is how many events a check counts by itself.
const maxBehind = 200_000

// Check compares what was counted with the accounts themselves. Nobody waits for
// it: it looks at the database as it is at one moment, and counts what no worker has
// counted until then for itself.
func (s *Service) Check(ctx context.Context) (found Checked, err error) {
	err = s.DB.Snapshot(ctx, func(r store.Reader) error {
		counted, err := r.FunnelTotals(ctx)
		if err != nil {
			return err
		}
		late, err := s.late(ctx, r, &found)
		if err != nil {
			return err
		}
		for p, n := range late.days {
			p.Day = ""
			counted[p] += n.Delta
		}
		present, err := s.present(ctx, r, late, &found)
		if err != nil {
			return err
		}
		found.Differences = differences(counted, present)
		return nil
	})
	if err != nil {
		return Checked{}, fmt.Errorf("funnel: check: %w", err)
	}
	return found, nil
}

// late is the tally of what is not counted yet.
func (s *Service) late(ctx context.Context, r store.Reader, found *Checked) (*tally, error) {
	at, err := r.Following(ctx, follower)
	if err != nil {
		return nil, err
	}
	if at.Behind > maxBehind {
		return nil, ErrFarBehind
	}
	events, err := r.EventsAfter(ctx, at.Place)
	if err != nil {
		return nil, err
	}
	found.Behind = len(events)
	stored, err := r.FunnelAccounts(ctx, accountsOf(events))
	if err != nil {
		return nil, err
	}
	late := newTally(s.Zone, stored, r.PlaceAfter)
	for _, e := range events {
		if err := late.add(ctx, e); err != nil {
			return nil, err
		}
	}
	return late, nil
}

// present counts the accounts. What is kept of them may be out of date, so those
// that something has happened to count by what will be kept.
func (s *Service) present(ctx context.Context, r store.Reader, late *tally, found *Checked) (map[store.FunnelPlace]int64, error) {
	all, err := r.FunnelStands(ctx)
	if err != nil {
		return nil, err
	}
	present := map[store.FunnelPlace]int64{}
	count := func(p keyfold.Place, kept store.FunnelAccount, n int64) {
		present[store.FunnelPlace{Entity: p.Entity, Stage: string(stageOf(p, kept))}] += n
		for flag, is := range flagsOf(p) {
			if is {
				present[store.FunnelPlace{Entity: p.Entity, Stage: string(flag)}] += n
			}
		}
	}
	for _, s := range all {
		kept := store.FunnelAccount{Linked: s.Linked}
		if s.Came {
			kept.Day = "came"
		}
		count(s.Place, kept, s.Count)
		found.Accounts += s.Count
	}
	for id, kept := range late.kept {
		if was := late.stored[id]; kept != was {
			a, err := r.Account(ctx, id)
			if err != nil {
				return nil, err
			}
			count(a.Place(), was, -1)
			count(a.Place(), kept, 1)
		}
	}
	return present, nil
}

func differences(counted, present map[store.FunnelPlace]int64) (all []Difference) {
	places := maps.Clone(counted)
	maps.Copy(places, present)
	for p := range places {
		if counted[p] != present[p] {
			all = append(all, Difference{Entity: p.Entity, Stage: Stage(p.Stage), Counted: counted[p], Present: present[p]})
		}
	}
	slices.SortFunc(all, func(a, b Difference) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Stage, b.Stage))
	})
	return all
}

// accountsOf are the accounts of events of which something may be kept.
func accountsOf(events []store.PastEvent) (ids []keyfold.CustomerID) {
	seen := map[keyfold.CustomerID]bool{}
	for _, e := range events {
		if counted, kept := counts(e); counted && kept && !seen[e.Account] {
			seen[e.Account] = true
			ids = append(ids, e.Account)
		}
	}
	return ids
}
