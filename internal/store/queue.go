package store

import (
	"context"
	"errors"
	"fmt"
)

// A Queue is a table of requests that workers answer, who asked first first.
type Queue string

// The queues.
const (
	ResetQueue  Queue = "reset_requests"
	LinkQueue   Queue = "link_requests"
	AccessQueue Queue = "access_requests"
)

// maxFailed is how many requests may fail before a worker stops for now: then it
// is not the requests.
const maxFailed = 20

// Drain answers all requests of a queue that are due, each in a transaction of
// its own. answer takes one and returns its ID, or the empty one when there is
// none; then is called after each. A request that cannot be answered stays, waits
// longer each time, and keeps nobody behind it waiting.
func (db *DB) Drain(ctx context.Context, q Queue, answer func(*Tx) (id string, err error), then func()) error {
	var failed []error
	for len(failed) < maxFailed {
		var id string
		err := db.Update(ctx, func(tx *Tx) (err error) {
			id, err = answer(tx)
			return err
		})
		switch {
		case err == nil && id != "":
			then()
			continue
		case err == nil, id == "", ctx.Err() != nil, Unavailable(err): // none is left, or it is not the request
			return errors.Join(append(failed, err)...)
		}
		failed = append(failed, fmt.Errorf("request %s: %w", id, err))
		if err := db.Update(ctx, func(tx *Tx) error { return tx.postpone(ctx, q, id) }); err != nil {
			return errors.Join(append(failed, err)...)
		}
	}
	return errors.Join(failed...)
}

// postpone lets a request wait: 5 seconds after the first failure, then 20, 45
// and so on, up to an hour.
func (tx *Tx) postpone(ctx context.Context, q Queue, id string) error {
	_, err := tx.exec(ctx, "postpone request", `
		update `+string(q)+` set attempts = attempts + 1,
			next_at = $2 + case when attempts > 25 then 3600000 else 5000 * (attempts + 1) * (attempts + 1) end
		where id = $1`, id, ms(tx.Now()))
	return err
}
