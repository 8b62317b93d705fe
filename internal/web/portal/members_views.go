package portal

import (
	"strconv"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// The fields of the pages about who has access.
const (
	FieldRoles = "roles"   // the boxes together
	fieldAs    = "as"      // the login that the page named
	fieldWaits = "request" // which of one's own requests
	rolePrefix = "give."   // begins the name of a box
)

// boxes are the roles that somebody can give, those that are ticked ticked.
func boxes(given []keyfold.Role, ticked keyfold.Roles) ui.TickList {
	list := ui.TickList{ID: FieldRoles, Label: "roles.label", Hint: "roles.hint"}
	for _, role := range given {
		list.Boxes = append(list.Boxes, ui.Tick{
			ID: rolePrefix + string(role), Label: "role." + string(role), Hint: "role_gives." + string(role), Ticked: ticked.Has(role),
		})
	}
	return list
}

// A UserRow is a user of an account.
type UserRow struct {
	ID     string
	Name   string // empty: the address is all that is known
	Email  string
	Roles  keyfold.Roles
	Used   time.Time // zero: never
	You    bool
	Manage bool // who looks at it may change it
}

// title is how a user is called.
func (u UserRow) title() string {
	if u.Name == "" {
		return u.Email
	}
	return u.Name
}

// An InvitationRow is an invitation as the users of its account see it.
type InvitationRow struct {
	ID      string
	Email   string
	Roles   keyfold.Roles
	Sent    time.Time
	Until   time.Time
	Status  keyfold.InvitationStatus
	Expired bool
	Void    bool // who sent it may not give these roles any more
	With    string
	Ended   time.Time
	Manage  bool
}

// state is the message ID of how a waiting invitation stands.
func (i InvitationRow) state() string {
	switch {
	case i.Void:
		return "users.invited_void"
	case i.Expired:
		return "users.invited_expired"
	}
	return "users.invited_until"
}

// ended is the message ID of what became of an invitation.
func (i InvitationRow) ended() string {
	if i.Status == keyfold.Accepted && i.With == "" {
		return "users.ended_accepted_gone"
	}
	return "users.ended_" + string(i.Status)
}

// An AskerRow is a user who asks for access.
type AskerRow struct {
	ID    string
	Name  string
	Email string
	Asked time.Time
}

// A UsersView is who has access to an account, and who may have soon. The notice
// is the message ID of what just happened.
type UsersView struct {
	AccountHead

	Notice  string
	Rows    []UserRow
	Pending []InvitationRow
	Ended   []InvitationRow
	Askers  []AskerRow
	Number  int  // of the part that is shown of the lists of invitations and requests
	Further bool // there are more on the next
}

// part is the address of a part of the lists.
func (v UsersView) part(number int) string {
	if number < 2 {
		return v.path("/users")
	}
	return v.path("/users?page=" + strconv.Itoa(number))
}

// can reports whether something can be done here: not while the account is frozen
// or closed.
func (v UsersView) can(what keyfold.Permission) bool {
	return v.Status == StatusActive && v.Roles.May(what)
}

// An InviteView invites a colleague.
type InviteView struct {
	AccountHead
	ui.Form
	Typed string
	Boxes ui.TickList
	Ask   bool // for the password
}

// A MemberView changes the roles of a user, or ends their access.
type MemberView struct {
	AccountHead
	ui.Form
	User  UserRow
	Boxes ui.TickList
	Ask   bool
}

// A SentView is one invitation that waits: to send again, or to take back.
type SentView struct {
	AccountHead
	ui.Form
	Row InvitationRow
	Ask bool
}

// An AskerView is one request for access: to grant, or to decline.
type AskerView struct {
	AccountHead
	ui.Form
	Row   AskerRow
	Boxes ui.TickList
	Ask   bool
}

// A LeaveView asks whether to end one's own access.
type LeaveView struct {
	AccountHead
	ui.Form
}

// A WaitingRow is a request of one's own.
type WaitingRow struct {
	ID         string
	CustomerID string
	Asked      time.Time
}

// An AskAccessView asks for access to an account, whether or not there is such
// an account.
type AskAccessView struct {
	ui.Page
	ui.Form
	Typed   string
	Waiting []WaitingRow
	Notice  string
}

// InvitedWith says with which login an invitation can be accepted.
type InvitedWith string

// The ways to accept.
const (
	WithNew      InvitedWith = "new"       // nobody has the address: a login is made
	WithPassword InvitedWith = "password"  // the login of the address, by its password
	WithThis     InvitedWith = "logged_in" // the login of the address is logged in here
	WithOther    InvitedWith = "other"     // another login is logged in here
)

// An InvitedView is what the link of an invitation opens. A stranger may be
// reading, so the ID is masked and the customer is not named.
type InvitedView struct {
	ui.Page
	ui.Form
	EntityName string
	CustomerID string // masked
	Inviter    string
	Email      string // that was invited
	Roles      keyfold.Roles
	Until      time.Time
	With       InvitedWith
	LoggedInAs string
	Name       string
	Policy     ui.Policy
}

func (v InvitedView) fallback() string {
	switch v.With {
	case WithNew:
		return FieldNewPassword
	case WithPassword:
		return FieldLoginPassword
	default:
		return "accept"
	}
}

// InvitedProblem says why an invitation cannot be accepted.
type InvitedProblem string

// What can be wrong with an invitation.
const (
	InvitedExpired    InvitedProblem = "expired"
	InvitedRevoked    InvitedProblem = "revoked"
	InvitedAccepted   InvitedProblem = "accepted"
	InvitedSuperseded InvitedProblem = "superseded"
	InvitedVoid       InvitedProblem = "void"   // who invited may not do so any more
	InvitedFrozen     InvitedProblem = "frozen" // the account
	InvitedClosed     InvitedProblem = "closed" // the account
	InvitedUnlinked   InvitedProblem = "unlinked"
	InvitedUnknown    InvitedProblem = "unknown"
)

// An InvitedProblemView is what the link of an invitation opens that cannot be
// accepted. It names nobody.
type InvitedProblemView struct {
	ui.Page
	Kind InvitedProblem
	When time.Time
}

func (v InvitedProblemView) text(part string) string { return "invited." + string(v.Kind) + "." + part }

// An AcceptedView says that an invitation is accepted, to who is not logged in.
type AcceptedView struct {
	ui.Page
	CustomerID  string
	AccountName string
	Email       string
	New         bool // the login was made just now
}

// A DeleteLoginView asks whether to delete one's login.
type DeleteLoginView struct {
	ui.Page
	ui.Form
	Email  string
	Owned  []AccountRow // the first of those that stand in the way
	Count  int          // of all that do
	Access int          // accounts that the login opens
	Ask    bool
}

func (a AskerRow) title() string { return UserRow{Name: a.Name, Email: a.Email}.title() }
