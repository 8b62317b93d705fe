package portal

import (
	"net/http"

	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

func (p *Portal) callRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /call", Guarded: p.user(p.showCall)},
		{Pattern: "POST /call", Guarded: p.user(p.call)},
	}
}

// A CallView is the number that a caller reads out to customer care.
type CallView struct {
	ui.Page

	PIN desk.PIN // zero: not asked for yet
}

// spaced is the number as one reads it out.
func (v CallView) spaced() string { return v.PIN.Digits[:3] + " " + v.PIN.Digits[3:] }

func (p *Portal) showCall(w http.ResponseWriter, r *http.Request, session store.Session) error {
	return show(w, r, CallPage(p.callView(w, r, session)))
}

func (p *Portal) callView(w http.ResponseWriter, r *http.Request, session store.Session) CallView {
	v := CallView{Page: p.page(w, r)}
	v.Person = session.Email.String()
	return v
}

// call shows the number. Who asks twice sees the same one.
func (p *Portal) call(w http.ResponseWriter, r *http.Request, session store.Session) (err error) {
	v := p.callView(w, r, session)
	if v.PIN, err = p.Desk.PIN(r.Context(), actOf(r, session), session.User); err != nil {
		return err
	}
	return show(w, r, CallPage(v))
}
