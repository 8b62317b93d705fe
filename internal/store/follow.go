package store

import (
	"context"
	"strconv"
	"time"
)

// restFor is how much longer than it works a follower with much to do rests.
const restFor = 3

// Rest is how long who follows the trail rests after a batch that took so long,
// when more waits: a million events may come at once, and there are people at the
// pages.
func Rest(took time.Duration) time.Duration { return restFor * min(took, time.Second) }

// Follow gives a follower of the trail the sealed events after its place, at most
// limit and in order, and moves its place behind them. What the follower makes of
// them it writes in the same transaction, so each event counts once however many
// replicas follow, and whenever one is killed. The name is the follower's own.
func (tx *Tx) Follow(ctx context.Context, name string, limit int) (events []PastEvent, err error) {
	fact := followed(name)
	if _, err := tx.SetMeta(ctx, fact, "0"); err != nil {
		return nil, err
	}
	events, err = tx.after(ctx, `select value from meta where name = $1`+tx.dialect.lock(), fact, limit)
	if err != nil || len(events) == 0 {
		return nil, err
	}
	_, err = tx.exec(ctx, "move follower", `update meta set value = $2 where name = $1`,
		fact, strconv.FormatInt(events[len(events)-1].Seq, 10))
	return events, err
}

// Ahead are the events that [Tx.Follow] would give a follower now. Who needs time
// to make something of them does so before the transaction, and looks in it
// whether they are still the next ones.
func (r Reader) Ahead(ctx context.Context, name string, limit int) ([]PastEvent, error) {
	return r.after(ctx, `select coalesce(max(value), '0') from meta where name = $1`, follows+name, limit)
}

// after are the sealed events after the place that a fact says.
func (r Reader) after(ctx context.Context, q, fact string, limit int) (events []PastEvent, err error) {
	var place string
	if err := r.q.QueryRowContext(ctx, q, fact).Scan(&place); err != nil {
		return nil, missing(err, "follower.unknown")
	}
	after, err := strconv.ParseInt(place, 10, 64)
	if err != nil {
		return nil, err
	}
	sealed, err := r.LastSeal(ctx)
	if err != nil {
		return nil, err
	}
	err = r.each(ctx, "follow", func(row row) error {
		var e PastEvent
		err := scanEvent(row, &e)
		events = append(events, e)
		return err
	}, `select `+eventColumns+` from events where seq > $1 and seq <= $2 order by seq limit $3`, after, sealed.Last, limit)
	return events, err
}
