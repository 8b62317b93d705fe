package keyfold

import "time"

// The transitions that customer care makes, most of them by two persons. None
// of them lets anybody in: what is the way in, the account's mailbox opens.

// ProposeContactByCare asks for another main contact by the word of two persons
// of customer care: of an account without an owner too, and of one that is
// frozen. It waits as long, and can be stopped as well, as any other.
func (a Account) ProposeContactByCare(by Act, now time.Time, c Contact) (Change, error) {
	switch {
	case a.Closed:
		return Change{}, Refuse(Denied, "account.closed")
	case c.Email.IsZero():
		return Change{}, Refuse(Invalid, "email.malformed").On("email")
	case c.Email.Same(a.Contact.Email):
		return Change{}, Refuse(Conflict, "contact.is_main").On("email")
	}
	a.Coming = Succession{Contact: c, At: now.Add(successionAfter)}
	return a.change(by, "account.contact_proposed", ""), nil
}

// CancelPending takes back an address that waits for its mailbox to answer: the
// customer goes on at step 5, with the password of step 3.
func (a Account) CancelPending(by Act, now time.Time) (Change, error) {
	if err := a.from(EmailPending); err != nil {
		return Change{}, err
	}
	return a.unpend(now).change(by, "account.pending_cancelled", ""), nil
}

// UnlinkByCare takes the account off the login that it is part of. It begins
// anew, by a reset with its customer ID, so somebody has to read its main
// contact.
func (a Account) UnlinkByCare(by Act, now time.Time) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	if a.Contact.Email.IsZero() {
		return Change{}, Refuse(Conflict, "approval.no_contact")
	}
	owner := a.Owner
	return a.forget().disown(now).change(by, "account.unlinked", "").handing(owner, Roles{}), nil
}

// Unfreeze ends a dispute and leaves all as it is.
func (a Account) Unfreeze(by Act) (Change, error) {
	if err := a.disputed(); err != nil {
		return Change{}, err
	}
	a.Frozen, a.NeedsCare = false, a.stuck()
	return a.change(by, "account.unfrozen", ""), nil
}

// GiveToContact ends a dispute for the main contact: the account begins anew, by
// a reset with its customer ID, and whoever had got into it is out.
func (a Account) GiveToContact(by Act, now time.Time) (Change, error) {
	if err := a.disputed(); err != nil {
		return Change{}, err
	}
	if a.Contact.Email.IsZero() {
		return Change{}, Refuse(Conflict, "approval.no_contact")
	}
	owner, coming := a.Owner, a.Coming
	a = a.forget().disown(now)
	a.Frozen, a.NeedsCare, a.Coming = false, false, coming
	return a.change(by, "account.given_to_contact", "").handing(owner, Roles{}), nil
}

// CareDone says that customers can help themselves again, or have nothing to
// want. If what was wrong comes back, so does the need.
func (a Account) CareDone(by Act) (Change, error) {
	if !a.NeedsCare {
		return Change{}, nil
	}
	if a.Frozen || a.stuck() {
		return Change{}, Refuse(Conflict, "case.account_waits")
	}
	a.NeedsCare = false
	return a.change(by, "account.care_done", ""), nil
}

// stuck reports whether nobody can get into the account without help.
func (a Account) stuck() bool {
	return !a.Closed && a.State != Registered && a.Contact.Email.IsZero()
}

func (a Account) disputed() error {
	switch {
	case a.Closed:
		return Refuse(Denied, "account.closed")
	case !a.Frozen:
		return Refuse(Conflict, "approval.not_frozen")
	}
	return nil
}
