// Package ownership hands an account from its owner to another of its users, and
// back again; and gives it back to its main contact when the owner is gone. How
// an account gets its first owner, and how it is taken off a login, is the
// business of registration and linking.
package ownership

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Service hands accounts over.
type Service struct {
	DB     *store.DB
	Teller notice.Teller
	Limits limit.Rules
}

// change runs one step and lets the workers know that there may be mails.
func (s *Service) change(ctx context.Context, do func(tx *store.Tx) error) error {
	err := s.DB.Update(ctx, do)
	s.Teller.Hurry()
	return err
}

// allow counts a try about an account.
func (s *Service) allow(ctx context.Context, rule limit.Rule, id keyfold.CustomerID) error {
	return s.DB.Allow(ctx, store.Try{Rule: rule, Tag: s.Teller.Key.Tag("limit", rule.Name+":"+id.String())})
}

// token finds what a link of ours promises.
func (s *Service) token(ctx context.Context, p store.Purpose, link token.Secret) (store.Token, error) {
	if link.IsZero() {
		return store.Token{}, keyfold.Refuse(keyfold.NotFound, "link.unknown")
	}
	t, err := s.DB.Reader().Token(ctx, p, link)
	if err == nil && len(t.Grants) == 0 {
		err = keyfold.Refuse(keyfold.NotFound, "link.unknown")
	}
	return t, err
}

// owned is an account, locked, if that user is its owner now.
func owned(ctx context.Context, tx *store.Tx, owner keyfold.UserID, id keyfold.CustomerID) (keyfold.Account, error) {
	account, err := tx.Account(ctx, id)
	if err == nil && (owner == "" || account.Owner != owner) {
		err = keyfold.Refuse(keyfold.NotFound, "account.unknown")
	}
	return account, err
}

// person is a user of an account that is locked; without roles, it is nobody.
func person(ctx context.Context, tx *store.Tx, id keyfold.CustomerID, who keyfold.UserID) (keyfold.Member, keyfold.User, error) {
	m, err := tx.Member(ctx, id, who)
	if err != nil || m.Roles.IsZero() {
		return m, keyfold.User{}, err
	}
	u, err := tx.User(ctx, who)
	return m, u, err
}

// about is a mail about a user, and what somebody did just now.
func about(template string, by keyfold.Act, user keyfold.UserID) store.Mail {
	return store.Mail{Template: template, User: user, Data: store.MailData{Origin: by.From}}
}
