package store

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"time"

	"github.com/keyfold/keyfold"
)

// Record writes an event that is not a change of state: a visit, a try, the
// fate of a mail.
func (tx *Tx) Record(ctx context.Context, e keyfold.Event) error {
	became, err := written(e.Became)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "event "+e.Kind, `
		insert into events (at, kind, customer_id, user_id, actor, origin, note, became) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
		ms(tx.Now()), e.Kind, null(e.Account.String()), null(e.User), e.By, e.From, e.Note, became)
	return err
}

// A PastEvent is an event with its place and time in the trail.
type PastEvent struct {
	keyfold.Event
	Seq int64
	At  time.Time
}

// AccountEvents are the newest events of an account, newest first.
func (r Reader) AccountEvents(ctx context.Context, id keyfold.CustomerID, limit int) (events []PastEvent, err error) {
	err = r.each(ctx, "account events", func(row row) error {
		var e PastEvent
		err := scanEvent(row, &e)
		events = append(events, e)
		return err
	}, `select `+eventColumns+` from events
		where customer_id = $1 order by seq desc limit $2`, id.String(), limit)
	return events, err
}

// A NamedEvent is an event with the names of the people in it. Names may be
// empty: not everybody gives one, and who deletes a login takes it away.
type NamedEvent struct {
	PastEvent

	Actor    keyfold.UserID // who did it, when that was a user
	Name     string         // of the actor
	UserName string         // of whom it is about
}

// EventsPage are the changes of an account before a place in the trail, newest
// first. What was only tried, and the fate of mails, are not among them. The
// first page is before zero.
func (r Reader) EventsPage(ctx context.Context, id keyfold.CustomerID, before int64, limit int) (events []NamedEvent, err error) {
	if before == 0 {
		before = math.MaxInt64
	}
	err = r.each(ctx, "events page", func(row row) error {
		var e NamedEvent
		err := scanEvent(row, &e.PastEvent, orNull(&e.Actor), orNull(&e.Name), orNull(&e.UserName))
		events = append(events, e)
		return err
	}, `select `+eventColumns+`, b.id, b.name, u.name from (
			select * from events where customer_id = $1 and became <> '' and seq < $2 order by seq desc limit $3
		) x left join users b on b.id = case when x.actor like 'user:%' then substr(x.actor, 6) end
			left join users u on u.id = x.user_id
		order by seq desc`, id.String(), before, limit)
	return events, err
}

const eventColumns = `seq, at, kind, customer_id, user_id, actor, origin, note, became`

func scanEvent(row row, e *PastEvent, more ...any) error {
	var became string
	into := []any{&e.Seq, at(&e.At), &e.Kind, text(&e.Account), orNull(&e.User), &e.By, &e.From, &e.Note, &became}
	err := row.Scan(append(into, more...)...)
	if err != nil || became == "" {
		return err
	}
	if err := json.Unmarshal([]byte(became), &e.Became); err != nil {
		return fmt.Errorf("event %d: %w", e.Seq, err)
	}
	return nil
}

func written(b keyfold.Became) (string, error) {
	if b.IsZero() {
		return "", nil
	}
	text, err := json.Marshal(b)
	if err != nil {
		return "", fmt.Errorf("store: event: %w", err)
	}
	return string(text), nil
}

// LastEvent is the place of the newest event in the trail; 0: there is none.
func (r Reader) LastEvent(ctx context.Context) (int64, error) {
	return r.count(ctx, "last event", `select coalesce(max(seq), 0) from events`)
}
