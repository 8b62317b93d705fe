package care

import (
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/cases"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// The fields of the forms of a case. A page has several of them, and an ID once.
const (
	fieldNote    = "note"
	fieldWhy     = "why"     // of handing over
	fieldClosing = "closing" // the note that closes
	fieldOutcome = "outcome"
	fieldCode8   = "called" // the code that a caller reads out
)

func (d *Desk) caseRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /care/cases", Guarded: d.may(keyfold.SeeCases, d.showCases)},
		{Pattern: "GET /care/cases/{id}", Guarded: d.may(keyfold.SeeCases, d.showCase)},
		{Pattern: "POST /care/cases/{id}/take", Guarded: d.may(keyfold.WorkCases, d.takeCase)},
		{Pattern: "POST /care/cases/{id}/note", Guarded: d.may(keyfold.WorkCases, d.noteCase)},
		{Pattern: "POST /care/cases/{id}/hand-over", Guarded: d.may(keyfold.WorkCases, d.handOverCase)},
		{Pattern: "POST /care/cases/{id}/close", Guarded: d.may(keyfold.WorkCases, d.closeCase)},
		{Pattern: "GET /care/accounts/{id}/case", Guarded: d.may(keyfold.WorkCases, d.showOpenCase)},
		{Pattern: "POST /care/accounts/{id}/case", Guarded: d.may(keyfold.WorkCases, d.openCase)},
	}
}

// casesOnPage is how many cases a page of the queue shows.
const casesOnPage = 25

// A CasesView is a page of the queue.
type CasesView struct {
	Page
	ui.Form

	Show   string // what is shown: see queueOf
	Rows   []store.QueuedCase
	Counts store.CaseCounts
	Next   string // where the list goes on; empty: it is over
	Later  bool   // not the first page
	Called string // code that was typed
}

// The lists of the queue besides those of a reason.
const (
	showMine       = "mine"
	showSupervisor = "supervisor"
	showIdle       = "idle" // nobody has come yet
	showClosed     = "closed"
)

// queueOf is the filter of a list of the queue. What is none is the whole queue.
func queueOf(show string, me keyfold.StaffID) (store.CaseFilter, string) {
	f := store.CaseFilter{Limit: casesOnPage}
	switch show {
	case showMine:
		f.Assignee = me
	case showSupervisor:
		f.Supervisor = true
	case showIdle:
		f.Idle = true
	case showClosed:
		f.Closed = true
	default:
		reason, err := keyfold.ParseCaseReason(show)
		if err != nil {
			return f, ""
		}
		f.Reason = reason
	}
	return f, show
}

func (d *Desk) showCases(w http.ResponseWriter, r *http.Request, at Visit) error {
	view, err := d.casesView(r, at)
	if err != nil || view.Called == "" {
		return orShow(w, r, err, CasesPage(view))
	}
	id, err := d.Cases.Called(r.Context(), view.Called)
	if err != nil {
		if keyfold.Refused(err) != nil {
			err = keyfold.Refuse(keyfold.NotFound, "case.code_unknown").On(fieldCode8)
		}
		return again(w, r, err, &view.Form, func() templ.Component { return CasesPage(view) })
	}
	http.Redirect(w, r, casePath(id), http.StatusSeeOther)
	return nil
}

func (d *Desk) casesView(r *http.Request, at Visit) (view CasesView, err error) {
	q := r.URL.Query()
	view = CasesView{Page: d.page(r, at), Called: q.Get(fieldCode8)}
	var filter store.CaseFilter
	filter, view.Show = queueOf(q.Get("show"), at.Staff.ID)
	filter.From = store.ParsePlace(q.Get("from"))
	view.Later = filter.From != store.Place{}
	if view.Later {
		if err := d.Care.Leaf(r.Context(), atDesk(r, at)); err != nil {
			return view, err
		}
	}
	if view.Counts, err = d.Read.CaseCounts(r.Context(), at.Staff.ID); err != nil {
		return view, err
	}
	rows, next, more, err := d.Read.Queue(r.Context(), filter)
	view.Rows = rows
	if more {
		view.Next = casesPath(view.Show, next.String())
	}
	return view, err
}

func casesPath(show, from string) string {
	q := url.Values{}
	if show != "" {
		q.Set("show", show)
	}
	if from != "" {
		q.Set("from", from)
	}
	return (&url.URL{Path: "/care/cases", RawQuery: q.Encode()}).String()
}

func casePath(id string) string { return "/care/cases/" + url.PathEscape(id) }

func accountPath(id keyfold.CustomerID) string { return "/care/accounts/" + id.String() }

// A CaseView is one case.
type CaseView struct {
	Page
	ui.Form

	Case     store.QueuedCase
	Notes    []store.CaseNote
	Asked    []store.Question // of a second person, for the account
	Done     string           // message ID
	Note     string           // as typed
	Why      string
	Closing  string
	Outcome  string
	Mine     bool
	Workable bool // by who looks at it
}

// caseDone are what the page of a case may say first. The address only names one.
var caseDone = map[string]string{
	"opened": "care.case_done_opened", "taken": "care.case_done_taken", "noted": "care.case_done_noted",
	"handed_over": "care.case_done_handed_over", "closed": "care.case_done_closed",
}

func (d *Desk) showCase(w http.ResponseWriter, r *http.Request, at Visit) error {
	view, err := d.caseView(r, at)
	view.Done = caseDone[r.URL.Query().Get("done")]
	return orShow(w, r, err, CasePage(view))
}

