package keyfold

import "time"

// A Before is where an account stood before it got its owner.
type Before struct {
	State   State // empty: it cannot go back
	Pending Email
	Until   time.Time // it can go back so long
}

// undoFor is how long a link can be undone so that all is as it was.
const undoFor = 14 * 24 * time.Hour

// Register is step 8: the account gets its owner, and the password of the
// customer ID is sealed: kept, and good for nothing but to recognise who still
// comes with it, and to be what it was when the link is undone.
func (a Account) Register(by Act, now time.Time, owner UserID) (Change, error) {
	if err := a.from(EmailPending); err != nil {
		return Change{}, err
	}
	return a.own(now, owner).change(by, "account.registered", "").handing("", Roles{}), nil
}

// Link is the other end of step 7: the address is a user's already, and the
// account becomes one more of that user's.
func (a Account) Link(by Act, now time.Time, owner UserID) (Change, error) {
	if err := a.from(EmailPending); err != nil {
		return Change{}, err
	}
	return a.own(now, owner).change(by, "account.linked", "").handing("", Roles{}), nil
}

// LinkBy is a link without the ten steps: whoever reads the main contact of the
// account has agreed, in the browser of the user or with the user's password.
func (a Account) LinkBy(by Act, now time.Time, owner User) (Change, error) {
	if owner.Suspended || owner.Deleted {
		return Change{}, Refuse(Denied, "user.suspended")
	}
	if err := a.from(Legacy, PasswordSet, EmailPending); err != nil {
		return Change{}, err
	}
	return a.own(now, owner.ID).change(by, "account.linked", "").handing("", Roles{}), nil
}

// Claim is a link without the ten steps: the main contact of the account is
// the mailbox that has proven to be the user's. Why not, [Account.Claimable]
// says.
func (a Account) Claim(by Act, now time.Time, owner User) (Change, error) {
	if err := a.Claimable(now, owner); err != nil {
		return Change{}, err
	}
	return a.own(now, owner.ID).change(by, "account.claimed", "").handing("", Roles{}), nil
}

// Claimable refuses an account that a user cannot claim, with the reason that
// the user is told.
func (a Account) Claimable(now time.Time, owner User) error {
	switch {
	case a.Contact.Email.IsZero() || !a.Contact.Email.Same(owner.Email):
		return Refuse(NotFound, "account.unknown")
	case owner.Suspended:
		return Refuse(Denied, "user.suspended")
	case a.State == Registered:
		return Refuse(Conflict, "claim.moved")
	case a.Closed:
		return Refuse(Denied, "claim.closed")
	case a.Frozen:
		return Refuse(Denied, "claim.frozen")
	case a.NeedsCare:
		return Refuse(Denied, "claim.care")
	case a.contactIsNew(now):
		return Refuse(Denied, "claim.contact_changed").With("Until", a.ContactSettles())
	}
	return nil
}

// ContactSettles is when a main contact that changed is as good as one that
// always was.
func (a Account) ContactSettles() time.Time { return a.Changed.Add(formerContactFor) }

// contactIsNew reports whether the main contact changed so lately that its
// former one may still have something to say about it.
func (a Account) contactIsNew(now time.Time) bool {
	return !a.Changed.IsZero() && now.Before(a.ContactSettles())
}

func (a Account) own(now time.Time, owner UserID) Account {
	a.Before = Before{State: a.State, Pending: a.Pending, Until: now.Add(undoFor)}
	a = a.enter(Registered, now)
	a.Owner, a.Pending, a.NeedsCare = owner, Email{}, false
	a.Coming = Succession{} // the main contact of now is read, or nobody would have come so far
	return a
}

// Undoable reports whether the link of the account can be undone.
func (a Account) Undoable(now time.Time) bool {
	return a.State == Registered && a.Before.State != "" && now.Before(a.Before.Until) && !a.Frozen && !a.Closed
}

// UndoableBy refuses a main contact that somebody made so here, and so lately
// that the former one and the owner may still have something to say about it.
// What the customer database says is the provider's word.
func (a Account) UndoableBy(contact Email, now time.Time) error {
	if !a.Contact.Email.Same(contact) || a.contactIsNew(now) && !a.Contact.Email.Same(a.Sourced.Email) {
		return Refuse(Gone, "link.void")
	}
	return nil
}

// UndoLink takes the account back to where it was before it got its owner: the
// password of the customer ID works as it did, unless the account has another main
// contact since, or another owner. Either side may ask for it.
func (a Account) UndoLink(by Act, now time.Time) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	if !a.Undoable(now) {
		return Change{}, Refuse(Gone, "link.undo_over")
	}
	owner := a.Owner
	return a.disown(now).change(by, "account.link_undone", "").handing(owner, Roles{}), nil
}

// Unlink ends the ownership of an account that nobody else has access to. In
// the time in which a link can be undone it is the same as that; later, the
// way in is a reset by the customer ID, as it was for everybody once.
func (a Account) Unlink(by Act, now time.Time) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	if a.returning(now) {
		return Change{}, a.tooSoon()
	}
	if !a.Undoable(now) {
		a = a.forget()
	}
	owner := a.Owner
	return a.disown(now).change(by, "account.unlinked", "").handing(owner, Roles{}), nil
}

// forgetWay ends the way on which the account got its owner: who went it may have
// left since. If the link is undone, the account begins anew.
func (a Account) forgetWay() Account {
	a.Password = ""
	if a.Before.State != "" {
		a.Before.State, a.Before.Pending = Legacy, Email{}
	}
	return a
}

// forget makes the account begin anew when it loses its owner.
func (a Account) forget() Account {
	a.Before, a.Password = Before{State: Legacy}, ""
	return a
}

func (a Account) disown(now time.Time) Account {
	a = a.enter(a.Before.State, now).unsettle()
	a.Pending, a.Owner, a.Before, a.Vetoed = a.Before.Pending, "", Before{}, time.Time{}
	a.NeedsCare = a.Contact.Email.IsZero() && !a.Closed
	return a
}

// registered refuses what only a registered account can have done to it.
func (a Account) registered() error {
	switch {
	case a.Frozen:
		return Refuse(Denied, "account.frozen")
	case a.Closed:
		return Refuse(Denied, "account.closed")
	case a.State != Registered:
		return Refuse(Conflict, "account.not_registered")
	}
	return nil
}
