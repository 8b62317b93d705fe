package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/keyfold/keyfold"
)

const accountColumns = `a.customer_id, a.entity, a.name, a.language, a.contact_name, a.contact_email, a.sourced_name,
	a.sourced_email, a.former_email, a.contact_changed_at, a.coming_name, a.coming_email, a.coming_at, a.state,
	a.state_since, a.reminded, a.imported_hash, a.password_hash, a.pending_email, a.owner, a.offer_to, a.offer_until,
	a.return_to, a.return_roles, a.return_until, a.reclaim_at, a.vetoed_at, a.former_state, a.former_pending, a.undo_until, a.closed,
	a.frozen, a.needs_care, a.version, a.sourced_contacts, a.imported_factor`

func accountFields(a *keyfold.Account) []any {
	return []any{
		text(&a.ID), &a.Entity, &a.Name, text(&a.Language), &a.Contact.Name, text(&a.Contact.Email), &a.Sourced.Name,
		text(&a.Sourced.Email), text(&a.Former), at(&a.Changed), &a.Coming.Contact.Name, text(&a.Coming.Contact.Email),
		at(&a.Coming.At), &a.State, at(&a.Since), &a.Reminded, &a.Imported, &a.Password, text(&a.Pending), orNull(&a.Owner),
		orNull(&a.Offer.To), at(&a.Offer.Until), orNull(&a.Return.To), text(&a.Return.Roles), at(&a.Return.Until),
		at(&a.Reclaim), at(&a.Vetoed), &a.Before.State, text(&a.Before.Pending), at(&a.Before.Until), &a.Closed, &a.Frozen, &a.NeedsCare,
		&a.Version, text(&a.Listed), &a.Factor,
	}
}

// Account reads one account.
func (r Reader) Account(ctx context.Context, id keyfold.CustomerID) (keyfold.Account, error) {
	return r.account(ctx, id, "")
}

// Account reads one account and keeps others from changing it until the
// transaction ends.
func (tx *Tx) Account(ctx context.Context, id keyfold.CustomerID) (keyfold.Account, error) {
	a, err := tx.account(ctx, id, tx.dialect.lock())
	tx.note(a)
	return a, err
}

func (r Reader) account(ctx context.Context, id keyfold.CustomerID, lock string) (a keyfold.Account, err error) {
	err = r.q.QueryRowContext(ctx, `select `+accountColumns+` from accounts a where a.customer_id = $1`+lock, id.String()).
		Scan(accountFields(&a)...)
	if err != nil {
		return keyfold.Account{}, missing(err, "account.unknown")
	}
	return a, nil
}

// AccountPassword is the hash that a login with a customer ID is compared with,
// empty when there is none. One row comes back in any case, and nothing else is
// read, so that the time it takes does not tell which IDs there are.
func (r Reader) AccountPassword(ctx context.Context, id keyfold.CustomerID) (h keyfold.Hash, err error) {
	err = r.q.QueryRowContext(ctx, `select coalesce(max(a.password_hash), '') from accounts a where a.customer_id = $1`, id.String()).Scan(&h)
	if err != nil {
		return "", fmt.Errorf("store: account password: %w", err)
	}
	return h, nil
}

// AccountsOfContact are the accounts whose main contact is that mailbox and
// that are open and not registered: those that a reset by its address is
// about. They are sorted by ID and at most limit.
func (r Reader) AccountsOfContact(ctx context.Context, contact keyfold.Email, limit int) (accounts []keyfold.Account, err error) {
	err = r.each(ctx, "accounts of contact", func(row row) error {
		var a keyfold.Account
		err := row.Scan(accountFields(&a)...)
		accounts = append(accounts, a)
		return err
	}, `select `+accountColumns+` from accounts a
		where a.contact_key = $1 and a.state <> 'registered' and not a.closed and not a.frozen
		order by a.customer_id limit $2`, contact.Key(), limit)
	return accounts, err
}

// UnregisteredOfContact are all accounts without an owner whose main contact is
// that mailbox, closed and frozen ones too, sorted by ID and at most limit. The
// search finds parts of a name or of a customer ID; empty finds all.
func (r Reader) UnregisteredOfContact(ctx context.Context, contact keyfold.Email, search string, limit int) (accounts []keyfold.Account, err error) {
	err = r.each(ctx, "unregistered of contact", func(row row) error {
		var a keyfold.Account
		err := row.Scan(accountFields(&a)...)
		accounts = append(accounts, a)
		return err
	}, `select `+accountColumns+` from accounts a
		where a.contact_key = $1 and a.state <> 'registered' and `+matches+`
		order by a.customer_id limit $4`,
		contact.Key(), contains(search), contains(keyfold.NormaliseCustomerID(search)), limit)
	return accounts, err
}

// HasUnregistered reports whether there is an open account without an owner
// whose main contact is that mailbox.
func (r Reader) HasUnregistered(ctx context.Context, contact keyfold.Email) (bool, error) {
	n, err := r.count(ctx, "has unregistered", `
		select count(*) from (select 1 from accounts a
			where a.contact_key = $1 and a.state <> 'registered' and not a.closed limit 1) x`, contact.Key())
	return n > 0, err
}

