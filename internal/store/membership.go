package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
)

// Memberships are the accounts of a user that a search finds: last used first,
// then by name. Found says how many there are on all pages. The search looks for
// parts of a name or of a customer ID; empty finds all. Only the page that is
// asked for is read whole.
func (r Reader) Memberships(ctx context.Context, user keyfold.UserID, search string, limit, offset int) (list []keyfold.Membership, found int, err error) {
	where, page, args := "", `limit $2 offset $3`, []any{user, limit, offset}
	if search != "" {
		where, page = ` and `+matches, `limit $4 offset $5`
		args = []any{user, contains(search), contains(keyfold.NormaliseCustomerID(search)), limit, offset}
	}
	err = r.each(ctx, "memberships", func(row row) error {
		var m keyfold.Membership
		err := row.Scan(append(membershipFields(&m), &found)...)
		list = append(list, m)
		return err
	}, `select `+membershipColumns+`, p.found from (
			select m.customer_id, count(*) over () as found, m.used_at, a.name
			from memberships m join accounts a on a.customer_id = m.customer_id
			where m.user_id = $1`+where+`
			order by m.used_at desc, a.name, m.customer_id `+page+`
		) p join memberships m on m.customer_id = p.customer_id and m.user_id = $1
		join accounts a on a.customer_id = p.customer_id
		order by p.used_at desc, p.name, p.customer_id`, args...)
	return list, found, err
}

// CountMemberships says how many accounts a user has.
func (r Reader) CountMemberships(ctx context.Context, user keyfold.UserID) (int, error) {
	n, err := r.count(ctx, "count memberships", `select count(*) from memberships where user_id = $1`, user)
	return int(n), err
}

// Membership is what a user may do in one account. Without one, the account does
// not exist for that user.
func (r Reader) Membership(ctx context.Context, user keyfold.UserID, id keyfold.CustomerID) (m keyfold.Membership, err error) {
	err = r.q.QueryRowContext(ctx, `
		select `+membershipColumns+` from memberships m join accounts a on a.customer_id = m.customer_id
		where m.user_id = $1 and m.customer_id = $2`, user, id.String()).
		Scan(membershipFields(&m)...)
	if err != nil {
		return keyfold.Membership{}, missing(err, "account.unknown")
	}
	return m, nil
}

// Members are the users of an account, the owner first, then by name.
func (r Reader) Members(ctx context.Context, id keyfold.CustomerID) (members []MemberUser, err error) {
	err = r.each(ctx, "members", func(row row) error {
		var m MemberUser
		err := row.Scan(append(userFields(&m.User), text(&m.Roles), at(&m.Since), at(&m.Used))...)
		members = append(members, m)
		return err
	}, `select `+userColumns+`, m.roles, m.since, m.used_at from memberships m join users u on u.id = m.user_id
		where m.customer_id = $1 order by m.roles = 'owner' desc, lower(u.name), u.email_key`, id.String())
	return members, err
}

// A MemberUser is a user of an account with what they may do there.
type MemberUser struct {
	keyfold.User

	Roles keyfold.Roles
	Since time.Time
	Used  time.Time // the account was last opened by this user; zero: never
}

// MembersPage are the users of an account after one of them, in an order that
// stays when names and roles change. The first page is after nobody.
func (r Reader) MembersPage(ctx context.Context, id keyfold.CustomerID, after keyfold.UserID, limit int) (members []MemberUser, err error) {
	err = r.each(ctx, "members page", func(row row) error {
		var m MemberUser
		err := row.Scan(append(userFields(&m.User), text(&m.Roles), at(&m.Since), at(&m.Used))...)
		members = append(members, m)
		return err
	}, `select `+userColumns+`, m.roles, m.since, m.used_at from memberships m join users u on u.id = m.user_id
		where m.customer_id = $1 and m.user_id > $2 order by m.user_id limit $3`, id.String(), after, limit)
	return members, err
}

// Member is what a user may do in an account; no roles: nothing.
func (r Reader) Member(ctx context.Context, id keyfold.CustomerID, user keyfold.UserID) (keyfold.Member, error) {
	m := keyfold.Member{Account: id, User: user}
	err := r.q.QueryRowContext(ctx, `select roles, since from memberships where customer_id = $1 and user_id = $2`, id.String(), user).
		Scan(text(&m.Roles), at(&m.Since))
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return keyfold.Member{}, fmt.Errorf("store: member: %w", err)
	}
	return m, nil
}

// HasOthers reports whether an account has users besides its owner.
func (r Reader) HasOthers(ctx context.Context, id keyfold.CustomerID) (bool, error) {
	n, err := r.count(ctx, "has others", `
		select count(*) from (select 1 from memberships where customer_id = $1 and roles <> 'owner' limit 1) x`, id.String())
	return n > 0, err
}

// Owned says how many accounts a user owns.
func (r Reader) Owned(ctx context.Context, user keyfold.UserID) (int, error) {
	n, err := r.count(ctx, "owned", `select count(*) from memberships where user_id = $1 and roles = 'owner'`, user)
	return int(n), err
}

