package portal

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

// An invited is a request about the link of an invitation, with the session that
// the browser has.
type invited struct {
	members.Asked

	secret token.Secret
	user   store.Session
}

func (p *Portal) invited(r *http.Request) (i invited, err error) {
	i.secret = token.Parse(r.PathValue("token"))
	if i.Asked, err = p.Members.Asked(r.Context(), i.secret); err != nil {
		return i, err
	}
	i.user, err = p.session(r, userCookie)
	return i, err
}

// with is how this visitor can accept.
func (i invited) with() InvitedWith {
	switch {
	case !i.user.IsZero() && i.user.User == i.User.ID:
		return WithThis
	case !i.user.IsZero():
		return WithOther
	case i.User.ID != "":
		return WithPassword
	}
	return WithNew
}

func (p *Portal) showInvitation(w http.ResponseWriter, r *http.Request) error {
	i, err := p.invited(r)
	if err == nil {
		err = i.Why
	}
	switch {
	case err != nil:
		return p.invitedProblem(w, r, i, err)
	case i.User.Suspended && i.with() == WithPassword:
		return web.Render(w, r, http.StatusForbidden, SuspendedPage(SuspendedView{Page: p.page(w, r)}))
	}
	return show(w, r, InvitedPage(p.invitedView(w, r, i)))
}

func (p *Portal) invitedView(w http.ResponseWriter, r *http.Request, i invited) InvitedView {
	view := InvitedView{
		Page: p.page(w, r), EntityName: p.entityName(i.Account.Entity), CustomerID: i.Account.ID.Masked(), Inviter: i.Inviter.Email.String(),
		Email: i.Invitation.Email.String(), Roles: i.Invitation.Roles, Until: i.Invitation.Until, With: i.with(),
		LoggedInAs: i.user.Email.String(), Name: r.PostFormValue(FieldName), Policy: p.policy(nil),
	}
	return view
}

// acceptInvitation accepts with the login that the form was about: it says so, and
// where the browser has become another's since, the page asks again.
func (p *Portal) acceptInvitation(w http.ResponseWriter, r *http.Request) error {
	i, err := p.invited(r)
	if err != nil {
		return p.invitedProblem(w, r, i, err)
	}
	switch do := r.PostFormValue("do"); {
	case do == "logout":
		return p.otherLogin(w, r)
	case do == "as" && (i.user.IsZero() || r.PostFormValue(fieldAs) != i.user.Email.String()):
		return p.showInvitation(w, r)
	case do == "as":
		return p.accept(w, r, i, members.Login{LoggedIn: i.user.User})
	case r.PostForm.Has(FieldNewPassword):
		return p.acceptNew(w, r, i)
	}
	return p.accept(w, r, i, members.Login{Password: r.PostFormValue(FieldLoginPassword)})
}

// otherLogin logs out, so that the invitation can be accepted with another login.
func (p *Portal) otherLogin(w http.ResponseWriter, r *http.Request) error {
	if err := p.leave(r, userCookie); err != nil {
		return err
	}
	p.cookies().Drop(w, userCookie)
	http.Redirect(w, r, r.URL.Path, http.StatusSeeOther) //nolint:gosec // G710: the path is that of this route
	return nil
}

func (p *Portal) accept(w http.ResponseWriter, r *http.Request, i invited, login members.Login) error {
	a, err := p.Members.Accept(r.Context(), act(r), i.secret, login)
	switch {
	case err == nil && login.LoggedIn != "":
		http.Redirect(w, r, "/accounts/"+a.Account.ID.String(), http.StatusSeeOther)
		return nil
	case err == nil:
		return show(w, r, AcceptedPage(p.acceptedView(w, r, a, a.User.Email)))
	case keyfold.RefusedAs(err, "user.suspended"):
		return web.Render(w, r, http.StatusForbidden, SuspendedPage(SuspendedView{Page: p.page(w, r)}))
	}
	return p.acceptRefused(w, r, err)
}

func (p *Portal) acceptNew(w http.ResponseWriter, r *http.Request, i invited) error {
	language := p.language(w, r)
	a, err := p.Members.AcceptNew(r.Context(), act(r), i.secret, members.NewLogin{
		Password: r.PostFormValue(FieldNewPassword), Repeat: r.PostFormValue(FieldRepeatPassword), Name: r.PostFormValue(FieldName),
		Language: language,
	})
	if err != nil {
		return p.acceptRefused(w, r, err)
	}
	p.remember(w, r, a.Invitation.Email.Key())
	view := p.acceptedView(w, r, a, a.Invitation.Email)
	view.New = true
	return show(w, r, AcceptedPage(view))
}

func (p *Portal) acceptedView(w http.ResponseWriter, r *http.Request, a members.Asked, email keyfold.Email) AcceptedView {
	return AcceptedView{Page: p.page(w, r), CustomerID: a.Account.ID.String(), AccountName: a.Account.Name, Email: email.String()}
}

// acceptRefused shows the page once more as it is now, or why the invitation
// cannot be accepted any more.
func (p *Portal) acceptRefused(w http.ResponseWriter, r *http.Request, err error) error {
	i, fault := p.invited(r)
	if fault == nil {
		fault = i.Why
	}
	if fault != nil {
		return p.invitedProblem(w, r, i, fault)
	}
	view := p.invitedView(w, r, i)
	if r.PostForm.Has(FieldNewPassword) && view.With == WithNew {
		view.Policy = p.policy(keyfold.Refused(err))
	}
	return again(w, r, onPage(err, view), &view.Form, func() templ.Component { return InvitedPage(view) })
}

// onPage takes the field from a reason whose field is not on the page any more.
func onPage(err error, view InvitedView) error {
	var reasons keyfold.Refusals
	for _, reason := range keyfold.Refused(err) {
		said := *reason
		password := said.Field == FieldLoginPassword
		if view.With == WithNew && password || view.With != WithNew && !password {
			said.Field = ""
		}
		reasons = append(reasons, &said)
	}
	if len(reasons) == 0 {
		return err
	}
	return reasons
}

// invitedProblems are the reasons why an invitation cannot be accepted.
var invitedProblems = map[string]InvitedProblem{
	"invitation.expired": InvitedExpired, "invitation.revoked": InvitedRevoked, "invitation.accepted": InvitedAccepted,
	"invitation.superseded": InvitedSuperseded, "invitation.void": InvitedVoid, "account.frozen": InvitedFrozen,
	"account.closed": InvitedClosed, "account.not_registered": InvitedUnlinked, "link.unknown": InvitedUnknown,
}

func (p *Portal) invitedProblem(w http.ResponseWriter, r *http.Request, i invited, err error) error {
	reasons := keyfold.Refused(err)
	if len(reasons) == 0 {
		return err
	}
	view, status := InvitedProblemView{Page: p.page(w, r), Kind: invitedProblems[reasons[0].Text]}, http.StatusGone
	switch view.Kind {
	case "":
		return err
	case InvitedUnknown:
		status = http.StatusNotFound
	case InvitedExpired, InvitedAccepted:
		view.When = i.When
	case InvitedRevoked, InvitedSuperseded, InvitedVoid, InvitedFrozen, InvitedClosed, InvitedUnlinked:
		view.When = time.Time{}
	}
	if !i.user.IsZero() {
		view.Person = i.user.Email.String()
	}
	return web.Render(w, r, status, InvitedProblemPage(view))
}
