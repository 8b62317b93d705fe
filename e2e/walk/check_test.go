package walk_test

import (
	"encoding/json"
	"maps"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// observe reads what has happened since, and holds what it is about against what
// must always be. It returns how many events were changes of state.
func (w *world) observe() (changes int) {
	events := w.events()
	touched := map[keyfold.CustomerID]bool{}
	users := map[keyfold.UserID]bool{}
	for _, e := range events {
		w.trail.read(e)
		w.seen = e.Seq
		if !e.Became.IsZero() {
			changes++
		}
		if !e.Account.IsZero() {
			touched[e.Account] = true
		}
		if e.User != "" {
			users[e.User] = true
		}
	}
	for id := range touched {
		w.checkAccount(id)
	}
	for id := range users {
		w.checkUser(id)
	}
	return changes
}

// events are what has happened since, read past the code.
func (w *world) events() (events []store.PastEvent) {
	w.each(`select seq, kind, coalesce(customer_id, ''), coalesce(user_id, ''), became from events where seq > $1 order by seq`, w.seen,
		func(scan func(...any) error) error {
			var e store.PastEvent
			var account, became string
			err := scan(&e.Seq, &e.Kind, &account, &e.User, &became)
			w.must(e.Account.UnmarshalText([]byte(account)))
			if became != "" {
				w.must(json.Unmarshal([]byte(became), &e.Became))
			}
			events = append(events, e)
			return err
		})
	return events
}

// checkRest compares contacts, invitations and keys with what the events say.
func (w *world) checkRest(a keyfold.Account, told *accountTrail) {
	contacts := map[string]keyfold.ContactState{}
	w.each(`select id, kind, is_primary from contacts where customer_id = $1`, a.ID.String(), func(scan func(...any) error) error {
		var c keyfold.ContactState
		err := scan(&c.ID, &c.Kind, &c.Primary)
		contacts[c.ID] = c
		return err
	})
	if !maps.Equal(contacts, told.contacts) {
		w.fail("%s has the contacts %v, and its events say %v", a.ID, contacts, told.contacts)
	}
	invited := map[string]keyfold.InvitationStatus{}
	w.each(`select id, status from invitations where customer_id = $1`, a.ID.String(), func(scan func(...any) error) error {
		var id string
		var status keyfold.InvitationStatus
		err := scan(&id, &status)
		invited[id] = status
		return err
	})
	if !maps.Equal(invited, told.invited) {
		w.fail("%s has the invitations %v, and its events say %v", a.ID, invited, told.invited)
	}
	keys := map[string]bool{}
	w.each(`select id, ended_at > 0 from api_keys where customer_id = $1`, a.ID.String(), func(scan func(...any) error) error {
		var id string
		var ended bool
		err := scan(&id, &ended)
		keys[id] = ended
		return err
	})
	if !maps.Equal(keys, told.keys) {
		w.fail("%s has the keys %v, and its events say %v", a.ID, keys, told.keys)
	}
}

// each reads rows past the code.
func (w *world) each(q string, arg any, row func(scan func(...any) error) error) {
	rows, err := w.raw.QueryContext(w.ctx, q, arg)
	w.must(err)
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		w.must(row(rows.Scan))
	}
	w.must(rows.Err())
}

func (w *world) checkAccount(id keyfold.CustomerID) {
	read := w.db.Reader()
	told := w.trail.accounts[id]
	a, err := read.Account(w.ctx, id)
	if keyfold.RefusedAs(err, "account.unknown") && told.State == "" {
		return // somebody asked about an ID that there is not
	}
	w.must(err)
	is := keyfold.AccountState{
		State: a.State, Entity: a.Entity, Owner: a.Owner, Closed: a.Closed, Frozen: a.Frozen, NeedsCare: a.NeedsCare, Offer: a.Offer.To,
		Succeeds: !a.Coming.At.IsZero(), Reclaimed: !a.Reclaim.IsZero(),
	}
	if is != told.AccountState {
		w.fail("%s is %+v, and its events say %+v", id, is, told.AccountState)
	}
	if told.lost != "" {
		w.fail("%s: %s", id, told.lost)
	}
	if a.Version != told.changes {
		w.fail("%s has version %d after %d changes", id, a.Version, told.changes)
	}
	w.checkMembers(a, told)
	w.checkRest(a, told)
	w.checkWayIn(a)
}

