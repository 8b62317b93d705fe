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
	view := NotMeView{Page: p.page(w, r), CustomerID: link.Token.Grants[0].Subject.Account.String()}
	return show(w, r, NotMePage(view))
}

func (p *Portal) notMe(w http.ResponseWriter, r *http.Request) error {
	secret := token.Parse(r.PathValue("token"))
	id, err := p.Registration.Dispute(r.Context(), act(r), secret)
	if err != nil {
		link, _ := p.Registration.Link(r.Context(), store.Dispute, secret)
		return p.notMeProblem(w, r, link, err)
	}
	return show(w, r, NotMeDonePage(NotMeDoneView{Page: p.page(w, r), CustomerID: id.String()}))
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
