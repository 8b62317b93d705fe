package care

import (
	"net/http"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

// The cookies of the desk. That of a session is none of the portal's, and what is
// in it names a row of another table: neither opens the door of the other.
const (
	sessionCookie = "keyfold-care"
	deviceCookie  = "keyfold-care-device"
)

// A Visit is somebody of the staff at a door that is theirs.
type Visit struct {
	Staff   keyfold.Staff // who: ID, name, address, role and language; no proofs
	Session store.StaffSession
}

// May reports whether the visitor has one more duty than that of the door.
func (at Visit) May(duty keyfold.Duty) bool { return at.Staff.Role.May(duty) }

// act is who does something at the desk, and from where.
func act(r *http.Request, at Visit) keyfold.Act {
	return keyfold.Act{By: at.Staff.ID.Actor(), From: web.From(r).String()}
}

// may lets in whose role has a duty. Others of the staff are told that it is not
// for them, and it is on record; who is not logged in is asked to.
func (d *Desk) may(duty keyfold.Duty, h func(http.ResponseWriter, *http.Request, Visit) error) web.Guarded {
	return web.Guard("may "+string(duty), func(w http.ResponseWriter, r *http.Request) error {
		at, err := d.visit(r)
		switch {
		case keyfold.Refused(err) != nil:
			return d.noSession(w, r)
		case err != nil:
			return err
		case !at.May(duty):
			return d.notTheirs(w, r, at)
		}
		return h(w, r, at)
	})
}

// visit is who has the session of our cookie.
func (d *Desk) visit(r *http.Request) (Visit, error) {
	session, err := d.Staff.Current(r.Context(), token.Parse(d.cookies().Get(r, sessionCookie)))
	if err != nil {
		return Visit{}, err
	}
	session.Staff.Password, session.Staff.Factor = "", "" // no page needs them
	return Visit{session.Staff, session}, nil
}

func (d *Desk) notTheirs(w http.ResponseWriter, r *http.Request, at Visit) error {
	if err := d.Staff.Refused(r.Context(), act(r, at), r.Pattern); err != nil {
		return err
	}
	return web.Render(w, r, http.StatusForbidden, NotYoursPage(NotYoursView{d.page(r, at)}))
}

// noSession answers who comes without one, or with one that is over.
func (d *Desk) noSession(w http.ResponseWriter, r *http.Request) error {
	brought := d.cookies().Get(r, sessionCookie) != ""
	if brought {
		d.cookies().Drop(w, sessionCookie)
	}
	switch {
	case brought && r.Method == http.MethodPost:
		return d.showError(w, r, http.StatusForbidden, ErrorView{Kind: sessionOver})
	case brought:
		http.Redirect(w, r, "/care/login?notice=session_over", http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, "/care/login", http.StatusSeeOther)
	return nil
}

func (d *Desk) cookies() web.Cookies { return web.Cookies{HTTPS: d.Site.URL.Scheme == "https"} }

func (d *Desk) marks() web.Marks {
	return web.Marks{Cookies: d.cookies(), Cookie: deviceCookie, Sign: d.Staff.DeviceTag}
}
