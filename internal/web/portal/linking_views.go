package portal

import (
	"net/url"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// leaveOut begins the names of the boxes that leave an account out.
const leaveOut = "leave."

// An OfferRow is an account that can be linked, or is left out with a reason.
type OfferRow struct {
	CustomerID string
	Name       string
	Entity     string           // its code
	Leave      bool             // the person does not want it
	Why        *keyfold.Refusal // nil: it can be linked
}

func (r OfferRow) field() string { return leaveOut + r.CustomerID }

// An OfferGroup is the accounts of one entity.
type OfferGroup struct {
	Code, Name string
	Rows       []OfferRow
}

// An OffersView is all accounts whose main contact is the mailbox of the user
// and that have no email login yet. What it shows is what its button links.
type OffersView struct {
	ui.Page
	ui.Form
	Email  string
	Query  string
	Groups []OfferGroup
	Total  int // in the groups
	Out    []OfferRow
}

// searchable reports whether there are enough to look for one.
func (v OffersView) searchable() bool { return v.Query != "" || v.Total+len(v.Out) >= searchFrom }

// fallback is where an error leads that no field has made.
func (v OffersView) fallback() string {
	if v.Total == 0 {
		return "main"
	}
	return "link"
}

// An UnlinkView asks whether to take an account off the login of its owner, and
// then says that it was.
type UnlinkView struct {
	ui.Page
	ui.Form
	CustomerID string
	Name       string
	Email      string
	Contact    string    // address of the main contact; empty: none
	AsBefore   time.Time // until then all is as it was before the link; zero: that is over
}

func (v UnlinkView) path() string {
	return (&url.URL{Path: "/accounts/" + v.CustomerID}).String()
}
