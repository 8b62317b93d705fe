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
	accountsOnPage   = 25
	accountsInSwitch = 4
	eventsOnPage     = 8
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

func statusOf(a keyfold.Account) AccountStatus {
	switch {
	case a.Closed:
		return StatusClosed
	case a.Frozen:
		return StatusFrozen
	default:
		return StatusActive
	}
}

// headOf is what every page of an account has in common.
func (p *Portal) headOf(w http.ResponseWriter, r *http.Request, at visit) AccountHead {
	a := at.Account
	head := AccountHead{
		Page: p.page(w, r), CustomerID: a.ID.String(), Name: a.Name, EntityName: p.entityName(a), Roles: at.Roles, Status: statusOf(a),
	}
	head.Person = at.session.Email.String()
	for _, m := range at.recent {
		row := rowOf(m)
		row.Current = m.Account.ID == a.ID
		head.Recent = append(head.Recent, row)
	}
	return head
}

func (p *Portal) showAccount(w http.ResponseWriter, r *http.Request, at visit) error {
	a := at.Account
	view := AccountView{
		AccountHead: p.headOf(w, r, at), OwnerIsYou: a.Owner == at.session.User, ContactName: a.Contact.Name,
		Contact: a.Contact.Email.String(),
	}
	if err := p.describeAccount(r, at, &view); err != nil {
		return err
	}
	if p.Now().Sub(at.Used) > usedEvery {
		if err := p.SignIn.OpenAccount(r.Context(), at.session.User, a.ID); err != nil {
			return err
		}
	}
	return show(w, r, AccountPage(view))
}

func (p *Portal) describeAccount(r *http.Request, at visit, view *AccountView) error {
	var err error
	if view.Owner, err = p.nameOf(r, at.Account.Owner); err != nil {
		return err
	}
	if at.Roles.May(keyfold.SeeActivity) {
		if view.Events, err = p.recent(r, at); err != nil {
			return err
		}
	}
	if view.Handing, err = p.handing(r, at); err != nil {
		return err
	}
	view.Offers, err = p.Read.HasUnregistered(r.Context(), at.session.Email)
	return err
}

// recent are the newest changes of an account. Visits, tries and mails are on the
// page with all that happened.
func (p *Portal) recent(r *http.Request, at visit) ([]EventRow, error) {
	changes, err := p.Read.Changes(r.Context(), at.Account.ID, 2*eventsOnPage)
	var rows []EventRow
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
