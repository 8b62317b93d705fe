// Package members is who may do what in an account besides its owner:
// invitations, requests for access, roles, and the end of access and of logins.
// The ownership itself, and how a user logs in, are not its business.
package members

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store"
)

// A Service changes who has access.
type Service struct {
	DB       *store.DB
	Gate     *password.Gate
	Policy   password.Policy
	Entities keyfold.Entities
	Brand    string // nobody's password
	Limits   limit.Rules
	Teller   notice.Teller
	// Prove refuses who does not know the password of a login.
	Prove func(ctx context.Context, by keyfold.Act, user keyfold.User, pw string) error
}

// tag names whose try it is in a counter, without naming anybody.
func (s *Service) tag(who string) string { return s.Teller.Key.Tag("limit", who) }

// An actor is who acts in an account, and what they may do there now: what the
// page knew of it may be old.
type actor struct {
	keyfold.Member

	account keyfold.Account // locked
}

// actor locks an account and finds out what a user may do in it. Who has no
// access learns no more than a stranger.
func (s *Service) actor(ctx context.Context, tx *store.Tx, id keyfold.CustomerID, user keyfold.UserID) (actor, error) {
	account, err := tx.Account(ctx, id)
	if err != nil {
		return actor{}, err
	}
	m, err := tx.Member(ctx, id, user)
	if err != nil {
		return actor{}, err
	}
	if m.Roles.IsZero() {
		return actor{}, keyfold.Refuse(keyfold.NotFound, "account.unknown")
	}
	return actor{Member: m, account: account}, nil
}

// update runs one step, and tells the workers that there may be mails.
func (s *Service) update(ctx context.Context, step func(*store.Tx) error) error {
	err := s.DB.Update(ctx, step)
	if err == nil {
		s.Teller.Hurry()
	}
	return err
}
