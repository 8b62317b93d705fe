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

// A confirming is a request about a link of step 7, with the sessions that the
// browser has.
type confirming struct {
	registration.Confirmed
	secret token.Secret
	door   store.Session // of step 4, for this account
	user   store.Session
}

func (p *Portal) confirming(r *http.Request) (confirming, error) {
	c := confirming{secret: token.Parse(r.PathValue("token"))}
	var err error
	if c.Confirmed, err = p.Registration.Confirm(r.Context(), c.secret); err != nil {
		return c, err
	}
	if c.user, err = p.session(r, userCookie); err != nil {
		return c, err
	}
	door, err := p.session(r, registrationCookie)
	if door.Account == c.Account.ID {
		c.door = door
	}
	return c, err
}

// proven reports whether the browser has the session of step 4.
func (c confirming) proven() bool { return !c.door.IsZero() }

// id is the customer ID as this visitor may read it.
func (c confirming) id() string {
	if c.proven() {
		return c.Account.ID.String()
	}
	return c.Account.ID.Masked()
}

// otherUser is who is logged in here, if it is not whose address this is.
func (c confirming) otherUser() string {
	if c.user.IsZero() || c.user.User == c.User.ID {
		return ""
	}
	return c.user.Email.String()
}

func (p *Portal) showConfirm(w http.ResponseWriter, r *http.Request) error {
	c, err := p.confirming(r)
	if err != nil || c.Link.State != registration.LinkLive {
		return p.confirmProblem(w, r, c, err)
	}
	switch {
	case c.User.Suspended:
		return web.Render(w, r, http.StatusForbidden, SuspendedPage(SuspendedView{Page: p.page(w, r)}))
	case c.User.ID != "":
		return show(w, r, LinkPage(p.linkView(w, r, c)))
	}
	return show(w, r, ConfirmPage(p.confirmView(w, r, c)))
}

// confirm is step 8, or the linking that stands in its place. Which of the two
// it is follows from the form that was sent; where that says nothing, from who
// has the address.
func (p *Portal) confirm(w http.ResponseWriter, r *http.Request) error {
	c, err := p.confirming(r)
	switch {
	case err != nil:
		return p.confirmProblem(w, r, c, err)
	case r.PostFormValue("do") == "again":
		return p.resendConfirm(w, r, c)
	case r.PostForm.Has(FieldNewPassword), c.User.ID == "":
		return p.setCredentials(w, r, c)
	}
	return p.linkAccount(w, r, c)
}

func (p *Portal) setCredentials(w http.ResponseWriter, r *http.Request, c confirming) error {
	view := p.confirmView(w, r, c)
	view.Name = r.PostFormValue("name")
	account, err := p.Registration.Complete(r.Context(), act(r), c.secret, registration.Completion{
		NewPassword: newPassword(r),
		Proof:       p.proof(r, c), Name: view.Name, Language: view.Lang.Language(),
	})
	switch {
	case err == nil:
		return p.completed(w, r, c, account)
	case keyfold.RefusedAs(err, "email.taken"):
		return p.taken(w, r, err)
	case endsLink(err):
		return p.confirmProblem(w, r, c, err)
	}
	view.Policy = p.policy(keyfold.Refused(err))
	return again(w, r, err, &view.Form, func() templ.Component { return ConfirmPage(view) })
}

// taken shows the linking page to who set credentials a moment too late: the
// address has become a user's.
func (p *Portal) taken(w http.ResponseWriter, r *http.Request, err error) error {
	c, fault := p.confirming(r)
	switch {
	case fault != nil || c.Link.State != registration.LinkLive:
		return p.confirmProblem(w, r, c, fault)
	case c.User.Suspended:
		return web.Render(w, r, http.StatusForbidden, SuspendedPage(SuspendedView{Page: p.page(w, r)}))
	}
	view := p.linkView(w, r, c)
	return again(w, r, err, &view.Form, func() templ.Component { return LinkPage(view) })
}

func (p *Portal) completed(w http.ResponseWriter, r *http.Request, c confirming, account keyfold.Account) error {
	p.cookies().Drop(w, registrationCookie)
	p.remember(w, r, c.Link.Token.Email.Key())
	return show(w, r, CompletePage(CompleteView{
		Page: p.page(w, r), CustomerID: account.ID.String(), AccountName: account.Name, Email: c.Link.Token.Email.String(),
	}))
}

