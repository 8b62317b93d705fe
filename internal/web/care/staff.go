package care

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

func (d *Desk) staffRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /care/staff", Guarded: d.may(keyfold.SeeStaff, d.showStaff)},
		{Pattern: "GET /care/staff/add", Guarded: d.may(keyfold.ManageStaff, d.showAddStaff)},
		{Pattern: "POST /care/staff/add", Guarded: d.may(keyfold.ManageStaff, d.addStaff)},
		{Pattern: "GET /care/staff/{id}", Guarded: d.may(keyfold.ManageStaff, d.showColleague)},
		{Pattern: "POST /care/staff/{id}", Guarded: d.may(keyfold.ManageStaff, d.manageColleague)},
		{Pattern: "POST /care/staff/wishes/{id}", Guarded: d.may(keyfold.ManageStaff, d.decideWish)},
	}
}

const (
	fieldName = "name"
	fieldRole = "role"
)

// A StaffView is who is staff, and what one administrator asks another one for.
type StaffView struct {
	Page
	ui.Form

	All    []store.Colleague
	Wishes []store.NamedWish
	Said   string // message ID of what was just done
}

// A StaffAddView is the form for a newcomer.
type StaffAddView struct {
	Page
	ui.Form

	Email, Name, Role, Language string
}

// A ColleagueView is what can be done about one login.
type ColleagueView struct {
	Page
	ui.Form

	Who keyfold.Staff
}

// givable are the roles that an administrator can ask for.
func givable() []keyfold.StaffRole {
	var roles []keyfold.StaffRole
	for _, role := range keyfold.StaffRoles() {
		if keyfold.Administrator.MayManage(role) == nil {
			roles = append(roles, role)
		}
	}
	return roles
}

// staffState is how it stands with a login.
func staffState(f keyfold.Staff) string {
	switch {
	case f.Disabled:
		return "disabled"
	case !f.Enrolled():
		return "waiting"
	}
	return "enrolled"
}

// staffSaid are what the list may say first. The address only names one.
var staffSaid = map[string]string{
	"asked": "care.staff_said_asked", "ended": "care.staff_said_ended", "yes": "care.staff_said_yes", "no": "care.staff_said_no",
	"withdrawn": "care.staff_said_withdrawn",
}

func (d *Desk) staffView(r *http.Request, at Visit) (v StaffView, err error) {
	v = StaffView{Page: d.page(r, at), Said: staffSaid[r.URL.Query().Get("said")]}
	if v.All, err = d.Read.Colleagues(r.Context()); err == nil && at.May(keyfold.ManageStaff) {
		v.Wishes, err = d.Read.StaffWishes(r.Context())
	}
	return v, err
}

func (d *Desk) showStaff(w http.ResponseWriter, r *http.Request, at Visit) error {
	v, err := d.staffView(r, at)
	if err != nil {
		return err
	}
	return show(w, r, StaffPage(v))
}

func (d *Desk) showAddStaff(w http.ResponseWriter, r *http.Request, at Visit) error {
	return show(w, r, StaffAddPage(StaffAddView{Page: d.page(r, at), Language: at.Staff.Language.String()}))
}

func (d *Desk) addStaff(w http.ResponseWriter, r *http.Request, at Visit) error {
	n, err := typedNewcomer(r)
	if err == nil {
		err = d.Staff.AskToAdd(r.Context(), manager(r, at), n)
	}
	if err != nil {
		view := StaffAddView{
			Page: d.page(r, at), Email: r.PostFormValue(fieldEmail), Name: r.PostFormValue(fieldName), Role: r.PostFormValue(fieldRole),
			Language: r.PostFormValue(fieldLanguage),
		}
		return again(w, r, err, &view.Form, func() templ.Component { return StaffAddPage(view) })
	}
	return toStaff(w, r, "asked")
}

// typedNewcomer is what the form says, or all that is wrong in it.
func typedNewcomer(r *http.Request) (n staff.Newcomer, err error) {
	var reasons keyfold.Refusals
	note := func(err error, field string) {
		for _, reason := range keyfold.Refused(err) {
			reasons = append(reasons, reason.On(field))
		}
	}
	n.Email, err = keyfold.ParseEmail(r.PostFormValue(fieldEmail))
	note(err, fieldEmail)
	n.Name, err = keyfold.ParseName(r.PostFormValue(fieldName))
	if err == nil && n.Name == "" {
		err = keyfold.Refuse(keyfold.Invalid, "staff.name_missing")
	}
	note(err, fieldName)
	n.Role, err = keyfold.ParseStaffRole(r.PostFormValue(fieldRole))
	note(err, fieldRole)
	n.Language, err = keyfold.ParseLanguage(r.PostFormValue(fieldLanguage))
	note(err, fieldLanguage)
	return n, reasons.OrNil()
}

// colleague is whom the path names. An administrator is nobody's business here.
func (d *Desk) colleague(r *http.Request, at Visit) (keyfold.Staff, error) {
	f, err := d.Read.Staff(r.Context(), keyfold.StaffID(r.PathValue("id")))
	if err == nil {
		err = at.Staff.Role.MayManage(f.Role)
	}
	f.Password = "" // no page needs it
	return f, err
}

func (d *Desk) showColleague(w http.ResponseWriter, r *http.Request, at Visit) error {
	f, err := d.colleague(r, at)
	if err != nil {
		return err
	}
	return show(w, r, ColleaguePage(ColleagueView{Page: d.page(r, at), Who: f}))
}

func (d *Desk) manageColleague(w http.ResponseWriter, r *http.Request, at Visit) error {
	id, said := keyfold.StaffID(r.PathValue("id")), "asked"
	var err error
	if do := r.PostFormValue("do"); do == "disable" {
		said, err = "ended", d.Staff.End(r.Context(), manager(r, at), id)
	} else {
		role, _ := keyfold.ParseStaffRole(r.PostFormValue(fieldRole)) // of no matter for the others
		err = d.Staff.AskAbout(r.Context(), manager(r, at), id, keyfold.StaffWishKind(do), role)
	}
	if err == nil {
		return toStaff(w, r, said)
	}
	f, fault := d.colleague(r, at)
	if fault != nil {
		return fault
	}
	view := ColleagueView{Page: d.page(r, at), Who: f}
	return again(w, r, err, &view.Form, func() templ.Component { return ColleaguePage(view) })
}

func (d *Desk) decideWish(w http.ResponseWriter, r *http.Request, at Visit) error {
	id, do := r.PathValue("id"), r.PostFormValue("do")
	var err error
	switch do {
	case "yes", "no":
		err = d.Staff.Decide(r.Context(), manager(r, at), id, do == "yes")
	case "withdrawn":
		err = d.Staff.Withdraw(r.Context(), manager(r, at), id)
	default:
		return web.ErrBadRequest
	}
	if err == nil {
		return toStaff(w, r, do)
	}
	view, fault := d.staffView(r, at)
	if fault != nil {
		return fault
	}
	return again(w, r, onField(err, ""), &view.Form, func() templ.Component { return StaffPage(view) })
}

func manager(r *http.Request, at Visit) staff.Who {
	return staff.Who{Act: act(r, at), Staff: at.Staff.ID}
}

func toStaff(w http.ResponseWriter, r *http.Request, said string) error {
	http.Redirect(w, r, "/care/staff?said="+said, http.StatusSeeOther) //nolint:gosec // G710: one of a few words
	return nil
}

// day is a day in words, or a dash.
func day(p Page, t time.Time) string {
	if t.IsZero() {
		return "–"
	}
	return p.Date(t)
}
