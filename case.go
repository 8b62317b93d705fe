package keyfold

import (
	"slices"
	"time"
)

// A CaseReason is why only customer care can help.
type CaseReason string

// The reasons.
const (
	NoContactCase  CaseReason = "no_contact"      // nobody can be mailed a link
	MailFailedCase CaseReason = "mail_failed"     // the mail server refused the reset mail
	BouncedCase    CaseReason = "bounced"         // it took the mail, and gave it back
	NotMeCase      CaseReason = "not_me"          // a dispute is open
	VetoedCase     CaseReason = "recovery_vetoed" // the owner said no, and the main contact insists
	OverdueCase    CaseReason = "waited_too_long" // a time is over, and nothing happened
	StoppedCase    CaseReason = "change_stopped"  // somebody stopped a main contact that care had asked for
	HelpCase       CaseReason = "asked_for_help"  // still stuck after reading the help
	AgentCase      CaseReason = "agent"           // opened by hand
)

// CaseReasons are all reasons, in the order in which they are shown.
func CaseReasons() []CaseReason {
	return []CaseReason{NotMeCase, VetoedCase, StoppedCase, BouncedCase, MailFailedCase, OverdueCase, HelpCase, AgentCase, NoContactCase}
}

// ParseCaseReason reads the name of a reason.
func ParseCaseReason(s string) (CaseReason, error) {
	if r := CaseReason(s); slices.Contains(CaseReasons(), r) {
		return r, nil
	}
	return "", Refuse(Invalid, "case.reason_unknown").On("reason")
}

// Ends reports whether a case of the reason is over as soon as its account needs
// no care any more. The others are about what somebody wants.
func (r CaseReason) Ends() bool {
	return slices.Contains([]CaseReason{NoContactCase, MailFailedCase, BouncedCase, NotMeCase, VetoedCase}, r)
}

// A CaseOutcome is how a case ended.
type CaseOutcome string

// The outcomes.
const (
	Solved         CaseOutcome = "solved"
	ContactRenewed CaseOutcome = "contact_changed"
	NothingToDo    CaseOutcome = "nothing_to_do"
	NoAnswer       CaseOutcome = "no_answer" // the customer cannot be reached
	Fraud          CaseOutcome = "fraud"
	SolvedItself   CaseOutcome = "solved_itself" // the cause is gone: said by the system alone
)

// CaseOutcomes are those that staff can choose from.
func CaseOutcomes() []CaseOutcome {
	return []CaseOutcome{Solved, ContactRenewed, NothingToDo, NoAnswer, Fraud}
}

// ParseCaseOutcome reads the name of an outcome that staff chose.
func ParseCaseOutcome(s string) (CaseOutcome, error) {
	if o := CaseOutcome(s); slices.Contains(CaseOutcomes(), o) {
		return o, nil
	}
	return "", Refuse(Invalid, "case.outcome_missing").On("outcome")
}

// A Case is what only customer care can help on. What staff write about it is in
// its notes, and in no event.
type Case struct {
	ID      string
	Reason  CaseReason
	Account CustomerID // zero: it is about a user
	User    UserID
	Code    string // of a request for help, which the caller reads out
	Opened  time.Time
	By      string    // who opened it, as an event says it
	Waiting time.Time // a customer waits since then; zero: nobody has come yet
	// Supervisor says that it takes a supervisor.
	Supervisor bool
	Assignee   StaffID
	Outcome    CaseOutcome // empty: it is open
	Closed     time.Time
	ClosedBy   string
	Version    int64 // 0: not stored yet
}

// IsOpen reports whether somebody still has to do something.
func (c Case) IsOpen() bool { return c.Outcome == "" }

// A CaseState is what a case became.
type CaseState struct {
	ID         string      `json:"id"`
	Reason     CaseReason  `json:"reason"`
	Waiting    bool        `json:"waiting,omitempty"`
	Supervisor bool        `json:"supervisor,omitempty"`
	Assignee   StaffID     `json:"assignee,omitempty"`
	Outcome    CaseOutcome `json:"outcome,omitempty"`
}

// A CaseChange is a new state of a case together with the event that says so.
// The zero CaseChange changes nothing.
type CaseChange struct {
	subject Case
	event   Event
}

// Case is the case after the change.
func (c CaseChange) Case() Case { return c.subject }

// Event is the row to write with it.
func (c CaseChange) Event() Event { return c.event }

