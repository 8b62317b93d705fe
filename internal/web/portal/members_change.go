package portal

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// showMember is one user of the account: the roles, or with "remove" the end of
// the access.
func (p *Portal) showMember(w http.ResponseWriter, r *http.Request, at visit) error {
	view, err := p.memberView(w, r, at)
	if err != nil {
		return err
	}
	if r.URL.Query().Has("remove") {
		return show(w, r, RemovePage(view))
	}
	return show(w, r, MemberPage(view))
}

// memberView is a user whom one may change. Nobody else is there.
func (p *Portal) memberView(w http.ResponseWriter, r *http.Request, at visit) (MemberView, error) {
	view := MemberView{AccountHead: p.headOf(w, r, at), Ask: !p.SignIn.Fresh(at.session)}
	m, err := p.Read.Member(r.Context(), at.Account.ID, keyfold.UserID(r.PathValue("user")))
	if err != nil {
		return view, err
	}
	if m.Roles.IsZero() {
		return view, keyfold.Refuse(keyfold.NotFound, "user.unknown")
	}
	user, err := p.Read.User(r.Context(), m.User)
	if err != nil {
		return view, err
	}
	if view.User = userRow(at, store.MemberUser{User: user, Roles: m.Roles}); !view.User.Manage {
		return view, keyfold.Refuse(keyfold.NotFound, "user.unknown")
	}
	view.Boxes = boxes(givable(at), m.Roles)
	return view, nil
}

func (p *Portal) changeMember(w http.ResponseWriter, r *http.Request, at visit) error {
	view, err := p.memberView(w, r, at)
	if err != nil {
		return err
	}
	by, id, user := actOf(r, at.session), at.Account.ID, keyfold.UserID(view.User.ID)
	page, said := MemberPage, "roles"
	to := tickedRoles(r)
	if r.PostFormValue("do") == "remove" {
		page, said = RemovePage, "removed"
	} else {
		view.Boxes = boxes(givable(at), to)
		err = to.Givable()
	}
	if err == nil {
		err = p.fresh(r, at)
	}
	if err == nil {
		err = p.applyMember(r, by, id, at.session.User, user, to)
	}
	if err != nil {
		return retry(w, r, err, &view.Form, func() templ.Component { return page(view) })
	}
	return toUsers(w, r, at, said)
}

func (p *Portal) applyMember(r *http.Request, by keyfold.Act, id keyfold.CustomerID, actor, user keyfold.UserID, to keyfold.Roles) error {
	if r.PostFormValue("do") == "remove" {
		return p.Members.Remove(r.Context(), by, id, actor, user)
	}
	return p.Members.ChangeRoles(r.Context(), by, id, actor, user, to)
}

func (p *Portal) showLeave(w http.ResponseWriter, r *http.Request, at visit) error {
	return show(w, r, LeavePage(LeaveView{AccountHead: p.headOf(w, r, at)}))
}

func (p *Portal) leaveAccount(w http.ResponseWriter, r *http.Request, at visit) error {
	if err := p.Members.Leave(r.Context(), actOf(r, at.session), at.Account.ID, at.session.User); err != nil {
		view := LeaveView{AccountHead: p.headOf(w, r, at)}
		return retry(w, r, err, &view.Form, func() templ.Component { return LeavePage(view) })
	}
	http.Redirect(w, r, "/accounts?left", http.StatusSeeOther)
	return nil
}

// addAskers reads who waits for access to an account.
func (p *Portal) addAskers(r *http.Request, at visit, view *UsersView) error {
	list, err := p.Read.Askers(r.Context(), at.Account.ID, askersOnPage+1, (view.Number-1)*askersOnPage)
	if len(list) > askersOnPage {
		list, view.Further = list[:askersOnPage], true
	}
	for _, a := range list {
		view.Askers = append(view.Askers, askerRow(a))
	}
	return err
}

func askerRow(a store.Asker) AskerRow {
	return AskerRow{ID: a.ID, Name: a.Who.Name, Email: a.Who.Email.String(), Asked: a.Asked}
}

func (p *Portal) showAsker(w http.ResponseWriter, r *http.Request, at visit) error {
	view, err := p.askerView(w, r, at)
	if err != nil {
		return err
	}
	return show(w, r, AskerPage(view))
}

func (p *Portal) askerView(w http.ResponseWriter, r *http.Request, at visit) (AskerView, error) {
	view := AskerView{AccountHead: p.headOf(w, r, at), Boxes: boxes(givable(at), tickedRoles(r)), Ask: !p.SignIn.Fresh(at.session)}
	asker, err := p.Read.Asker(r.Context(), at.Account.ID, r.PathValue("request"))
	if err != nil {
		return view, err
	}
	view.Row = askerRow(asker)
	return view, nil
}

// answerAsker grants a request for access, or declines it.
func (p *Portal) answerAsker(w http.ResponseWriter, r *http.Request, at visit) error {
	said, err := p.applyAnswer(r, at)
	if err == nil {
		return toUsers(w, r, at, said)
	}
	view, fault := p.askerView(w, r, at)
	if fault != nil {
		return fault
	}
	return retry(w, r, err, &view.Form, func() templ.Component { return AskerPage(view) })
}

func (p *Portal) applyAnswer(r *http.Request, at visit) (said string, err error) {
	by, id, owner, request := actOf(r, at.session), at.Account.ID, at.session.User, r.PathValue("request")
	if r.PostFormValue("do") == "decline" {
		return "declined", p.Members.Decline(r.Context(), by, id, owner, request)
	}
	roles := tickedRoles(r)
	if err := roles.Givable(); err != nil {
		return "", err
	}
	if err := p.fresh(r, at); err != nil {
		return "", err
	}
	return "granted", p.Members.Grant(r.Context(), by, id, owner, request, roles)
}
