package store

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
)

// Keep says how long rows are kept that nobody needs any more.
type Keep struct {
	Tokens  time.Duration // after their end
	Mails   time.Duration // after they were sent or given up; what readers of the help said goes with them
	Origins time.Duration // from where a mail was asked for, after it was sent or given up
}

// sweepAtMost bounds one sweep, so that it never holds up others for long.
const sweepAtMost = 1000

// Sweep deletes what has had its time. It returns how many rows went.
func (tx *Tx) Sweep(ctx context.Context, k Keep) (int64, error) {
	now := tx.Now()
	var total int64
	for _, q := range []struct {
		what, sql string
		before    time.Time
	}{
		{"sweep sessions", `delete from sessions where hash in (select hash from sessions where expires_at <= $1 limit $2)`, now},
		{"sweep staff sessions", `delete from staff_sessions where hash in (select hash from staff_sessions where expires_at <= $1 limit $2)`, now},
		{"sweep limits", `delete from limits where name in (select name from limits where until <= $1 limit $2)`, now},
		{"sweep mails", `delete from outbox where id in (
			select id from outbox where ended_at > 0 and ended_at <= $1 limit $2)`, now.Add(-k.Mails)},
		{"sweep grants", `delete from grants where token_id in (
			select id from tokens t where t.expires_at <= $1
				and not exists (select 1 from outbox o where o.token_id = t.id) limit $2)`, now.Add(-k.Tokens)},
		{"sweep tokens", `delete from tokens where id in (
			select id from tokens t where t.expires_at <= $1
				and not exists (select 1 from outbox o where o.token_id = t.id)
				and not exists (select 1 from grants g where g.token_id = t.id) limit $2)`, now.Add(-k.Tokens)},
		{"sweep care requests", `delete from care_requests where id in (select id from care_requests where at <= $1 limit $2)`, now.Add(-k.Mails)},
	} {
		n, err := tx.exec(ctx, q.what, q.sql, ms(q.before), sweepAtMost)
		if err != nil {
			return total, err
		}
		total += n
	}
	n, err := tx.sweepHelpMisses(ctx, now.Add(-k.Mails))
	if err != nil {
		return total, err
	}
	also, err := tx.sweepOrigins(ctx, now.Add(-k.Origins))
	return total + n + also, err
}

// sweepOrigins takes from old mails from where they were asked for.
func (tx *Tx) sweepOrigins(ctx context.Context, before time.Time) (int64, error) {
	return tx.dropOrigins(ctx, `ended_at > 0 and ended_at <= $1`, ms(before))
}

// dropOrigins takes from some mails from where they were asked for.
func (tx *Tx) dropOrigins(ctx context.Context, which string, args ...any) (int64, error) {
	data := map[string]string{}
	err := tx.each(ctx, "old origins", func(row row) error {
		var id, text string
		if err := row.Scan(&id, &text); err != nil {
			return err
		}
		var d MailData
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			return fmt.Errorf("mail %s: %w", id, err)
		}
		d.Origin = ""
		rest, err := json.Marshal(d)
		data[id] = string(rest)
		return err
	}, `select id, data from outbox where data like '%"origin":%' and `+which+` limit `+strconv.Itoa(sweepAtMost), args...)
	if err != nil {
		return 0, err
	}
	for id, rest := range data {
		if _, err := tx.exec(ctx, "drop origin", `update outbox set data = $2 where id = $1`, id, rest); err != nil {
			return 0, err
		}
	}
	return int64(len(data)), nil
}
