package store

import (
	"context"
	"errors"
	"math"
	"strconv"
)

// follows begins the fact of how far a follower is.
const follows = "follows "

// Followed is the place in the trail up to which all followers have come.
func (r Reader) Followed(ctx context.Context) (place int64, err error) {
	place = math.MaxInt64
	err = r.followers(ctx, func(at int64) { place = min(place, at) })
	return place, err
}

// FollowedMost is the place up to which the quickest follower has come.
func (r Reader) FollowedMost(ctx context.Context) (place int64, err error) {
	err = r.followers(ctx, func(at int64) { place = max(place, at) })
	return place, err
}

func (r Reader) followers(ctx context.Context, each func(place int64)) error {
	return r.each(ctx, "followers", func(row row) error {
		var value string
		if err := row.Scan(&value); err != nil {
			return err
		}
		at, err := strconv.ParseInt(value, 10, 64)
		each(at)
		return err
	}, `select value from meta where name like '`+follows+`%'`)
}

// ErrElsewhere says that another server does the same at this moment.
var ErrElsewhere = errors.New("store: another server prunes the trail")

// DropEvents takes away the events up to a place, and changes the fact that says
// so. Whoever else does it at the same time is refused.
func (tx *Tx) DropEvents(ctx context.Context, upTo int64, fact, was, is string) (int64, error) {
	if _, err := tx.SetMeta(ctx, fact, was); err != nil {
		return 0, err
	}
	n, err := tx.exec(ctx, "prune note", `update meta set value = $3 where name = $1 and value = $2`, fact, was, is)
	if err != nil {
		return 0, err
	}
	if n == 0 {
		return 0, ErrElsewhere
	}
	return tx.exec(ctx, "prune", `delete from events where seq <= $1`, upTo)
}

// SetOrigin writes what is left of the origin of an event.
func (tx *Tx) SetOrigin(ctx context.Context, seq int64, origin string) error {
	_, err := tx.exec(ctx, "cover origin", `update events set origin = $2 where seq = $1`, seq, origin)
	return err
}
