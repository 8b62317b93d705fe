package keyfold

import (
	"slices"
	"strings"
	"sync"
)

// A Role is what a user may do in an account.
type Role string

// The roles. Each registered account has exactly one owner; the others can be
// held together.
const (
	Owner     Role = "owner"
	Admin     Role = "admin"
	Technical Role = "technical"
	Finance   Role = "finance"
	Abuse     Role = "abuse"
)

// AllRoles are the roles, in the order in which they are shown.
func AllRoles() []Role { return []Role{Owner, Admin, Technical, Finance, Abuse} }

// GivenRoles are the roles that a user can be given. Ownership is handed over
// instead.
func GivenRoles() []Role { return AllRoles()[1:] }

// Roles are the roles of one user in one account. The zero value is none.
type Roles struct{ set uint8 }

// RolesOf is a set of roles.
func RolesOf(roles ...Role) Roles {
	var r Roles
	for _, role := range roles {
		if i := slices.Index(AllRoles(), role); i >= 0 {
			r.set |= 1 << i
		}
	}
	return r
}

// Has reports whether role is among them.
func (r Roles) Has(role Role) bool {
	i := slices.Index(AllRoles(), role)
	return i >= 0 && r.set&(1<<i) != 0
}

// IsZero reports whether there is none.
func (r Roles) IsZero() bool { return r.set == 0 }

// Equal reports whether r and other are the same roles.
func (r Roles) Equal(other Roles) bool { return r == other }

// List is the roles in the order in which they are shown.
func (r Roles) List() []Role {
	var list []Role
	for _, role := range AllRoles() {
		if r.Has(role) {
			list = append(list, role)
		}
	}
	return list
}

// String is how roles are stored: "owner", or "admin,finance".
func (r Roles) String() string {
	var names []string
	for _, role := range r.List() {
		names = append(names, string(role))
	}
	return strings.Join(names, ",")
}

// UnmarshalText reads stored roles.
func (r *Roles) UnmarshalText(b []byte) error {
	*r = Roles{}
	if len(b) == 0 {
		return nil
	}
	for name := range strings.SplitSeq(string(b), ",") {
		if !slices.Contains(AllRoles(), Role(name)) {
			return Refuse(Invalid, "roles.unknown").With("Role", name)
		}
		r.set |= RolesOf(Role(name)).set
	}
	return nil
}

// Givable refuses roles that a user cannot be given: none at all, or that of
// the owner.
func (r Roles) Givable() error {
	switch {
	case r.IsZero():
		return Refuse(Invalid, "roles.none").On("roles")
	case r.Has(Owner):
		return Refuse(Denied, "roles.owner").On("roles")
	}
	return nil
}

// A Permission is one thing that can be done in an account.
type Permission string

// The permissions. What nobody has here, nobody can do.
const (
	SeeAccount              Permission = "see_account"
	SeeActivity             Permission = "see_activity"
	ExportActivity          Permission = "export_activity"
	ChangeGeneralContacts   Permission = "change_general_contacts"
	ChangeBillingContacts   Permission = "change_billing_contacts"
	ChangeTechnicalContacts Permission = "change_technical_contacts"
	ChangeSecurityContacts  Permission = "change_security_contacts"
	ChangeMainContact       Permission = "change_main_contact"
	ManageUsers             Permission = "manage_users"
	ManageAdmins            Permission = "manage_admins"
	AnswerRequests          Permission = "answer_requests"
	ManageKeys              Permission = "manage_keys"
	OfferOwnership          Permission = "offer_ownership"
	AcceptOwnership         Permission = "accept_ownership"
	VetoRecovery            Permission = "veto_recovery"
	UnlinkAccount           Permission = "unlink_account"
	LeaveAccount            Permission = "leave_account"
)

// A Rule is one row of the permission matrix.
type Rule struct {
	Permission Permission
	Meaning    string // in plain words, for docs/roles.md
	Roles      Roles  // who may
}

// Matrix is what each role may do in an account: the one place that says so.
// docs/roles.md shows it, and every door of an account is tested against it.
func Matrix() []Rule { return slices.Clone(matrix()) }

// matrix is made once: each page asks it, many times.
var matrix = sync.OnceValue(func() []Rule {
	everyone := RolesOf(AllRoles()...)
	given := RolesOf(GivenRoles()...)
	owner, heads := RolesOf(Owner), RolesOf(Owner, Admin)
	return []Rule{
		{SeeAccount, "See the overview, the details, the contacts and the users.", everyone},
		{SeeActivity, "See what happened to the account.", RolesOf(Owner, Admin, Technical, Abuse)},
		{ExportActivity, "Take the activity away as a file.", heads},
		{ChangeGeneralContacts, "Add and remove general contacts.", heads},
		{ChangeBillingContacts, "Add, remove and promote billing contacts.", RolesOf(Owner, Admin, Finance)},
		{ChangeTechnicalContacts, "Add, remove and promote technical contacts.", RolesOf(Owner, Admin, Technical)},
		{ChangeSecurityContacts, "Add, remove and promote security contacts.", RolesOf(Owner, Admin, Technical, Abuse)},
		{ChangeMainContact, "Make another contact the main contact: after the password, and 24 hours.", heads},
		{ManageUsers, "Invite users, change their roles, and end their access; not that of admins.", heads},
		{ManageAdmins, "The same for admins.", owner},
		{AnswerRequests, "Grant or decline a request for access.", owner},
		{ManageKeys, "Make and end API keys.", heads},
		{OfferOwnership, "Offer the ownership to another user of the account, and withdraw the offer.", owner},
		{AcceptOwnership, "Accept or decline the ownership, when it is offered to oneself.", given},
		{VetoRecovery, "Stop the main contact from getting the account back.", owner},
		{UnlinkAccount, "Take the account off the login.", owner},
		{LeaveAccount, "End one's own access.", given},
	}
})

// May reports whether one of the roles permits it.
func (r Roles) May(p Permission) bool {
	for _, rule := range matrix() {
		if rule.Permission == p {
			return r.set&rule.Roles.set != 0
		}
	}
	return false
}

// MayManage refuses who may not bring a user from some roles to others. To have
// no role is to have no access.
func (r Roles) MayManage(from, to Roles) error {
	need := ManageUsers
	if from.Has(Admin) || to.Has(Admin) {
		need = ManageAdmins
	}
	if !r.May(need) {
		return Refuse(Denied, "roles.not_yours")
	}
	return nil
}