// OwnedBy are accounts that a user owns, by name and at most limit.
func (r Reader) OwnedBy(ctx context.Context, user keyfold.UserID, limit int) (accounts []keyfold.Account, err error) {
	err = r.each(ctx, "owned by", func(row row) error {
		var a keyfold.Account
		err := row.Scan(accountFields(&a)...)
		accounts = append(accounts, a)
		return err
	}, `select `+accountColumns+` from memberships m join accounts a on a.customer_id = m.customer_id
		where m.user_id = $1 and m.roles = 'owner' order by a.name, a.customer_id limit $2`, user, limit)
	return accounts, err
}

// AccessOf are the accounts that a user has access to, sorted by ID: the order in
// which who locks many locks them.
func (r Reader) AccessOf(ctx context.Context, user keyfold.UserID) (ids []keyfold.CustomerID, err error) {
	err = r.each(ctx, "access of", func(row row) error {
		var id keyfold.CustomerID
		err := row.Scan(text(&id))
		ids = append(ids, id)
		return err
	}, `select customer_id from memberships where user_id = $1`, user)
	slices.SortFunc(ids, func(a, b keyfold.CustomerID) int { return strings.Compare(a.String(), b.String()) })
	return ids, err
}

// ApplyMember writes a change of a user's access and its event. The account has
// to be locked, by [Tx.Account].
func (tx *Tx) ApplyMember(ctx context.Context, c keyfold.MemberChange) error {
	m := c.Member()
	answer := Granted
	var err error
	if m.Roles.IsZero() {
		answer = Declined
		_, err = tx.exec(ctx, "end access", `
			delete from memberships where customer_id = $1 and user_id = $2 and roles <> 'owner'`, m.Account.String(), m.User)
	} else if err = tx.keep(ctx, m.User); err == nil {
		_, err = tx.exec(ctx, "set roles", `
			insert into memberships (customer_id, user_id, roles, since, used_at) values ($1, $2, $3, $4, 0)
			on conflict (customer_id, user_id) do update set roles = $3 where memberships.roles <> 'owner'`,
			m.Account.String(), m.User, m.Roles.String(), ms(tx.Now()))
	}
	if err != nil {
		return err
	}
	if err := tx.endAccessRequest(ctx, m.Account, m.User, answer); err != nil {
		return err
	}
	return tx.Record(ctx, c.Event())
}

// handOver makes the memberships say what an account says. Nobody has access to
// one without an owner, by whatever way.
func (tx *Tx) handOver(ctx context.Context, id keyfold.CustomerID, h keyfold.Handover) error {
	if h.To == "" {
		return tx.endAccess(ctx, id)
	}
	if err := tx.keep(ctx, h.To); err != nil {
		return err
	}
	if h.From != "" {
		if err := tx.demote(ctx, id, h); err != nil {
			return err
		}
	}
	_, err := tx.exec(ctx, "begin ownership", `
		insert into memberships (customer_id, user_id, roles, since, used_at) values ($1, $2, 'owner', $3, 0)
		on conflict (customer_id, user_id) do update set roles = 'owner'`, id.String(), h.To, ms(tx.Now()))
	if err != nil {
		return err
	}
	return tx.endAccessRequest(ctx, id, h.To, Granted)
}

func (tx *Tx) demote(ctx context.Context, id keyfold.CustomerID, h keyfold.Handover) (err error) {
	if h.Left.IsZero() {
		_, err = tx.exec(ctx, "end ownership", `delete from memberships where customer_id = $1 and user_id = $2`, id.String(), h.From)
		return err
	}
	_, err = tx.exec(ctx, "leave ownership", `update memberships set roles = $3 where customer_id = $1 and user_id = $2`,
		id.String(), h.From, h.Left.String())
	return err
}

func (tx *Tx) endAccess(ctx context.Context, id keyfold.CustomerID) error {
	if _, err := tx.exec(ctx, "end all access", `delete from memberships where customer_id = $1`, id.String()); err != nil {
		return err
	}
	_, err := tx.exec(ctx, "revoke invitations", `
		update invitations set status = 'revoked', ended_at = $2 where customer_id = $1 and status = 'pending'`, id.String(), ms(tx.Now()))
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, "end keys", `update api_keys set ended_at = $2 where customer_id = $1 and ended_at = 0`, id.String(), ms(tx.Now()))
	return err
}

// UseMembership notes that a user has opened an account just now.
func (tx *Tx) UseMembership(ctx context.Context, user keyfold.UserID, id keyfold.CustomerID) error {
	_, err := tx.exec(ctx, "use membership", `
		update memberships set used_at = $1 where user_id = $2 and customer_id = $3`, ms(tx.Now()), user, id.String())
	return err
}

const (
	membershipColumns = accountColumns + `, m.roles, m.since, m.used_at`
	matches           = `(lower(a.name) like $2 escape '\' or ($3 <> '%%' and a.customer_id like $3 escape '\'))`
)

func membershipFields(m *keyfold.Membership) []any {
	return append(accountFields(&m.Account), text(&m.Roles), at(&m.Since), at(&m.Used))
}

// contains is the pattern of texts in which s occurs.
func contains(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.TrimSpace(s))
	if s == strings.ToUpper(s) {
		return "%" + s + "%"
	}
	return "%" + strings.ToLower(s) + "%"
}
