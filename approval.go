package keyfold

import (
	"slices"
	"time"
)

// An ApprovalKind is something that nobody of the staff may do alone.
type ApprovalKind string

// The kinds.
const (
	ChangeContact ApprovalKind = "change_contact" // another main contact, after 24 hours
	TakeOffLogin  ApprovalKind = "unlink"         // off the login that it is part of
	UndoLinking   ApprovalKind = "undo"           // as it was before its link
	DecideDispute ApprovalKind = "decide_dispute" // for the owner, or for the main contact
	LiftFreeze    ApprovalKind = "lift_freeze"    // of an account that no dispute is about
)

// ApprovalKinds are all kinds, in the order in which they are shown.
func ApprovalKinds() []ApprovalKind {
	return []ApprovalKind{ChangeContact, TakeOffLogin, UndoLinking, DecideDispute, LiftFreeze}
}

// ParseApprovalKind reads the name of a kind.
func ParseApprovalKind(s string) (ApprovalKind, error) {
	if k := ApprovalKind(s); slices.Contains(ApprovalKinds(), k) {
		return k, nil
	}
	return "", Refuse(NotFound, "approval.unknown")
}

// A Side is who is right in a dispute.
type Side string

// The sides.
const (
	OwnerIsRight   Side = "owner"
	ContactIsRight Side = "contact"
)

// Evidence is how somebody of the staff knows that a caller is who they say.
type Evidence string

// The kinds of evidence.
const (
	ByPIN      Evidence = "pin"       // read out from an open login
	ByCallback Evidence = "call_back" // on the number of the contract
	ByInvoice  Evidence = "invoice"   // number and amount of the last one
	ByDocument Evidence = "document"  // a paper of the company
	ByNothing  Evidence = "other"     // as the reason says
)

// AllEvidence is all evidence, in the order in which it is shown.
func AllEvidence() []Evidence {
	return []Evidence{ByPIN, ByCallback, ByInvoice, ByDocument, ByNothing}
}

// ApprovalStatus is what became of what somebody asked a second person for.
type ApprovalStatus string

// The ways of an approval.
const (
	ApprovalWaiting   ApprovalStatus = "waiting"
	ApprovalApproved  ApprovalStatus = "approved"
	ApprovalDeclined  ApprovalStatus = "declined"
	ApprovalWithdrawn ApprovalStatus = "withdrawn"
	ApprovalVoid      ApprovalStatus = "void" // too late, or not what was asked any more
)

// approvalFor is how long the second person has time.
const approvalFor = 72 * time.Hour

// A reason is read by the second person, so it has to say something.
const (
	minReason = 10
	maxReason = 2000
)

// An Approval is what one of the staff asks for and another one decides.
type Approval struct {
	ID       string
	Kind     ApprovalKind
	Account  CustomerID
	Case     string // that it is asked for in
	AskedBy  StaffID
	Role     StaffRole // of who asks, then
	Asked    time.Time
	Expires  time.Time
	Reason   string // as typed; it can name people, so it is in no event
	Evidence []Evidence
	Contact  Contact // of ChangeContact: who is to be main contact; gone with the answer
	Was      string  // what is left of its address then
	For      Side    // of DecideDispute
	// Face stands for what was to be seen of the account: main contact, owner,
	// freeze. The answer is to that and to nothing else.
	Face    string
	Seen    int64 // version of the account then
	Status  ApprovalStatus
	Decider StaffID // of yes and no
	Decided time.Time
}

// An ApprovalState is what an approval became.
type ApprovalState struct {
	ID     string         `json:"id"`
	Kind   ApprovalKind   `json:"kind"`
	Status ApprovalStatus `json:"status"`
}

// An ApprovalChange is a new state of an approval together with the event that
// says so.
type ApprovalChange struct {
	approval Approval
	event    Event
}

// Approval is the approval after the change.
func (c ApprovalChange) Approval() Approval { return c.approval }

// Event is the row to write with it.
func (c ApprovalChange) Event() Event { return c.event }

// In says in which case it is asked.
func (c ApprovalChange) In(id string) ApprovalChange {
	c.approval.Case = id
	return c
}

func (p Approval) change(by Act, kind, note string) ApprovalChange {
	return ApprovalChange{approval: p, event: Event{
		Act: by, Kind: kind, Account: p.Account, Note: note,
		Became: Became{Approval: &ApprovalState{ID: p.ID, Kind: p.Kind, Status: p.Status}},
	}}
}

