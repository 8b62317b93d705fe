package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
)

// MailStatus is where a mail is on its way.
type MailStatus string

// The ways of a mail. Each ends in one of the last four; one that was sent may
// turn out to have bounced.
const (
	Queued  MailStatus = "queued"  // waits for its time
	Sending MailStatus = "sending" // a worker has it, until its lease ends
	Sent    MailStatus = "sent"    // the mail server took it; LastError: why it has not arrived yet
	Bounced MailStatus = "bounced" // the mail server took it, and it did not arrive
	Failed  MailStatus = "failed"  // given up, with the server's words
	Voided  MailStatus = "void"    // what it was about had ended before it left
)

// A Mail is one message to send. It is promised in the same transaction as the
// change that it tells of. Its text, and the link in it, are made when it is
// sent: no row holds a link that works.
type Mail struct {
	ID        string // also makes the Message-ID
	Template  string
	To        keyfold.Email
	Language  keyfold.Language
	Entity    string
	Account   keyfold.CustomerID // the account that it is about, if one
	User      keyfold.UserID     // the user that it is about, if one
	Token     string             // the token whose link it carries, if any
	Throttled bool               // counts against what a mailbox gets in an hour
	Data      MailData
	Status    MailStatus
	Attempts  int
	Next      time.Time // not before
	LastError string
	Created   time.Time
	Ended     time.Time
	Worker    string // that has claimed it
}

// MailData is what a template needs besides the columns. Nothing in it opens
// anything.
type MailData struct {
	Accounts []string  `json:"accounts,omitempty"` // customer IDs that it lists
	Login    bool      `json:"login,omitempty"`    // the link also resets the user's login
	Asked    time.Time `json:"asked,omitzero"`
	Origin   string    `json:"origin,omitempty"`
	Roles    string    `json:"roles,omitempty"`      // that somebody has since
	Invited  string    `json:"invitation,omitempty"` // ID of the invitation that it is about

	// Of a change of a contact: the kind of its event, what the contact is asked
	// about, and its address, which a mail shows in part.
	Did     string              `json:"did,omitempty"`
	Kind    keyfold.ContactKind `json:"kind,omitempty"`
	Contact string              `json:"contact,omitempty"`
}

const mailColumns = `o.id, o.template, o.recipient, o.language, o.entity, o.customer_id, o.user_id, o.token_id, o.throttled,
	o.data, o.status, o.attempts, o.next_at, o.last_error, o.created_at, o.ended_at`

func scanMail(row row) (m Mail, err error) {
	var data string
	err = row.Scan(&m.ID, &m.Template, text(&m.To), text(&m.Language), &m.Entity, text(&m.Account), orNull(&m.User),
		orNull(&m.Token), &m.Throttled, &data, &m.Status, &m.Attempts, at(&m.Next), &m.LastError, at(&m.Created), at(&m.Ended))
	if err != nil {
		return Mail{}, err
	}
	if err := json.Unmarshal([]byte(data), &m.Data); err != nil {
		return Mail{}, fmt.Errorf("mail %s: %w", m.ID, err)
	}
	return m, nil
}

// Enqueue promises a mail. Its zero Next is now.
func (tx *Tx) Enqueue(ctx context.Context, m Mail) error {
	data, err := json.Marshal(m.Data)
	if err != nil {
		return fmt.Errorf("store: enqueue: %w", err)
	}
	if m.Next.IsZero() {
		m.Next = tx.Now()
	}
	_, err = tx.exec(ctx, "enqueue "+m.Template, `
		insert into outbox (id, template, recipient, recipient_key, language, entity, customer_id, user_id, token_id,
			throttled, data, status, attempts, next_at, lease_until, lease_by, last_error, created_at, ended_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 'queued', 0, $12, 0, '', '', $13, 0)`,
		m.ID, m.Template, m.To.String(), m.To.Key(), m.Language.String(), m.Entity, null(m.Account.String()),
		null(m.User), null(m.Token), m.Throttled, string(data), ms(m.Next), ms(tx.Now()))
	return err
}

// WaitingMail finds a throttled mail to a mailbox that no worker has tried
// yet, and keeps workers from it until the transaction ends: what is asked for
// now can still go into it.
func (tx *Tx) WaitingMail(ctx context.Context, to keyfold.Email, template string) (m Mail, ok bool, err error) {
	m, err = scanMail(tx.q.QueryRowContext(ctx, `
		select `+mailColumns+` from outbox o
		where o.recipient_key = $1 and o.template = $2 and o.throttled and o.status = 'queued' and o.attempts = 0
		order by o.id limit 1`+tx.dialect.lockFree(), to.Key(), template))
	if errors.Is(err, sql.ErrNoRows) {
		return Mail{}, false, nil
	}
	if err != nil {
		return Mail{}, false, fmt.Errorf("store: waiting mail: %w", err)
	}
	return m, true, nil
}

// Rewrite changes what a waiting mail says.
func (tx *Tx) Rewrite(ctx context.Context, id string, d MailData) error {
	data, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("store: rewrite: %w", err)
	}
	_, err = tx.exec(ctx, "rewrite", `update outbox set data = $2 where id = $1 and status = 'queued'`, id, string(data))
	return err
}

// ThrottledSince are the times at which a mailbox gets or got throttled mails
// since a moment, oldest first.
func (r Reader) ThrottledSince(ctx context.Context, to keyfold.Email, since time.Time) (times []time.Time, err error) {
	err = r.each(ctx, "throttled mails", func(row row) error {
		var t time.Time
		err := row.Scan(at(&t))
		times = append(times, t)
		return err
	}, `select o.next_at from outbox o
		where o.recipient_key = $1 and o.next_at > $2 and o.throttled and o.status <> 'void'
		order by o.next_at`, to.Key(), ms(since))
	return times, err
}

// Turn is when a mailbox may get one more throttled mail, by rules of how many it
// gets in how long: now, or when the oldest that counts has aged enough.
func (r Reader) Turn(ctx context.Context, to keyfold.Email, rules ...limit.Rule) (time.Time, error) {
	next := r.now()
	for _, rule := range rules {
		times, err := r.ThrottledSince(ctx, to, r.now().Add(-rule.Window))
		if err != nil {
			return time.Time{}, err
		}
		if n := len(times); n >= rule.Tries {
			if free := times[n-rule.Tries].Add(rule.Window); free.After(next) {
				next = free
			}
		}
	}
	return next, nil
}

// LastMail is the newest mail of one of the templates about an account to a
// mailbox.
func (r Reader) LastMail(ctx context.Context, id keyfold.CustomerID, to keyfold.Email, template string) (m Mail, ok bool, err error) {
	m, err = scanMail(r.q.QueryRowContext(ctx, `
		select `+mailColumns+` from outbox o
		where o.customer_id = $1 and o.recipient_key = $2 and o.template = $3
		order by o.created_at desc, o.id desc limit 1`, id.String(), to.Key(), template))
	if errors.Is(err, sql.ErrNoRows) {
		return Mail{}, false, nil
	}
	if err != nil {
		return Mail{}, false, fmt.Errorf("store: last mail: %w", err)
	}
	return m, true, nil
}
