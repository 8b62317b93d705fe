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
	// Became is what is true since, for programs: one after the other, they
	// make the present state. No secret and no address is in it.
	Became Became
}

// Became is what an event says for programs. It has one part: what changed, and
// beside an account, where that was before.
type Became struct {
	Account    *AccountState    `json:"account,omitempty"`
	User       *UserState       `json:"user,omitempty"`
	Member     *MemberState     `json:"member,omitempty"`
	Contact    *ContactState    `json:"contact,omitempty"`
	Invitation *InvitationState `json:"invitation,omitempty"`
	Key        *KeyState        `json:"key,omitempty"`
	Staff      *StaffState      `json:"staff,omitempty"`
	Case       *CaseState       `json:"case,omitempty"`
	Approval   *ApprovalState   `json:"approval,omitempty"`
	// From is where the account was, when it was elsewhere; nil for one that has
	// come in. The store writes it, which alone knows what it took the place of.
	From *Place `json:"from,omitempty"`
}

// A Place is where an account is, as far as accounts are counted by it.
type Place struct {
	Entity    string `json:"entity,omitempty"`
	State     State  `json:"state"`
	Closed    bool   `json:"closed,omitempty"`
	Frozen    bool   `json:"frozen,omitempty"`
	NeedsCare bool   `json:"needs_care,omitempty"`
}

// Place is where the account is.
func (a Account) Place() Place {
	return Place{Entity: a.Entity, State: a.State, Closed: a.Closed, Frozen: a.Frozen, NeedsCare: a.NeedsCare}
}

// Place is where the account is since.
func (s AccountState) Place() Place {
	return Place{Entity: s.Entity, State: s.State, Closed: s.Closed, Frozen: s.Frozen, NeedsCare: s.NeedsCare}
}

// IsZero reports whether the event changed nothing.
func (b Became) IsZero() bool { return b == Became{} }

// An AccountState is what an account became. Owner and members follow from it:
// one without an owner has none, and a new owner gives the one before the roles
// in Left, or none.
type AccountState struct {
	State     State  `json:"state"`
	Entity    string `json:"entity,omitempty"`
	Owner     UserID `json:"owner,omitempty"`
	Left      string `json:"left,omitempty"`
	Closed    bool   `json:"closed,omitempty"`
	Frozen    bool   `json:"frozen,omitempty"`
	NeedsCare bool   `json:"needs_care,omitempty"`
	Offer     UserID `json:"offer,omitempty"`     // who may become owner
	Succeeds  bool   `json:"succeeds,omitempty"`  // another main contact waits
	Reclaimed bool   `json:"reclaimed,omitempty"` // the main contact waits to get it back
}

// A UserState is what a user became.
type UserState struct {
	Suspended bool `json:"suspended,omitempty"`
	Deleted   bool `json:"deleted,omitempty"`
}

// A MemberState is what a user may do in the account of the event. No roles: no
// access. What they could do before is said when it changes: the event that made
// it so may have had its time.
type MemberState struct {
	Roles string `json:"roles,omitempty"`
	Was   string `json:"was,omitempty"`
}

// A ContactState is what a listed contact became. No kind: it is removed. One
// that is primary takes the place of the primary one of its kind, which stays as
// an ordinary one.
type ContactState struct {
	ID      string      `json:"id"`
	Kind    ContactKind `json:"kind,omitempty"`
	Primary bool        `json:"primary,omitempty"`
}

// An InvitationState is what an invitation became. One that waits is revoked,
// too, when its account loses its owner.
type InvitationState struct {
	ID     string           `json:"id"`
	Status InvitationStatus `json:"status"`
}

// A KeyState is what an API key became.
type KeyState struct {
	ID    string `json:"id"`
	Ended bool   `json:"ended,omitempty"`
}

// A Change is a new state together with the event that says so. Only the
// transitions make one and the store writes no account without one, so a state
// cannot change unrecorded.
type Change struct {
	account  Account
	event    Event
	handover Handover
}

// A Handover is what a change does to the ownership of an account.
type Handover struct {
	From, To UserID // one may be nobody
	Left     Roles  // of From from now on; none: no access
}

// IsZero reports whether the ownership stays as it is.
func (h Handover) IsZero() bool { return h == Handover{} }

// Account is the account after the change.
func (c Change) Account() Account { return c.account }

// Event is the row to write with it.
func (c Change) Event() Event { return c.event }

// Handover is what the change does to the ownership.
func (c Change) Handover() Handover { return c.handover }

// IsZero reports whether c changes nothing.
func (c Change) IsZero() bool { return c.event.Kind == "" }

func (a Account) change(by Act, kind, note string) Change {
	return Change{account: a, event: Event{Act: by, Kind: kind, Account: a.ID, User: a.Owner, Note: note, Became: Became{Account: a.became()}}}
}

func (a Account) became() *AccountState {
	return &AccountState{
		State: a.State, Entity: a.Entity, Owner: a.Owner, Closed: a.Closed, Frozen: a.Frozen, NeedsCare: a.NeedsCare,
		Offer: a.Offer.To, Succeeds: !a.Coming.At.IsZero(), Reclaimed: !a.Reclaim.IsZero(),
	}
}

// handing says who was owner until now, and what is left to them.
func (c Change) handing(from UserID, left Roles) Change {
	c.handover = Handover{From: from, To: c.account.Owner, Left: left}
	c.event.Became.Account.Left = left.String()
	if from != "" && c.account.Owner == "" {
		c.event.User = from // whom it is about
	}
	return c
}
