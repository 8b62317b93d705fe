package portal

import (
	"net/http"

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
	account, err := p.Read.Account(r.Context(), link.Token.Grants[0].Subject.Account)
	if err != nil {
		return err
	}
	view := NotMeView{Page: p.page(w, r), CustomerID: account.ID.String(), Undoable: account.Undoable(p.Now()) && account.Contact.Email.Same(link.Token.Email)}
	return show(w, r, NotMePage(view))
}

func (p *Portal) notMe(w http.ResponseWriter, r *http.Request) error {
	secret := token.Parse(r.PathValue("token"))
	if r.PostFormValue("do") == "undo" {
		return p.undoLink(w, r, secret)
	}
	id, err := p.Registration.Dispute(r.Context(), act(r), secret)
	if err != nil {
		return p.notMeRefused(w, r, secret, err)
	}
	return show(w, r, NotMeDonePage(NotMeDoneView{Page: p.page(w, r), CustomerID: id.String()}))
}

func (p *Portal) notMeRefused(w http.ResponseWriter, r *http.Request, secret token.Secret, err error) error {
	link, _ := p.Registration.Link(r.Context(), store.Dispute, secret)
	return p.notMeProblem(w, r, link, err)
}

func (p *Portal) notMeProblem(w http.ResponseWriter, r *http.Request, link registration.Link, err error) error {
	if err != nil && keyfold.Refused(err) == nil {
		return err
	}
	view := LinkProblemView{Page: p.page(w, r), Purpose: ForNotMe, Lifetime: p.Registration.Times.Dispute, When: link.When}
	status := http.StatusGone
	if view.Kind = kindOf(link.State); keyfold.RefusedAs(err, "link.unknown") {
		view.Kind, status = LinkUnknown, http.StatusNotFound
	}
	return web.Render(w, r, status, LinkProblemPage(view))
}
