package store

import (
	"context"
	"fmt"
	"time"
)

// ClaimMails leases mails that are due to a worker, oldest first, at most n. A
// mail whose lease ran out is due again: its worker is gone. One mailbox is
// served by one worker at a time, in order.
func (tx *Tx) ClaimMails(ctx context.Context, worker string, lease time.Duration, n int) ([]Mail, error) {
	now := ms(tx.Now())
	var ids []string
	err := tx.each(ctx, "due mails", func(row row) error {
		var id string
		err := row.Scan(&id)
		ids = append(ids, id)
		return err
	}, `select o.id from outbox o
		where o.status in ('queued', 'sending') and o.next_at <= $1 and o.lease_until <= $1
			and not exists (
				select 1 from outbox e where e.recipient_key = o.recipient_key and e.id < o.id
					and e.status in ('queued', 'sending') and e.next_at <= $1)
		order by o.next_at, o.id limit $2`+tx.dialect.lockFree(), now, n)
	if err != nil {
		return nil, err
	}
	mails := make([]Mail, 0, len(ids))
	for _, id := range ids {
		_, err := tx.exec(ctx, "claim mail", `
			update outbox set status = 'sending', lease_by = $2, lease_until = $3, attempts = attempts + 1
			where id = $1`, id, worker, ms(tx.Now().Add(lease)))
		if err != nil {
			return nil, err
		}
		m, err := scanMail(tx.q.QueryRowContext(ctx, `select `+mailColumns+` from outbox o where o.id = $1`, id))
		if err != nil {
			return nil, fmt.Errorf("store: claim mail: %w", err)
		}
		m.Worker = worker
		mails = append(mails, m)
	}
	return mails, nil
}

// EndMail writes how a mail ended. A worker whose lease ran out and was given
// to another one has no say any more: then ok is false.
func (tx *Tx) EndMail(ctx context.Context, id, worker string, status MailStatus, why string) (ok bool, err error) {
	n, err := tx.exec(ctx, "end mail", `
		update outbox set status = $3, last_error = $4, ended_at = $5, lease_until = 0, lease_by = ''
		where id = $1 and lease_by = $2 and status = 'sending'`, id, worker, status, why, ms(tx.Now()))
	return n == 1, err
}

// RetryMail puts a mail back into the queue for later.
func (tx *Tx) RetryMail(ctx context.Context, id, worker, why string, next time.Time) (ok bool, err error) {
	n, err := tx.exec(ctx, "retry mail", `
		update outbox set status = 'queued', last_error = $3, next_at = $4, lease_until = 0, lease_by = ''
		where id = $1 and lease_by = $2 and status = 'sending'`, id, worker, why, ms(next))
	return n == 1, err
}

// ReturnMail gives back what a worker has claimed and not sent, as one does
// that is told to stop. The try does not count.
func (tx *Tx) ReturnMail(ctx context.Context, id, worker string) error {
	_, err := tx.exec(ctx, "return mail", `
		update outbox set status = 'queued', attempts = attempts - 1, lease_until = 0, lease_by = ''
		where id = $1 and lease_by = $2 and status = 'sending'`, id, worker)
	return err
}

// ReturnClaim gives back all that a worker has claimed. The tries do not count.
func (tx *Tx) ReturnClaim(ctx context.Context, worker string) error {
	_, err := tx.exec(ctx, "return claim", `
		update outbox set status = 'queued', attempts = attempts - 1, lease_until = 0, lease_by = ''
		where lease_by = $1 and status = 'sending'`, worker)
	return err
}

// ExtendLease gives a worker more time for a mail. A worker that has lost it to
// another one gets none: then ok is false.
func (tx *Tx) ExtendLease(ctx context.Context, id, worker string, lease time.Duration) (ok bool, err error) {
	n, err := tx.exec(ctx, "extend lease", `
		update outbox set lease_until = $3 where id = $1 and lease_by = $2 and status = 'sending'`,
		id, worker, ms(tx.Now().Add(lease)))
	return n == 1, err
}

// OutboxHealth is how the outbox is doing.
type OutboxHealth struct {
	Waiting int64     // due or being sent
	Oldest  time.Time // since when the longest waiting of them is due; zero: none waits
	Later   int64     // queued for later
	Failed  int64     // given up and still on record
	Bounced int64     // taken by the mail server, not arrived, and still on record
}

// OutboxHealth tells how the outbox is doing.
func (r Reader) OutboxHealth(ctx context.Context) (h OutboxHealth, err error) {
	now := ms(r.now())
	err = r.q.QueryRowContext(ctx, `
		select count(*), min(o.created_at) from outbox o where o.status in ('queued', 'sending') and o.next_at <= $1`, now).
		Scan(&h.Waiting, at(&h.Oldest))
	if err != nil {
		return h, fmt.Errorf("store: outbox health: %w", err)
	}
	h.Later, err = r.count(ctx, "outbox health", `
		select count(*) from outbox o where o.status = 'queued' and o.next_at > $1`, now)
	if err != nil {
		return h, err
	}
	return h, r.lost(ctx, &h)
}

// NextMail is when the next mail is due that no worker has; zero: none waits.
func (r Reader) NextMail(ctx context.Context) (next time.Time, err error) {
	err = r.q.QueryRowContext(ctx, `
		select min(case when o.lease_until > o.next_at then o.lease_until else o.next_at end)
		from outbox o where o.status in ('queued', 'sending')`).Scan(at(&next))
	if err != nil {
		return time.Time{}, fmt.Errorf("store: next mail: %w", err)
	}
	return next, nil
}
