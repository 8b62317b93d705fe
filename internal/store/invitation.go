package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/keyfold/keyfold"
)

const invitationColumns = `i.id, i.customer_id, i.email, i.roles, i.inviter, i.language, i.created_at, i.expires_at, i.status, i.accepted_by, i.ended_at`

func invitationFields(i *keyfold.Invitation) []any {
	return []any{
		&i.ID, text(&i.Account), text(&i.Email), text(&i.Roles), &i.Inviter, text(&i.Language), at(&i.Sent), at(&i.Until), &i.Status,
		orNull(&i.AcceptedBy), at(&i.Ended),
	}
}

// Invitation reads one invitation.
func (r Reader) Invitation(ctx context.Context, id string) (i keyfold.Invitation, err error) {
	err = r.q.QueryRowContext(ctx, `select `+invitationColumns+` from invitations i where i.id = $1`, id).Scan(invitationFields(&i)...)
	if err != nil {
		return keyfold.Invitation{}, missing(err, "invitation.unknown")
	}
	return i, nil
}

// PendingInvitation finds the one invitation of an account to an address that has
// no answer yet, be its time over or not.
func (r Reader) PendingInvitation(ctx context.Context, id keyfold.CustomerID, to keyfold.Email) (i keyfold.Invitation, ok bool, err error) {
	err = r.q.QueryRowContext(ctx, `
		select `+invitationColumns+` from invitations i
		where i.customer_id = $1 and i.email_key = $2 and i.status = 'pending'`, id.String(), to.Key()).
		Scan(invitationFields(&i)...)
	if errors.Is(err, sql.ErrNoRows) {
		return keyfold.Invitation{}, false, nil
	}
	if err != nil {
		return keyfold.Invitation{}, false, fmt.Errorf("store: pending invitation: %w", err)
	}
	return i, true, nil
}

// A SentInvitation is an invitation with what a list of them tells.
type SentInvitation struct {
	keyfold.Invitation

	InviterRoles keyfold.Roles // that the inviter has now
	AcceptedWith keyfold.Email // the login; none: not accepted, or deleted since
}

const sentColumns = invitationColumns + `, coalesce(m.roles, ''), coalesce(u.email, '') from invitations i
	left join memberships m on m.customer_id = i.customer_id and m.user_id = i.inviter
	left join users u on u.id = i.accepted_by`

func sentFields(i *SentInvitation) []any {
	return append(invitationFields(&i.Invitation), text(&i.InviterRoles), text(&i.AcceptedWith))
}

// Invitations are those of an account that wait, and then those that ended since
// a moment: newest first, and a page of at most limit.
func (r Reader) Invitations(ctx context.Context, id keyfold.CustomerID, since time.Time, limit, offset int) (list []SentInvitation, err error) {
	err = r.each(ctx, "invitations", func(row row) error {
		var i SentInvitation
		err := row.Scan(sentFields(&i)...)
		list = append(list, i)
		return err
	}, `select `+sentColumns+` where i.customer_id = $1 and (i.status = 'pending' or i.ended_at > $2)
		order by i.status <> 'pending', i.created_at desc, i.id desc limit $3 offset $4`, id.String(), ms(since), limit, offset)
	return list, err
}

// WaitingInvitation is one of an account that waits. Others are not there.
func (r Reader) WaitingInvitation(ctx context.Context, id keyfold.CustomerID, invitation string) (i SentInvitation, err error) {
	err = r.q.QueryRowContext(ctx, `select `+sentColumns+` where i.id = $1 and i.customer_id = $2 and i.status = 'pending'`, invitation, id.String()).
		Scan(sentFields(&i)...)
	if err != nil {
		return SentInvitation{}, missing(err, "invitation.unknown")
	}
	return i, nil
}

// ApplyInvitation writes a change of an invitation and its event. The account has
// to be locked, by [Tx.Account].
func (tx *Tx) ApplyInvitation(ctx context.Context, c keyfold.InvitationChange) error {
	i := c.Invitation()
	_, err := tx.exec(ctx, "apply "+c.Event().Kind, `
		insert into invitations (id, customer_id, email, email_key, roles, inviter, language, created_at, expires_at, status, accepted_by, ended_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		on conflict (id) do update set inviter = $6, created_at = $8, expires_at = $9, status = $10, accepted_by = $11, ended_at = $12`,
		i.ID, i.Account.String(), i.Email.String(), i.Email.Key(), i.Roles.String(), i.Inviter, i.Language.String(), ms(i.Sent), ms(i.Until),
		i.Status, null(i.AcceptedBy), ms(i.Ended))
	if err != nil {
		return err
	}
	return tx.Record(ctx, c.Event())
}
