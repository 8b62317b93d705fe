package store

import (
	"context"
	"encoding/json"
	"fmt"
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

const eventColumns = `seq, at, kind, customer_id, user_id, actor, origin, note, became`

func scanEvent(row row, e *PastEvent) error {
	var became string
	err := row.Scan(&e.Seq, at(&e.At), &e.Kind, text(&e.Account), orNull(&e.User), &e.By, &e.From, &e.Note, &became)
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
