package portal

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

// registering lets the holder of a registration session in, and hands the
// account of that session to the handler: no session, no account, no call.
func (p *Portal) registering(h func(http.ResponseWriter, *http.Request, keyfold.Account) error) web.Guarded {
	return web.Guard("registration session", func(w http.ResponseWriter, r *http.Request) error {
		session, err := p.session(r, registrationCookie)
		if err != nil {
			return err
		}
		if session.IsZero() {
			return p.noSession(w, r, registrationCookie)
		}
		account, err := p.Read.Account(r.Context(), session.Account)
		if err != nil {
			return err
		}
		return h(w, r, account)
	})
}

// user lets in who is logged in.
func (p *Portal) user(h func(http.ResponseWriter, *http.Request, store.Session) error) web.Guarded {
	return web.Guard("user", func(w http.ResponseWriter, r *http.Request) error {
		session, err := p.session(r, userCookie)
		if err != nil {
			return err
		}
		if session.IsZero() {
			return p.noSession(w, r, userCookie)
		}
		return h(w, r, session)
	})
}

// A visit is somebody who is logged in and may do what a door of an account is
// for.
type visit struct {
	store.Visit

	session store.Session
}

// may lets in whose roles in the account of the path permit it. For everybody
// else the account does not exist.
func (p *Portal) may(what keyfold.Permission, h func(http.ResponseWriter, *http.Request, visit) error) web.Guarded {
	return web.Guard("may "+string(what), func(w http.ResponseWriter, r *http.Request) error {
		// What is no customer ID is one that nobody has access to.
		id, err := keyfold.ParseCustomerID(r.PathValue("id"))
		if err != nil || id.String() != r.PathValue("id") {
			id = keyfold.CustomerID{}
		}
		session, v, err := p.SignIn.Visit(r.Context(), token.Parse(p.cookies().Get(r, userCookie)), id)
		switch {
		case keyfold.Refused(err) != nil:
			return p.noSession(w, r, userCookie)
		case err != nil:
			return err
		case !v.Roles.May(what):
			return keyfold.Refuse(keyfold.NotFound, "account.unknown")
		}
		return h(w, r, visit{v, session})
	})
}

// A holding is a visit to all that is known of the account.
type holding struct {
	visit

	Account keyfold.Account
}

// whole reads the account for a handler that needs more of it than its head.
func (p *Portal) whole(h func(http.ResponseWriter, *http.Request, holding) error) func(http.ResponseWriter, *http.Request, visit) error {
	return func(w http.ResponseWriter, r *http.Request, at visit) error {
		account, err := p.Read.Account(r.Context(), at.Account.ID)
		if err != nil {
			return err
		}
		return h(w, r, holding{at, account})
	}
}

// fresh refuses who has not typed the password for a while and does not type it
// now: for what an open browser alone must not do.
func (p *Portal) fresh(r *http.Request, at visit) error {
	return p.SignIn.Freshen(r.Context(), actOf(r, at.session), at.session, r.PostFormValue(FieldLoginPassword))
}

// session is the session of one of our cookies, zero when there is none that
// works. A cookie of one kind never opens the door of the other.
func (p *Portal) session(r *http.Request, cookie string) (store.Session, error) {
	session, err := p.current(r.Context(), p.cookies().Get(r, cookie))
	if err != nil || session.Registration() != (cookie == registrationCookie) {
		return store.Session{}, err
	}
	return session, nil
}

func (p *Portal) current(ctx context.Context, value string) (store.Session, error) {
	session, err := p.SignIn.Current(ctx, token.Parse(value))
	if keyfold.Refused(err) != nil {
		return store.Session{}, nil //nolint:nilerr // whose session is over is nobody, which is an answer
	}
	return session, err
}

// noSession answers who comes without one. Right after a login that means that
// the browser did not keep our cookie. Step 5 without the cookie of step 4 is
// most often the wrong browser.
func (p *Portal) noSession(w http.ResponseWriter, r *http.Request, cookie string) error {
	brought := p.cookies().Get(r, cookie) != ""
	switch {
	case r.URL.Query().Has(justLoggedIn) && !brought:
		return p.showError(w, r, http.StatusForbidden, ErrorView{Kind: Cookies})
	case brought && r.Method == http.MethodPost:
		p.cookies().Drop(w, cookie)
		return p.showError(w, r, http.StatusForbidden, ErrorView{Kind: SessionOver})
	case brought:
		p.cookies().Drop(w, cookie)
		http.Redirect(w, r, "/login?notice=session_over", http.StatusSeeOther)
		return nil
	case cookie == registrationCookie:
		return p.showError(w, r, http.StatusForbidden, ErrorView{Kind: WrongBrowser})
	}
	http.Redirect(w, r, "/login", http.StatusSeeOther)
	return nil
}

// justLoggedIn marks the first page after a login, to find out whether the
// browser keeps cookies.
const justLoggedIn = "welcome"

// A SessionAnswer tells an application whose session a cookie or bearer token
// is.
type SessionAnswer struct {
	Active  bool   `json:"active"`
	Kind    string `json:"kind,omitempty"` // user or registration
	User    string `json:"user,omitempty"`
	Email   string `json:"email,omitempty"`
	Account string `json:"account,omitempty"` // of a registration session
	Since   int64  `json:"since,omitempty"`   // seconds since 1970
	Expires int64  `json:"expires,omitempty"`
}

// showSession answers GET /session.
func (p *Portal) showSession(w http.ResponseWriter, r *http.Request) error {
	value, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !bearer {
		if value = p.cookies().Get(r, userCookie); value == "" {
			value = p.cookies().Get(r, registrationCookie)
		}
	}
	s, err := p.current(r.Context(), value)
	if err != nil {
		return err
	}
	body, err := json.Marshal(answerOf(s))
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	if s.IsZero() {
		w.WriteHeader(http.StatusUnauthorized)
	}
	_, _ = w.Write(body)
	return nil
}

func answerOf(s store.Session) SessionAnswer {
	if s.IsZero() {
		return SessionAnswer{}
	}
	a := SessionAnswer{
		Active: true, Kind: "user", User: string(s.User), Email: s.Email.String(), Account: s.Account.String(),
		Since: s.Since.Unix(), Expires: s.Expires.Unix(),
	}
	if s.Registration() {
		a.Kind = "registration"
	}
	return a
}