func (w *world) checkMembers(a keyfold.Account, told *accountTrail) {
	members, err := w.db.Reader().Members(w.ctx, a.ID)
	w.must(err)
	are := map[keyfold.UserID]string{}
	owners := 0
	for _, m := range members {
		are[m.ID] = m.Roles.String()
		if m.Roles.Has(keyfold.Owner) {
			owners++
		}
		if m.Deleted {
			w.fail("%s has a member who deleted the login", a.ID)
		}
	}
	if !maps.Equal(are, told.members) {
		w.fail("%s has the members %v, and its events say %v", a.ID, are, told.members)
	}
	want := 0
	if a.State == keyfold.Registered {
		want = 1
	}
	if owners != want || want == 0 && len(are) > 0 || want == 1 && are[a.Owner] != string(keyfold.Owner) {
		w.fail("%s is %s, owned by %q, with the members %v", a.ID, a.State, a.Owner, are)
	}
}

// checkWayIn wants an open account to have a way in, by itself or by care.
func (w *world) checkWayIn(a keyfold.Account) {
	switch {
	case a.Closed, a.NeedsCare, a.State != keyfold.Registered && !a.Contact.Email.IsZero():
	case a.State == keyfold.Registered && !w.trail.users[a.Owner].Deleted:
	default:
		w.fail("%s has no way in: %s, contact %q, owner %q", a.ID, a.State, a.Contact.Email, a.Owner)
	}
	if a.Frozen && !a.NeedsCare && !a.Closed {
		w.fail("%s is frozen, and care does not know", a.ID)
	}
}

func (w *world) checkUser(id keyfold.UserID) {
	u, err := w.db.Reader().User(w.ctx, id)
	w.must(err)
	if is := (keyfold.UserState{Suspended: u.Suspended, Deleted: u.Deleted}); is != w.trail.users[id] {
		w.fail("user %s is %+v, and the events say %+v", id, is, w.trail.users[id])
	}
	if u.Deleted != u.Email.IsZero() {
		w.fail("user %s, deleted: %t, has the address %q", id, u.Deleted, u.Email)
	}
}

// global holds the whole database against what must always be.
func (w *world) global() {
	for what, q := range map[string]string{
		"addresses with two users": `select count(*) from (select email_key from users group by email_key having count(*) > 1) x`,
		"accounts without exactly one owner": `select count(*) from accounts a where (a.state = 'registered') <>
			((select count(*) from memberships m where m.customer_id = a.customer_id and m.roles = 'owner' and m.user_id = a.owner) = 1)`,
		"members of accounts without an owner": `select count(*) from memberships m join accounts a on a.customer_id = m.customer_id where a.owner is null`,
		"live reset or confirm links of registered accounts": `select count(*) from grants g join tokens t on t.id = g.token_id
			join accounts a on g.subject = 'a:' || a.customer_id where a.state = 'registered' and g.ended = '' and t.purpose in ('reset', 'confirm')`,
		"registration sessions of registered accounts": `select count(*) from sessions s join accounts a on a.customer_id = s.customer_id where a.state = 'registered'`,
		"pending invitations or live keys of accounts without an owner": `select
			(select count(*) from invitations i join accounts a on a.customer_id = i.customer_id where i.status = 'pending' and a.owner is null) +
			(select count(*) from api_keys k join accounts a on a.customer_id = k.customer_id where k.ended_at = 0 and a.owner is null)`,
		"kinds with contacts and not exactly one primary": `select count(*) from (select customer_id, kind from contacts where kind <> 'general'
			group by customer_id, kind having sum(case when is_primary then 1 else 0 end) <> 1) x`,
		"memberships of deleted users": `select count(*) from memberships m join users u on u.id = m.user_id where u.deleted`,
	} {
		var n int64
		w.must(w.raw.QueryRowContext(w.ctx, q).Scan(&n))
		if n != 0 {
			w.fail("%d %s", n, what)
		}
	}
	for id := range w.trail.accounts {
		w.checkAccount(id)
	}
	for id := range w.trail.users {
		w.checkUser(id)
	}
}
