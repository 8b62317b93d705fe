package store

import (
	"context"
	"strings"

	"github.com/keyfold/keyfold"
)

// Memberships are the accounts of a user: last used first, then by name. The
// search finds parts of a name or of a customer ID; empty finds all.
func (r Reader) Memberships(ctx context.Context, user keyfold.UserID, search string, limit, offset int) (ms []keyfold.Membership, err error) {
	err = r.each(ctx, "memberships", func(row row) error {
		var m keyfold.Membership
		err := row.Scan(membershipFields(&m)...)
		ms = append(ms, m)
		return err
	}, `select `+membershipColumns+` from memberships m join accounts a on a.customer_id = m.customer_id
		where m.user_id = $1 and `+matches+`
		order by m.used_at desc, a.name, a.customer_id limit $4 offset $5`,
		user, contains(search), contains(keyfold.NormaliseCustomerID(search)), limit, offset)
	return ms, err
}

// CountMemberships says how many accounts of a user a search finds.
func (r Reader) CountMemberships(ctx context.Context, user keyfold.UserID, search string) (int, error) {
	n, err := r.count(ctx, "count memberships", `
		select count(*) from memberships m join accounts a on a.customer_id = m.customer_id
		where m.user_id = $1 and `+matches,
		user, contains(search), contains(keyfold.NormaliseCustomerID(search)))
	return int(n), err
}

// Membership is the role of a user in one account. Without one, the account
// does not exist for that user.
func (r Reader) Membership(ctx context.Context, user keyfold.UserID, id keyfold.CustomerID) (m keyfold.Membership, err error) {
	err = r.q.QueryRowContext(ctx, `
		select `+membershipColumns+` from memberships m join accounts a on a.customer_id = m.customer_id
		where m.user_id = $1 and m.customer_id = $2 order by m.role = 'owner' desc limit 1`, user, id.String()).
		Scan(membershipFields(&m)...)
	if err != nil {
		return keyfold.Membership{}, missing(err, "account.unknown")
	}
	return m, nil
}

// UseMembership notes that a user has opened an account just now.
func (tx *Tx) UseMembership(ctx context.Context, user keyfold.UserID, id keyfold.CustomerID) error {
	_, err := tx.exec(ctx, "use membership", `
		update memberships set used_at = $1 where user_id = $2 and customer_id = $3`, ms(tx.Now()), user, id.String())
	return err
}

const (
	membershipColumns = accountColumns + `, m.role, m.since, m.used_at`
	matches           = `(lower(a.name) like $2 escape '\' or ($3 <> '%%' and a.customer_id like $3 escape '\'))`
)

func membershipFields(m *keyfold.Membership) []any {
	return append(accountFields(&m.Account), &m.Role, at(&m.Since), at(&m.Used))
}

// contains is the pattern of texts in which s occurs.
func contains(s string) string {
	s = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(strings.TrimSpace(s))
	if s == strings.ToUpper(s) {
		return "%" + s + "%"
	}
	return "%" + strings.ToLower(s) + "%"
}
