package store

import (
	"context"
	"encoding/json"
	"fmt"
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
// whose roles were changed since, as the trail has them.
func (r Reader) RolesUntil(ctx context.Context, id keyfold.CustomerID, moment time.Time) (map[keyfold.UserID]keyfold.Roles, error) {
	had := map[keyfold.UserID]keyfold.Roles{}
	err := r.each(ctx, "roles until", func(row row) error {
		var user keyfold.UserID
		var text string
		if err := row.Scan(&user, &text); err != nil || text == "" {
			return err
		}
		var became keyfold.Became
		if err := json.Unmarshal([]byte(text), &became); err != nil {
			return fmt.Errorf("event of %s: %w", user, err)
		}
		var roles keyfold.Roles
		err := roles.UnmarshalText([]byte(became.Member.Roles))
		had[user] = roles
		return err
	}, `select e.user_id, coalesce((
			select b.became from events b
			where b.customer_id = $1 and b.user_id = e.user_id and b.kind like 'member.%' and b.at <= $2 order by b.seq desc limit 1), '')
		from (select distinct user_id from events
			where customer_id = $1 and kind = 'member.roles_changed' and at > $2) e`, id.String(), ms(moment))
	return had, err
}
