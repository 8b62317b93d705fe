package care

import (
	"net/http"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

// The fields of the forms.
const (
	fieldEmail    = "email"
	fieldPassword = "password"
	fieldCode     = "code"
	fieldLanguage = "language"
)

// loginRoutes are the doors that are open to anyone. There are no others.
func (d *Desk) loginRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /{$}", Guarded: web.Anyone(showRoot)},
		{Pattern: "GET /care/login", Guarded: web.Anyone(d.showLogin)},
		{Pattern: "POST /care/login", Guarded: web.Anyone(d.logIn)},
		{Pattern: "GET /care/enrol/{token}", Guarded: web.Anyone(d.showEnrol)},
		{Pattern: "POST /care/enrol/{token}", Guarded: web.Anyone(d.enrol)},
	}
}

// showRoot is for who types the name of the desk's host alone.
func showRoot(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, "/care", http.StatusSeeOther)
	return nil
}

// notices are what the login page may say first. The address only names one.
var notices = map[string]string{
	"logged_out": "care.staff_logged_out", "session_over": "care.staff_session_over", "enrolled": "care.staff_enrolled",
}

func (d *Desk) showLogin(w http.ResponseWriter, r *http.Request) error {
	return show(w, r, LoginPage(LoginView{Page: d.door(r), Notice: notices[r.URL.Query().Get("notice")]}))
}

func (d *Desk) logIn(w http.ResponseWriter, r *http.Request) error {
	try, err := d.typed(r)
	var secret token.Secret
	if err == nil {
		secret, err = d.Staff.LogIn(r.Context(), visitor(r), try)
	}
	if err != nil {
		view := LoginView{Page: d.door(r), Email: r.PostFormValue(fieldEmail)}
		return again(w, r, err, &view.Form, func() templ.Component { return LoginPage(view) })
	}
	if err := d.leave(r); err != nil {
		return err
	}
	d.cookies().Set(w, sessionCookie, secret.Reveal(), time.Time{})
	d.marks().Put(w, r, try.Email.Key(), d.Now())
	http.Redirect(w, r, "/care", http.StatusSeeOther)
	return nil
}

// typed is what the form says, or all that is missing in it.
func (d *Desk) typed(r *http.Request) (staff.Try, error) {
	t := staff.Try{Password: r.PostFormValue(fieldPassword), Code: r.PostFormValue(fieldCode), Agent: r.UserAgent()}
	var reasons keyfold.Refusals
	email, err := keyfold.ParseEmail(r.PostFormValue(fieldEmail))
	for _, reason := range keyfold.Refused(err) {
		reasons = append(reasons, reason.On(fieldEmail))
	}
	if t.Password == "" {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "login.missing_password").On(fieldPassword))
	}
	if strings.TrimSpace(t.Code) == "" {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "staff.code_missing").On(fieldCode))
	}
	t.Email, t.Device = email, d.marks().Of(r, email.Key())
	return t, reasons.OrNil()
}

// leave ends the session that the browser had until now.
func (d *Desk) leave(r *http.Request) error {
	at, err := d.visit(r)
	if keyfold.Refused(err) != nil {
		return nil //nolint:nilerr // there was none
	}
	if err != nil {
		return err
	}
	return d.Staff.LogOut(r.Context(), act(r, at), at.Session)
}

// visitor is who does something when nobody is logged in.
func visitor(r *http.Request) keyfold.Act {
	return keyfold.Act{By: "visitor", From: web.From(r).String()}
}
