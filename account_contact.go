package keyfold

import "time"

// A Succession is a main contact to be. The zero Succession is none.
type Succession struct {
	Contact Contact
	At      time.Time // not before
}

// successionAfter is how long a new main contact waits: the time in which the
// present one can stop it.
const successionAfter = 24 * time.Hour

// ProposeContact asks for another main contact. The one of now is told, and can
// stop it for 24 hours. A newer one takes the place of an older one.
func (a Account) ProposeContact(by Act, now time.Time, c Contact) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	if c.Email.Same(a.Contact.Email) {
		return Change{}, Refuse(Conflict, "contact.is_main")
	}
	a.Coming = Succession{Contact: c, At: now.Add(successionAfter)}
	return a.change(by, "account.contact_proposed", ""), nil
}

// StopContact keeps the main contact as it is.
func (a Account) StopContact(by Act) (Change, error) {
	if a.Coming.At.IsZero() {
		return Change{}, Refuse(Gone, "contact.nothing_waits")
	}
	a.Coming = Succession{}
	return a.change(by, "account.contact_stopped", ""), nil
}

// SucceedContact makes the proposed contact the main contact, when the time to
// stop it is over. Where there is no owner, customer care has proposed it, and so
// it has where the account is frozen: to freeze it ends what waited before.
func (a Account) SucceedContact(by Act, now time.Time) (Change, error) {
	if a.Closed {
		return Change{}, Refuse(Denied, "account.closed")
	}
	if a.Coming.At.IsZero() || now.Before(a.Coming.At) {
		return Change{}, Refuse(Conflict, "contact.nothing_waits")
	}
	former := a.Contact.Email
	a.Contact = a.Coming.Contact
	if a.State != Registered {
		// A password that who read the former contact may have set gets nobody on.
		a = a.enter(Legacy, now)
		a.Password, a.Pending, a.NeedsCare = "", Email{}, a.Frozen
	} else if former.IsZero() {
		a.NeedsCare = a.Frozen
	}
	return a.succeed(former, now).change(by, "account.contact_changed", ""), nil
}
