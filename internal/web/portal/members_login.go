package portal

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

const (
	// waitingOnPage is all that a user can wait for: 20 a day, for 30 days.
	waitingOnPage = 600
	ownedOnPage   = 5
)

var askSaid = map[string]string{"asked": "ask.said_asked", "withdrawn": "ask.said_withdrawn"}

// showAsk is where a user asks for access to an account.
func (p *Portal) showAsk(w http.ResponseWriter, r *http.Request, session store.Session) error {
	view, err := p.askView(w, r, session)
	if err != nil {
		return err
	}
	return show(w, r, AskAccessPage(view))
}

func (p *Portal) askView(w http.ResponseWriter, r *http.Request, session store.Session) (AskAccessView, error) {
	view := AskAccessView{Page: p.page(w, r), Typed: r.PostFormValue(FieldIdentifier), Notice: askSaid[r.URL.Query().Get("done")]}
	view.Person = session.Email.String()
	var err error
	view.Waiting, err = p.waiting(r, session)
	return view, err
}

// waiting are one's own requests for access.
func (p *Portal) waiting(r *http.Request, session store.Session) (rows []WaitingRow, err error) {
	list, err := p.Read.AccessRequestsOf(r.Context(), session.User, waitingOnPage)
	for _, a := range list {
		rows = append(rows, WaitingRow{ID: a.ID, CustomerID: a.Account.String(), Asked: a.Asked})
	}
	return rows, err
}

// ask asks for access, or takes a request back. The answer is the same whether or
// not there is such an account.
func (p *Portal) ask(w http.ResponseWriter, r *http.Request, session store.Session) error {
	said, err := p.applyAsk(r, session)
	if err != nil {
		view, fault := p.askView(w, r, session)
		if fault != nil {
			return fault
		}
		return retry(w, r, err, &view.Form, func() templ.Component { return AskAccessPage(view) })
	}
	http.Redirect(w, r, "/accounts/request?done="+said, http.StatusSeeOther) //nolint:gosec // G710: what is said is one of two words
	return nil
}

func (p *Portal) applyAsk(r *http.Request, session store.Session) (said string, err error) {
	if r.PostFormValue("do") == "withdraw" {
		return "withdrawn", p.Members.Withdraw(r.Context(), actOf(r, session), session.User, r.PostFormValue(fieldWaits))
	}
	return "asked", p.Members.Ask(r.Context(), actOf(r, session), session.User, r.PostFormValue(FieldIdentifier))
}

// showDelete asks whether to delete the login, or says what stands in the way.
func (p *Portal) showDelete(w http.ResponseWriter, r *http.Request, session store.Session) error {
	view, err := p.deleteView(w, r, session)
	if err != nil {
		return err
	}
	return show(w, r, DeleteLoginPage(view))
}

func (p *Portal) deleteView(w http.ResponseWriter, r *http.Request, session store.Session) (DeleteLoginView, error) {
	view := DeleteLoginView{Page: p.page(w, r), Email: session.Email.String(), Ask: !p.SignIn.Fresh(session)}
	view.Person = view.Email
	owned, err := p.Read.OwnedBy(r.Context(), session.User, ownedOnPage)
	if err != nil {
		return view, err
	}
	for _, a := range owned {
		view.Owned = append(view.Owned, rowOf(keyfold.Membership{Account: a, Roles: keyfold.RolesOf(keyfold.Owner)}))
	}
	if view.Count, err = p.Read.Owned(r.Context(), session.User); err != nil {
		return view, err
	}
	view.Access, err = p.Read.CountMemberships(r.Context(), session.User)
	return view, err
}

func (p *Portal) deleteLogin(w http.ResponseWriter, r *http.Request, session store.Session) error {
	err := p.fresh(r, visit{session: session})
	if err == nil {
		err = p.Members.DeleteLogin(r.Context(), actOf(r, session), session.User)
	}
	if err != nil {
		view, fault := p.deleteView(w, r, session)
		if fault != nil {
			return fault
		}
		return retry(w, r, err, &view.Form, func() templ.Component { return DeleteLoginPage(view) })
	}
	p.cookies().Drop(w, userCookie)
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, "/login?notice=login_deleted", http.StatusSeeOther)
	return nil
}
