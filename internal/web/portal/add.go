package portal

import (
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/linking"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

// FieldCustomerIDs is where customer IDs to link are typed.
const FieldCustomerIDs = "customer-ids"

func (p *Portal) showAdd(w http.ResponseWriter, r *http.Request, session store.Session) error {
	return show(w, r, AddPage(p.addView(w, r, session)))
}

func (p *Portal) addView(w http.ResponseWriter, r *http.Request, session store.Session) AddView {
	view := AddView{Page: p.page(w, r), Email: session.Email.String(), Sender: p.Site.Sender, Sent: r.URL.Query().Has("sent")}
	view.Person = view.Email
	return view
}

// add asks the main contacts of what was typed. The answer is the same for all.
func (p *Portal) add(w http.ResponseWriter, r *http.Request, session store.Session) error {
	view := p.addView(w, r, session)
	view.Typed = r.PostFormValue(FieldCustomerIDs)
	err := p.Linking.AskToLink(r.Context(), actOf(r, session), session.User, view.Typed, view.Lang.Language())
	if err != nil {
		return again(w, r, err, &view.Form, func() templ.Component { return AddPage(view) })
	}
	http.Redirect(w, r, "/accounts/add?"+url.Values{"sent": {"1"}}.Encode(), http.StatusSeeOther)
	return nil
}

// showAgree is what the main contact opens.
func (p *Portal) showAgree(w http.ResponseWriter, r *http.Request) error {
	asked, err := p.Linking.Asked(r.Context(), token.Parse(r.PathValue("token")))
	if err != nil {
		return p.agreeProblem(w, r, err)
	}
	view, err := p.agreeView(w, r, asked)
	if err != nil {
		return err
	}
	return show(w, r, AgreePage(view))
}

func (p *Portal) agreeView(w http.ResponseWriter, r *http.Request, asked linking.Asked) (AgreeView, error) {
	session, err := p.session(r, userCookie)
	view := AgreeView{Page: p.page(w, r), Email: asked.User.Email.String(), AskPassword: session.User != asked.User.ID}
	if !session.IsZero() && view.AskPassword {
		view.LoggedInAs = session.Email.String()
	}
	for _, a := range asked.Accounts {
		view.Rows = append(view.Rows, AccountRow{CustomerID: a.ID.String(), Name: a.Name, Entity: a.Entity, Status: statusOf(a)})
	}
	return view, err
}

func (p *Portal) agree(w http.ResponseWriter, r *http.Request) error {
	session, err := p.session(r, userCookie)
	if err != nil {
		return err
	}
	asked, err := p.Linking.Agree(r.Context(), act(r), token.Parse(r.PathValue("token")), session.User, r.PostFormValue(FieldLoginPassword))
	switch {
	case err == nil:
		view := AgreedView{Page: p.page(w, r), Email: asked.User.Email.String(), LoggedIn: session.User == asked.User.ID}
		for _, a := range asked.Accounts {
			view.IDs = append(view.IDs, a.ID.String())
		}
		return show(w, r, AgreedPage(view))
	case keyfold.Refused(err) == nil:
		return err
	case endsLink(err) || keyfold.RefusedAs(err, "link.unknown"):
		return p.agreeProblem(w, r, err)
	}
	view, fault := p.agreeView(w, r, asked)
	if fault != nil {
		return fault
	}
	return again(w, r, err, &view.Form, func() templ.Component { return AgreePage(view) })
}

// agreeProblem explains a link that does not work any more.
func (p *Portal) agreeProblem(w http.ResponseWriter, r *http.Request, err error) error {
	if keyfold.Refused(err) == nil {
		return err
	}
	view := LinkProblemView{Page: p.page(w, r), Purpose: ForLink, Kind: LinkVoid}
	status := http.StatusGone
	switch {
	case keyfold.RefusedAs(err, "link.unknown"):
		view.Kind, status = LinkUnknown, http.StatusNotFound
	case keyfold.RefusedAs(err, "link.used"):
		view.Kind = LinkUsed
	case keyfold.RefusedAs(err, "link.expired"):
		view.Kind = LinkExpired
	}
	return web.Render(w, r, status, LinkProblemPage(view))
}
