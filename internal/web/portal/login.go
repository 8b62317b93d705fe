package portal

import (
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/signin"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

func (p *Portal) showHome(w http.ResponseWriter, r *http.Request) error {
	to := "/accounts"
	if session, err := p.session(r, userCookie); err != nil || session.IsZero() {
		to = "/login"
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// notices are what the login page may say first. The address only names one.
var notices = map[string]string{"logged_out": "login.logged_out", "session_over": "login.session_over", "login_deleted": "login.deleted"}

func (p *Portal) showLogin(w http.ResponseWriter, r *http.Request) error {
	return show(w, r, LoginPage(LoginView{Page: p.page(w, r), Notice: notices[r.URL.Query().Get("notice")]}))
}

func (p *Portal) logIn(w http.ResponseWriter, r *http.Request) error {
	typed, pw := r.PostFormValue("username"), r.PostFormValue("password")
	err := missingLogin(typed, pw)
	switch {
	case err != nil:
	case strings.ContainsAny(typed, "@＠"):
		err = p.logInByEmail(w, r, typed, pw)
	default:
		err = p.logInByID(w, r, typed, pw)
	}
	if err != nil {
		view := LoginView{Page: p.page(w, r), Typed: typed}
		return again(w, r, err, &view.Form, func() templ.Component { return LoginPage(view) })
	}
	return nil
}

func missingLogin(typed, pw string) error {
	var reasons keyfold.Refusals
	if strings.TrimSpace(typed) == "" {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "login.missing_username").On("username"))
	}
	if pw == "" {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "login.missing_password").On("password"))
	}
	return reasons.OrNil()
}

func (p *Portal) logInByEmail(w http.ResponseWriter, r *http.Request, typed, pw string) error {
	email, err := keyfold.ParseEmail(typed)
	if err != nil {
		return onField(err, "username")
	}
	browser := signin.Browser{Agent: r.UserAgent(), Device: p.device(r, email.Key())}
	secret, err := p.SignIn.LogIn(r.Context(), act(r), email, pw, browser)
	if keyfold.RefusedAs(err, "user.suspended") {
		return web.Render(w, r, http.StatusForbidden, SuspendedPage(SuspendedView{Page: p.page(w, r)}))
	}
	if err != nil {
		return err
	}
	return p.enter(w, r, userCookie, secret, email.Key(), "/accounts")
}

func (p *Portal) logInByID(w http.ResponseWriter, r *http.Request, typed, pw string) error {
	id, err := p.Entities.CustomerID(typed)
	if err != nil {
		return onField(err, "username")
	}
	browser := registration.Browser{Agent: r.UserAgent(), Device: p.device(r, id.String())}
	secret, err := p.Registration.LogIn(r.Context(), act(r), id, pw, browser)
	switch {
	case keyfold.RefusedAs(err, "account.moved"):
		return p.showMoved(w, r, id)
	case keyfold.RefusedAs(err, "legacy.down"):
		return p.showLegacyDown(w, r, id, err)
	case err != nil:
		return p.stopped(w, r, id, err)
	}
	return p.enter(w, r, registrationCookie, secret, id.String(), "/register")
}

func (p *Portal) showMoved(w http.ResponseWriter, r *http.Request, id keyfold.CustomerID) error {
	account, err := p.Read.Account(r.Context(), id)
	if err != nil {
		return err
	}
	view := MovedView{Page: p.page(w, r), CustomerID: id.String(), AccountName: account.Name}
	return web.Render(w, r, http.StatusConflict, MovedPage(view))
}

// toldFor is how long a browser keeps the cookie of a session that is over: with
// it we can say that time ran out. It opens nothing.
const toldFor = 24 * time.Hour

// enter begins a session in this browser. One that was there before ends.
func (p *Portal) enter(w http.ResponseWriter, r *http.Request, cookie string, secret token.Secret, name, to string) error {
	if err := p.leave(r, cookie); err != nil {
		return err
	}
	session, err := p.current(r.Context(), secret.Reveal())
	if err != nil {
		return err
	}
	p.cookies().Set(w, cookie, secret.Reveal(), session.Expires.Add(toldFor))
	p.remember(w, r, name)
	http.Redirect(w, r, to+"?"+justLoggedIn, http.StatusSeeOther)
	return nil
}

// leave ends the session of a cookie, if there is one.
func (p *Portal) leave(r *http.Request, cookie string) error {
	session, err := p.session(r, cookie)
	if err != nil || session.IsZero() {
		return err
	}
	return p.SignIn.LogOut(r.Context(), actOf(r, session), session)
}

// logOut ends all that this browser has open.
func (p *Portal) logOut(w http.ResponseWriter, r *http.Request) error {
	for _, cookie := range []string{userCookie, registrationCookie} {
		if err := p.leave(r, cookie); err != nil {
			return err
		}
		p.cookies().Drop(w, cookie)
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, "/login?notice=logged_out", http.StatusSeeOther)
	return nil
}

// onField says which field a refusal belongs to.
func onField(err error, field string) error {
	if reasons := keyfold.Refused(err); len(reasons) == 1 {
		return reasons[0].On(field)
	}
	return err
}
