package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
)

// An ActivityFilter says which events of an account are asked for.
type ActivityFilter struct {
	Account keyfold.CustomerID
	Kinds   []string
	From    time.Time // not before; zero: open
	To      time.Time // before; zero: open
	Older   int64     // than the event at this place of the trail; 0: from the newest
	Limit   int
}

// A Person is a user as an account knows them. The zero Person is nobody.
type Person struct {
	ID     keyfold.UserID
	Name   string
	Email  keyfold.Email
	Member bool // has access now
}

// An Activity is an event with who did it and whom it is about, as far as they
// are users.
type Activity struct {
	PastEvent

	Actor, About Person
}

// An ActivityPage is a part of the trail of an account, newest first.
type ActivityPage struct {
	Events []Activity
	Older  int64 // where to go on; 0: there is nothing older
}

// lookedAt is how many events one page looks at, at most. What a filter does not
// find among them, the next page looks for: no question costs more, however long
// a trail is.
const lookedAt = 5000

// Activity is a page of the trail of an account. It is one query, with the names
// of all who are in it.
func (r Reader) Activity(ctx context.Context, f ActivityFilter) (page ActivityPage, err error) {
	var oldest, looked int64
	err = r.each(ctx, "activity", func(row row) error {
		var a Activity
		var became string
		err := row.Scan(&oldest, &looked, &a.Seq, at(&a.At), &a.Kind, text(&a.Account), orNull(&a.User), &a.By, &a.From, &a.Note, &became,
			orNull(&a.Actor.ID), &a.Actor.Name, text(&a.Actor.Email), &a.Actor.Member,
			orNull(&a.About.ID), &a.About.Name, text(&a.About.Email), &a.About.Member)
		if err != nil || a.Seq == 0 {
			return err
		}
		if became != "" {
			if err := json.Unmarshal([]byte(became), &a.Became); err != nil {
				return fmt.Errorf("event %d: %w", a.Seq, err)
			}
		}
		page.Events = append(page.Events, a)
		return nil
	}, activityQuery(len(f.Kinds)), f.args()...)
	switch {
	case len(page.Events) > f.Limit:
		page.Events = page.Events[:f.Limit]
		page.Older = page.Events[f.Limit-1].Seq
	case looked == lookedAt:
		page.Older = oldest
	}
	return page, err
}

// Changes are the newest 16 changes of an account, newest first, with whom they
// are about. It is for the overview, and costs a fraction of a page of
// [Reader.Activity]. The limit is written out for PostgreSQL, as in visitQuery.
func (r Reader) Changes(ctx context.Context, id keyfold.CustomerID) (changes []Activity, err error) {
	err = r.each(ctx, "changes", func(row row) error {
		var a Activity
		err := scanEvent(row, &a.PastEvent, orNull(&a.About.ID), &a.About.Name, text(&a.About.Email), &a.About.Member)
		changes = append(changes, a)
		return err
	}, `select x.seq, x.at, x.kind, x.customer_id, x.user_id, x.actor, x.origin, x.note, x.became, u.id, coalesce(u.name, ''), coalesce(u.email, ''), m.user_id is not null from (
			select * from events where customer_id = $1 and became <> '' order by seq desc limit 16
		) x left join users u on u.id = x.user_id
			left join memberships m on m.customer_id = x.customer_id and m.user_id = x.user_id
		order by x.seq desc`, id.String())
	return changes, err
}

func (f ActivityFilter) args() []any {
	older, to := f.Older, ms(f.To)
	if older <= 0 {
		older = math.MaxInt64
	}
	if f.To.IsZero() {
		to = math.MaxInt64
	}
	args := []any{f.Account.String(), older, ms(f.From), to, f.Limit + 1, lookedAt}
	for _, kind := range f.Kinds {
		args = append(args, kind)
	}
	return args
}

// activityQuery looks at the newest events by the index, and only then at what
// they say. It always has a row, that says how far it has looked.
func activityQuery(kinds int) string {
	names := make([]string, max(kinds, 1))
	for i := range names {
		names[i] = fmt.Sprintf("$%d", i+7)
	}
	if kinds == 0 {
		names[0] = "null"
	}
	return strings.Replace(`
		with looked as (
			select seq, at, kind from events where customer_id = $1 and seq < $2 order by seq desc limit $6
		), found as (
			select seq from looked where at >= $3 and at < $4 and kind in (kinds) order by seq desc limit $5
		)
		select l.oldest, l.looked, coalesce(e.seq, 0), e.at, coalesce(e.kind, ''), e.customer_id, e.user_id, coalesce(e.actor, ''),
			coalesce(e.origin, ''), coalesce(e.note, ''), coalesce(e.became, ''),
			a.id, coalesce(a.name, ''), coalesce(a.email, ''), am.user_id is not null,
			u.id, coalesce(u.name, ''), coalesce(u.email, ''), um.user_id is not null
		from (select coalesce(min(seq), 0) as oldest, count(*) as looked from looked) l
		left join found f on true
		left join events e on e.seq = f.seq
		left join users a on a.id = case when e.actor like 'user:%' then substr(e.actor, 6) end
		left join memberships am on am.customer_id = e.customer_id and am.user_id = a.id
		left join users u on u.id = e.user_id
		left join memberships um on um.customer_id = e.customer_id and um.user_id = u.id
		order by f.seq desc`, "(kinds)", "("+strings.Join(names, ", ")+")", 1) // placeholders only
}
