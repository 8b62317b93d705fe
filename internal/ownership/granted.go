package ownership

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// endGranted ends what was granted in an account since it was handed over, now
// that its former owner has it back: a thief would have let in others, or
// another login of their own. Users who were there before have the roles that
// they had. Who has gone in between is not brought back.
func (s *Service) endGranted(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account, handed time.Time) error {
	err := tx.LapseInvitations(ctx, by, a.ID, func(i keyfold.Invitation) bool { return i.Sent.After(handed) })
	if err != nil {
		return err
	}
	if err := tx.EndKeysSince(ctx, by, a.ID, handed); err != nil {
		return err
	}
	users, err := tx.Members(ctx, a.ID)
	if err != nil {
		return err
	}
	had, err := tx.RolesUntil(ctx, a.ID, handed)
	if err != nil {
		return err
	}
	for _, u := range users {
		before, changed := had[u.ID]
		switch {
		case u.ID == a.Owner:
			continue
		case u.Since.After(handed):
			err = s.regrant(ctx, tx, by, a, u, keyfold.Roles{})
		case changed && !before.IsZero() && !before.Equal(u.Roles):
			err = s.regrant(ctx, tx, by, a, u, before)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// regrant gives a user other roles, or none, in the name of the owner, and tells
// them.
func (s *Service) regrant(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account, u store.MemberUser, to keyfold.Roles) error {
	m := keyfold.Member{Account: a.ID, User: u.ID, Roles: u.Roles, Since: u.Since}
	mail := store.Mail{Template: "member-roles", User: u.ID, Data: store.MailData{Roles: to.String()}}
	change, err := a.ChangeRoles(by, keyfold.RolesOf(keyfold.Owner), m, to)
	if to.IsZero() {
		mail = store.Mail{Template: "member-removed", User: u.ID}
		change, err = a.Remove(by, keyfold.RolesOf(keyfold.Owner), m)
	}
	if err != nil {
		return err
	}
	if err := tx.ApplyMember(ctx, change); err != nil {
		return err
	}
	return s.Teller.User(ctx, tx, a, u.User, mail)
}
