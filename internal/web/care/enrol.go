package care

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

const (
	fieldNewPassword    = "new-password"
	fieldRepeatPassword = "repeat-password"
	fieldFactor         = "factor"
)

// An EnrolView offers a second factor, and asks for both proofs.
type EnrolView struct {
	ui.Page
	ui.Form

	Staff  keyfold.Staff
	Factor staff.Factor
	Issuer string
	Policy ui.Policy
}

// An EnrolProblemView is what a link opens that does not work.
type EnrolProblemView struct {
	ui.Page

	Why *keyfold.Refusal
}

func (d *Desk) showEnrol(w http.ResponseWriter, r *http.Request) error {
	e, err := d.enrolment(r)
	if err != nil {
		return d.enrolProblem(w, r, err)
	}
	f, err := d.Staff.NewFactor(e)
	if err != nil {
		return err
	}
	return show(w, r, EnrolPage(d.enrolView(r, e, f, nil)))
}

func (d *Desk) enrol(w http.ResponseWriter, r *http.Request) error {
	e, err := d.enrolment(r)
	if err != nil {
		return d.enrolProblem(w, r, err)
	}
	f, lost := d.Staff.Offered(e, r.PostFormValue(fieldFactor))
	if lost != nil {
		if f, err = d.Staff.NewFactor(e); err != nil {
			return err
		}
		return d.enrolAgain(w, r, e, f, lost)
	}
	err = d.Staff.Enrol(r.Context(), visitor(r), e, staff.Chosen{
		Password: r.PostFormValue(fieldNewPassword), Repeat: r.PostFormValue(fieldRepeatPassword), Factor: f, Code: r.PostFormValue(fieldCode),
	})
	if err != nil {
		return d.enrolAgain(w, r, e, f, err)
	}
	http.Redirect(w, r, "/care/login?notice=enrolled", http.StatusSeeOther)
	return nil
}

// enrolment is what the link leads to, or why it leads nowhere.
func (d *Desk) enrolment(r *http.Request) (staff.Enrolment, error) {
	e, err := d.Staff.Enrolment(r.Context(), token.Parse(r.PathValue("token")))
	if err == nil {
		err = e.Why
	}
	return e, err
}

func (d *Desk) enrolView(r *http.Request, e staff.Enrolment, f staff.Factor, refused keyfold.Refusals) EnrolView {
	p := d.base(r, e.Staff.Language.Or(d.language(r)))
	return EnrolView{Page: p, Staff: e.Staff, Factor: f, Issuer: d.Brand.Name, Policy: ui.PolicyOf(d.Policy, refused)}
}

// enrolAgain shows the form once more, with the same second factor: it may be in
// the app already.
func (d *Desk) enrolAgain(w http.ResponseWriter, r *http.Request, e staff.Enrolment, f staff.Factor, err error) error {
	if reasons := keyfold.Refused(err); len(reasons) > 0 && reasons[0].Kind == keyfold.Gone {
		return d.enrolProblem(w, r, err)
	}
	view := d.enrolView(r, e, f, keyfold.Refused(err))
	return again(w, r, err, &view.Form, func() templ.Component { return EnrolPage(view) })
}

// enrolProblem says why a link does not work. The refusal has the words.
func (d *Desk) enrolProblem(w http.ResponseWriter, r *http.Request, err error) error {
	reasons := keyfold.Refused(err)
	if len(reasons) == 0 {
		return err
	}
	return web.Render(w, r, web.Status(err), EnrolProblemPage(EnrolProblemView{Page: d.door(r), Why: reasons[0]}))
}
