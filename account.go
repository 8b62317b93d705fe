package keyfold

import (
	"slices"
	"time"
)

// State is where an account is on its way from a customer ID to an owner.
type State string

// The states, in order. docs/states.md is generated from them and from the
// transitions below.
const (
	Legacy       State = "legacy"        // nobody has come yet
	PasswordSet  State = "password_set"  // step 3 done
	EmailPending State = "email_pending" // step 5 done
	Registered   State = "registered"    // step 8 done, or linked
)

// States are all states, in order.
func States() []State { return []State{Legacy, PasswordSet, EmailPending, Registered} }

// formerContactFor is how long the former main contact gets a copy of each
// notice after a change: the time to notice that one was robbed.
const formerContactFor = 72 * time.Hour

// A Contact is a person or mailbox that an account communicates with. Not a
// login.
type Contact struct {
	Name  string
	Email Email
}

// An Account is one customer of one entity. Its fields change only through the
// transitions below: each checks the state it starts from and returns a
// [Change], which the store writes together with its event.
type Account struct {
	ID       CustomerID
	Entity   string // code of the entity
	Name     string
	Language Language
	Contact  Contact     // main contact: resets go there
	Sourced  Contact     // what the customer database last said that it is
	Listed   ContactList // what it last said of the other contacts
	Former   Email       // the main contact before this one
	Changed  time.Time
	Coming   Succession // who will be main contact
	State    State
	Since    time.Time // in this state
	Reminded int       // how often since then
	Imported Hash      // from the legacy system: only to be different from
	Factor   Sealed    // second factor of the legacy system
	Password Hash      // of the customer ID, from step 3; sealed once registered
	Pending  Email     // given in step 5, not yet confirmed
	Owner    UserID    // since step 8
	Offer    Offer     // of the ownership
	Return   Return    // of the ownership, to who had it before
	Reclaim  time.Time // the main contact gets the account back then; zero: has not asked
	Vetoed   time.Time // the owner of now said no to that
	Before   Before    // where the account goes back to when its link is undone
	Closed   bool
	Frozen   bool // a dispute is open: owner and contacts stay as they are
	// NeedsCare says that only customer care can help this account on.
	NeedsCare bool
	Version   int64 // 0: not stored yet
}

// Notices are the mailboxes that are told of each change: the main contact,
// and the former one for 72 hours.
func (a Account) Notices(now time.Time) []Email {
	var to []Email
	if !a.Contact.Email.IsZero() {
		to = append(to, a.Contact.Email)
	}
	if !a.Former.IsZero() && now.Before(a.Changed.Add(formerContactFor)) && !a.Former.Same(a.Contact.Email) {
		to = append(to, a.Former)
	}
	return to
}

// Details are what the provider's customer database says of an account.
type Details struct {
	ID       CustomerID
	Entity   string
	Name     string
	Language Language
	Contact  Contact
	Contacts ContactList // the others
	Imported Hash        // empty: leave what is there
	Factor   Sealed      // empty: leave what is there
	Closed   bool
	// Present is the main contact where the details were exported from. Only an
	// account that is new takes it; nil: it is the one above.
	Present *Contact
}

// Import enters an account from the customer database. Without a main contact
// nobody could ever reset it, so care is told at once.
func Import(by Act, d Details) Change {
	a := Account{ID: d.ID, State: Legacy}
	a = a.describe(d)
	if d.Present != nil {
		a.Contact = *d.Present
	}
	a.NeedsCare = a.Contact.Email.IsZero() && !a.Closed
	return a.change(by, "account.imported", "")
}

// Update brings an account in line with the customer database. Credentials and
// ownership are not the database's to change. A new main contact voids what
// was pending. The zero Change says that nothing differs.
func (a Account) Update(by Act, now time.Time, d Details) Change {
	b := a.describe(d)
	kind := "account.updated"
	moved := !a.Contact.Email.Same(b.Contact.Email)
	if moved {
		kind = "account.contact_changed"
		b = b.succeed(a.Contact.Email, now)
		b.NeedsCare = a.NeedsCare && (a.Frozen || b.Contact.Email.IsZero())
	}
	switch {
	case b.Closed && !a.Closed:
		kind = "account.closed"
		b = b.unpend(now).unsettle()
		b.NeedsCare = false
	case !b.Closed && a.Closed:
		kind = "account.reopened"
	}
	if !b.Closed && (b.Frozen || b.State != Registered && b.Contact.Email.IsZero()) {
		b.NeedsCare = true
	}
	if same(a, b) {
		return Change{}
	}
	return b.change(by, kind, "")
}

func (a Account) describe(d Details) Account {
	a.Entity, a.Name, a.Language, a.Closed = d.Entity, d.Name, d.Language, d.Closed
	a.Listed = d.Contacts
	if !d.Contact.same(a.Sourced) {
		// What was changed here since stays, unless the database names another mailbox.
		if a.Contact.Email.Same(a.Sourced.Email) || !d.Contact.Email.Same(a.Sourced.Email) {
			a.Contact = d.Contact
		}
		a.Sourced = d.Contact
	}
	if d.Imported != "" && a.State == Legacy {
		a.Imported = d.Imported
	}
	if d.Factor != "" && a.State == Legacy {
		a.Factor = d.Factor
	}
	return a
}

