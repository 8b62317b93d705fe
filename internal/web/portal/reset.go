package portal

import (
	"context"
	"net/http"
	"net/url"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

func (p *Portal) showRequest(w http.ResponseWriter, r *http.Request) error {
	return show(w, r, RequestPage(RequestView{Page: p.page(w, r), Lifetime: p.Registration.Times.Reset}))
}

func (p *Portal) requestReset(w http.ResponseWriter, r *http.Request) error {
	typed := r.PostFormValue(FieldIdentifier)
	page := p.page(w, r)
	err := p.Registration.RequestReset(r.Context(), act(r), typed, page.Lang.Language())
	if err != nil {
		view := RequestView{Page: page, Typed: typed, Lifetime: p.Registration.Times.Reset}
		return again(w, r, err, &view.Form, func() templ.Component { return RequestPage(view) })
	}
	http.Redirect(w, r, "/passwordReset/requested", http.StatusSeeOther)
	return nil
}

func (p *Portal) showRequested(w http.ResponseWriter, r *http.Request) error {
	return show(w, r, RequestedPage(RequestedView{Page: p.page(w, r), Lifetime: p.Registration.Times.Reset, Sender: p.Site.Sender}))
}

// A resetting is a request about a reset link, and what it is for.
type resetting struct {
	secret  token.Secret
	link    registration.Link
	subject store.Subject // of the path's "for"; zero: not chosen yet
}

// resetting finds out what a reset link is about. A link with one part needs no
// choice.
func (p *Portal) resetting(r *http.Request) (resetting, error) {
	x := resetting{secret: token.Parse(r.PathValue("token"))}
	link, err := p.Registration.Link(r.Context(), store.Reset, x.secret)
	if err != nil {
		return x, err
	}
	x.link = link
	chosen := r.URL.Query().Get("for")
	for _, g := range link.Token.Grants {
		if len(link.Token.Grants) == 1 || choice(g.Subject) == chosen {
			x.subject = g.Subject
			x.link, err = link.For(g.Subject, p.Now())
			return x, err
		}
	}
	return x, nil
}

// choice is how a part of a link is named in the address of its page.
func choice(s store.Subject) string {
	if s.User != "" {
		return "login"
	}
	return s.Account.String()
}

func (p *Portal) showReset(w http.ResponseWriter, r *http.Request) error {
	x, err := p.resetting(r)
	if err != nil || x.link.State != registration.LinkLive {
		return p.resetProblem(w, r, err)
	}
	view, err := p.resetView(w, r, x)
	if err != nil {
		return err
	}
	return show(w, r, ResetPage(view))
}

func (p *Portal) setPassword(w http.ResponseWriter, r *http.Request) error {
	x, err := p.resetting(r)
	if err != nil {
		return p.resetProblem(w, r, err)
	}
	if r.PostFormValue("do") == "again" {
		return p.resendReset(w, r, x)
	}
	if x.subject == (store.Subject{}) {
		return p.showReset(w, r)
	}
	err = p.Registration.SetPassword(r.Context(), act(r), x.secret, x.subject, newPassword(r))
	switch {
	case err == nil:
		return p.resetDone(w, r, x)
	case endsLink(err):
		return p.resetProblem(w, r, err)
	}
	view, fault := p.resetView(w, r, x)
	if fault != nil {
		return fault
	}
	view.Policy = p.policy(keyfold.Refused(err))
	return again(w, r, err, &view.Form, func() templ.Component { return ResetPage(view) })
}

func newPassword(r *http.Request) registration.NewPassword {
	return registration.NewPassword{Password: r.PostFormValue(FieldNewPassword), Repeat: r.PostFormValue(FieldRepeatPassword)}
}

func (p *Portal) resetView(w http.ResponseWriter, r *http.Request, x resetting) (ResetView, error) {
	view := ResetView{Page: p.page(w, r), Policy: p.policy(nil)}
	session, err := p.session(r, userCookie)
	if err != nil {
		return view, err
	}
	if !session.IsZero() && session.User != x.subject.User {
		view.LoggedInAs = session.Email.String()
	}
	switch {
	case !x.subject.Account.IsZero():
		view.CustomerID = x.subject.Account.String()
	case x.subject.User != "":
		user, err := p.Read.User(r.Context(), x.subject.User)
		view.Email = user.Email.String()
		return view, err
	default:
		view.Choices, err = p.choices(r, x.link.Token)
	}
	return view, err
}

func (p *Portal) choices(r *http.Request, t store.Token) ([]Choice, error) {
	var choices []Choice
	for _, g := range t.Grants {
		if g.Ended != "" && g.Ended != store.Spent {
			continue
		}
		c := Choice{Value: choice(g.Subject), Done: g.Ended == store.Spent}
		if g.Subject.User != "" {
			user, err := p.Read.User(r.Context(), g.Subject.User)
			if err != nil {
				return nil, err
			}
			c.Email = user.Email.String()
		} else {
			account, err := p.Read.Account(r.Context(), g.Subject.Account)
			if err != nil {
				return nil, err
			}
			c.CustomerID, c.Name = account.ID.String(), account.Name
		}
		choices = append(choices, c)
	}
	return choices, nil
}

func (p *Portal) resetDone(w http.ResponseWriter, r *http.Request, x resetting) error {
	view := ResetDoneView{Page: p.page(w, r)}
	link, err := p.Registration.Link(r.Context(), store.Reset, x.secret)
	if err != nil {
		return err
	}
	if view.Others = len(link.Token.Live()); view.Others > 0 && link.State == registration.LinkLive {
		view.Back = (&url.URL{Path: r.URL.Path}).String()
	}
	name := x.subject.Account.String()
	view.CustomerID = name
	if x.subject.User != "" {
		user, err := p.Read.User(r.Context(), x.subject.User)
		if err != nil {
			return err
		}
		view.Email, name = user.Email.String(), user.Email.Key()
	}
	p.remember(w, r, name)
	return show(w, r, ResetDonePage(view))
}

func (p *Portal) resendReset(w http.ResponseWriter, r *http.Request, x resetting) error {
	if err := p.Registration.ResendReset(r.Context(), act(r), x.secret); err != nil {
		view, fault := p.resetProblemView(w, r, nil)
		if fault != nil {
			return fault
		}
		return again(w, r, err, &view.Form, func() templ.Component { return LinkProblemPage(view) })
	}
	view := ResentView{Page: p.page(w, r), Purpose: ForReset, Lifetime: p.Registration.Times.Reset, Sender: p.Site.Sender}
	return show(w, r, ResentPage(view))
}

// resetProblem is the page of a link that does not work (any more).
func (p *Portal) resetProblem(w http.ResponseWriter, r *http.Request, err error) error {
	view, fault := p.resetProblemView(w, r, err)
	if fault != nil {
		return fault
	}
	status := http.StatusGone
	if view.Kind == LinkUnknown {
		status = http.StatusNotFound
	}
	return web.Render(w, r, status, LinkProblemPage(view))
}

func (p *Portal) resetProblemView(w http.ResponseWriter, r *http.Request, err error) (LinkProblemView, error) {
	view := LinkProblemView{Page: p.page(w, r), Purpose: ForReset, Lifetime: p.Registration.Times.Reset}
	if err != nil && keyfold.Refused(err) == nil {
		return view, err
	}
	if keyfold.RefusedAs(err, "link.unknown") {
		view.Kind = LinkUnknown
		return view, nil
	}
	// What became of the link may be news of this very request.
	now, err := p.resetting(r)
	if err != nil {
		return view, err
	}
	view.Kind, view.When = kindOf(now.link.State), now.link.When
	if view.CanResend, err = p.Registration.Renewable(r.Context(), now.link); err != nil || view.CanResend {
		return view, err
	}
	moved, err := p.moved(r.Context(), now.subject)
	if moved {
		view.Kind = LinkMoved
	}
	return view, err
}

// moved reports whether a link was about an account that has an owner by now.
func (p *Portal) moved(ctx context.Context, s store.Subject) (bool, error) {
	if s.Account.IsZero() {
		return false, nil
	}
	account, err := p.Read.Account(ctx, s.Account)
	return account.State == keyfold.Registered, err
}

func kindOf(s registration.LinkState) LinkKind {
	switch s {
	case registration.LinkUsed:
		return LinkUsed
	case registration.LinkSuperseded:
		return LinkSuperseded
	case registration.LinkExpired:
		return LinkExpired
	case registration.LinkVoid, registration.LinkLive:
	}
	return LinkVoid
}
