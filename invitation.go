package keyfold

import "time"

// InvitedFor is how long an invitation waits for its answer.
const InvitedFor = 7 * 24 * time.Hour

// An InvitationStatus is where an invitation stands.
type InvitationStatus string

// The ways of an invitation.
const (
	Invited    InvitationStatus = "pending"
	Accepted   InvitationStatus = "accepted"
	Revoked    InvitationStatus = "revoked"
	Superseded InvitationStatus = "superseded" // its time was over, and a newer one took its place
)

// An Invitation lets who reads a mailbox have access to an account. It stands
// for the word of its inviter, and is worth no more than that word is when it is
// accepted.
type Invitation struct {
	ID         string
	Account    CustomerID
	Email      Email
	Roles      Roles
	Inviter    UserID
	Language   Language // of the page on which it was written
	Sent       time.Time
	Until      time.Time
	Status     InvitationStatus
	AcceptedBy UserID
	Ended      time.Time
}

// An InvitationChange is a new state of an invitation together with the event
// that says so.
type InvitationChange struct {
	invitation Invitation
	event      Event
}

// Invitation is the invitation after the change.
func (c InvitationChange) Invitation() Invitation { return c.invitation }

// Event is the row to write with it.
func (c InvitationChange) Event() Event { return c.event }

func (i Invitation) change(by Act, kind, note string) InvitationChange {
	return InvitationChange{invitation: i, event: Event{
		Act: by, Kind: kind, Account: i.Account, User: i.AcceptedBy, Note: note,
		Became: Became{Invitation: &InvitationState{ID: i.ID, Status: i.Status}},
	}}
}

// Live reports whether the invitation still waits for its answer.
func (i Invitation) Live(now time.Time) bool { return i.Status == Invited && now.Before(i.Until) }

// Invite asks who reads a mailbox to have access. The actor is who does so, and
// gives no roles that they could not give to a user.
func (a Account) Invite(by Act, now time.Time, actor Member, i Invitation) (InvitationChange, error) {
	if err := a.registered(); err != nil {
		return InvitationChange{}, err
	}
	if err := i.Roles.Givable(); err != nil {
		return InvitationChange{}, err
	}
	if err := actor.Roles.MayManage(Roles{}, i.Roles); err != nil {
		return InvitationChange{}, err
	}
	i.Account, i.Inviter, i.Status = a.ID, actor.User, Invited
	i.Sent, i.Until = now, now.Add(InvitedFor)
	return i.change(by, "invitation.sent", i.Roles.String()), nil
}

// InviteAgain sends an invitation once more, and its time begins anew. From now
// on it stands for the word of who sent it last.
func (a Account) InviteAgain(by Act, now time.Time, actor Member, i Invitation) (InvitationChange, error) {
	if err := a.answerable(actor.Roles, i); err != nil {
		return InvitationChange{}, err
	}
	i.Inviter, i.Sent, i.Until = actor.User, now, now.Add(InvitedFor)
	return i.change(by, "invitation.sent_again", i.Roles.String()), nil
}

// Revoke takes an invitation back.
func (a Account) Revoke(by Act, now time.Time, actor Roles, i Invitation) (InvitationChange, error) {
	if err := a.answerable(actor, i); err != nil {
		return InvitationChange{}, err
	}
	i.Status, i.Ended = Revoked, now
	return i.change(by, "invitation.revoked", ""), nil
}

// Lapse revokes an invitation whose word is worth nothing any more, whatever
// state the account is in: less access is never a danger to it.
func (i Invitation) Lapse(by Act, now time.Time) (InvitationChange, error) {
	if i.Status != Invited {
		return InvitationChange{}, Refuse(Gone, "invitation.ended")
	}
	i.Status, i.Ended = Revoked, now
	return i.change(by, "invitation.revoked", ""), nil
}

// Supersede ends an invitation whose time is over, to make room for a newer one.
func (i Invitation) Supersede(by Act, now time.Time) (InvitationChange, error) {
	if i.Status != Invited || i.Live(now) {
		return InvitationChange{}, Refuse(Conflict, "invitation.pending").On("email")
	}
	i.Status, i.Ended = Superseded, now
	return i.change(by, "invitation.superseded", ""), nil
}

// AcceptInvitation gives a user the access that they were invited to. Both
// changes are written together. The inviter is what they are now, and had is
// what the user has already.
func (a Account) AcceptInvitation(by Act, now time.Time, inviter Roles, i Invitation, had Member) (InvitationChange, MemberChange, error) {
	if err := a.Acceptable(now, inviter, i); err != nil {
		return InvitationChange{}, MemberChange{}, err
	}
	if !had.Roles.IsZero() {
		return InvitationChange{}, MemberChange{}, Refuse(Conflict, "member.already")
	}
	had.Roles = i.Roles
	admitted, err := a.Admit(by, had, "invited")
	if err != nil {
		return InvitationChange{}, MemberChange{}, err
	}
	i.Status, i.AcceptedBy, i.Ended = Accepted, had.User, now
	return i.change(by, "invitation.accepted", ""), admitted, nil
}

// Acceptable refuses an invitation that nobody can accept, with the reason.
func (a Account) Acceptable(now time.Time, inviter Roles, i Invitation) error {
	switch i.Status {
	case Accepted:
		return Refuse(Gone, "invitation.accepted")
	case Revoked:
		return Refuse(Gone, "invitation.revoked")
	case Superseded:
		return Refuse(Gone, "invitation.superseded")
	case Invited:
	}
	if err := a.registered(); err != nil {
		return err
	}
	switch {
	case !i.Live(now):
		return Refuse(Gone, "invitation.expired")
	case inviter.MayManage(Roles{}, i.Roles) != nil:
		return Refuse(Gone, "invitation.void")
	}
	return nil
}

// answerable refuses who may not do anything about an invitation, or too late.
func (a Account) answerable(actor Roles, i Invitation) error {
	if err := a.registered(); err != nil {
		return err
	}
	if i.Status != Invited {
		return Refuse(Gone, "invitation.ended")
	}
	return actor.MayManage(Roles{}, i.Roles)
}
