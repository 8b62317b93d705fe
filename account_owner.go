package keyfold

import "time"

// An Offer of the ownership waits for the answer of a user of the account. The
// zero Offer is none.
type Offer struct {
	To    UserID
	Until time.Time
}

// made is when the offer was made.
func (o Offer) made() time.Time { return o.Until.Add(-offerFor) }

// A Return is how an account goes back to who owned it before.
type Return struct {
	To    UserID
	Roles Roles // that the owner of now had before, and will have again
	Until time.Time
}

const (
	// offerFor is how long an offer waits for its answer.
	offerFor = 7 * 24 * time.Hour
	// ReturnFor is how long the former owner can take an account back.
	ReturnFor = 24 * time.Hour
)

// OfferTo offers the ownership to a user of the account. Nothing changes hands
// before that user accepts. A newer offer takes the place of an older one.
func (a Account) OfferTo(by Act, now time.Time, m Member, to User) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	if a.returning(now) {
		return Change{}, a.tooSoon()
	}
	switch {
	case m.Roles.IsZero() || m.Roles.Has(Owner) || m.User == a.Owner || m.User != to.ID || to.Deleted:
		return Change{}, Refuse(Conflict, "ownership.not_a_user").On("to")
	case to.Suspended:
		return Change{}, Refuse(Conflict, "ownership.suspended").On("to")
	}
	a.Offer = Offer{To: m.User, Until: now.Add(offerFor)}
	return a.change(by, "account.ownership_offered", ""), nil
}

// Offered reports whether the ownership waits for the answer of a user. An offer
// ends with the membership that it was made to: whoever comes back later was
// not asked.
func (a Account) Offered(now time.Time, m Member) bool {
	return a.Offer.To != "" && a.Offer.To == m.User && now.Before(a.Offer.Until) &&
		m.Roles.May(AcceptOwnership) && !m.Since.After(a.Offer.made())
}

// WithdrawOffer ends an offer that nobody has accepted.
func (a Account) WithdrawOffer(by Act) (Change, error) {
	return a.endOffer(by, "account.ownership_withdrawn", a.Offer.To)
}

// DeclineOffer is the no of who was asked.
func (a Account) DeclineOffer(by Act, m Member) (Change, error) {
	return a.endOffer(by, "account.ownership_declined", m.User)
}

func (a Account) endOffer(by Act, kind string, to UserID) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	if a.Offer.To == "" || a.Offer.To != to {
		return Change{}, Refuse(Gone, "ownership.no_offer")
	}
	a.Offer = Offer{}
	return a.change(by, kind, ""), nil
}

// AcceptOffer hands the account over. Who owned it stays as an admin, and can
// take it back for 24 hours.
func (a Account) AcceptOffer(by Act, now time.Time, m Member, to User) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	switch {
	case !a.Offered(now, m) || m.User != to.ID || to.Deleted:
		return Change{}, Refuse(Gone, "ownership.no_offer")
	case to.Suspended:
		return Change{}, Refuse(Denied, "user.suspended")
	}
	from := a.Owner
	a.Return = Return{To: from, Roles: m.Roles, Until: now.Add(ReturnFor)}
	a.Coming = Succession{} // or a main contact of theirs would be there before the day is over
	return a.passTo(now, m.User).change(by, "account.ownership_moved", "").handing(from, RolesOf(Admin)), nil
}

// passTo gives the account another owner, who has said nothing yet to a main
// contact that wants it back, and has the whole time for it.
func (a Account) passTo(now time.Time, owner UserID) Account {
	a = a.forgetWay()
	a.Owner, a.Offer, a.Vetoed = owner, Offer{}, time.Time{}
	if !a.Reclaim.IsZero() {
		a.Reclaim = now.Add(reclaimAfter)
	}
	return a
}

// returning reports whether the former owner can take the account back. So long
// it is not handed on, and not unlinked: a thief would do so at once.
func (a Account) returning(now time.Time) bool {
	return a.Return.To != "" && now.Before(a.Return.Until)
}

func (a Account) tooSoon() error {
	return Refuse(Denied, "ownership.too_soon").With("Until", a.Return.Until)
}

// Returnable reports whether a user can take the ownership back.
func (a Account) Returnable(now time.Time, to UserID) bool {
	return a.registered() == nil && a.Return.To == to && a.returning(now)
}

// TakeBack gives the account back to who owned it before, and the owner of now
// the roles of before. What waits to change the main contact is void: a thief
// would have asked for it.
func (a Account) TakeBack(by Act, now time.Time, former User) (Change, error) {
	if err := a.registered(); err != nil {
		return Change{}, err
	}
	switch {
	case !a.Returnable(now, former.ID) || former.Deleted:
		return Change{}, Refuse(Gone, "ownership.no_return")
	case former.Suspended:
		return Change{}, Refuse(Denied, "user.suspended")
	}
	from, left := a.Owner, a.Return.Roles
	a.Return, a.Coming = Return{}, Succession{}
	return a.passTo(now, former.ID).change(by, "account.ownership_returned", "").handing(from, left), nil
}
