package keyfold

import "time"

// A Member is a user with roles in an account. Without roles there is no
// access.
type Member struct {
	Account CustomerID
	User    UserID
	Roles   Roles
	Since   time.Time // a user of the account
}

// A MemberChange is new access of a user to an account together with the event
// that says so.
type MemberChange struct {
	member Member
	event  Event
}

// Member is the member after the change.
func (c MemberChange) Member() Member { return c.member }

// Event is the row to write with it.
func (c MemberChange) Event() Event { return c.event }

func (a Account) member(by Act, m Member, kind, note string) MemberChange {
	return MemberChange{member: m, event: Event{
		Act: by, Kind: kind, Account: a.ID, User: m.User, Note: note, Became: Became{Member: &MemberState{Roles: m.Roles.String()}},
	}}
}

// Admit gives a user access to the account. Who says so, and how, is the note:
// "invited" or "asked".
func (a Account) Admit(by Act, m Member, note string) (MemberChange, error) {
	if err := a.registered(); err != nil {
		return MemberChange{}, err
	}
	if m.User == a.Owner {
		return MemberChange{}, Refuse(Conflict, "member.owner")
	}
	if err := m.Roles.Givable(); err != nil {
		return MemberChange{}, err
	}
	m.Account = a.ID
	return a.member(by, m, "member.added", note), nil
}

// ChangeRoles gives a user other roles. The actor is who does it.
func (a Account) ChangeRoles(by Act, actor Roles, m Member, to Roles) (MemberChange, error) {
	if err := a.changeable(actor, m, to); err != nil {
		return MemberChange{}, err
	}
	if err := to.Givable(); err != nil {
		return MemberChange{}, err
	}
	was := m.Roles.String()
	m.Roles = to
	c := a.member(by, m, "member.roles_changed", to.String())
	c.event.Became.Member.Was = was
	return c, nil
}

// Remove ends the access of a user. The actor is who does it.
func (a Account) Remove(by Act, actor Roles, m Member) (MemberChange, error) {
	if err := a.changeable(actor, m, Roles{}); err != nil {
		return MemberChange{}, err
	}
	m.Roles = Roles{}
	return a.member(by, m, "member.removed", ""), nil
}

// Leave ends one's own access.
func (a Account) Leave(by Act, m Member) (MemberChange, error) {
	switch {
	case m.Roles.IsZero():
		return MemberChange{}, Refuse(NotFound, "account.unknown")
	case m.User == a.Owner:
		return MemberChange{}, Refuse(Conflict, "member.owner")
	}
	m.Roles = Roles{}
	return a.member(by, m, "member.left", ""), nil
}

func (a Account) changeable(actor Roles, m Member, to Roles) error {
	if err := a.registered(); err != nil {
		return err
	}
	switch {
	case m.Roles.IsZero():
		return Refuse(Gone, "member.gone")
	case m.User == a.Owner:
		return Refuse(Conflict, "member.owner")
	}
	return actor.MayManage(m.Roles, to)
}