// AskApproval asks for what takes two persons. Whether the account can have it at
// all is its own to say.
func AskApproval(by Act, now time.Time, p Approval) (ApprovalChange, error) {
	if !p.Role.May(AskSecond) {
		return ApprovalChange{}, Refuse(Denied, "case.not_yours")
	}
	var reasons Refusals
	if n := len([]rune(p.Reason)); n < minReason {
		reasons = append(reasons, Refuse(Invalid, "approval.reason_missing").On("reason"))
	} else if n > maxReason {
		reasons = append(reasons, Refuse(Invalid, "approval.reason_long").On("reason").With("Count", maxReason))
	}
	if len(p.Evidence) == 0 || slices.ContainsFunc(p.Evidence, func(e Evidence) bool { return !slices.Contains(AllEvidence(), e) }) {
		reasons = append(reasons, Refuse(Invalid, "approval.evidence_missing").On("evidence"))
	}
	if p.Kind == DecideDispute && p.For != OwnerIsRight && p.For != ContactIsRight {
		reasons = append(reasons, Refuse(Invalid, "approval.side_missing").On("for"))
	}
	if err := reasons.OrNil(); err != nil {
		return ApprovalChange{}, err
	}
	p.Asked, p.Expires, p.Status, p.Decider, p.Decided = now, now.Add(approvalFor), ApprovalWaiting, "", time.Time{}
	return p.change(by, "approval.asked", string(p.Kind)), nil
}

// Late reports whether the time for an answer is over.
func (p Approval) Late(now time.Time) bool { return !now.Before(p.Expires) }

// Decidable refuses who cannot be the second person, and what waits for none any
// more.
func (p Approval) Decidable(now time.Time, who StaffID, role StaffRole) error {
	switch {
	case !role.May(BeSecond):
		return Refuse(Denied, "case.not_yours")
	case who == p.AskedBy:
		return Refuse(Denied, "approval.oneself")
	case p.Status != ApprovalWaiting:
		return Refuse(Conflict, "approval.over")
	case p.Late(now):
		return Refuse(Gone, "approval.late")
	}
	return nil
}

// Decide is the yes or no of the second person.
func (p Approval) Decide(by Act, now time.Time, who StaffID, role StaffRole, yes bool) (ApprovalChange, error) {
	if err := p.Decidable(now, who, role); err != nil {
		return ApprovalChange{}, err
	}
	p = p.over(now)
	p.Status, p.Decider = ApprovalDeclined, who
	if !yes {
		return p.change(by, "approval.declined", string(p.Kind)), nil
	}
	p.Status = ApprovalApproved
	return p.change(by, "approval.approved", string(p.Kind)), nil
}

// Withdraw takes back what one has asked for.
func (p Approval) Withdraw(by Act, now time.Time, who StaffID) (ApprovalChange, error) {
	switch {
	case who != p.AskedBy:
		return ApprovalChange{}, Refuse(Denied, "approval.not_yours")
	case p.Status != ApprovalWaiting:
		return ApprovalChange{}, Refuse(Conflict, "approval.over")
	}
	p = p.over(now)
	p.Status = ApprovalWithdrawn
	return p.change(by, "approval.withdrawn", string(p.Kind)), nil
}

// Why an approval is void.
const (
	VoidLate    = "nobody answered in time"
	VoidStale   = "the account is not what it was"
	VoidAsker   = "the login of who asked was changed, or ended"
	VoidAnother = "something else was decided"
)

// Void ends an approval without an answer. The note says why.
func (p Approval) Void(by Act, now time.Time, why string) ApprovalChange {
	p = p.over(now)
	p.Status = ApprovalVoid
	return p.change(by, "approval.void", why)
}

// over is an approval that waits for nothing any more. The address in it was for
// the second person alone.
func (p Approval) over(now time.Time) Approval {
	p.Decided = now
	if !p.Contact.Email.IsZero() {
		p.Was, p.Contact = p.Contact.Email.Masked(), Contact{}
	}
	return p
}

// Do is what a yes does to the account.
func (p Approval) Do(by Act, now time.Time, a Account) (Change, error) {
	switch p.Kind {
	case ChangeContact:
		return a.ProposeContactByCare(by, now, p.Contact)
	case TakeOffLogin:
		return a.UnlinkByCare(by, now)
	case UndoLinking:
		return a.UndoLink(by, now)
	case DecideDispute:
		if p.For == ContactIsRight {
			return a.GiveToContact(by, now)
		}
		if a.State != Registered {
			return Change{}, Refuse(Conflict, "account.not_registered")
		}
	case LiftFreeze:
	}
	return a.Unfreeze(by)
}
