package portal

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

func (p *Portal) showNotMe(w http.ResponseWriter, r *http.Request) error {
	link, err := p.Registration.Link(r.Context(), store.Dispute, token.Parse(r.PathValue("token")))
	if err != nil || link.State != registration.LinkLive {
		return p.notMeProblem(w, r, link, err)
	}
	if len(link.Token.Grants) > 1 {
		return p.notMeMany(w, r, link, nil)
	}
	account, err := p.Read.Account(r.Context(), link.Token.Grants[0].Subject.Account)
	if err != nil {
		return err
	}
	view := NotMeView{Page: p.page(w, r), CustomerID: account.ID.String(), Undoable: account.Undoable(p.Now()) && account.UndoableBy(link.Token.Email, p.Now()) == nil}
	return show(w, r, NotMePage(view))
}

// notMeMany shows the accounts of a link that is about many, with the reason if
// the button was pressed and froze none.
func (p *Portal) notMeMany(w http.ResponseWriter, r *http.Request, link registration.Link, why error) error {
	accounts, err := p.Read.AccountsOf(r.Context(), link.Token.ID)
	if err != nil {
		return err
	}
	view := NotMeManyView{Page: p.page(w, r)}
	for _, a := range accounts {
		if !a.Closed { // to which nothing can be done
			row := OfferRow{CustomerID: a.ID.String(), Name: a.Name, Entity: a.Entity}
			row.Leave = r.PostFormValue(row.field()) != ""
			view.Rows = append(view.Rows, row)
		}
	}
	view.Frozen = frozenBy(link)
	switch {
	case len(view.Rows) == 0:
		link.State = registration.LinkVoid
		return p.notMeProblem(w, r, link, nil)
	case why != nil:
		return again(w, r, why, &view.Form, func() templ.Component { return NotMeManyPage(view) })
	}
	return show(w, r, NotMeManyPage(view))
}

// frozenBy are the accounts that a link has frozen by now.
func frozenBy(link registration.Link) (ids []string) {
	for _, g := range link.Token.Grants {
		if g.Ended == store.Spent {
			ids = append(ids, g.Subject.Account.String())
		}
	}
	return ids
}

func (p *Portal) notMe(w http.ResponseWriter, r *http.Request) error {
	secret := token.Parse(r.PathValue("token"))
	if r.PostFormValue("do") == "undo" {
		return p.undoLink(w, r, secret)
	}
	leave := func(id keyfold.CustomerID) bool { return r.PostFormValue(leaveOut+id.String()) != "" }
	ids, err := p.Registration.Dispute(r.Context(), act(r), secret, leave)
	switch {
	case err != nil:
		return p.notMeRefused(w, r, secret, err)
	case len(ids) == 1:
		return show(w, r, NotMeDonePage(NotMeDoneView{Page: p.page(w, r), CustomerID: ids[0].String()}))
	}
	view := NotMeManyView{Page: p.page(w, r)}
	for _, id := range ids {
		view.Frozen = append(view.Frozen, id.String())
	}
	return show(w, r, NotMeManyDonePage(view))
}

func (p *Portal) notMeRefused(w http.ResponseWriter, r *http.Request, secret token.Secret, err error) error {
	link, _ := p.Registration.Link(r.Context(), store.Dispute, secret)
	if keyfold.RefusedAs(err, "notme.nothing") && len(link.Token.Grants) > 1 {
		return p.notMeMany(w, r, link, err)
	}
	return p.notMeProblem(w, r, link, err)
}

func (p *Portal) notMeProblem(w http.ResponseWriter, r *http.Request, link registration.Link, err error) error {
	return p.linkProblem(w, r, LinkProblemView{Purpose: ForNotMe, Lifetime: p.Registration.Times.Dispute}, link, err)
}

// linkProblem says why a link does not work any more.
func (p *Portal) linkProblem(w http.ResponseWriter, r *http.Request, view LinkProblemView, link registration.Link, err error) error {
	if err != nil && keyfold.Refused(err) == nil {
		return err
	}
	view.Page, view.When = p.page(w, r), link.When
	status := http.StatusGone
	if view.Kind = kindOf(link.State); keyfold.RefusedAs(err, "link.unknown") {
		view.Kind, status = LinkUnknown, http.StatusNotFound
	}
	return web.Render(w, r, status, LinkProblemPage(view))
}
