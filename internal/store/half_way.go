package store

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
)

// Where the accounts are that stand still on their way. Each is what the index
// of that name holds, word by word.
const (
	standingStill = `a.state in ('password_set', 'email_pending') and not a.closed and not a.frozen and not a.needs_care`
	pendingStill  = `a.state = 'email_pending' and not a.closed and not a.frozen`
)

// untold is for mailboxes that were promised no mail of a template lately.
const untold = ` and not exists (select 1 from outbox o
	where o.recipient_key = a.contact_key and o.next_at > $1 and o.template = $2 and o.status <> 'void')`

// StandingStill are the main contacts of accounts that are half-way since before
// a moment and were reminded so often, the longest first, as keys of addresses.
// Those that got a reminder since told are left out, and one comes once for each
// of its accounts. The list goes on from a place, and ends at the next.
func (r Reader) StandingStill(ctx context.Context, told time.Time, reminded int, before time.Time, from Place, limit int) ([]string, Place, error) {
	return r.mailboxes(ctx, "standing still", from, `select a.contact_key, a.state_since, a.customer_id from accounts a
		where `+standingStill+` and a.reminded = $3 and a.state_since <= $4 and a.contact_key <> ''`+untold+`
			and a.state_since >= $5 and (a.state_since > $5 or a.customer_id > $6)
		order by a.state_since, a.customer_id limit $7`, ms(told), "reminder", reminded, ms(before), ms(from.at), from.id, limit)
}

// StandingStillOf are the accounts of one of those main contacts, by ID.
func (r Reader) StandingStillOf(ctx context.Context, contact string, told time.Time, reminded int, before time.Time, limit int) ([]keyfold.CustomerID, error) {
	return r.ids(ctx, "standing still of contact", `select a.customer_id from accounts a
		where `+standingStill+` and a.reminded = $3 and a.state_since <= $4 and a.contact_key = $5 and a.contact_key <> ''`+untold+`
		order by a.customer_id limit $6`, ms(told), "reminder", reminded, ms(before), contact, limit)
}

// Unanswered are the main contacts of accounts whose pending address has not
// answered since a moment, as [Reader.StandingStill] has them. The empty one is
// that of accounts without a main contact.
func (r Reader) Unanswered(ctx context.Context, told, before time.Time, from Place, limit int) ([]string, Place, error) {
	return r.mailboxes(ctx, "unanswered", from, `select a.contact_key, a.state_since, a.customer_id from accounts a
		where `+pendingStill+` and a.state_since <= $3`+untold+`
			and a.state_since >= $4 and (a.state_since > $4 or a.customer_id > $5)
		order by a.state_since, a.customer_id limit $6`, ms(told), "pending-dropped", ms(before), ms(from.at), from.id, limit)
}

// UnansweredOf are the accounts of one of those main contacts, by ID.
func (r Reader) UnansweredOf(ctx context.Context, contact string, told, before time.Time, limit int) ([]keyfold.CustomerID, error) {
	return r.ids(ctx, "unanswered of contact", `select a.customer_id from accounts a
		where `+pendingStill+` and a.state_since <= $3 and a.contact_key = $4`+untold+`
		order by a.customer_id limit $5`, ms(told), "pending-dropped", ms(before), contact, limit)
}

func (r Reader) mailboxes(ctx context.Context, what string, from Place, q string, args ...any) (all []string, next Place, err error) {
	next = from
	err = r.each(ctx, what, func(row row) error {
		var s string
		err := row.Scan(&s, at(&next.at), &next.id)
		all = append(all, s)
		return err
	}, q, args...)
	return all, next, err
}

func (r Reader) ids(ctx context.Context, what, q string, args ...any) (all []keyfold.CustomerID, err error) {
	err = r.each(ctx, what, func(row row) error {
		var id keyfold.CustomerID
		err := row.Scan(text(&id))
		all = append(all, id)
		return err
	}, q, args...)
	return all, err
}
