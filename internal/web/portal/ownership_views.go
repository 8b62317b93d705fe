package portal

import (
	"strconv"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/ownership"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// FieldTo is the name of the field that says who should be the owner.
const FieldTo = "to"

// A Candidate is a user who can be offered the ownership.
type Candidate struct {
	ID    string
	Name  string // or the address
	Email string // empty: it is the name
	Roles keyfold.Roles
}

// An OwnershipView is where an owner hands an account over. It has an offer that
// waits, or candidates to choose from, or says why there is neither.
type OwnershipView struct {
	AccountHead
	ui.Form

	AskPassword bool
	Candidates  []Candidate
	Suspended   bool   // some users cannot be chosen
	Chosen      string // ID of a candidate
	Offered     string // to whom; empty: to nobody
	Until       time.Time
	TooSoon     time.Time // not before; zero: at any time
}

func fieldOf(candidate int) string { return FieldTo + "-" + strconv.Itoa(candidate) }

// An OwnershipOfferView asks a user whether to become the owner. Without an
// owner's name, there is no offer.
type OwnershipOfferView struct {
	AccountHead
	ui.Form

	AskPassword bool
	Owner       string
	Until       time.Time
}

// An OwnershipBackView asks who owned the account before whether to take it
// back.
type OwnershipBackView struct {
	AccountHead
	ui.Form

	AskPassword bool
	Owner       string // of now
	Until       time.Time
}

// A TakeBackView is what the link of who owned the account before opens. GET
// changes nothing; the button takes it back.
type TakeBackView struct {
	ui.Page
	CustomerID string
	Owner      string // of now
	Until      time.Time
}

// A RecoverView is where a main contact gets an account back. What it says
// follows from how far the account is.
type RecoverView struct {
	ui.Page
	ui.Form
	CustomerID string
	State      ownership.RecoveryState
	When       time.Time // as the state says
	Case       bool      // customer care looks at it
	Others     string    // path of the page with the other accounts of the link; empty: there are none
}

// text is a message of the state that the page shows.
func (v RecoverView) text(part string) string {
	state := string(v.State)
	if v.State == ownership.Vetoed && v.Case {
		state = "case"
	}
	return "recover." + state + "_" + part
}

// A RecoverRow is one account of a link that is about several.
type RecoverRow struct {
	CustomerID string
	Name       string
	Entity     string // its code
	State      ownership.RecoveryState
}

func (r RecoverRow) path() string { return "?for=" + r.CustomerID }

// A RecoverChoiceView is the accounts of a link that is about several.
type RecoverChoiceView struct {
	ui.Page
	Rows []RecoverRow
}

// A KeepView is what the link opens that keeps an account from going back to its
// main contact. GET changes nothing; the button keeps it.
type KeepView struct {
	ui.Page
	CustomerID string
	When       time.Time // the account goes back then
}

// A Handing is what the overview of an account says of its ownership. Names are
// empty, and times zero, where there is nothing to say.
type Handing struct {
	OfferedYou  bool   // by the owner
	OfferedTo   string // by you
	OfferUntil  time.Time
	BackTo      string // who can take the account back from you
	BackYou     bool   // you can take it back from the owner
	BackUntil   time.Time
	Reclaimed   time.Time // the main contact gets the account then
	Did         string    // just now: declined or kept
	CanHandOver bool
}
