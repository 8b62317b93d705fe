package store

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/keyfold/keyfold"
)

// A FunnelPlace is where something is counted: a stage of an entity, on a day of
// the operator's calendar.
type FunnelPlace struct{ Day, Entity, Stage string }

// A FunnelCount is what changed there.
type FunnelCount struct {
	Delta   int64 // how many more accounts are in the stage when the day is over
	Entered int64 // how many came to it from another stage
}

func (p FunnelPlace) compare(q FunnelPlace) int {
	return cmp.Or(cmp.Compare(p.Day, q.Day), cmp.Compare(p.Entity, q.Entity), cmp.Compare(p.Stage, q.Stage))
}

// AddFunnelDays adds to the counts of days.
func (tx *Tx) AddFunnelDays(ctx context.Context, counts map[FunnelPlace]FunnelCount) error {
	for _, p := range slices.SortedFunc(maps.Keys(counts), FunnelPlace.compare) {
		n := counts[p]
		_, err := tx.exec(ctx, "funnel day", `
			insert into funnel_days (day, entity, stage, delta, entered) values ($1, $2, $3, $4, $5)
			on conflict (day, entity, stage) do update set delta = funnel_days.delta + $4, entered = funnel_days.entered + $5`,
			p.Day, p.Entity, p.Stage, n.Delta, n.Entered)
		if err != nil {
			return err
		}
	}
	return nil
}

// AddFunnelStarts adds to how far those got who came on a day.
func (tx *Tx) AddFunnelStarts(ctx context.Context, counts map[FunnelPlace]int64) error {
	for _, p := range slices.SortedFunc(maps.Keys(counts), FunnelPlace.compare) {
		_, err := tx.exec(ctx, "funnel start", `
			insert into funnel_starts (day, entity, stage, accounts) values ($1, $2, $3, $4)
			on conflict (day, entity, stage) do update set accounts = funnel_starts.accounts + $4`,
			p.Day, p.Entity, p.Stage, counts[p])
		if err != nil {
			return err
		}
	}
	return nil
}

// A FunnelAccount is what is kept of an account whose customer is on the way, or
// that got its owner by a link. The zero one is kept of no account.
type FunnelAccount struct {
	Day, Entity, Reached string // when the customer came, and how far that got; empty: is not on the way
	Linked               bool
}

var funnelAccountsOf = `select customer_id, day, entity, reached, linked from funnel_accounts where customer_id in (` + numbered(inChunk) + `)`

// FunnelAccounts are those of many accounts of which something is kept.
func (r Reader) FunnelAccounts(ctx context.Context, ids []keyfold.CustomerID) (map[keyfold.CustomerID]FunnelAccount, error) {
	return r.funnelAccounts(ctx, ids, nil)
}

// FunnelAccounts are those of many accounts of which something is kept.
func (tx *Tx) FunnelAccounts(ctx context.Context, ids []keyfold.CustomerID) (map[keyfold.CustomerID]FunnelAccount, error) {
	return tx.funnelAccounts(ctx, ids, tx.dialect.fresh())
}

func (r Reader) funnelAccounts(ctx context.Context, ids []keyfold.CustomerID, how []any) (map[keyfold.CustomerID]FunnelAccount, error) {
	found := map[keyfold.CustomerID]FunnelAccount{}
	in := inChunks{"funnel accounts", funnelAccountsOf, inChunk, how}
	return found, in.ask(ctx, r, ids, func(row row) error {
		var id keyfold.CustomerID
		var a FunnelAccount
		err := row.Scan(text(&id), &a.Day, &a.Entity, &a.Reached, &a.Linked)
		found[id] = a
		return err
	})
}

// KeepFunnelAccount keeps this of an account from now on; the zero one is nothing.
func (tx *Tx) KeepFunnelAccount(ctx context.Context, id keyfold.CustomerID, a FunnelAccount) error {
	if a == (FunnelAccount{}) {
		_, err := tx.exec(ctx, "drop funnel account", `delete from funnel_accounts where customer_id = $1`, id.String())
		return err
	}
	_, err := tx.exec(ctx, "keep funnel account", `
		insert into funnel_accounts (customer_id, day, entity, reached, linked) values ($1, $2, $3, $4, $5)
		on conflict (customer_id) do update set day = $2, entity = $3, reached = $4, linked = $5`,
		id.String(), a.Day, a.Entity, a.Reached, a.Linked)
	return err
}

// PlaceAfter is where an account was right after a place in the trail. The account
// is read first: whatever changed it later is among the events that are read then.
func (r Reader) PlaceAfter(ctx context.Context, id keyfold.CustomerID, seq int64) (keyfold.Place, error) {
	a, err := r.Account(ctx, id)
	if err != nil {
		return keyfold.Place{}, err
	}
	place, found := a.Place(), false
	err = r.each(ctx, "place after", func(row row) error {
		var stored string
		var b keyfold.Became
		if err := row.Scan(&stored); err != nil || found {
			return err
		}
		if err := json.Unmarshal([]byte(stored), &b); err != nil || b.Account == nil {
			return err
		}
		if found, place = true, b.Account.Place(); b.From != nil {
			place = *b.From
		}
		return nil
	}, `select became from events where customer_id = $1 and seq > $2 and became like '{"account"%' order by seq limit 1`, id.String(), seq)
	return place, err
}

