package portal

import (
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// Every page has one view, which is all that it knows. Titles, languages and
// texts are the page's own; the handler gives the facts. Customer IDs come as
// the page may show them: whole, or masked where a stranger may be reading.

// The fields of the forms: names and HTML IDs alike. A refusal names one of
// them, and the page shows it there.
const (
	FieldIdentifier     = "customer-id" // step 1: Customer ID or email address
	FieldUsername       = "username"
	FieldPassword       = "password"
	FieldNewPassword    = "new-password"
	FieldRepeatPassword = "repeat-password"
	FieldName           = "name"
	FieldEmail          = "email"
	FieldProof          = "proof"          // step 8 on another device: the password of step 3
	FieldLoginPassword  = "login-password" // linking: the password of the login
)

// A RequestView is step 1.
type RequestView struct {
	ui.Page
	ui.Form
	Typed    string
	Lifetime time.Duration // of the link
}

// A RequestedView follows step 1. It is the same for every address and ID, so
// it has no room for either.
type RequestedView struct {
	ui.Page
	Lifetime time.Duration
	Sender   string // the From address to look for; empty: not said
}

// A Choice is one login that a reset link covers.
type Choice struct {
	Value      string // of the query parameter "for"
	CustomerID string // empty: it is the login by email
	Name       string // of the account
	Email      string // of the user
	Done       bool   // has its new password already
}

// A ResetView is steps 2 and 3. When a link covers several logins and none is
// chosen, CustomerID and Email are empty and the page asks which.
type ResetView struct {
	ui.Page
	ui.Form
	CustomerID string // or:
	Email      string
	Choices    []Choice
	Policy     ui.Policy
	LoggedInAs string // another user's live session in this browser
}

// A ResetDoneView says that the password is stored. Nobody is logged in.
type ResetDoneView struct {
	ui.Page
	CustomerID string // or:
	Email      string
	Others     int    // more logins on the same link
	Back       string // to those; empty: none
}

// LinkKind says what is wrong with a link.
type LinkKind string

// What can be wrong with a link.
const (
	LinkExpired    LinkKind = "expired"
	LinkUsed       LinkKind = "used"
	LinkSuperseded LinkKind = "superseded" // a newer one was sent, or the address was changed
	LinkVoid       LinkKind = "void"       // the contact changed, or another link was used
	LinkUnknown    LinkKind = "unknown"
	LinkMoved      LinkKind = "moved" // the account has its email login already
)

// LinkPurpose says what a link was for.
type LinkPurpose string

// What links are for.
const (
	ForReset   LinkPurpose = "reset"
	ForConfirm LinkPurpose = "confirm"
	ForNotMe   LinkPurpose = "notme"
	ForLink    LinkPurpose = "link"
	ForStop    LinkPurpose = "stop" // of a change of the main contact

	ForTakeBack LinkPurpose = "takeback"
	ForRecover  LinkPurpose = "recover"
	ForKeep     LinkPurpose = "keep"
)

// A LinkProblemView is what a link that does not work any more opens. It names
// no address.
type LinkProblemView struct {
	ui.Page
	ui.Form
	Kind      LinkKind
	Purpose   LinkPurpose
	When      time.Time     // it expired or was used; zero: not said
	Lifetime  time.Duration // of such links
	CanResend bool
}

// A ResentView says that a new link is on its way to the mailbox of the old.
type ResentView struct {
	ui.Page
	Purpose  LinkPurpose
	Lifetime time.Duration
	Sender   string
}

// A LoginView is steps 4 and 10. Notice is the message ID of what just
// happened, like "login.logged_out".
type LoginView struct {
	ui.Page
	ui.Form
	Typed  string
	Notice string
}

// A MovedView is for who comes with a customer ID that has an owner by now.
type MovedView struct {
	ui.Page
	CustomerID  string
	AccountName string
}

// An AccountStoppedView is for the holder of an account that is frozen or
// closed, or has nobody to be told of a login.
type AccountStoppedView struct {
	ui.Page
	CustomerID string
	Why        StoppedKind
}

// A RegisterView is step 5. A Suggestion is the address that was probably
// meant; it is asked about, and Typed is kept.
type RegisterView struct {
	ui.Page
	ui.Form
	CustomerID  string
	AccountName string
	Typed       string
	Suggestion  string
	Changing    bool // an address is pending; going back leaves it so
}

// A CheckMailView is step 6.
type CheckMailView struct {
	ui.Page
	ui.Form
	CustomerID string
	Email      string
	Sent       time.Time
	Until      time.Time
	SentAgain  bool
	Sender     string
	Lost       bool // the mail did not arrive
	Late       bool // nor has it yet
}

func (v CheckMailView) title() string {
	if v.Lost {
		return "check.lost_title"
	}
	return "check.title"
}

// A ConfirmView is step 8. When the ID is masked a stranger may be reading,
// and the page names the entity in place of the customer.
type ConfirmView struct {
	ui.Page
	ui.Form
	CustomerID  string
	Masked      bool
	EntityName  string
	AccountName string // not shown when masked
	Email       string
	AskProof    bool
	Name        string
	Policy      ui.Policy
	LoggedInAs  string
}

// A CompleteView is step 9.
type CompleteView struct {
	ui.Page
	CustomerID  string
	AccountName string
	Email       string
}

// A LinkView stands in the place of step 8 when the address has a login. The
// person proves that login, and no new password is set.
type LinkView struct {
	ui.Page
	ui.Form
	CustomerID  string
	Masked      bool
	EntityName  string
	AccountName string // not shown when masked
	Email       string
	AskProof    bool
	AskPassword bool
	LoggedInAs  string // another user than Email
}

// A LinkedView says that the account is one more of that login.
type LinkedView struct {
	ui.Page
	CustomerID  string
	AccountName string
	Email       string
	LoggedIn    bool // as Email
}

// A SuspendedView is for an address whose user is suspended.
type SuspendedView struct {
	ui.Page
}

// A NotMeView is what the link "this was not me" opens. GET changes nothing;
// the button freezes.
type NotMeView struct {
	ui.Page
	ui.Form
	CustomerID string
	Undoable   bool // the account was linked lately, and that can be undone too
}

// A NotMeDoneView says what was frozen and what happens next.
type NotMeDoneView struct {
	ui.Page
	CustomerID string
}

// AccountStatus is how an account stands, in one word.
type AccountStatus string

// How an account can stand. Active is the normal one.
const (
	StatusActive AccountStatus = "active"
	StatusFrozen AccountStatus = "frozen"
	StatusClosed AccountStatus = "closed"
)

// An AccountRow is one account in a list.
type AccountRow struct {
	CustomerID string
	Name       string
	Entity     string // its code
	Roles      keyfold.Roles
	Status     AccountStatus
	Used       time.Time // zero: never
	Current    bool      // in the switcher
}

// A ChooserView is all accounts of a user, a page at a time. The one that was
// used last comes first.
type ChooserView struct {
	ui.Page
	Rows   []AccountRow
	Query  string
	Total  int // accounts of the user
	Found  int // of those, accounts that match the query
	Number int // of this page, from 1
	Pages  int
	Linked int  // so many accounts were linked just now
	Offers bool // there are more that can be linked
	Left   bool // an account was left just now

	Waiting []WaitingRow // access that was asked for
}

// An AccountHead is what the pages of one account have in common.
type AccountHead struct {
	ui.Page
	CustomerID string
	Name       string
	EntityName string
	Roles      keyfold.Roles // of who looks at it
	Status     AccountStatus
	Recent     []AccountRow // the accounts used last, this one among them
}

// An AccountView is the overview of one account.
type AccountView struct {
	AccountHead

	Owner       string
	OwnerIsYou  bool
	ContactName string
	Contact     string // address of the main contact; empty: none
	Events      []EventRow
	Offers      bool // there are more that can be linked
	Handing     Handing
}

// ErrorKind says which error page it is.
type ErrorKind string

// The error pages. Each has a title and a lede of its own.
const (
	NotFound     ErrorKind = "not_found"
	Forbidden    ErrorKind = "forbidden"
	Cookies      ErrorKind = "cookies"
	WrongBrowser ErrorKind = "wrong_browser"
	SessionOver  ErrorKind = "session_over"
	Slow         ErrorKind = "slow"
	Busy         ErrorKind = "busy"
	Fault        ErrorKind = "fault"
	Method       ErrorKind = "method"
	TooLarge     ErrorKind = "too_large"
	Unavailable  ErrorKind = "unavailable"
)

// An ErrorView is any of the error pages.
type ErrorView struct {
	ui.Page
	Kind       ErrorKind
	Reference  string
	RetryAfter time.Duration
	Why        string // ID of the refusal's text, if it was one
	Answers    []ui.HelpLink
}

// A DemoMail is one mail in the built-in mailbox of a demo.
type DemoMail struct {
	ID      string
	From    string
	To      string
	Subject string
	When    time.Time
	Text    string
	HasHTML bool
}

// A DemoMailListView is the built-in mailbox, newest first.
type DemoMailListView struct {
	ui.Page
	Mails []DemoMail
}

// A DemoMailView is one mail. Its links work.
type DemoMailView struct {
	ui.Page
	Mail DemoMail
}

// A DemoAccount is a made-up account to try.
type DemoAccount struct {
	CustomerID string
	Name       string
	Contact    string
	Email      string // of its login; empty: it has none yet
	Password   string // of its login, made up as well
	Try        string // message ID of what it is good for
}

// A DemoStartView says what to try first.
type DemoStartView struct {
	ui.Page
	Accounts []DemoAccount
}
