package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/keyfold/keyfold"
)

// A Leaver is somebody to be erased. Without a user, there is no login.
type Leaver struct {
	User    keyfold.UserID
	Email   keyfold.Email
	Name    string
	Origins []string // from which they came
}

// contactOf are the accounts that have an address as a contact: what was mailed to
// it about them is theirs.
const contactOf = `select a.customer_id from accounts a where a.contact_key = $1 or lower(a.coming_email) = $1
	union select c.customer_id from contacts c where c.email_key = $1`

// A trace is what is left of somebody in one place.
type trace struct {
	what, erase string
	by          []any
}

// traces are erased by who they are, in this order.
func (p Leaver) traces() []trace {
	const mine = `recipient_key = $1 and (user_id = $2 or customer_id is null or customer_id not in (` + contactOf + `))`
	const links = `email_key = $1 and not exists (select 1 from outbox o where o.token_id = tokens.id)
		and not exists (select 1 from grants g join (` + contactOf + `) k on g.subject = 'a:' || k.customer_id where g.token_id = tokens.id)`
	address, user := []any{p.Email.Key()}, []any{string(p.User)}
	return []trace{
		{"sessions", `delete from sessions where user_id = $1`, user},
		{"requests for access", `delete from access_requests where user_id = $1`, user},
		{"requests for links", `delete from link_requests where user_id = $1`, user},
		{"requests for resets", `delete from reset_requests where lower(typed) = $1`, address},
		{"requests for help", `delete from care_requests where user_id = $1`, user},
		{"numbers for callers", `delete from caller_pins where user_id = $1`, user},
		{"mails", `delete from outbox where ` + mine, []any{p.Email.Key(), string(p.User)}},
		{"rights of links", `delete from grants where token_id in (select id from tokens where ` + links + `)`, address},
		{"links", `delete from tokens where ` + links, address},
		{"invitations", `update invitations set email = '', email_key = 'erased:' || id where email_key = $1 and status <> 'pending'`, address},
		{"searches of the help", `delete from help_misses where lower(words) like $1 escape '\'`, []any{contains(p.Email.Key())}},
	}
}

// said are the places in which people write freely, and may name somebody.
var said = []struct{ what, table, column string }{
	{"notes of cases", "case_notes", "note"},
	{"reasons for a look", "reveals", "reason"},
	{"reasons for a second person", "approvals", "reason"},
	{"names of keys", "api_keys", "name"},
}

// Erased says how many rows of each place were erased.
type Erased struct {
	What string
	Rows int64
}

// Erase takes away what there is of a person besides the login itself, the access
// that it has, and what accounts have as their own.
func (tx *Tx) Erase(ctx context.Context, p Leaver) (done []Erased, err error) {
	note := func(what string, n int64) {
		if n > 0 {
			done = append(done, Erased{what, n})
		}
	}
	for _, t := range p.traces() {
		n, err := tx.exec(ctx, "erase "+t.what, t.erase, t.by...)
		if err != nil {
			return nil, err
		}
		note(t.what, n)
	}
	for _, s := range said {
		n, err := tx.unsay(ctx, s.table, s.column, p)
		if err != nil {
			return nil, err
		}
		note(s.what, n)
	}
	n, err := tx.unmail(ctx, p)
	if err != nil {
		return nil, err
	}
	note("mails to others", n)
	for _, origin := range p.Origins {
		if _, err := tx.exec(ctx, "erase origin", `update sessions set origin = '', agent = '' where kind = 'registration' and origin = $1`, origin); err != nil {
			return nil, err
		}
		for _, table := range []string{"reset_requests", "access_requests", "link_requests"} {
			if _, err := tx.exec(ctx, "erase origin", `update `+table+` set origin = '' where origin = $1`, origin); err != nil {
				return nil, err
			}
		}
	}
	return done, nil
}

// inTheirPlace is what stands where somebody was named.
const inTheirPlace = "[erased]"

