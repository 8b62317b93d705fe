package store

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
)

// Exports go through a table by pages, in the order of its key: the next page is
// after the last row of the one before.

// AccountsPage are accounts after one of them; the first page is after none.
func (r Reader) AccountsPage(ctx context.Context, after keyfold.CustomerID, limit int) (accounts []keyfold.Account, err error) {
	err = r.each(ctx, "accounts page", func(row row) error {
		var a keyfold.Account
		err := row.Scan(accountFields(&a)...)
		accounts = append(accounts, a)
		return err
	}, `select `+accountColumns+` from accounts a where a.customer_id > $1 order by a.customer_id limit $2`, after.String(), limit)
	return accounts, err
}

// ContactsOf are the listed contacts of the accounts after one up to another, by
// account.
func (r Reader) ContactsOf(ctx context.Context, after, last keyfold.CustomerID) (map[keyfold.CustomerID][]keyfold.ListedContact, error) {
	listed := map[keyfold.CustomerID][]keyfold.ListedContact{}
	err := r.each(ctx, "contacts of many", func(row row) error {
		var c keyfold.ListedContact
		err := row.Scan(&c.ID, text(&c.Account), &c.Kind, &c.Primary, &c.Name, text(&c.Email))
		listed[c.Account] = append(listed[c.Account], c)
		return err
	}, `select c.id, c.customer_id, c.kind, c.is_primary, c.name, c.email from contacts c
		where c.customer_id > $1 and c.customer_id <= $2 order by c.customer_id, c.kind, c.is_primary desc, c.created_at, c.id`,
		after.String(), last.String())
	return listed, err
}

// A DatedUser is a user with the day that made it one.
type DatedUser struct {
	keyfold.User

	Created time.Time
}

// UsersPage are users after one of them, those who deleted their logins too. The
// first page is after none.
func (r Reader) UsersPage(ctx context.Context, after keyfold.UserID, limit int) (users []DatedUser, err error) {
	err = r.each(ctx, "users page", func(row row) error {
		var u DatedUser
		err := row.Scan(append(userFields(&u.User), at(&u.Created))...)
		users = append(users, u)
		return err
	}, `select `+userColumns+`, u.created_at from users u where u.id > $1 order by u.id limit $2`, after, limit)
	return users, err
}

// A NamedMember is a membership with the address of its user.
type NamedMember struct {
	keyfold.Member

	Email keyfold.Email
}

// AllMembersPage are the memberships of all accounts after one of them.
func (r Reader) AllMembersPage(ctx context.Context, after keyfold.Member, limit int) (members []NamedMember, err error) {
	err = r.each(ctx, "all members page", func(row row) error {
		var m NamedMember
		err := row.Scan(text(&m.Account), &m.User, text(&m.Email), text(&m.Roles), at(&m.Since))
		members = append(members, m)
		return err
	}, `select m.customer_id, m.user_id, u.email, m.roles, m.since from memberships m join users u on u.id = m.user_id
		where (m.customer_id, m.user_id) > ($1, $2) order by m.customer_id, m.user_id limit $3`, after.Account.String(), after.User, limit)
	return members, err
}

// TrailPage are all events after a place in the trail.
func (r Reader) TrailPage(ctx context.Context, after int64, limit int) (events []PastEvent, err error) {
	err = r.each(ctx, "trail page", func(row row) error {
		var e PastEvent
		err := scanEvent(row, &e)
		events = append(events, e)
		return err
	}, `select `+eventColumns+` from events where seq > $1 order by seq limit $2`, after, limit)
	return events, err
}
