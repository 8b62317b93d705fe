package members

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// An Invitee is whom to invite, and to what.
type Invitee struct {
	Email    keyfold.Email
	Roles    keyfold.Roles
	Language keyfold.Language // of the page, and so of the mail
}

// Invite mails a link with which who reads it gets access to an account.
func (s *Service) Invite(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, inviter keyfold.UserID, to Invitee) error {
	if err := to.Roles.Givable(); err != nil { // costs no try
		return err
	}
	if err := s.allowInvite(ctx, id, to.Email); err != nil {
		return err
	}
	name, err := notice.NewID()
	if err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx) error {
		who, err := s.actor(ctx, tx, id, inviter)
		if err != nil {
			return err
		}
		invitation := keyfold.Invitation{ID: name, Email: to.Email, Roles: to.Roles, Language: to.Language}
		change, err := who.account.Invite(by, tx.Now(), who.Member, invitation)
		if err != nil {
			return err
		}
		if err := s.makeRoom(ctx, tx, by, id, to.Email); err != nil {
			return err
		}
		return s.send(ctx, tx, who.account, change)
	})
}

// makeRoom refuses an address whose user has access, or that has an invitation
// already. One whose time is over gives way.
func (s *Service) makeRoom(ctx context.Context, tx *store.Tx, by keyfold.Act, id keyfold.CustomerID, to keyfold.Email) error {
	user, err := tx.UserByEmail(ctx, to)
	switch {
	case err == nil:
		has, err := tx.Member(ctx, id, user.ID)
		if err != nil {
			return err
		}
		if !has.Roles.IsZero() {
			return keyfold.Refuse(keyfold.Conflict, "invitation.has_access").On("email")
		}
	case keyfold.Refused(err) == nil:
		return err
	}
	old, ok, err := tx.PendingInvitation(ctx, id, to)
	if err != nil || !ok {
		return err
	}
	change, err := old.Supersede(by, tx.Now())
	if err != nil {
		return err
	}
	if err := tx.ApplyInvitation(ctx, change); err != nil {
		return err
	}
	return tx.EndGrants(ctx, store.OfInvitation(old.ID), store.Superseded, store.Invite)
}

// send writes an invitation and promises its mail. The links of before stop.
func (s *Service) send(ctx context.Context, tx *store.Tx, a keyfold.Account, c keyfold.InvitationChange) error {
	if err := tx.ApplyInvitation(ctx, c); err != nil {
		return err
	}
	i := c.Invitation()
	if err := tx.EndGrants(ctx, store.OfInvitation(i.ID), store.Superseded, store.Invite); err != nil {
		return err
	}
	link, err := s.Teller.Link(ctx, tx, store.Invite, i.Email, i.Until, store.OfInvitation(i.ID))
	if err != nil {
		return err
	}
	return s.Teller.Mail(ctx, tx, store.Mail{
		Template: "invitation", To: i.Email, Language: i.Language, Entity: a.Entity, Account: a.ID, Token: link,
		Data: store.MailData{Invited: i.ID},
	})
}

func (s *Service) allowInvite(ctx context.Context, id keyfold.CustomerID, to keyfold.Email) error {
	account, mailbox := s.tag("invite:"+id.String()), s.tag("mailbox:"+to.Key())
	rules := s.Limits.Members
	return s.DB.Allow(ctx, store.Try{Rule: rules.InviteHour, Tag: account}, store.Try{Rule: rules.InviteDay, Tag: account},
		store.Try{Rule: rules.InviteMail, Tag: mailbox}, store.Try{Rule: rules.InviteMailDay, Tag: mailbox})
}

// InviteAgain mails a new link for an invitation. The older ones stop working.
func (s *Service) InviteAgain(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, inviter keyfold.UserID, invitation string) error {
	sent, err := s.DB.Reader().Invitation(ctx, invitation)
	if err != nil {
		return err
	}
	if sent.Account != id {
		return keyfold.Refuse(keyfold.NotFound, "invitation.unknown")
	}
	if err := s.allowInvite(ctx, id, sent.Email); err != nil {
		return err
	}
	return s.update(ctx, func(tx *store.Tx) error {
		who, i, err := s.invitation(ctx, tx, id, inviter, invitation)
		if err != nil {
			return err
		}
		change, err := who.account.InviteAgain(by, tx.Now(), who.Member, i)
		if err != nil {
			return err
		}
		return s.send(ctx, tx, who.account, change)
	})
}

// Revoke takes an invitation back. To do so twice is to have done so.
func (s *Service) Revoke(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, user keyfold.UserID, invitation string) error {
	return s.update(ctx, func(tx *store.Tx) error {
		who, i, err := s.invitation(ctx, tx, id, user, invitation)
		if err != nil || i.Status == keyfold.Revoked {
			return err
		}
		return s.revoke(ctx, tx, by, who.account, who.Roles, i)
	})
}

func (s *Service) revoke(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account, actor keyfold.Roles, i keyfold.Invitation) error {
	change, err := a.Revoke(by, tx.Now(), actor, i)
	if err != nil {
		return err
	}
	if err := tx.ApplyInvitation(ctx, change); err != nil {
		return err
	}
	return tx.EndGrants(ctx, store.OfInvitation(i.ID), store.Void, store.Invite)
}

// invitation is one of the account, and who wants to do something about it.
func (s *Service) invitation(ctx context.Context, tx *store.Tx, id keyfold.CustomerID, user keyfold.UserID, invitation string) (actor, keyfold.Invitation, error) {
	who, err := s.actor(ctx, tx, id, user)
	if err != nil {
		return actor{}, keyfold.Invitation{}, err
	}
	i, err := tx.Invitation(ctx, invitation)
	if err == nil && i.Account != id {
		err = keyfold.Refuse(keyfold.NotFound, "invitation.unknown")
	}
	return who, i, err
}