// unsay takes the address and the name out of what people wrote.
func (tx *Tx) unsay(ctx context.Context, table, column string, p Leaver) (n int64, err error) {
	rest := map[string]string{}
	err = tx.each(ctx, "unsay", func(row row) error {
		var id, wrote string
		err := row.Scan(&id, &wrote)
		if without := p.without(wrote); without != wrote {
			rest[id] = without
		}
		return err
	}, `select id, `+column+` from `+table)
	if err != nil {
		return 0, err
	}
	for id, wrote := range rest {
		if _, err := tx.exec(ctx, "unsay", `update `+table+` set `+column+` = $2 where id = $1`, id, wrote); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// shortest is the shortest name that is looked for in what people wrote: others
// are in too many words.
const shortest = 4

// without is a text without the address and the name of the person.
func (p Leaver) without(wrote string) string {
	for _, named := range []string{p.Email.Key(), p.Name} {
		if len([]rune(named)) < shortest {
			continue
		}
		lower, sought := strings.ToLower(wrote), strings.ToLower(named)
		if len(lower) != len(wrote) { // letters that change their length: as they stand
			lower, sought = wrote, named
		}
		var out strings.Builder
		for {
			i := strings.Index(lower, sought)
			if i < 0 {
				break
			}
			out.WriteString(wrote[:i] + inTheirPlace)
			wrote, lower = wrote[i+len(sought):], lower[i+len(sought):]
		}
		out.WriteString(wrote)
		wrote = out.String()
	}
	return wrote
}

// unmail takes the address and where the person came from out of mails to others.
func (tx *Tx) unmail(ctx context.Context, p Leaver) (n int64, err error) {
	var contact int64
	if contact, err = tx.count(ctx, "is a contact", `select count(*) from (`+contactOf+`) x`, p.Email.Key()); err != nil {
		return 0, err
	}
	rest := map[string]string{}
	err = tx.each(ctx, "mails to others", func(row row) error {
		var id, text string
		if err := row.Scan(&id, &text); err != nil {
			return err
		}
		var d MailData
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			return fmt.Errorf("mail %s: %w", id, err)
		}
		was := d
		if contact == 0 && strings.EqualFold(d.Contact, p.Email.Key()) {
			d.Contact = ""
		}
		for _, origin := range p.Origins {
			if d.Origin == origin {
				d.Origin = ""
			}
		}
		if d.Contact == was.Contact && d.Origin == was.Origin {
			return nil
		}
		without, err := json.Marshal(d)
		rest[id] = string(without)
		return err
	}, `select id, data from outbox where data like '%"origin":%' or data like '%"contact":%'`)
	if err != nil {
		return 0, err
	}
	for id, data := range rest {
		if _, err := tx.exec(ctx, "erase in mail", `update outbox set data = $2 where id = $1`, id, data); err != nil {
			return n, err
		}
		n++
	}
	return n, nil
}

// ForgetAddress takes an address out of what an account remembers of earlier: that
// waited before it got its owner, and of its former main contact. What the account
// is now stays, so it is no change of it. The account has to be locked.
func (tx *Tx) ForgetAddress(ctx context.Context, id keyfold.CustomerID, email keyfold.Email) error {
	_, err := tx.exec(ctx, "forget address", `
		update accounts set
			former_state = case when lower(former_pending) = $2 and former_state = 'email_pending' then 'password_set' else former_state end,
			former_pending = case when lower(former_pending) = $2 then '' else former_pending end,
			former_email = case when lower(former_email) = $2 then '' else former_email end
		where customer_id = $1`, id.String(), email.Key())
	return err
}

// Compact writes the file of a SQLite database anew, without what was deleted from
// it: that is only marked as free. Nobody can write meanwhile, and it takes as much
// room as the database once more. PostgreSQL has its own way.
func (db *DB) Compact(ctx context.Context) error {
	if db.dialect != onSQLite {
		return nil
	}
	release, err := db.takePen(ctx)
	if err != nil {
		return err
	}
	defer release()
	if _, err := db.write.ExecContext(ctx, `vacuum`); err != nil {
		return fmt.Errorf("store: compact: %w", err)
	}
	var busy, pages, moved int
	if err := db.write.QueryRowContext(ctx, `pragma wal_checkpoint(truncate)`).Scan(&busy, &pages, &moved); err != nil {
		return fmt.Errorf("store: compact: %w", err)
	}
	if busy != 0 {
		return errors.New("store: somebody reads the database all the time, so that its log could not be emptied")
	}
	return nil
}
