package store

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
)

// What there is of one person, for who wants to have it or to have it erased. These
// questions are asked seldom, and some look at a whole table.

// A Named place is where an account has an address, and as what.
type Named struct {
	Account keyfold.CustomerID
	Main    bool // contact
	Coming  bool // main contact
	Sourced bool // by the customer database, though another one counts now
	Pending bool // waits for its mailbox to answer
	Before  bool // waited so, before the account got its owner
	Former  bool // main contact
}

// NamedIn are the accounts that have an address in their own row.
func (r Reader) NamedIn(ctx context.Context, email keyfold.Email) (all []Named, err error) {
	err = r.each(ctx, "named in", func(row row) error {
		var n Named
		err := row.Scan(text(&n.Account), &n.Main, &n.Coming, &n.Pending, &n.Before, &n.Former, &n.Sourced)
		all = append(all, n)
		return err
	}, `select customer_id, contact_key = $1, lower(coming_email) = $1, lower(pending_email) = $1, lower(former_pending) = $1,
			lower(former_email) = $1, lower(sourced_email) = $1 or lower(sourced_contacts) like $2 escape '\'
		from accounts where $1 in (contact_key, lower(coming_email), lower(pending_email), lower(former_pending), lower(former_email), lower(sourced_email))
			or lower(sourced_contacts) like $2 escape '\'
		order by customer_id`, email.Key(), contains(`"`+email.Key()+`"`))
	return all, err
}

// A KindOf contact is what an address is to an account.
type KindOf struct {
	Account keyfold.CustomerID
	Kind    keyfold.ContactKind
}

// ListedIn are the accounts that list an address as a contact, and as which.
func (r Reader) ListedIn(ctx context.Context, email keyfold.Email) (all []KindOf, err error) {
	err = r.each(ctx, "listed in", func(row row) error {
		var k KindOf
		err := row.Scan(text(&k.Account), &k.Kind)
		all = append(all, k)
		return err
	}, `select distinct customer_id, kind from contacts where email_key = $1 order by customer_id, kind`, email.Key())
	return all, err
}

// A PersonSession is a session as its holder may know it: without what opens it.
type PersonSession struct {
	Since, Seen, Expires time.Time
	Origin, Agent        string
}

// SessionsOf are the sessions of a user, oldest first.
func (r Reader) SessionsOf(ctx context.Context, user keyfold.UserID) (all []PersonSession, err error) {
	err = r.each(ctx, "sessions of", func(row row) error {
		var s PersonSession
		err := row.Scan(at(&s.Since), at(&s.Seen), at(&s.Expires), &s.Origin, &s.Agent)
		all = append(all, s)
		return err
	}, `select created_at, seen_at, expires_at, origin, agent from sessions where user_id = $1 order by created_at, hash`, user)
	return all, err
}

// MailsTo are the mails to a mailbox that are on record, oldest first.
func (r Reader) MailsTo(ctx context.Context, to keyfold.Email) (all []Mail, err error) {
	err = r.each(ctx, "mails to", func(row row) error {
		m, err := scanMail(row)
		all = append(all, m)
		return err
	}, `select `+mailColumns+` from outbox o where o.recipient_key = $1 order by o.created_at, o.id`, to.Key())
	return all, err
}

// LinksTo are the links that were mailed to a mailbox and are on record, oldest
// first: without their grants, and without what opens them.
func (r Reader) LinksTo(ctx context.Context, to keyfold.Email) (all []Token, err error) {
	err = r.each(ctx, "links to", func(row row) error {
		var t Token
		err := row.Scan(&t.Purpose, at(&t.Issued), at(&t.Expires))
		all = append(all, t)
		return err
	}, `select purpose, issued_at, expires_at from tokens where email_key = $1 order by issued_at, id`, to.Key())
	return all, err
}

