package outbox

import (
	"context"

	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/store"
)

// addMembers fills in the mails about who has access.
func (s *Service) addMembers(ctx context.Context, mail *mailtext.Mail, m store.Mail) (why string, err error) {
	if err := mail.Roles.UnmarshalText([]byte(m.Data.Roles)); err != nil {
		return "", err
	}
	account := s.PublicURL.JoinPath("accounts", m.Account.String())
	switch mail.Template {
	case mailtext.Invitation:
		return s.addInvitation(ctx, mail, m)
	case mailtext.InvitationAccepted:
		i, err := s.DB.Reader().Invitation(ctx, m.Data.Invited)
		if err != nil {
			return "", err
		}
		mail.Other, mail.Link = i.Email, account.JoinPath("users").String()
	case mailtext.AccessRequested:
		mail.Link = account.JoinPath("users").String()
		return s.addAsker(ctx, mail, m)
	case mailtext.MemberRoles, mailtext.AccessGranted:
		mail.Link = account.String()
	case mailtext.MemberAdded, mailtext.MemberRemoved, mailtext.AccessDeclined:
	default:
		return "", nil
	}
	return s.addUser(ctx, mail, m.User)
}

// addInvitation says who invites, and to what. The link may be alive when the
// invitation is not: an account that loses its owner takes all of them back.
func (s *Service) addInvitation(ctx context.Context, mail *mailtext.Mail, m store.Mail) (why string, err error) {
	read := s.DB.Reader()
	i, err := read.Invitation(ctx, m.Data.Invited)
	if err != nil {
		return "", err
	}
	from, err := read.User(ctx, i.Inviter)
	if err != nil {
		return "", err
	}
	if !i.Live(read.Now()) || from.Deleted {
		return "the invitation had ended", nil
	}
	mail.Other, mail.Roles = from.Email, i.Roles
	return "", nil
}

// addAsker names who waits for access longest: whoever asked first may have been
// answered before the mail left.
func (s *Service) addAsker(ctx context.Context, mail *mailtext.Mail, m store.Mail) (why string, err error) {
	waiting, err := s.DB.Reader().Askers(ctx, m.Account, 1, 0)
	if err != nil {
		return "", err
	}
	if len(waiting) == 0 {
		return "the request had been answered", nil
	}
	mail.User = waiting[0].Who.Email
	return "", nil
}