// IsZero reports whether c changes nothing.
func (c CaseChange) IsZero() bool { return c.event.Kind == "" }

func (c Case) change(by Act, kind, note string) CaseChange {
	became := CaseState{
		ID: c.ID, Reason: c.Reason, Waiting: !c.Waiting.IsZero(), Supervisor: c.Supervisor, Assignee: c.Assignee, Outcome: c.Outcome,
	}
	return CaseChange{subject: c, event: Event{
		Act: by, Kind: kind, Account: c.Account, User: c.User, Note: note, Became: Became{Case: &became},
	}}
}

// OpenCase puts a case into the queue.
func OpenCase(by Act, now time.Time, c Case) CaseChange {
	c.Opened, c.By, c.Assignee, c.Outcome, c.Version = now, by.By, "", "", 0
	return c.change(by, "case.opened", string(c.Reason))
}

// Await notes that a customer waits for what nobody had come for until now. The
// zero CaseChange says that one waits already.
func (c Case) Await(by Act, now time.Time) CaseChange {
	if !c.IsOpen() || !c.Waiting.IsZero() {
		return CaseChange{}
	}
	c.Waiting = now
	return c.change(by, "case.awaited", "")
}

// Take makes somebody of the staff the one who sees to the case, in place of who
// did before. To take it twice changes nothing.
func (c Case) Take(by Act, who StaffID, role StaffRole) (CaseChange, error) {
	if err := c.workable(role); err != nil {
		return CaseChange{}, err
	}
	if c.Assignee == who {
		return CaseChange{}, nil
	}
	c.Assignee = who
	return c.change(by, "case.taken", ""), nil
}

// HandOver puts the case before the supervisors. To do so twice changes nothing.
func (c Case) HandOver(by Act, role StaffRole) (CaseChange, error) {
	if c.IsOpen() && c.Supervisor {
		return CaseChange{}, nil
	}
	if err := c.workable(role); err != nil {
		return CaseChange{}, err
	}
	c.Supervisor, c.Assignee = true, ""
	return c.change(by, "case.handed_over", ""), nil
}

// Close ends the case, with how it ended.
func (c Case) Close(by Act, now time.Time, role StaffRole, o CaseOutcome) (CaseChange, error) {
	if err := c.workable(role); err != nil {
		return CaseChange{}, err
	}
	if _, err := ParseCaseOutcome(string(o)); err != nil {
		return CaseChange{}, err
	}
	return c.end(by, now, o), nil
}

// End closes a case whose cause is gone. The zero CaseChange says that it was
// closed before.
func (c Case) End(by Act, now time.Time) CaseChange {
	if !c.IsOpen() {
		return CaseChange{}
	}
	return c.end(by, now, SolvedItself)
}

func (c Case) end(by Act, now time.Time, o CaseOutcome) CaseChange {
	c.Outcome, c.Closed, c.ClosedBy = o, now, by.By
	return c.change(by, "case.closed", string(o))
}

func (c Case) workable(role StaffRole) error {
	switch {
	case !role.May(WorkCases):
		return Refuse(Denied, "case.not_yours")
	case !c.IsOpen():
		return Refuse(Conflict, "case.is_closed")
	case c.Supervisor && !role.May(BeSecond):
		return Refuse(Denied, "case.for_supervisors")
	}
	return nil
}

// Why an account needs care, as the note of its event says it.
const (
	CareNoContact = "no main contact"
	CareMail      = "the reset mail was refused"
	CareBounced   = "bounced"
	CareInsisted  = "the owner said no, and the main contact insists"
)

// CaseOf is the reason for which an event about an account calls for customer
// care. It is sure where the event says why; where it only says that there is
// need still, one open case of any reason is enough.
func CaseOf(e Event) (reason CaseReason, sure bool) {
	a := e.Became.Account
	switch {
	case a == nil || !a.NeedsCare || a.Closed:
		return "", false
	case e.Kind == "account.frozen":
		return NotMeCase, true
	case e.Kind == "account.needs_care":
		return careReason(e.Note), true
	case a.Frozen:
		return NotMeCase, false
	}
	return NoContactCase, false
}

func careReason(note string) CaseReason {
	switch note {
	case CareMail:
		return MailFailedCase
	case CareInsisted:
		return VetoedCase
	case CareBounced:
		return BouncedCase
	}
	return NoContactCase
}