// InvitationsOf are the invitations that went to a mailbox, and those that a user
// sent.
func (r Reader) InvitationsOf(ctx context.Context, to keyfold.Email, by keyfold.UserID) (all []keyfold.Invitation, err error) {
	err = r.each(ctx, "invitations of", func(row row) error {
		var i keyfold.Invitation
		err := row.Scan(invitationFields(&i)...)
		all = append(all, i)
		return err
	}, `select `+invitationColumns+` from invitations i where i.email_key = $1 or i.inviter = $2 order by i.created_at, i.id`, to.Key(), by)
	return all, err
}

// RequestsBy are the requests for access of a user that are on record, oldest
// first.
func (r Reader) RequestsBy(ctx context.Context, user keyfold.UserID) (all []AccessRequest, err error) {
	err = r.each(ctx, "requests by", func(row row) error {
		var q AccessRequest
		err := row.Scan(requestFields(&q)...)
		all = append(all, q)
		return err
	}, `select `+requestColumns+` from access_requests q where q.user_id = $1 order by q.asked_at, q.id`, user)
	return all, err
}

// KeysBy are the API keys that a user made, oldest first.
func (r Reader) KeysBy(ctx context.Context, user keyfold.UserID) (all []keyfold.APIKey, err error) {
	err = r.each(ctx, "keys by", func(row row) error {
		var k keyfold.APIKey
		err := row.Scan(text(&k.Account), &k.Name, at(&k.Created), at(&k.Ended))
		all = append(all, k)
		return err
	}, `select customer_id, name, created_at, ended_at from api_keys where created_by = $1 order by created_at, id`, user)
	return all, err
}

// A DatedCareRequest is a request for help with its day.
type DatedCareRequest struct {
	CareRequest

	At time.Time
}

// CareRequestsOf are the requests for help of a user, oldest first.
func (r Reader) CareRequestsOf(ctx context.Context, user keyfold.UserID) (all []DatedCareRequest, err error) {
	err = r.each(ctx, "care requests of", func(row row) error {
		var c DatedCareRequest
		err := row.Scan(&c.ID, at(&c.At), &c.Slug, text(&c.Account))
		all = append(all, c)
		return err
	}, `select id, at, slug, customer_id from care_requests where user_id = $1 order by at, id`, user)
	return all, err
}

// EventsOf are events by a user or about one after a place in the trail.
func (r Reader) EventsOf(ctx context.Context, user keyfold.UserID, after int64, limit int) (events []PastEvent, err error) {
	err = r.each(ctx, "events of", func(row row) error {
		var e PastEvent
		err := scanEvent(row, &e)
		events = append(events, e)
		return err
	}, `select `+eventColumns+` from events where (user_id = $1 or actor = $2) and seq > $3 order by seq limit $4`,
		user, "user:"+string(user), after, limit)
	return events, err
}

// OriginsOf are the addresses from which a user is known to have come.
func (r Reader) OriginsOf(ctx context.Context, user keyfold.UserID) (all []string, err error) {
	err = r.each(ctx, "origins of", func(row row) error {
		var origin string
		err := row.Scan(&origin)
		all = append(all, origin)
		return err
	}, `select origin from sessions where user_id = $1 and origin <> ''
		union select origin from access_requests where user_id = $1 and origin <> ''
		union select origin from link_requests where user_id = $1 and origin <> ''
		union select origin from events where actor = $2 and origin <> '' and origin not like '~%'
		union select origin from events where user_id = $1 and actor in ('', 'visitor') and origin <> '' and origin not like '~%'
		order by 1`, user, "user:"+string(user))
	return all, err
}

// TrailFrom are events after a place that came from one of some addresses, at
// most limit.
func (r Reader) TrailFrom(ctx context.Context, origins []string, after int64, limit int) (rows []TrailRow, err error) {
	args := []any{after, limit}
	places := make([]string, len(origins))
	for i, origin := range origins {
		args = append(args, origin)
		places[i] = fmt.Sprintf("$%d", i+3)
	}
	err = r.eachTrailRow(ctx, &rows, ` where seq > $1 and origin in (`+strings.Join(places, ", ")+`) order by seq limit $2`, args...)
	return rows, err
}