// EventsAfter are all events after a place in the trail, in order, sealed or not.
func (r Reader) EventsAfter(ctx context.Context, place int64) (events []PastEvent, err error) {
	err = r.each(ctx, "events after", func(row row) error {
		var e PastEvent
		err := scanEvent(row, &e)
		events = append(events, e)
		return err
	}, `select `+eventColumns+` from events where seq > $1 order by seq`, place)
	return events, err
}

// A FunnelRow is a count of one day.
type FunnelRow struct {
	FunnelPlace
	FunnelCount
}

// FunnelDays are the counts of the days from one to another one. An empty entity is
// all of them together.
func (r Reader) FunnelDays(ctx context.Context, from, to, entity string) (rows []FunnelRow, err error) {
	err = r.each(ctx, "funnel days", func(row row) error {
		var f FunnelRow
		err := row.Scan(&f.Day, &f.Stage, &f.Delta, &f.Entered)
		f.Entity = entity
		rows = append(rows, f)
		return err
	}, `select day, stage, cast(sum(delta) as bigint), cast(sum(entered) as bigint) from funnel_days
		where day >= $1 and day <= $2 and ($3 = '' or entity = $3) group by day, stage order by day, stage`, from, to, entity)
	return rows, err
}

// FunnelBefore is how many accounts were in each stage before a day began.
func (r Reader) FunnelBefore(ctx context.Context, day, entity string) (map[string]int64, error) {
	return r.funnelSums(ctx, `select stage, cast(sum(delta) as bigint) from funnel_days where day < $1 and ($2 = '' or entity = $2) group by stage`, day, entity)
}

// FunnelStarts is how many of those who came from one day to another got how far.
func (r Reader) FunnelStarts(ctx context.Context, from, to, entity string) (map[string]int64, error) {
	return r.funnelSums(ctx, `select stage, cast(sum(accounts) as bigint) from funnel_starts
		where day >= $1 and day <= $2 and ($3 = '' or entity = $3) group by stage`, from, to, entity)
}

func (r Reader) funnelSums(ctx context.Context, q string, args ...any) (map[string]int64, error) {
	sums := map[string]int64{}
	err := r.each(ctx, "funnel sums", func(row row) error {
		var stage string
		var n int64
		err := row.Scan(&stage, &n)
		sums[stage] = n
		return err
	}, q, args...)
	return sums, err
}

// FunnelEntities are the entities that accounts were counted in, sorted.
func (r Reader) FunnelEntities(ctx context.Context) (all []string, err error) {
	err = r.each(ctx, "funnel entities", func(row row) error {
		var e string
		err := row.Scan(&e)
		all = append(all, e)
		return err
	}, `select distinct entity from funnel_days order by entity`)
	return all, err
}

// FunnelTotals are the sums of all days.
func (r Reader) FunnelTotals(ctx context.Context) (map[FunnelPlace]int64, error) {
	totals := map[FunnelPlace]int64{}
	err := r.each(ctx, "funnel totals", func(row row) error {
		var p FunnelPlace
		var n int64
		err := row.Scan(&p.Entity, &p.Stage, &n)
		if n != 0 {
			totals[p] = n
		}
		return err
	}, `select entity, stage, cast(sum(delta) as bigint) from funnel_days group by entity, stage`)
	return totals, err
}

// A FunnelStand is how many accounts are in one place just now.
type FunnelStand struct {
	Place  keyfold.Place
	Came   bool // their customers are on the way
	Linked bool
	Count  int64
}

// FunnelStands counts the accounts themselves.
func (r Reader) FunnelStands(ctx context.Context) (all []FunnelStand, err error) {
	err = r.each(ctx, "funnel stands", func(row row) error {
		var s FunnelStand
		err := row.Scan(&s.Place.Entity, &s.Place.State, &s.Place.Closed, &s.Place.Frozen, &s.Place.NeedsCare, &s.Came, &s.Linked, &s.Count)
		all = append(all, s)
		return err
	}, `select a.entity, a.state, a.closed, a.frozen, a.needs_care, coalesce(f.day <> '', false) as came, coalesce(f.linked, false) as linked, count(*)
		from accounts a left join funnel_accounts f on f.customer_id = a.customer_id
		group by a.entity, a.state, a.closed, a.frozen, a.needs_care, came, linked`)
	return all, err
}

// A Following is how far a follower of the trail is.
type Following struct {
	Place  int64     // of the last event that it has read
	Behind int64     // how many there are after it
	AsOf   time.Time // up to when it has read all; now, when nothing is left
}

// Following says how far a follower is.
func (r Reader) Following(ctx context.Context, name string) (f Following, err error) {
	f.Place, err = r.count(ctx, "place of follower", `select coalesce(max(cast(value as bigint)), 0) from meta where name = $1`, followed(name))
	if err != nil {
		return f, err
	}
	if f.Behind, err = r.count(ctx, "behind", `select coalesce(max(seq), 0) - $1 from events`, f.Place); err != nil {
		return f, err
	}
	if f.AsOf = r.now(); f.Behind <= 0 {
		f.Behind = 0
		return f, nil
	}
	err = r.q.QueryRowContext(ctx, `select at from events where seq > $1 order by seq limit 1`, f.Place).Scan(at(&f.AsOf))
	if err != nil {
		return f, fmt.Errorf("store: next event: %w", err)
	}
	return f, nil
}

func followed(name string) string { return "follows " + name }
