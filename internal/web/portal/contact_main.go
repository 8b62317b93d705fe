package portal

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// showMainContact asks whether a general contact is to be the main contact.
func (p *Portal) showMainContact(w http.ResponseWriter, r *http.Request, at holding) error {
	view, err := p.mainContactView(w, r, at, r.URL.Query().Get("contact"))
	if err != nil {
		return err
	}
	if view.Contact.ID == "" {
		return toContacts(w, r, at.visit, "")
	}
	return show(w, r, ContactMainPage(view))
}

func (p *Portal) mainContactView(w http.ResponseWriter, r *http.Request, at holding, id string) (view ContactMainView, err error) {
	a := at.Account
	view = ContactMainView{
		AccountHead: p.headOf(w, r, at.visit), Main: a.Contact.Email.String(), Instead: a.Coming.Contact.Email.String(),
		AskPassword: !p.SignIn.Fresh(at.session),
	}
	view.Contact, err = p.contact(r, at.visit, keyfold.GeneralContact, id)
	return view, err
}

func (p *Portal) changeMainContact(w http.ResponseWriter, r *http.Request, at holding) error {
	if r.PostFormValue("do") == "stop" {
		return p.stopChange(w, r, at.visit)
	}
	id := r.PostFormValue("contact")
	err := p.proven(r, &at.visit)
	if err == nil {
		err = p.Contacts.Propose(r.Context(), whoOf(r, at.visit), id)
	}
	if err != nil {
		view, fault := p.mainContactView(w, r, at, id)
		if fault != nil {
			return fault
		}
		return again(w, r, err, &view.Form, func() templ.Component { return ContactMainPage(view) })
	}
	return toContacts(w, r, at.visit, "proposed")
}

func (p *Portal) stopChange(w http.ResponseWriter, r *http.Request, at visit) error {
	err := p.Contacts.Stop(r.Context(), whoOf(r, at))
	if keyfold.RefusedAs(err, "contact.nothing_waits") {
		return toContacts(w, r, at, "not_waiting")
	}
	if err != nil {
		return err
	}
	return toContacts(w, r, at, "stopped")
}

// showStop is what the mailed link opens that can stop a change.
func (p *Portal) showStop(w http.ResponseWriter, r *http.Request) error {
	link, view, err := p.stopView(w, r)
	if err == nil && link.State == registration.LinkLive && view.When.IsZero() {
		link.State = registration.LinkVoid
	}
	if err != nil || link.State != registration.LinkLive {
		return p.stopProblem(w, r, link, err)
	}
	return show(w, r, StopPage(view))
}

// stopView shows the ID whole to the main contact alone.
func (p *Portal) stopView(w http.ResponseWriter, r *http.Request) (registration.Link, StopView, error) {
	link, err := p.Registration.Link(r.Context(), store.Stop, token.Parse(r.PathValue("token")))
	if err != nil {
		return link, StopView{}, err
	}
	account, err := p.Read.Account(r.Context(), link.Token.Grants[0].Subject.Account)
	view := StopView{Page: p.page(w, r), CustomerID: account.ID.String(), When: account.Coming.At, ByCare: account.Owner == ""}
	if !account.Contact.Email.Same(link.Token.Email) {
		view.CustomerID, view.ToBe = account.ID.Masked(), true
	}
	return link, view, err
}

func (p *Portal) stopByLink(w http.ResponseWriter, r *http.Request) error {
	_, err := p.Contacts.StopByLink(r.Context(), act(r), token.Parse(r.PathValue("token")))
	link, view, fault := p.stopView(w, r)
	if err != nil {
		return p.stopProblem(w, r, link, err)
	}
	if fault != nil {
		return fault
	}
	return show(w, r, StoppedPage(view))
}

func (p *Portal) stopProblem(w http.ResponseWriter, r *http.Request, link registration.Link, err error) error {
	return p.linkProblem(w, r, LinkProblemView{Purpose: ForStop}, link, err)
}
