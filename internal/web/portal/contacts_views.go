package portal

import (
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A ContactRow is one contact of an account.
type ContactRow struct {
	ID      string // empty: it is the main contact
	Name    string // empty: none was given
	Email   string
	Primary bool
}

// A ContactGroup is the listed contacts of one kind.
type ContactGroup struct {
	Kind keyfold.ContactKind
	Rows []ContactRow
	May  bool // who looks at it may change them
}

// A ContactsView is all contacts of an account, by kind.
type ContactsView struct {
	AccountHead

	Main     ContactRow // no address: there is none
	Groups   []ContactGroup
	Coming   string    // address of the main contact to be; empty: none
	ComingAt time.Time // when it becomes so
	MayMain  bool      // who looks at it may change the main contact
	Done     string    // what was done just now; empty: nothing
}

func (g ContactGroup) text(part string) string { return "contacts." + part + "." + string(g.Kind) }

// promotable reports whether a contact can become the primary one of its kind.
func (g ContactGroup) promotable(r ContactRow) bool {
	return g.May && !r.Primary && g.Kind != keyfold.GeneralContact
}

// removable reports whether a contact can go: the primary one goes last.
func (g ContactGroup) removable(r ContactRow) bool { return g.May && (!r.Primary || len(g.Rows) == 1) }

// choosable reports whether a contact can become the main contact.
func (v ContactsView) choosable(g ContactGroup, r ContactRow) bool {
	return v.MayMain && g.Kind == keyfold.GeneralContact && !sameMailbox(r.Email, v.Main.Email) && !sameMailbox(r.Email, v.Coming)
}

func sameMailbox(a, b string) bool {
	x, err := keyfold.ParseEmail(a)
	y, other := keyfold.ParseEmail(b)
	return err == nil && other == nil && x.Same(y)
}

// A ContactAddView asks for a new contact of a kind.
type ContactAddView struct {
	AccountHead
	ui.Form

	Kind        keyfold.ContactKind
	Name, Email string // as typed
	First       bool   // of its kind: it becomes the primary one
	AskPassword bool
}

func (v ContactAddView) kind() string { return "contacts.kind." + string(v.Kind) }

// A ContactAskView asks for the password before a contact is removed or
// promoted, or says why it cannot be.
type ContactAskView struct {
	AccountHead
	ui.Form

	Kind        keyfold.ContactKind
	Do          string // remove or promote
	Contact     ContactRow
	AskPassword bool
}

func (v ContactAskView) kind() string { return "contacts.kind." + string(v.Kind) }

func (v ContactAskView) text(part string) string { return "contact_ask." + v.Do + "d." + part }

// A ContactMainView asks whether a contact is to be the main contact.
type ContactMainView struct {
	AccountHead
	ui.Form

	Contact     ContactRow
	Main        string // address of the main contact of now; empty: none
	Instead     string // address that is to be so already; empty: none
	AskPassword bool
}

func (v ContactMainView) fallback() string { return askFallback(v.Contact, v.AskPassword) }

func (v ContactAskView) fallback() string { return askFallback(v.Contact, v.AskPassword) }

// askFallback is where a reason leads that is about no field.
func askFallback(c ContactRow, ask bool) string {
	switch {
	case c.ID == "": // there is no form
		return ""
	case ask:
		return FieldLoginPassword
	}
	return "ask"
}

// A StopView is what a link opens that can stop a change of the main contact.
// GET changes nothing. To the mailbox that is to be the main contact, perhaps a
// stranger's, the ID is masked.
type StopView struct {
	ui.Page
	ui.Form
	CustomerID string
	ToBe       bool // the reader is the main contact to be
	ByCare     bool // customer care asked for it: there is no owner who could have
	When       time.Time
}

// A DetailsView is all facts of an account.
type DetailsView struct {
	AccountHead

	Language  keyfold.Language // none: that of the entity
	Entered   time.Time
	Since     time.Time // of the email login
	How       string    // event by which it got it, without "account."; empty: not known
	Owner     string
	UndoUntil time.Time // the link can be undone so long; zero: not any more
	Contact   ContactRow
	Changed   time.Time // the main contact; zero: never
	Coming    string
	ComingAt  time.Time
	Waits     []Waiting
}

// A Waiting is something that waits, about the owner of an account.
type Waiting struct {
	Text string // message ID
	Name string // of whom it is about
	When time.Time
}

// A NotMeManyView is what the link "this was not me" opens when it is about
// many accounts. What is shown is what the button freezes.
type NotMeManyView struct {
	ui.Page
	ui.Form
	Rows   []OfferRow
	Frozen []string // customer IDs that the link has frozen by now
}