func (p *Portal) linkAccount(w http.ResponseWriter, r *http.Request, c confirming) error {
	account, err := p.Registration.LinkAccount(r.Context(), act(r), c.secret, registration.LinkProof{
		Proof: p.proof(r, c), LoggedIn: c.user.User, Password: r.PostFormValue("login-password"),
	})
	switch {
	case err == nil:
		p.cookies().Drop(w, registrationCookie)
		return show(w, r, LinkedPage(LinkedView{
			Page: p.page(w, r), CustomerID: account.ID.String(), AccountName: account.Name,
			Email: c.User.Email.String(), LoggedIn: c.user.User == c.User.ID,
		}))
	case keyfold.RefusedAs(err, "user.suspended"):
		return web.Render(w, r, http.StatusForbidden, SuspendedPage(SuspendedView{Page: p.page(w, r)}))
	case endsLink(err):
		return p.confirmProblem(w, r, c, err)
	}
	view := p.linkView(w, r, c)
	return again(w, r, err, &view.Form, func() templ.Component { return LinkPage(view) })
}

// endsLink reports whether an answer is about the link and not about what was
// typed.
func endsLink(err error) bool {
	reasons := keyfold.Refused(err)
	return len(reasons) > 0 && reasons[0].Field == "" &&
		(reasons[0].Kind == keyfold.Gone || reasons[0].Kind == keyfold.Conflict || reasons[0].Kind == keyfold.Denied)
}

func (p *Portal) proof(r *http.Request, c confirming) registration.Proof {
	return registration.Proof{Session: c.door.Account, Password: r.PostFormValue("proof")}
}

func (p *Portal) confirmView(w http.ResponseWriter, r *http.Request, c confirming) ConfirmView {
	return ConfirmView{
		Page: p.page(w, r), CustomerID: c.id(), Masked: !c.proven(), EntityName: p.entityName(c.Account.Entity),
		AccountName: p.nameFor(c), Email: c.Link.Token.Email.String(), AskProof: !c.proven(),
		Policy: p.policy(nil), LoggedInAs: c.otherUser(),
	}
}

func (p *Portal) linkView(w http.ResponseWriter, r *http.Request, c confirming) LinkView {
	return LinkView{
		Page: p.page(w, r), CustomerID: c.id(), Masked: !c.proven(), EntityName: p.entityName(c.Account.Entity),
		AccountName: p.nameFor(c), Email: c.Link.Token.Email.String(), AskProof: !c.proven(),
		AskPassword: c.user.User != c.User.ID, LoggedInAs: c.otherUser(),
	}
}

// nameFor is the customer's name, for nobody but who holds the account.
func (p *Portal) nameFor(c confirming) string {
	if !c.proven() {
		return ""
	}
	return c.Account.Name
}

func (p *Portal) entityName(code string) string {
	if e, ok := p.Entities.Named(code); ok {
		return e.Name
	}
	return p.Brand.Name
}

func (p *Portal) resendConfirm(w http.ResponseWriter, r *http.Request, c confirming) error {
	if err := p.Registration.ResendConfirm(r.Context(), act(r), c.secret); err != nil {
		view, fault := p.confirmProblemView(w, r, c, nil)
		if fault != nil {
			return fault
		}
		return again(w, r, err, &view.Form, func() templ.Component { return LinkProblemPage(view) })
	}
	view := ResentView{Page: p.page(w, r), Purpose: ForConfirm, Lifetime: p.Registration.Times.Confirm, Sender: p.Site.Sender}
	return show(w, r, ResentPage(view))
}

func (p *Portal) confirmProblem(w http.ResponseWriter, r *http.Request, c confirming, err error) error {
	view, fault := p.confirmProblemView(w, r, c, err)
	if fault != nil {
		return fault
	}
	status := http.StatusGone
	if view.Kind == LinkUnknown {
		status = http.StatusNotFound
	}
	return web.Render(w, r, status, LinkProblemPage(view))
}

func (p *Portal) confirmProblemView(w http.ResponseWriter, r *http.Request, c confirming, err error) (LinkProblemView, error) {
	view := LinkProblemView{Page: p.page(w, r), Purpose: ForConfirm, Lifetime: p.Registration.Times.Confirm}
	switch {
	case keyfold.RefusedAs(err, "link.unknown"):
		view.Kind = LinkUnknown
		return view, nil
	case err != nil && keyfold.Refused(err) == nil:
		return view, err
	}
	// What became of the link may be news of this very request.
	c, err = p.confirming(r)
	if err != nil {
		return view, err
	}
	view.Kind, view.When = kindOf(c.Link.State), c.Link.When
	if c.Account.State == keyfold.Registered && view.Kind != LinkUsed {
		view.Kind = LinkMoved
		return view, nil
	}
	view.CanResend, err = p.Registration.Awaited(r.Context(), c.Link)
	return view, err
}
