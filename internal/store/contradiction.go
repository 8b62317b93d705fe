package store

import (
	"context"
	"fmt"

	"github.com/keyfold/keyfold"
)

// Contradictions are what must never be in the database, each in words. What a
// row may not say at all is for the database itself to refuse.
func (r Reader) Contradictions(ctx context.Context) (wrong []string, err error) {
	for _, c := range []struct{ what, sql string }{
		{"accounts without exactly one owner", `select count(*) from accounts a where (a.state = 'registered') <>
			((select count(*) from memberships m where m.customer_id = a.customer_id and m.roles = 'owner' and m.user_id = a.owner) = 1)`},
		{"users of accounts without an owner", `select count(*) from memberships m join accounts a on a.customer_id = m.customer_id where a.owner is null`},
		{"accounts of deleted users", `select count(*) from memberships m join users u on u.id = m.user_id where u.deleted`},
		{"kinds of contacts without exactly one primary", `select count(*) from (select customer_id, kind from contacts where kind <> 'general'
			group by customer_id, kind having sum(case when is_primary then 1 else 0 end) <> 1) x`},
		{"sessions of a registration that is over", `select count(*) from sessions s join accounts a on a.customer_id = s.customer_id where a.state = 'registered'`},
		{"open accounts that nobody can get into", `select count(*) from accounts where not closed and not needs_care and state <> 'registered' and contact_key = ''`},
	} {
		n, err := r.count(ctx, "contradictions", c.sql)
		if err != nil {
			return nil, err
		}
		if n > 0 {
			wrong = append(wrong, fmt.Sprintf("%d %s", n, c.what))
		}
	}
	return append(wrong, r.unreadable(ctx)...), nil
}

// unreadable reads every account and user through the rules of their words.
func (r Reader) unreadable(ctx context.Context) (wrong []string) {
	err := r.each(ctx, "accounts", func(row row) error {
		var a keyfold.Account
		return row.Scan(accountFields(&a)...)
	}, `select `+accountColumns+` from accounts a`)
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	err = r.each(ctx, "users", func(row row) error {
		var u keyfold.User
		return row.Scan(userFields(&u)...)
	}, `select `+userColumns+` from users u`)
	if err != nil {
		wrong = append(wrong, err.Error())
	}
	return wrong
}