func (d *Desk) caseView(r *http.Request, at Visit) (view CaseView, err error) {
	view.Page = d.page(r, at)
	if view.Case, err = d.Read.QueuedCase(r.Context(), r.PathValue("id")); err != nil {
		return view, err
	}
	c := view.Case
	if !c.Account.IsZero() {
		if err := d.Care.Open(r.Context(), atDesk(r, at), c.Account); err != nil {
			return view, err
		}
	}
	view.Mine = c.Assignee == at.Staff.ID
	view.Workable = c.IsOpen() && at.May(keyfold.WorkCases) && (!c.Supervisor || at.May(keyfold.BeSecond))
	if view.Notes, err = d.Read.Notes(r.Context(), c.ID); err != nil || c.Account.IsZero() {
		return view, err
	}
	view.Asked, err = d.Read.Questions(r.Context(), store.ApprovalFilter{Account: c.Account, Limit: 10})
	return view, err
}

func (d *Desk) takeCase(w http.ResponseWriter, r *http.Request, at Visit) error {
	return d.worked(w, r, at, "taken", d.Cases.Take(r.Context(), clerk(r, at), r.PathValue("id")))
}

func (d *Desk) noteCase(w http.ResponseWriter, r *http.Request, at Visit) error {
	return d.worked(w, r, at, "noted", d.Cases.Note(r.Context(), clerk(r, at), r.PathValue("id"), r.PostFormValue(fieldNote)))
}

func (d *Desk) handOverCase(w http.ResponseWriter, r *http.Request, at Visit) error {
	err := d.Cases.HandOver(r.Context(), clerk(r, at), r.PathValue("id"), r.PostFormValue(fieldWhy))
	return d.worked(w, r, at, "handed_over", moved(err, fieldNote, fieldWhy))
}

func (d *Desk) closeCase(w http.ResponseWriter, r *http.Request, at Visit) error {
	outcome := keyfold.CaseOutcome(r.PostFormValue(fieldOutcome))
	err := d.Cases.Close(r.Context(), clerk(r, at), r.PathValue("id"), outcome, r.PostFormValue(fieldClosing))
	return d.worked(w, r, at, "closed", moved(err, fieldNote, fieldClosing))
}

// worked shows the case again, as it is or with the reasons why nothing changed.
func (d *Desk) worked(w http.ResponseWriter, r *http.Request, at Visit, done string, err error) error {
	if err == nil {
		http.Redirect(w, r, casePath(r.PathValue("id"))+"?done="+done, http.StatusSeeOther) //nolint:gosec // G710: a path of ours, whose parts are escaped
		return nil
	}
	if keyfold.RefusedAs(err, "case.unknown") {
		return err
	}
	view, fault := d.caseView(r, at)
	if fault != nil {
		return fault
	}
	view.Note, view.Why, view.Closing = r.PostFormValue(fieldNote), r.PostFormValue(fieldWhy), r.PostFormValue(fieldClosing)
	view.Outcome = r.PostFormValue(fieldOutcome)
	return again(w, r, err, &view.Form, func() templ.Component { return CasePage(view) })
}

// moved is a refusal on the field that a form has for it.
func moved(err error, from, to string) error {
	reasons := slices.Clone(keyfold.Refused(err))
	if len(reasons) == 0 {
		return err
	}
	for i, one := range reasons {
		if one.Field == from {
			other := *one
			reasons[i] = other.On(to)
		}
	}
	return reasons
}

// An OpenCaseView asks what a new case is about.
type OpenCaseView struct {
	Page
	ui.Form

	ID   keyfold.CustomerID
	Note string
}

func (d *Desk) showOpenCase(w http.ResponseWriter, r *http.Request, at Visit) error {
	account, err := d.accountOf(r, at)
	return orShow(w, r, err, OpenCasePage(OpenCaseView{Page: d.page(r, at), ID: account.ID}))
}

func (d *Desk) openCase(w http.ResponseWriter, r *http.Request, at Visit) error {
	account, err := d.accountOf(r, at)
	if err != nil {
		return err
	}
	id, err := d.Cases.Open(r.Context(), clerk(r, at), account.ID, r.PostFormValue(fieldNote))
	if err != nil {
		view := OpenCaseView{Page: d.page(r, at), ID: account.ID, Note: r.PostFormValue(fieldNote)}
		return again(w, r, err, &view.Form, func() templ.Component { return OpenCasePage(view) })
	}
	http.Redirect(w, r, casePath(id)+"?done=opened", http.StatusSeeOther) //nolint:gosec // G710: a path of ours, whose parts are escaped
	return nil
}

// accountOf is the account in the address, which nobody sees without a trace.
func (d *Desk) accountOf(r *http.Request, at Visit) (keyfold.Account, error) {
	id, err := d.accountID(r)
	if err != nil {
		return keyfold.Account{}, err
	}
	if err := d.Care.Open(r.Context(), atDesk(r, at), id); err != nil {
		return keyfold.Account{}, err
	}
	return d.Read.Account(r.Context(), id)
}

func clerk(r *http.Request, at Visit) cases.Who {
	return cases.Who{Act: act(r, at), Staff: at.Staff.ID}
}

// orShow writes a page, unless it could not be filled in.
func orShow(w http.ResponseWriter, r *http.Request, err error, page templ.Component) error {
	if err != nil {
		return err
	}
	return show(w, r, page)
}

// age is how long ago something was.
func age(p Page, t time.Time) string { return p.Text("care.case_age", "Age", p.Now.Sub(t)) }
