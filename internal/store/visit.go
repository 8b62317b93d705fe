package store

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/token"
)

// A Visit is a user at the door of an account.
type Visit struct {
	Account Gist          // zero: there is no such account, for this user
	Roles   keyfold.Roles // of the user there
	Since   time.Time     // a user of the account
	Used    time.Time     // the account was last opened by this user; zero: never
	Recent  []Recent      // the accounts that the user opened last
}

// A Gist is what the head of each page says of an account, and all that a door
// has to know of it.
type Gist struct {
	ID     keyfold.CustomerID
	Entity string // code
	Name   string
	Closed bool
	Frozen bool
}

// A Recent is an account to switch to.
type Recent struct {
	ID     keyfold.CustomerID
	Roles  keyfold.Roles
	Entity string // code
	Name   string
	used   int64 // when it was last opened, as the database has it
}

// visitQuery is asked for every page of an account. Without access to it the
// columns of the account are null. Its limit is written out, not bound:
// PostgreSQL would plan it anew each time. The recent accounts come in any order
// and are put into theirs when they are read, which is cheaper than here.
const visitQuery = `
	select ` + userSession + `, coalesce(a.customer_id, ''), coalesce(a.entity, ''), coalesce(a.name, ''), coalesce(a.closed, false),
		coalesce(a.frozen, false), coalesce(m.roles, ''), coalesce(m.since, 0), coalesce(m.used_at, 0), coalesce((
			select string_agg(cast(r.used_at as text) || '` + betweenFields + `' || r.customer_id || '` + betweenFields + `' || r.roles || '` + betweenFields + `' || b.entity || '` + betweenFields + `' || b.name, '` + betweenRows + `')
			from (select used_at, customer_id, roles from memberships where user_id = s.user_id order by used_at desc, customer_id limit 4) r
			join accounts b on b.customer_id = r.customer_id), '')
	from sessions s join users u on u.id = s.user_id
	left join memberships m on m.user_id = s.user_id and m.customer_id = $3
	left join accounts a on a.customer_id = m.customer_id
	where ` + liveSession

// Visit finds the session of a user's cookie and, in the same query, what its
// holder may do in an account, and the four accounts that they opened last. It is
// one row however many accounts there are. It refuses a session that is over, as
// [Reader.Session] does.
func (r Reader) Visit(ctx context.Context, cookie token.Secret, id keyfold.CustomerID) (s Session, v Visit, err error) {
	if cookie.IsZero() {
		return Session{}, Visit{}, keyfold.Refuse(keyfold.NotFound, "session.over")
	}
	var packed string
	fields := append(userSessionFields(&s), text(&v.Account.ID), &v.Account.Entity, &v.Account.Name, &v.Account.Closed,
		&v.Account.Frozen, text(&v.Roles), at(&v.Since), at(&v.Used), &packed)
	err = r.q.QueryRowContext(ctx, visitQuery, cookie.Hash(), ms(r.now()), id.String()).Scan(fields...)
	if err != nil {
		return Session{}, Visit{}, missing(err, "session.over")
	}
	v.Recent, err = unpack(packed)
	return s, v, err
}

// What stands between packed fields and rows. [keyfold.ParseName] lets no name
// have one, and nothing else that is packed can.
const betweenFields, betweenRows = "\x1f", "\x1e"

func unpack(packed string) (list []Recent, err error) {
	for row := range strings.SplitSeq(packed, betweenRows) {
		if packed == "" {
			break
		}
		var fields [5]string
		for i, field := range strings.SplitN(row, betweenFields, len(fields)) {
			fields[i] = field
		}
		m := Recent{Entity: fields[3], Name: fields[4]}
		m.used, err = strconv.ParseInt(fields[0], 10, 64)
		if err := errors.Join(err, m.ID.UnmarshalText([]byte(fields[1])), m.Roles.UnmarshalText([]byte(fields[2]))); err != nil {
			return nil, fmt.Errorf("store: visit: %w", err)
		}
		list = append(list, m)
	}
	slices.SortFunc(list, func(a, b Recent) int {
		return cmp.Or(cmp.Compare(b.used, a.used), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return list, nil
}

// An Overview is an account with what its overview says beside it.
type Overview struct {
	keyfold.Account

	OwnerName  string
	OwnerEmail keyfold.Email
	// Offers says that a mailbox, that of who asks, is the main contact of open
	// accounts without an owner.
	Offers bool
}

// Overview reads one account with its owner, for the user of a mailbox.
func (r Reader) Overview(ctx context.Context, id keyfold.CustomerID, mailbox keyfold.Email) (o Overview, err error) {
	fields := append(accountFields(&o.Account), &o.OwnerName, text(&o.OwnerEmail), &o.Offers)
	err = r.q.QueryRowContext(ctx, `
		select `+accountColumns+`, coalesce(u.name, ''), coalesce(u.email, ''), exists (
			select 1 from accounts x where x.contact_key = $2 and x.state <> 'registered' and not x.closed)
		from accounts a left join users u on u.id = a.owner where a.customer_id = $1`, id.String(), mailbox.Key()).Scan(fields...)
	if err != nil {
		return Overview{}, missing(err, "account.unknown")
	}
	return o, nil
}
