package keyfold

// An Act is who does something, and from where. The surface that was used
// makes it, and everything below passes it on unchanged. When is not its
// business: the transaction has one moment for all that it writes.
type Act struct {
	By   string // "visitor", "user:…", "staff:…", "import:…", "system"
	From string // client address
}

// An Event is one row of the trail: what changed, by whose act.
type Event struct {
	Act
	Kind    string
	Account CustomerID // zero when it is about a user only
	User    UserID     // zero when it is about an account only
	Note    string     // plain detail for people; never a secret or an address
}

// A Change is a new state together with the event that says so. Only the
// transitions make one and the store writes no account without one, so a state
// cannot change unrecorded.
type Change struct {
	account Account
	event   Event
}

// Account is the account after the change.
func (c Change) Account() Account { return c.account }

// Event is the row to write with it.
func (c Change) Event() Event { return c.event }

// IsZero reports whether c changes nothing.
func (c Change) IsZero() bool { return c.event.Kind == "" }

func (a Account) change(by Act, kind, note string) Change {
	return Change{account: a, event: Event{Act: by, Kind: kind, Account: a.ID, User: a.Owner, Note: note}}
}

// about says whom a change is about that leaves the account without an owner.
func (c Change) about(u UserID) Change {
	c.event.User = u
	return c
}