// succeed notes who was main contact until now. When nobody was, the one
// before goes on being told: a contact may be taken away first and set then.
func (a Account) succeed(former Email, now time.Time) Account {
	if former.IsZero() && !a.Former.IsZero() && now.Before(a.Changed.Add(formerContactFor)) {
		former = a.Former
	}
	a.Former, a.Changed = former, now
	a.Coming, a.Reclaim, a.Vetoed = Succession{}, time.Time{}, time.Time{} // all were about the one before
	if a.State == Registered {
		a = a.forgetWay()
	}
	return a.unpend(now)
}

// unpend voids an address that waits for its mailbox to answer.
func (a Account) unpend(now time.Time) Account {
	if a.State == EmailPending {
		a = a.enter(PasswordSet, now)
		a.Pending = Email{}
	}
	if a.Before.State == EmailPending {
		a.Before.State, a.Before.Pending = PasswordSet, Email{}
	}
	return a
}

// enter is the account in another state, from now on.
func (a Account) enter(s State, now time.Time) Account {
	a.State, a.Since, a.Reminded = s, now, 0
	return a
}

// unsettle voids all that waits to change the owner or the main contact.
func (a Account) unsettle() Account {
	a.Coming, a.Offer, a.Return, a.Reclaim = Succession{}, Offer{}, Return{}, time.Time{}
	return a
}

func (c Contact) same(d Contact) bool {
	return c.Name == d.Name && c.Email.String() == d.Email.String()
}

func same(a, b Account) bool {
	return a.Entity == b.Entity && a.Name == b.Name && a.Language == b.Language &&
		a.Contact.same(b.Contact) && a.Sourced.same(b.Sourced) &&
		a.Listed == b.Listed && a.Imported == b.Imported && a.Factor == b.Factor && a.Closed == b.Closed && a.State == b.State && a.NeedsCare == b.NeedsCare
}

// SetPassword is step 3: whoever reads the main contact chose a password for
// the customer ID. What was pending before is void.
func (a Account) SetPassword(by Act, now time.Time, h Hash) (Change, error) {
	if err := a.from(Legacy, PasswordSet, EmailPending); err != nil {
		return Change{}, err
	}
	a = a.enter(PasswordSet, now)
	a.Password, a.Pending = h, Email{}
	return a.change(by, "account.password_set", ""), nil
}

// PendEmail is step 5. The address reserves nothing: it belongs to nobody
// until its mailbox has answered.
func (a Account) PendEmail(by Act, now time.Time, to Email) (Change, error) {
	if err := a.from(PasswordSet, EmailPending); err != nil {
		return Change{}, err
	}
	a = a.enter(EmailPending, now)
	a.Pending = to
	return a.change(by, "account.email_pending", ""), nil
}

// Freeze opens a dispute: somebody who reads the main contact says that this
// was not them. Owner and contacts stay as they are until care has looked;
// what the customer runs goes on running.
func (a Account) Freeze(by Act) (Change, error) {
	if a.Frozen {
		return Change{}, Refuse(Conflict, "account.frozen_already")
	}
	if a.Closed {
		return Change{}, Refuse(Conflict, "account.closed")
	}
	a = a.unsettle()
	a.Frozen, a.NeedsCare = true, true
	return a.change(by, "account.frozen", ""), nil
}

// NeedCare says that the account has no way in that works without help.
func (a Account) NeedCare(by Act, why string) Change {
	if a.NeedsCare || a.Closed {
		return Change{}
	}
	a.NeedsCare = true
	return a.change(by, "account.needs_care", why)
}

// Unreached says that a reset mail did not reach a mailbox. Was it the way into
// the account, then nobody can come in by themselves.
func (a Account) Unreached(by Act, to Email, why string) Change {
	if a.State == Registered || !a.Contact.Email.Same(to) {
		return Change{}
	}
	return a.NeedCare(by, why)
}

// A Step is a page of the registration.
type Step string

// The pages that a registration session can be on.
const (
	GiveEmail Step = "give_email" // step 5
	CheckMail Step = "check_mail" // step 6
	Start     Step = "start"      // nothing to do here: back to the login
)

// Next is the page that the holder of a registration session belongs on,
// whatever page they come from.
func (a Account) Next() Step {
	switch {
	case a.Closed || a.Frozen:
		return Start
	case a.State == PasswordSet:
		return GiveEmail
	case a.State == EmailPending:
		return CheckMail
	default:
		return Start
	}
}

func (a Account) from(ok ...State) error {
	switch {
	case a.Frozen:
		return Refuse(Denied, "account.frozen")
	case a.Closed:
		return Refuse(Denied, "account.closed")
	case a.State == Registered:
		return Refuse(Conflict, "account.moved")
	case !slices.Contains(ok, a.State):
		return Refuse(Conflict, "account.moved_on")
	}
	return nil
}
