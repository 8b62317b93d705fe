package care

import (
	"net/http"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web"
)

func (d *Desk) homeRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /care", Guarded: d.may(keyfold.OwnLogin, d.showHome)},
		{Pattern: "GET /care/{$}", Guarded: d.may(keyfold.OwnLogin, d.showHome)},
		{Pattern: "GET /care/me", Guarded: d.may(keyfold.OwnLogin, d.showMe)},
		{Pattern: "POST /care/me", Guarded: d.may(keyfold.OwnLogin, d.speak)},
		{Pattern: "POST /care/logout", Guarded: d.may(keyfold.OwnLogin, d.logOut)},
	}
}

// showHome is the find box for who may see customers. Others it leads to the first
// page that is for their role.
func (d *Desk) showHome(w http.ResponseWriter, r *http.Request, at Visit) error {
	if at.May(keyfold.SeeCustomers) {
		return d.showFind(w, r, at)
	}
	to := "/care/me"
	for _, s := range d.sections(at.Staff.Role) {
		if s.path != "/care" {
			to = s.path
			break
		}
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

func (d *Desk) showMe(w http.ResponseWriter, r *http.Request, at Visit) error {
	return show(w, r, MePage(MeView{Page: d.page(r, at), Since: at.Session.Since, Expires: at.Session.Expires, Origin: at.Session.Origin}))
}

// speak changes the language of the desk.
func (d *Desk) speak(w http.ResponseWriter, r *http.Request, at Visit) error {
	lang, err := keyfold.ParseLanguage(r.PostFormValue(fieldLanguage))
	if err == nil && lang != (keyfold.Language{}) {
		err = d.Staff.Speak(r.Context(), act(r, at), at.Staff.ID, lang)
	}
	if err != nil {
		return err
	}
	http.Redirect(w, r, "/care/me", http.StatusSeeOther)
	return nil
}

func (d *Desk) logOut(w http.ResponseWriter, r *http.Request, at Visit) error {
	if err := d.Staff.LogOut(r.Context(), act(r, at), at.Session); err != nil {
		return err
	}
	d.cookies().Drop(w, sessionCookie)
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r, "/care/login?notice=logged_out", http.StatusSeeOther)
	return nil
}
