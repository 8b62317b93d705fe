// Package notice promises mails and the links in them, within the transaction of
// what they tell of. What a mail says is mailtext's business; when it leaves, the
// outbox's.
package notice

import (
	"context"
	"fmt"
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
	told, err := tx.Told(ctx, a)
	if err != nil {
		return err
	}
	for _, to := range told {
		if m.Token, err = t.Link(ctx, tx, store.Dispute, to, tx.Now().Add(t.Dispute), store.OfAccount(a.ID)); err != nil {
			return err
		}
		m.To, m.Language, m.Entity, m.Account = to, a.Language, a.Entity, a.ID
		if err := t.Mail(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
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