// Apply writes a change: the account as it is now, its owner, and the event
// that says so. It is the only way to write an account, and it refuses when
// the account is no longer the one that the change was made from.
func (tx *Tx) Apply(ctx context.Context, c keyfold.Change) error {
	if c.IsZero() {
		return errors.New("store: the zero change changes nothing")
	}
	a, e := c.Account(), c.Event()
	from, err := tx.from(ctx, a)
	if err != nil {
		return err
	}
	e.Became.From = from
	n, err := tx.exec(ctx, "apply "+e.Kind, `
		insert into accounts (customer_id, entity, name, language, contact_name, contact_email, contact_key, sourced_name, sourced_email,
			former_email, contact_changed_at, coming_name, coming_email, coming_at, state, state_since, reminded,
			imported_hash, password_hash, pending_email, owner, offer_to, offer_until, return_to, return_roles,
			return_until, reclaim_at, former_state, former_pending, undo_until, closed, frozen, needs_care, version,
			created_at, updated_at, vetoed_at, sourced_contacts, imported_factor)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
			$25, $26, $27, $28, $29, $30, $31, $32, $33, 1, $37, $37, $34, $35, $36)
		on conflict (customer_id) do update set
			entity = $2, name = $3, language = $4, contact_name = $5, contact_email = $6, contact_key = $7, sourced_name =
			$8, sourced_email = $9, former_email = $10, contact_changed_at = $11, coming_name = $12, coming_email = $13,
			coming_at = $14, state = $15, state_since = $16, reminded = $17, imported_hash = $18, password_hash = $19,
			pending_email = $20, owner = $21, offer_to = $22, offer_until = $23, return_to = $24, return_roles = $25,
			return_until = $26, reclaim_at = $27, former_state = $28, former_pending = $29, undo_until = $30, closed =
			$31, frozen = $32, needs_care = $33, version = accounts.version + 1, updated_at = $37, vetoed_at = $34,
			sourced_contacts = $35, imported_factor = $36
		where accounts.version = $38`,
		append(accountValues(a), ms(tx.Now()), a.Version)...)
	if err != nil {
		return err
	}
	if n == 0 { // somebody changed it since it was read
		return keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	}
	a.Version++
	tx.note(a)
	if h := c.Handover(); !h.IsZero() {
		if err := tx.handOver(ctx, a.ID, h); err != nil {
			return err
		}
	}
	return tx.Record(ctx, e)
}

// accountValues are what [accountFields] reads, and the key of the contact.
func accountValues(a keyfold.Account) []any {
	return append(make([]any, 0, 40), // with room for the four that are not the account's
		a.ID.String(), a.Entity, a.Name, a.Language.String(), a.Contact.Name, a.Contact.Email.String(), a.Contact.Email.Key(),
		a.Sourced.Name, a.Sourced.Email.String(), a.Former.String(), ms(a.Changed), a.Coming.Contact.Name,
		a.Coming.Contact.Email.String(), ms(a.Coming.At), string(a.State), ms(a.Since), a.Reminded, string(a.Imported), string(a.Password),
		a.Pending.String(), null(a.Owner), null(a.Offer.To), ms(a.Offer.Until), null(a.Return.To), a.Return.Roles.String(),
		ms(a.Return.Until), ms(a.Reclaim), string(a.Before.State), a.Before.Pending.String(), ms(a.Before.Until), a.Closed, a.Frozen,
		a.NeedsCare, ms(a.Vetoed), a.Listed.String(), string(a.Factor),
	)
}

// DueReclaims are the accounts that their main contacts get back by now: no
// more than limit, those that have waited longest first. The list
// goes on from a place, and ends at the next.
func (r Reader) DueReclaims(ctx context.Context, from Place, limit int) (due []keyfold.CustomerID, next Place, err error) {
	next = from
	err = r.each(ctx, "due reclaims", func(row row) error {
		var id keyfold.CustomerID
		err := row.Scan(text(&id), at(&next.at), &next.id)
		due = append(due, id)
		return err
	}, `select customer_id, reclaim_at, customer_id from accounts
		where reclaim_at > 0 and reclaim_at <= $1 and reclaim_at >= $2 and (reclaim_at > $2 or customer_id > $3)
		order by reclaim_at, customer_id limit $4`, ms(r.now()), ms(from.at), from.id, limit)
	return due, next, err
}

// AccountCounts are how many accounts are in each state.
func (r Reader) AccountCounts(ctx context.Context) (map[keyfold.State]int64, error) {
	counts := map[keyfold.State]int64{}
	err := r.each(ctx, "account counts", func(row row) error {
		var s keyfold.State
		var n int64
		err := row.Scan(&s, &n)
		counts[s] = n
		return err
	}, `select state, count(*) from accounts group by state`)
	if err != nil {
		return nil, fmt.Errorf("store: account counts: %w", err)
	}
	return counts, nil
}
