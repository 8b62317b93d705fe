package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A Seal closes a stretch of the trail: what it holds cannot change any more
// without its hash telling. Each seal counts on the one before, and says all that
// is needed to look at it alone.
type Seal struct {
	Number   int64 // 1, 2, 3 …; 0: there is none
	After    int64 // the events in it come after this place,
	Last     int64 // up to this one, which is that of the newest
	Events   int64
	Digests  string // 8 hexadecimal digits for each event, in order: to tell which one is wrong
	Root     string // of the whole digests, so that the seal still fits when its events have had their time
	Previous string // hash of the seal before
	Hash     string
	At       time.Time
}

const sealColumns = `number, after_seq, last_seq, events, digests, root, previous, hash, sealed_at`

func scanSeal(row row) (s Seal, err error) {
	err = row.Scan(&s.Number, &s.After, &s.Last, &s.Events, &s.Digests, &s.Root, &s.Previous, &s.Hash, at(&s.At))
	return s, err
}

// LastSeal is the newest seal; the zero one when nothing is sealed yet.
func (r Reader) LastSeal(ctx context.Context) (Seal, error) {
	s, err := scanSeal(r.q.QueryRowContext(ctx, `select `+sealColumns+` from event_seals where number = (select max(number) from event_seals)`))
	if errors.Is(err, sql.ErrNoRows) {
		return Seal{}, nil
	}
	if err != nil {
		return Seal{}, fmt.Errorf("store: last seal: %w", err)
	}
	return s, nil
}

// SealsAfter are the seals after one of them, in order.
func (r Reader) SealsAfter(ctx context.Context, number int64, limit int) (seals []Seal, err error) {
	err = r.each(ctx, "seals", func(row row) error {
		s, err := scanSeal(row)
		seals = append(seals, s)
		return err
	}, `select `+sealColumns+` from event_seals where number > $1 order by number limit $2`, number, limit)
	return seals, err
}

// CountEventsAfter is how many events there are after a place.
func (r Reader) CountEventsAfter(ctx context.Context, seq int64) (int64, error) {
	return r.count(ctx, "count events", `select count(*) from events where seq > $1`, seq)
}

// AddSeal writes a seal. Another one with its number may be there already: then it
// was not added.
func (tx *Tx) AddSeal(ctx context.Context, s Seal) (added bool, err error) {
	n, err := tx.exec(ctx, "add seal", `
		insert into event_seals (`+sealColumns+`) values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict (number) do nothing`,
		s.Number, s.After, s.Last, s.Events, s.Digests, s.Root, s.Previous, s.Hash, ms(s.At))
	return n == 1, err
}

// A TrailRow is an event as it stands in its table and in every copy of it, to the
// letter.
type TrailRow struct {
	Seq                                              int64
	At                                               int64 // in milliseconds
	Kind, Account, User, Actor, Origin, Note, Became string
}

// Trail are the events after a place and up to another one, in order.
func (r Reader) Trail(ctx context.Context, after, upTo int64, limit int) (rows []TrailRow, err error) {
	err = r.eachTrailRow(ctx, &rows, ` where seq > $1 and seq <= $2 order by seq limit $3`, after, upTo, limit)
	return rows, err
}

func (r Reader) eachTrailRow(ctx context.Context, rows *[]TrailRow, which string, args ...any) error {
	return r.each(ctx, "trail", func(row row) error {
		var t TrailRow
		err := row.Scan(&t.Seq, cell(&t.At), cell(&t.Kind), orNone(&t.Account), orNone(&t.User), cell(&t.Actor), cell(&t.Origin), cell(&t.Note), cell(&t.Became))
		*rows = append(*rows, t)
		return err
	}, `select `+eventColumns+` from events`+which, args...)
}

// settlePoll is how often one looks whether who was writing has ended.
const settlePoll = 20 * time.Millisecond

// Settled is a place in the trail before which nothing can come any more. On
// PostgreSQL an event gets its place before its transaction ends, so this waits
// for those that are writing events now, and keeps nobody from writing. Whoever
// has a place holds a lock on the table since before it was given.
func (db *DB) Settled(ctx context.Context) (int64, error) {
	r := db.Reader()
	last, err := r.LastEvent(ctx)
	if err != nil || db.dialect != onPostgres {
		return last, err
	}
	writing, err := r.writers(ctx)
	for err == nil && len(writing) > 0 {
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(settlePoll):
		}
		var still []string
		if still, err = r.writers(ctx); err == nil {
			writing = slices.DeleteFunc(writing, func(id string) bool { return !slices.Contains(still, id) })
		}
	}
	return last, err
}

// writers are the transactions that have written events, or are about to.
func (r Reader) writers(ctx context.Context) (ids []string, err error) {
	err = r.each(ctx, "writers", func(row row) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, `select virtualtransaction from pg_locks
		where relation = 'events'::regclass and mode = 'RowExclusiveLock' and database = (select oid from pg_database where datname = current_database())`)
	return ids, err
}
