package keyfold

import (
	"slices"
	"sync"
)

// StaffID names somebody who works for the provider. Staff are no users: they
// have no accounts, and no login of theirs opens the portal.
type StaffID string

// Actor is who did something, as an event says it.
func (id StaffID) Actor() string { return "staff:" + string(id) }

// A StaffRole is what somebody of the staff is there for. Each has one.
type StaffRole string

// The roles of the staff.
const (
	Agent         StaffRole = "agent"         // helps callers
	Supervisor    StaffRole = "supervisor"    // the same, and is the second person
	Auditor       StaffRole = "auditor"       // reads everything and changes nothing
	Administrator StaffRole = "administrator" // manages the staff, and sees no customer
)

// StaffRoles are the roles, in the order in which they are shown.
func StaffRoles() []StaffRole { return []StaffRole{Agent, Supervisor, Auditor, Administrator} }

// ParseStaffRole reads the name of a role.
func ParseStaffRole(s string) (StaffRole, error) {
	if role := StaffRole(s); slices.Contains(StaffRoles(), role) {
		return role, nil
	}
	return "", Refuse(Invalid, "staff.role_unknown").On("role").With("Role", s)
}

// A Duty is one thing that staff can do.
type Duty string

// The duties. What nobody has here, nobody can do; nobody at all can see or set a
// password, see a link that works, or log in as a customer.
const (
	SeeCustomers   Duty = "see_customers"
	ConfirmContact Duty = "confirm_contact"
	RevealContact  Duty = "reveal_contact"
	CheckPIN       Duty = "check_pin"
	MailReset      Duty = "mail_reset"
	MailConfirm    Duty = "mail_confirm"
	CancelPending  Duty = "cancel_pending"
	FreezeAccount  Duty = "freeze_account"
	SeeCases       Duty = "see_cases"
	WorkCases      Duty = "work_cases"
	AskSecond      Duty = "ask_second"
	BeSecond       Duty = "be_second"
	SeeFunnel      Duty = "see_funnel"
	SeeTrail       Duty = "see_trail"
	SeeStaff       Duty = "see_staff"
	ManageStaff    Duty = "manage_staff"
	OwnLogin       Duty = "own_login"
)

// A StaffRule is one row of the matrix of the staff.
type StaffRule struct {
	Duty    Duty
	Meaning string // in plain words, for docs/staff-roles.md
	Roles   []StaffRole
}

// StaffMatrix is what each role of the staff may do: the one place that says so.
// docs/staff-roles.md shows it, and every door of the care desk is tested
// against it.
func StaffMatrix() []StaffRule { return slices.Clone(staffMatrix()) }

var staffMatrix = sync.OnceValue(func() []StaffRule {
	desk := []StaffRole{Agent, Supervisor}
	return []StaffRule{
		{SeeCustomers, "Find a customer, and see an account, its mails and what happened; addresses in part only.", []StaffRole{Agent, Supervisor, Auditor}},
		{ConfirmContact, "Ask whether what a caller says is the main contact. The answer is yes or no.", desk},
		{RevealContact, "See the whole address of the main contact: with a reason, on record, and told to the contacts.", desk},
		{CheckPIN, "Check the number that a caller who is logged in reads out.", desk},
		{MailReset, "Mail a new reset link to the main contact.", desk},
		{MailConfirm, "Mail the link of step 7 again, to the address that the customer gave.", desk},
		{CancelPending, "Take back a registration that waits for its mailbox.", desk},
		{FreezeAccount, "Freeze the owner and the contacts of an account.", desk},
		{SeeCases, "See the cases.", []StaffRole{Agent, Supervisor, Auditor}},
		{WorkCases, "Open, take, note, hand over and close cases.", desk},
		{AskSecond, "Ask a second person for what nobody may do alone.", desk},
		{BeSecond, "Be that second person; never for oneself.", []StaffRole{Supervisor}},
		{SeeFunnel, "See how many accounts stand where.", []StaffRole{Supervisor, Auditor, Administrator}},
		{SeeTrail, "See what staff did.", []StaffRole{Supervisor, Auditor, Administrator}},
		{SeeStaff, "See who is staff.", []StaffRole{Supervisor, Auditor, Administrator}},
		{ManageStaff, "Add, disable and reset staff of another role than one's own.", []StaffRole{Administrator}},
		{OwnLogin, "See one's own login, and log out.", StaffRoles()},
	}
})

// May reports whether a role has a duty.
func (r StaffRole) May(d Duty) bool {
	for _, rule := range staffMatrix() {
		if rule.Duty == d {
			return slices.Contains(rule.Roles, r)
		}
	}
	return false
}
