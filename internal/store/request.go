package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/keyfold/keyfold"
)

// A ResetRequest is step 1 as it was typed. Everybody's is kept for a moment,
// whether we know them or not: finding out is done later, so that the answer
// takes the same time for all.
type ResetRequest struct {
	ID       string
	Asked    time.Time
	Account  keyfold.CustomerID // one of both
	Email    keyfold.Email
	Language keyfold.Language // of the page
	Origin   string
}

// PutResetRequest accepts a request. From here on it is not lost.
func (tx *Tx) PutResetRequest(ctx context.Context, r ResetRequest) error {
	typed := r.Account.String()
	if typed == "" {
		typed = r.Email.String()
	}
	_, err := tx.exec(ctx, "put reset request", `
		insert into reset_requests (id, asked_at, typed, language, origin, next_at, attempts) values ($1, $2, $3, $4, $5, $2, 0)`,
		r.ID, ms(tx.Now()), typed, r.Language.String(), r.Origin)
	return err
}

// TakeResetRequest takes the request out of the queue that is due for longest.
// Should the transaction fail, it is still there. Without one, ok is false; one
// that cannot be read has its ID.
func (tx *Tx) TakeResetRequest(ctx context.Context) (r ResetRequest, ok bool, err error) {
	var typed string
	err = tx.q.QueryRowContext(ctx, `
		select id, asked_at, typed, language, origin from reset_requests
		where next_at <= $1 order by next_at, id limit 1`+tx.dialect.lockFree(), ms(tx.Now())).
		Scan(&r.ID, at(&r.Asked), &typed, text(&r.Language), &r.Origin)
	if errors.Is(err, sql.ErrNoRows) {
		return ResetRequest{}, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("store: take reset request: %w", err)
	}
	if r.Email, err = keyfold.ParseEmail(typed); err != nil {
		if r.Account, err = keyfold.ParseCustomerID(typed); err != nil {
			return r, false, fmt.Errorf("store: take reset request: %w", err)
		}
	}
	_, err = tx.exec(ctx, "take reset request", `delete from reset_requests where id = $1`, r.ID)
	return r, err == nil, err
}

// ResetRequests says how many requests wait, and since when the oldest does.
func (r Reader) ResetRequests(ctx context.Context) (n int64, oldest time.Time, err error) {
	err = r.q.QueryRowContext(ctx, `select count(*), min(asked_at) from reset_requests`).Scan(&n, at(&oldest))
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("store: reset requests: %w", err)
	}
	return n, oldest, nil
}
