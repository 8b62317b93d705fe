package store

import (
	"context"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
)

// An AccountMail is a mail about an account, with what has become of its link.
type AccountMail struct {
	Mail

	Purpose Purpose   // of the link; empty: it has none
	Expires time.Time // of the link
	LinkEnd End       // of the link, as far as the account goes
}

// AccountMails are the newest mails about an account, newest first: those that are
// about nothing else, and those to some mailboxes that list it among others.
func (r Reader) AccountMails(ctx context.Context, id keyfold.CustomerID, boxes []keyfold.Email, limit int) ([]AccountMail, error) {
	args := []any{OfAccount(id).String(), limit, id.String()}
	var where strings.Builder
	where.WriteString(`select id from outbox where customer_id = $3`)
	for _, box := range boxes {
		args = append(args, box.Key())
		where.WriteString(` union select id from outbox where recipient_key = ` + placeholder(len(args)) + ` and data like '%"' || $3 || '"%'`)
	}
	return r.mailsWithLinks(ctx, "account mails", where.String(), args...)
}

// LoginResets are the newest reset mails for the login of a user, newest first.
func (r Reader) LoginResets(ctx context.Context, user keyfold.UserID, box keyfold.Email, limit int) ([]AccountMail, error) {
	return r.mailsWithLinks(ctx, "login resets",
		`select id from outbox where recipient_key = $3 and user_id = $4 and template = 'reset'`, OfUser(user).String(), limit, box.Key(), user)
}

// mailsWithLinks has what has become of a link for the subject in the first
// argument, and as many mails as the second one says.
func (r Reader) mailsWithLinks(ctx context.Context, what, where string, args ...any) (mails []AccountMail, err error) {
	err = r.each(ctx, what, func(row row) error {
		var purpose, ended string
		var expires time.Time
		m, err := scanMail(alsoScanning{row, []any{&purpose, at(&expires), &ended}})
		mails = append(mails, AccountMail{Mail: m, Purpose: Purpose(purpose), Expires: expires, LinkEnd: End(ended)})
		return err
	}, `select `+mailColumns+`, coalesce(t.purpose, ''), coalesce(t.expires_at, 0), coalesce(g.ended, '') from outbox o
		left join tokens t on t.id = o.token_id left join grants g on g.token_id = o.token_id and g.subject = $1
		where o.id in (`+where+`) order by o.created_at desc, o.id desc limit $2`, args...)
	return mails, err
}

// StaffNames are the names of some of the staff.
func (r Reader) StaffNames(ctx context.Context, ids []keyfold.StaffID) (map[keyfold.StaffID]string, error) {
	names := map[keyfold.StaffID]string{}
	if len(ids) == 0 {
		return names, nil
	}
	args := make([]any, 0, len(ids))
	for _, id := range ids {
		args = append(args, id)
	}
	return names, r.each(ctx, "names of staff", func(row row) error {
		var id keyfold.StaffID
		var name string
		err := row.Scan(&id, &name)
		names[id] = name
		return err
	}, `select f.id, f.name from staff f where f.id in (`+numbered(len(ids))+`)`, args...)
}

func placeholder(n int) string {
	all := numbered(n)
	return all[strings.LastIndex(all, "$"):]
}

// alsoScanning scans more columns than whoever scans the row knows of.
type alsoScanning struct {
	row  row
	more []any
}

func (a alsoScanning) Scan(dst ...any) error { return a.row.Scan(append(dst, a.more...)...) }

// A Reveal is one of the staff who looked at the whole address of a main contact.
type Reveal struct {
	ID      string
	Account keyfold.CustomerID
	Staff   keyfold.StaffID
	Name    string // of the staff
	At      time.Time
	Reason  string
}

// PutReveal notes who looked, and why.
func (tx *Tx) PutReveal(ctx context.Context, v Reveal) error {
	_, err := tx.exec(ctx, "put reveal", `insert into reveals (id, customer_id, staff_id, at, reason) values ($1, $2, $3, $4, $5)`,
		v.ID, v.Account.String(), v.Staff, ms(tx.Now()), v.Reason)
	return err
}

// Reveals are the newest looks at the main contact of an account, newest first.
func (r Reader) Reveals(ctx context.Context, id keyfold.CustomerID, limit int) (all []Reveal, err error) {
	err = r.each(ctx, "reveals", func(row row) error {
		v := Reveal{Account: id}
		err := row.Scan(&v.ID, &v.Staff, &v.Name, at(&v.At), &v.Reason)
		all = append(all, v)
		return err
	}, `select v.id, v.staff_id, f.name, v.at, v.reason from reveals v join staff f on f.id = v.staff_id
		where v.customer_id = $1 order by v.at desc, v.id desc limit $2`, id.String(), limit)
	return all, err
}

// CallerPIN gives a user the moment of which the number is made that they can read
// out: that of the one they have, or now.
func (tx *Tx) CallerPIN(ctx context.Context, user keyfold.UserID, lives time.Duration) (issued, expires time.Time, isNew bool, err error) {
	now := tx.Now()
	n, err := tx.exec(ctx, "caller pin", `
		insert into caller_pins (user_id, issued_at, expires_at) values ($1, $2, $3)
		on conflict (user_id) do update set issued_at = excluded.issued_at, expires_at = excluded.expires_at
		where caller_pins.expires_at <= $2`, user, ms(now), ms(now.Add(lives)))
	if err != nil {
		return issued, expires, false, err
	}
	err = tx.q.QueryRowContext(ctx, `select issued_at, expires_at from caller_pins where user_id = $1`, user).Scan(at(&issued), at(&expires))
	if err != nil {
		return issued, expires, false, missing(err, "user.unknown")
	}
	return issued, expires, n == 1, nil
}

// A Caller is a user of an account who has a number to read out.
type Caller struct {
	User   keyfold.UserID
	Issued time.Time
	Roles  keyfold.Roles // in the account
}

// Callers are the users of an account who have a number now.
func (tx *Tx) Callers(ctx context.Context, id keyfold.CustomerID) (all []Caller, err error) {
	err = tx.each(ctx, "callers", func(row row) error {
		var c Caller
		err := row.Scan(&c.User, at(&c.Issued), text(&c.Roles))
		all = append(all, c)
		return err
	}, `select c.user_id, c.issued_at, m.roles from memberships m
		join caller_pins c on c.user_id = m.user_id join users u on u.id = m.user_id
		where m.customer_id = $1 and c.expires_at > $2 and not u.suspended and not u.deleted order by c.user_id`, id.String(), ms(tx.Now()))
	return all, err
}

// SpendPIN uses a caller's number. However many try at once, one succeeds.
func (tx *Tx) SpendPIN(ctx context.Context, c Caller) (won bool, err error) {
	n, err := tx.exec(ctx, "spend pin", `delete from caller_pins where user_id = $1 and issued_at = $2`, c.User, ms(c.Issued))
	return n == 1, err
}
