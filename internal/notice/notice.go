// Package notice promises mails and the links in them, within the transaction of
// what they tell of. What a mail says is mailtext's business; when it leaves, the
// outbox's.
package notice

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Teller promises mails.
type Teller struct {
	Key     token.Key
	Dispute time.Duration // how long "this was not me" works
	// Wake tells the workers that there is something to do. They also look by
	// themselves, so nothing depends on it but speed.
	Wake func()
}

// NewID names a token, a mail or another row. IDs sort by time.
func NewID() (string, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return "", fmt.Errorf("notice: new id: %w", err)
	}
	return id.String(), nil
}

// Link promises a link to one mailbox and returns the ID of its token.
func (t Teller) Link(ctx context.Context, tx *store.Tx, p store.Purpose, to keyfold.Email, expires time.Time, subjects ...store.Subject) (string, error) {
	id, err := NewID()
	if err != nil {
		return "", err
	}
	link := store.Token{ID: id, Purpose: p, Email: to, Expires: expires}
	link.Hash = t.Key.Derive(id, string(p), to.Key()).Hash()
	for _, subject := range subjects {
		link.Grants = append(link.Grants, store.Grant{Subject: subject})
	}
	return id, tx.IssueToken(ctx, link)
}

// Mail promises a mail.
func (t Teller) Mail(ctx context.Context, tx *store.Tx, m store.Mail) error {
	id, err := NewID()
	if err != nil {
		return err
	}
	m.ID = id
	return tx.Enqueue(ctx, m)
}

// Contacts tells the contacts of an account what has happened to it, each with a
// link for "this was not me". The mail says of m what m has; the rest is the
// account's.
func (t Teller) Contacts(ctx context.Context, tx *store.Tx, a keyfold.Account, m store.Mail) error {
	return t.ContactsOf(ctx, tx, []keyfold.Account{a}, m)
}

// ContactsOf is Contacts for many accounts at once: each mailbox gets one mail,
// whose link is about all accounts that it lists. Who is in but is told in
// another way.
func (t Teller) ContactsOf(ctx context.Context, tx *store.Tx, accounts []keyfold.Account, m store.Mail, but ...keyfold.Email) error {
	boxes, err := tx.ToldOf(ctx, accounts)
	if err != nil {
		return err
	}
	for _, box := range boxes {
		if slices.ContainsFunc(but, box.To.Same) {
			continue
		}
		if m.Token, err = t.disputeOf(ctx, tx, box); err != nil {
			return err
		}
		if err := t.To(ctx, tx, box, m); err != nil {
			return err
		}
	}
	return nil
}

func (t Teller) disputeOf(ctx context.Context, tx *store.Tx, box store.Mailbox) (string, error) {
	subjects := make([]store.Subject, 0, len(box.Accounts))
	for _, a := range box.Accounts {
		subjects = append(subjects, store.OfAccount(a.ID))
	}
	return t.Link(ctx, tx, store.Dispute, box.To, tx.Now().Add(t.Dispute), subjects...)
}

// To tells a mailbox what has happened to its accounts, in the language of the
// first.
func (t Teller) To(ctx context.Context, tx *store.Tx, box store.Mailbox, m store.Mail) error {
	first := box.Accounts[0]
	m.To, m.Language, m.Entity, m.Account = box.To, first.Language, first.Entity, first.ID
	if len(box.Accounts) > 1 {
		m.Data.Accounts = nil
		for _, a := range box.Accounts {
			m.Data.Accounts = append(m.Data.Accounts, a.ID.String())
		}
	}
	return t.Mail(ctx, tx, m)
}

// User tells a user, in their language, what has happened to an account.
func (t Teller) User(ctx context.Context, tx *store.Tx, a keyfold.Account, to keyfold.User, m store.Mail) error {
	if to.Deleted {
		return nil
	}
	m.To, m.Language, m.Entity, m.Account = to.Email, to.Language.Or(a.Language), a.Entity, a.ID
	return t.Mail(ctx, tx, m)
}

// Hurry tells the workers, if anybody listens.
func (t Teller) Hurry() {
	if t.Wake != nil {
		t.Wake()
	}
}
