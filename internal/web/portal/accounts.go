package portal

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

const (
	accountsOnPage = 25
	eventsOnPage   = 8
	// usedEvery is how often the use of an account is written down.
	usedEvery = time.Minute
)

// showAccounts is the chooser. Who has one account is taken to it.
func (p *Portal) showAccounts(w http.ResponseWriter, r *http.Request, session store.Session) error {
	view := ChooserView{Page: p.page(w, r), Query: strings.TrimSpace(r.URL.Query().Get("q")), Number: 1}
	view.Person = session.Email.String()
	if len(view.Query) > 100 {
		view.Query = view.Query[:100]
	}
	view.Linked = justLinked(r)
	view.Left = r.URL.Query().Has("left")
	list, err := p.listAccounts(r, session, &view)
	if err != nil {
		return err
	}
	if view.Total == 1 && view.Query == "" && view.Linked == 0 && !r.URL.Query().Has("all") {
		http.Redirect(w, r, "/accounts/"+list[0].Account.ID.String(), http.StatusSeeOther) //nolint:gosec // G710: the ID is one of ours
		return nil
	}
	for _, m := range list {
		view.Rows = append(view.Rows, rowOf(m))
	}
	return show(w, r, ChooserPage(view))
}

// listAccounts reads one page of the chooser, the last one when there are not so
// many.
func (p *Portal) listAccounts(r *http.Request, session store.Session, view *ChooserView) (list []keyfold.Membership, err error) {
	if view.Total, err = p.Read.CountMemberships(r.Context(), session.User); err != nil {
		return nil, err
	}
	if view.Waiting, err = p.waiting(r, session); err != nil {
		return nil, err
	}
	if n, err := strconv.Atoi(r.URL.Query().Get("page")); err == nil {
		view.Number = min(max(n, 1), pages(view.Total))
	}
	read := func() error {
		list, view.Found, err = p.Read.Memberships(r.Context(), session.User, view.Query, accountsOnPage, (view.Number-1)*accountsOnPage)
		return err
	}
	if err := read(); err != nil {
		return nil, err
	}
	if len(list) == 0 && view.Number > 1 {
		view.Number = 1
		if err := read(); err != nil {
			return nil, err
		}
	}
	view.Pages = pages(view.Found)
	view.Offers, err = p.Read.HasUnregistered(r.Context(), session.Email)
	return list, err
}

// pages is how many pages of the chooser so many accounts take.
func pages(accounts int) int { return max(1, (accounts+accountsOnPage-1)/accountsOnPage) }

func rowOf(m keyfold.Membership) AccountRow {
	return AccountRow{
		CustomerID: m.Account.ID.String(), Name: m.Account.Name, Entity: m.Account.Entity, Roles: m.Roles,
		Status: statusOf(m.Account), Used: m.Used,
	}
}

func statusOf(a keyfold.Account) AccountStatus { return statusIf(a.Closed, a.Frozen) }

func statusIf(closed, frozen bool) AccountStatus {
	switch {
	case closed:
		return StatusClosed
	case frozen:
		return StatusFrozen
	default:
		return StatusActive
	}
}

// headOf is what every page of an account has in common.
func (p *Portal) headOf(w http.ResponseWriter, r *http.Request, at visit) AccountHead {
	a := at.Account
	head := AccountHead{
		Page: p.page(w, r), CustomerID: a.ID.String(), Name: a.Name, EntityName: p.entityName(a.Entity), Roles: at.Roles, Status: statusIf(a.Closed, a.Frozen),
	}
	head.Person, head.Help = at.session.Email.String(), ofEntity(head.Help, a.Entity)
	for _, m := range at.Recent {
		head.Recent = append(head.Recent, AccountRow{CustomerID: m.ID.String(), Name: m.Name, Entity: m.Entity, Roles: m.Roles, Current: m.ID == a.ID})
	}
	return head
}

func (p *Portal) showAccount(w http.ResponseWriter, r *http.Request, at visit) error {
	o, err := p.Read.Overview(r.Context(), at.Account.ID, at.session.Email)
	if err != nil {
		return err
	}
	view := AccountView{
		AccountHead: p.headOf(w, r, at), OwnerIsYou: o.Owner == at.session.User, Owner: called(keyfold.User{Name: o.OwnerName, Email: o.OwnerEmail}),
		ContactName: o.Contact.Name, Contact: o.Contact.Email.String(), Offers: o.Offers,
	}
	if at.Roles.May(keyfold.SeeActivity) {
		if view.Events, err = p.recent(r, at); err != nil {
			return err
		}
	}
	if view.Handing, err = p.handing(r, holding{at, o.Account}); err != nil {
		return err
	}
	if p.Now().Sub(at.Used) > usedEvery {
		if err := p.SignIn.OpenAccount(r.Context(), at.session.User, at.Account.ID); err != nil {
			return err
		}
	}
	return show(w, r, AccountPage(view))
}

// recent are the newest changes of an account. Visits, tries and mails are on the
// page with all that happened.
func (p *Portal) recent(r *http.Request, at visit) ([]EventRow, error) {
	changes, err := p.Read.Changes(r.Context(), at.Account.ID)
	rows := make([]EventRow, 0, eventsOnPage)
	for _, e := range changes {
		if _, told := groupOf(e.Kind); !told || len(rows) == eventsOnPage {
			continue
		}
		row := p.eventRow(e, at)
		row.From = ""
		rows = append(rows, row)
	}
	return rows, err
}
