package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/keyfold/keyfold"
)

// An AccessRequest is a user's wish to have access to an account. The ID is the
// one that was typed: whether there is such an account, nobody has looked.
type AccessRequest struct {
	ID      string
	Account keyfold.CustomerID
	User    keyfold.UserID
	Origin  string
	Asked   time.Time
	Status  RequestStatus
}

// RequestStatus is where a request for access stands.
type RequestStatus string

// The ways of a request.
const (
	Waiting   RequestStatus = "waiting"
	Granted   RequestStatus = "granted"
	Declined  RequestStatus = "declined"
	Withdrawn RequestStatus = "withdrawn"
)

const requestColumns = `q.id, q.customer_id, q.user_id, q.origin, q.asked_at, q.status`

func requestFields(r *AccessRequest) []any {
	return []any{&r.ID, text(&r.Account), &r.User, &r.Origin, at(&r.Asked), &r.Status}
}

// PutAccessRequest accepts a request. One that waits already stays as it is.
func (tx *Tx) PutAccessRequest(ctx context.Context, r AccessRequest) error {
	_, err := tx.exec(ctx, "put access request", `
		insert into access_requests (id, customer_id, user_id, origin, asked_at, told_at, next_at, attempts, status, ended_at)
		values ($1, $2, $3, $4, $5, 0, $5, 0, 'waiting', 0)
		on conflict (user_id, customer_id) where status = 'waiting' do nothing`,
		r.ID, r.Account.String(), r.User, r.Origin, ms(tx.Now()))
	return err
}

// TakeAccessRequest finds the request that nobody has looked at and that is due
// for longest, and notes that it is looked at. Should the transaction fail, it is
// not. Without one, ok is false; one that cannot be read has its ID.
func (tx *Tx) TakeAccessRequest(ctx context.Context) (r AccessRequest, ok bool, err error) {
	err = tx.q.QueryRowContext(ctx, `select `+requestColumns+` from access_requests q
		where q.told_at = 0 and q.next_at <= $1 order by q.next_at, q.id limit 1`+tx.dialect.lockFree(), ms(tx.Now())).Scan(requestFields(&r)...)
	if errors.Is(err, sql.ErrNoRows) {
		return AccessRequest{}, false, nil
	}
	if err != nil {
		return r, false, fmt.Errorf("store: take access request: %w", err)
	}
	_, err = tx.exec(ctx, "take access request", `update access_requests set told_at = $2 where id = $1`, r.ID, ms(tx.Now()))
	return r, err == nil, err
}

// EndAccessRequest answers a request that waits. However many try at once, one
// succeeds.
func (tx *Tx) EndAccessRequest(ctx context.Context, id string, to RequestStatus) (won bool, err error) {
	n, err := tx.exec(ctx, "end access request", `
		update access_requests set status = $2, ended_at = $3 where id = $1 and status = 'waiting'`, id, to, ms(tx.Now()))
	return n == 1, err
}

// EndAccessRequests withdraws all that a user waits for, and says what that is.
func (tx *Tx) EndAccessRequests(ctx context.Context, user keyfold.UserID) (ended []AccessRequest, err error) {
	err = tx.each(ctx, "end access requests", func(row row) error {
		var r AccessRequest
		err := row.Scan(requestFields(&r)...)
		ended = append(ended, r)
		return err
	}, `update access_requests set status = 'withdrawn', ended_at = $2 where user_id = $1 and status = 'waiting'
		returning id, customer_id, user_id, origin, asked_at, status`, user, ms(tx.Now()))
	return ended, err
}

// endAccessRequest ends what a user waits for in an account: access that has
// begun is the answer, and access that has ended is one, too.
func (tx *Tx) endAccessRequest(ctx context.Context, id keyfold.CustomerID, user keyfold.UserID, to RequestStatus) error {
	_, err := tx.exec(ctx, "end access request of a user", `
		update access_requests set status = $3, ended_at = $4
		where user_id = $2 and customer_id = $1 and status = 'waiting'`, id.String(), user, to, ms(tx.Now()))
	return err
}

// DropAccessRequests forgets what was asked before a moment, whatever became of
// it.
func (tx *Tx) DropAccessRequests(ctx context.Context, before time.Time) error {
	_, err := tx.exec(ctx, "drop access requests", `
		delete from access_requests where id in (select id from access_requests where asked_at <= $1 limit $2)`, ms(before), sweepAtMost)
	return err
}

// AccessRequest reads one request.
func (r Reader) AccessRequest(ctx context.Context, id string) (found AccessRequest, err error) {
	err = r.q.QueryRowContext(ctx, `select `+requestColumns+` from access_requests q where q.id = $1`, id).Scan(requestFields(&found)...)
	if err != nil {
		return AccessRequest{}, missing(err, "access.unknown")
	}
	return found, nil
}

// AccessRequestsOf are the requests of a user that wait, newest first and at most
// limit.
func (r Reader) AccessRequestsOf(ctx context.Context, user keyfold.UserID, limit int) (list []AccessRequest, err error) {
	err = r.each(ctx, "access requests of a user", func(row row) error {
		var one AccessRequest
		err := row.Scan(requestFields(&one)...)
		list = append(list, one)
		return err
	}, `select `+requestColumns+` from access_requests q
		where q.user_id = $1 and q.status = 'waiting' order by q.asked_at desc, q.id desc limit $2`, user, limit)
	return list, err
}

// An Asker is a user who waits for access.
type Asker struct {
	AccessRequest

	Who keyfold.User
}

const askers = `select ` + requestColumns + `, ` + userColumns + ` from access_requests q join users u on u.id = q.user_id
	where q.customer_id = $1 and q.status = 'waiting' and not u.suspended and not u.deleted
		and not exists (select 1 from memberships m where m.customer_id = q.customer_id and m.user_id = q.user_id)`

func askerFields(a *Asker) []any {
	return append(requestFields(&a.AccessRequest), userFields(&a.Who)...)
}

// Askers are who waits for access to an account and can be given it, who asked
// first first, and a page of at most limit.
func (r Reader) Askers(ctx context.Context, id keyfold.CustomerID, limit, offset int) (list []Asker, err error) {
	err = r.each(ctx, "askers", func(row row) error {
		var one Asker
		err := row.Scan(askerFields(&one)...)
		list = append(list, one)
		return err
	}, askers+` order by q.asked_at, q.id limit $2 offset $3`, id.String(), limit, offset)
	return list, err
}

// Asker is one of those who wait for access to an account.
func (r Reader) Asker(ctx context.Context, id keyfold.CustomerID, request string) (a Asker, err error) {
	err = r.q.QueryRowContext(ctx, askers+` and q.id = $2`, id.String(), request).Scan(askerFields(&a)...)
	if err != nil {
		return Asker{}, missing(err, "access.unknown")
	}
	return a, nil
}
