package keyfold

import "time"

// A StaffWishKind is what one administrator asks another one for.
type StaffWishKind string

// The kinds. To end a login takes nobody else: it opens nothing.
const (
	WishAdd    StaffWishKind = "add"    // somebody new
	WishReset  StaffWishKind = "reset"  // enrol anew
	WishEnable StaffWishKind = "enable" // a login that was ended
	WishRole   StaffWishKind = "role"   // another role
)

// A StaffWishStatus is how far a wish is.
type StaffWishStatus string

// The ends of a wish, and what comes before.
const (
	WishWaiting   StaffWishStatus = "waiting"
	WishApproved  StaffWishStatus = "approved"
	WishDeclined  StaffWishStatus = "declined"
	WishWithdrawn StaffWishStatus = "withdrawn"
	WishVoid      StaffWishStatus = "void" // nobody answered in time, or it could not be done any more
)

// WishFor is how long a wish waits for an answer.
const WishFor = 24 * time.Hour

// A StaffWish is a change of who is staff that one administrator asks for and
// another one decides. Who could let in agents and supervisors alone would be two
// people whenever it takes two.
type StaffWish struct {
	ID       string
	Kind     StaffWishKind
	Staff    StaffID // whom it is about; empty: somebody new
	Email    Email
	Name     string
	Language Language
	Role     StaffRole // to be
	AskedBy  StaffID
	Asked    time.Time
	Expires  time.Time
	Status   StaffWishStatus
	Decider  StaffID
}

// A StaffWishChange is a new state of a wish together with the event that says so.
type StaffWishChange struct {
	wish  StaffWish
	event Event
}

// Wish is the wish after the change.
func (c StaffWishChange) Wish() StaffWish { return c.wish }

// Event is the row to write with it.
func (c StaffWishChange) Event() Event { return c.event }

func (w StaffWish) change(by Act, kind string) StaffWishChange {
	note := string(w.Kind) + " " + w.ID
	if w.Staff != "" {
		note += " " + w.Staff.Actor()
	}
	return StaffWishChange{wish: w, event: Event{Act: by, Kind: kind, Note: note}}
}

// AskForStaff is a wish of somebody with a role. To be is the role that the login
// is to have, was the one that it has; empty for somebody new.
func AskForStaff(by Act, now time.Time, asker, was StaffRole, w StaffWish) (StaffWishChange, error) {
	for _, role := range []StaffRole{w.Role, was} {
		if err := asker.MayManage(role); err != nil {
			return StaffWishChange{}, err
		}
	}
	w.Asked, w.Expires, w.Status, w.Decider = now, now.Add(WishFor), WishWaiting, ""
	return w.change(by, "staff.asked"), nil
}

// Decide is the answer of another administrator.
func (w StaffWish) Decide(by Act, now time.Time, decider StaffID, role StaffRole, yes bool) (StaffWishChange, error) {
	switch {
	case decider == w.AskedBy:
		return StaffWishChange{}, Refuse(Denied, "staff.own_wish")
	case !role.May(ManageStaff):
		return StaffWishChange{}, Refuse(Denied, "staff.own_role")
	}
	if err := w.waits(now); err != nil {
		return StaffWishChange{}, err
	}
	w.Status, w.Decider = WishDeclined, decider
	if yes {
		w.Status = WishApproved
		return w.change(by, "staff.approved"), nil
	}
	return w.change(by, "staff.declined"), nil
}

// Withdraw takes a wish back.
func (w StaffWish) Withdraw(by Act, now time.Time, who StaffID) (StaffWishChange, error) {
	if who != w.AskedBy {
		return StaffWishChange{}, Refuse(Denied, "staff.not_your_wish")
	}
	if err := w.waits(now); err != nil {
		return StaffWishChange{}, err
	}
	w.Status = WishWithdrawn
	return w.change(by, "staff.withdrawn"), nil
}

// Void ends a wish that cannot be answered any more.
func (w StaffWish) Void(by Act) StaffWishChange {
	w.Status = WishVoid
	return w.change(by, "staff.void")
}

func (w StaffWish) waits(now time.Time) error {
	if w.Status != WishWaiting || !now.Before(w.Expires) {
		return Refuse(Conflict, "staff.wish_over")
	}
	return nil
}
