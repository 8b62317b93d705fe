package store

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
)

// LapseInvitations revokes those of an account that wait and are lapsed, with the
// links in their mails. The account has to be locked, by [Tx.Account].
func (tx *Tx) LapseInvitations(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, lapsed func(keyfold.Invitation) bool) error {
	var waiting []keyfold.Invitation
	err := tx.each(ctx, "waiting invitations", func(row row) error {
		var i keyfold.Invitation
		err := row.Scan(invitationFields(&i)...)
		waiting = append(waiting, i)
		return err
	}, `select `+invitationColumns+` from invitations i where i.customer_id = $1 and i.status = 'pending' order by i.id`, id.String())
	if err != nil {
		return err
	}
	for _, i := range waiting {
		if !lapsed(i) {
			continue
		}
		change, err := i.Lapse(by, tx.Now())
		if err != nil {
			return err
		}
		if err := tx.ApplyInvitation(ctx, change); err != nil {
			return err
		}
		if err := tx.EndGrants(ctx, OfInvitation(i.ID), Void, Invite); err != nil {
			return err
		}
	}
	return nil
}

// RolesUntil are the roles that users of an account had until a moment, of those
// whose roles were changed since, as the first of these changes has them.
func (r Reader) RolesUntil(ctx context.Context, id keyfold.CustomerID, moment time.Time) (map[keyfold.UserID]keyfold.Roles, error) {
	had := map[keyfold.UserID]keyfold.Roles{}
	err := r.each(ctx, "roles until", func(row row) error {
		var e PastEvent
		if err := scanEvent(row, &e); err != nil {
			return err
		}
		if _, known := had[e.User]; known || e.Became.Member == nil {
			return nil
		}
		var roles keyfold.Roles
		err := roles.UnmarshalText([]byte(e.Became.Member.Was))
		had[e.User] = roles
		return err
	}, `select `+eventColumns+` from events
		where customer_id = $1 and kind = 'member.roles_changed' and at > $2 order by seq`, id.String(), ms(moment))
	return had, err
}
