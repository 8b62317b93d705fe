package members

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// ChangeRoles gives a user of an account other roles. To give those that they
// have changes nothing.
func (s *Service) ChangeRoles(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, actor, user keyfold.UserID, to keyfold.Roles) error {
	return s.update(ctx, func(tx *store.Tx) error {
		who, m, err := s.member(ctx, tx, id, actor, user)
		if err != nil {
			return err
		}
		change, err := who.account.ChangeRoles(by, who.Roles, m, to)
		if err != nil || m.Roles.Equal(to) {
			return err
		}
		if err := tx.ApplyMember(ctx, change); err != nil {
			return err
		}
		if err := lapse(ctx, tx, by, change.Member()); err != nil {
			return err
		}
		return s.tell(ctx, tx, who.account, user, store.Mail{Template: "member-roles", Data: store.MailData{Roles: to.String()}})
	})
}

// Remove ends the access of a user.
func (s *Service) Remove(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, actor, user keyfold.UserID) error {
	return s.update(ctx, func(tx *store.Tx) error {
		who, m, err := s.member(ctx, tx, id, actor, user)
		if err != nil {
			return err
		}
		change, err := who.account.Remove(by, who.Roles, m)
		if err != nil {
			return err
		}
		if who.account.Offer.To == user { // or it would be alive again should they come back
			withdrawn, err := who.account.WithdrawOffer(by)
			if err != nil {
				return err
			}
			if err := tx.Apply(ctx, withdrawn); err != nil {
				return err
			}
		}
		if err := tx.ApplyMember(ctx, change); err != nil {
			return err
		}
		if err := lapse(ctx, tx, by, change.Member()); err != nil {
			return err
		}
		return s.tell(ctx, tx, who.account, user, store.Mail{Template: "member-removed"})
	})
}

// lapse ends the invitations of who may not give their roles any more: or they
// would be good again, should they get the right back.
func lapse(ctx context.Context, tx *store.Tx, by keyfold.Act, m keyfold.Member) error {
	return tx.LapseInvitations(ctx, by, m.Account, func(i keyfold.Invitation) bool {
		return i.Inviter == m.User && m.Roles.MayManage(keyfold.Roles{}, i.Roles) != nil
	})
}

// member is a user of the account, and who wants to change what they may do.
func (s *Service) member(ctx context.Context, tx *store.Tx, id keyfold.CustomerID, by, user keyfold.UserID) (actor, keyfold.Member, error) {
	who, err := s.actor(ctx, tx, id, by)
	if err != nil {
		return actor{}, keyfold.Member{}, err
	}
	m, err := tx.Member(ctx, id, user)
	return who, m, err
}

func (s *Service) tell(ctx context.Context, tx *store.Tx, a keyfold.Account, user keyfold.UserID, m store.Mail) error {
	to, err := tx.User(ctx, user)
	if err != nil {
		return err
	}
	m.User = user
	return s.Teller.User(ctx, tx, a, to, m)
}

// Leave ends one's own access.
func (s *Service) Leave(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, user keyfold.UserID) error {
	return s.update(ctx, func(tx *store.Tx) error {
		who, err := s.actor(ctx, tx, id, user)
		if err != nil {
			return err
		}
		return s.leave(ctx, tx, by, who)
	})
}

func (s *Service) leave(ctx context.Context, tx *store.Tx, by keyfold.Act, who actor) error {
	change, err := who.account.Leave(by, who.Member)
	if err != nil {
		return err
	}
	if who.account.Offer.To == who.User {
		declined, err := who.account.DeclineOffer(by, who.Member)
		if err != nil {
			return err
		}
		if err := tx.Apply(ctx, declined); err != nil {
			return err
		}
	}
	if err := tx.ApplyMember(ctx, change); err != nil {
		return err
	}
	return lapse(ctx, tx, by, change.Member())
}
