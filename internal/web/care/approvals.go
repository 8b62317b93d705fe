package care

import (
	"net/http"
	"net/url"
	"strconv"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/second"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// The fields of the form that asks for a second person.
const (
	fieldReason   = "reason"
	fieldEvidence = "evidence" // of the boxes together; each has its own behind a hyphen
	fieldNew      = "new-contact"
	fieldNewName  = "new-name"
	fieldFor      = "for"
)

func (d *Desk) approvalRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /care/approvals", Guarded: d.may(keyfold.SeeCases, d.showApprovals)},
		{Pattern: "GET /care/approvals/{id}", Guarded: d.may(keyfold.SeeCases, d.showApproval)},
		{Pattern: "POST /care/approvals/{id}/approve", Guarded: d.may(keyfold.BeSecond, d.approve)},
		{Pattern: "POST /care/approvals/{id}/decline", Guarded: d.may(keyfold.BeSecond, d.decline)},
		{Pattern: "POST /care/approvals/{id}/withdraw", Guarded: d.may(keyfold.AskSecond, d.withdraw)},
		{Pattern: "GET /care/accounts/{id}/ask/{kind}", Guarded: d.may(keyfold.AskSecond, d.showAsk)},
		{Pattern: "POST /care/accounts/{id}/ask/{kind}", Guarded: d.may(keyfold.AskSecond, d.ask)},
	}
}

const approvalsOnPage = 25

// The lists of approvals besides those that wait.
const (
	showMyOwn   = "mine"
	showDecided = "decided"
)

// An ApprovalsView is a list of what was asked.
type ApprovalsView struct {
	Page

	Show string
	Rows []store.Question
	Next string // where the list goes on; empty: it is over
}

// approvalsOf is the filter of a list of approvals. What is none is all that waits
// for somebody else.
func approvalsOf(q url.Values, me keyfold.StaffID) (f store.ApprovalFilter, show string) {
	f.Limit, show = approvalsOnPage+1, q.Get("show")
	switch show {
	case showMyOwn:
		f.By = me
	case showDecided:
		f.Decided = true
	default:
		f.Not, show = me, ""
	}
	if n, err := strconv.Atoi(q.Get("from")); err == nil && n > 0 && n < 1_000_000 {
		f.Offset = n
	}
	return f, show
}

func (d *Desk) showApprovals(w http.ResponseWriter, r *http.Request, at Visit) error {
	view := ApprovalsView{Page: d.page(r, at)}
	var f store.ApprovalFilter
	f, view.Show = approvalsOf(r.URL.Query(), at.Staff.ID)
	if f.Offset > 0 {
		if err := d.Care.Leaf(r.Context(), atDesk(r, at)); err != nil {
			return err
		}
	}
	rows, err := d.Read.Questions(r.Context(), f)
	if len(rows) > approvalsOnPage {
		rows = rows[:approvalsOnPage]
		view.Next = approvalsPath(view.Show, f.Offset+approvalsOnPage)
	}
	view.Rows = rows
	return orShow(w, r, err, ApprovalsPage(view))
}

func approvalsPath(show string, from int) string {
	q := url.Values{}
	if show != "" {
		q.Set("show", show)
	}
	if from > 0 {
		q.Set("from", strconv.Itoa(from))
	}
	return (&url.URL{Path: "/care/approvals", RawQuery: q.Encode()}).String()
}

func approvalPath(id string) string { return "/care/approvals/" + url.PathEscape(id) }

// An ApprovalView is what the second person sees.
type ApprovalView struct {
	Page
	ui.Form

	Seen   second.Seen
	Done   string // message ID
	Mine   bool   // asked by who looks at it
	Second bool   // who looks at it can say yes or no
}

// Waits reports whether nobody has answered yet, and somebody still can.
func (v ApprovalView) Waits() bool {
	return v.Seen.Status == keyfold.ApprovalWaiting && !v.Seen.Late(v.Now)
}

// approvalDone are what the page of an approval may say first. The address only
// names one.
var approvalDone = map[string]string{
	"asked": "care.second_done_asked", "approved": "care.second_done_approved", "declined": "care.second_done_declined",
	"withdrawn": "care.second_done_withdrawn",
}

func (d *Desk) showApproval(w http.ResponseWriter, r *http.Request, at Visit) error {
	view, err := d.approvalView(r, at)
	view.Done = approvalDone[r.URL.Query().Get("done")]
	return orShow(w, r, err, ApprovalPage(view))
}

func (d *Desk) approvalView(r *http.Request, at Visit) (view ApprovalView, err error) {
	view.Page = d.page(r, at)
	if view.Seen, err = d.Second.Look(r.Context(), r.PathValue("id")); err != nil {
		return view, err
	}
	if err = d.Care.Open(r.Context(), atDesk(r, at), view.Seen.Account.ID); err != nil {
		return view, err
	}
	view.Mine = view.Seen.AskedBy == at.Staff.ID
	view.Second = view.Waits() && view.Seen.Decidable(view.Now, at.Staff.ID, at.Staff.Role) == nil
	return view, nil
}

func (d *Desk) approve(w http.ResponseWriter, r *http.Request, at Visit) error {
	return d.decided(w, r, at, "approved", d.Second.Approve(r.Context(), asker(r, at), r.PathValue("id")))
}

func (d *Desk) decline(w http.ResponseWriter, r *http.Request, at Visit) error {
	return d.decided(w, r, at, "declined", d.Second.Decline(r.Context(), asker(r, at), r.PathValue("id")))
}

func (d *Desk) withdraw(w http.ResponseWriter, r *http.Request, at Visit) error {
	return d.decided(w, r, at, "withdrawn", d.Second.Withdraw(r.Context(), asker(r, at), r.PathValue("id")))
}

// decided shows what was asked again, as it is or with the reason why nothing
// changed.
func (d *Desk) decided(w http.ResponseWriter, r *http.Request, at Visit, done string, err error) error {
	if err == nil {
		http.Redirect(w, r, approvalPath(r.PathValue("id"))+"?done="+done, http.StatusSeeOther) //nolint:gosec // G710: a path of ours, whose parts are escaped
		return nil
	}
	if keyfold.RefusedAs(err, "approval.unknown") {
		return err
	}
	view, fault := d.approvalView(r, at)
	if fault != nil {
		return fault
	}
	return again(w, r, err, &view.Form, func() templ.Component { return ApprovalPage(view) })
}

// An AskView asks for what takes a second person.
type AskView struct {
	Page
	ui.Form

	Kind    keyfold.ApprovalKind
	Account keyfold.Account
	Owner   keyfold.Email // zero: it has none
	Reason  string
	Ticked  map[keyfold.Evidence]bool
	New     string // address, as typed
	NewName string
	For     string
}

func (d *Desk) showAsk(w http.ResponseWriter, r *http.Request, at Visit) error {
	view, err := d.askView(r, at)
	return orShow(w, r, err, AskPage(view))
}

func (d *Desk) askView(r *http.Request, at Visit) (view AskView, err error) {
	view.Page = d.page(r, at)
	if view.Kind, err = keyfold.ParseApprovalKind(r.PathValue("kind")); err != nil {
		return view, err
	}
	if view.Account, err = d.accountOf(r, at); err != nil || view.Account.Owner == "" {
		return view, err
	}
	owner, err := d.Read.User(r.Context(), view.Account.Owner)
	view.Owner = owner.Email
	return view, err
}

func (d *Desk) ask(w http.ResponseWriter, r *http.Request, at Visit) error {
	view, err := d.askView(r, at)
	if err != nil {
		return err
	}
	view = view.typed(r)
	wish, err := view.wish()
	var id string
	if err == nil {
		id, err = d.Second.Ask(r.Context(), asker(r, at), view.Account.ID, wish)
	}
	if err != nil {
		return again(w, r, moved(err, "email", fieldNew), &view.Form, func() templ.Component { return AskPage(view) })
	}
	http.Redirect(w, r, approvalPath(id)+"?done=asked", http.StatusSeeOther) //nolint:gosec // G710: a path of ours, whose parts are escaped
	return nil
}

func (v AskView) typed(r *http.Request) AskView {
	v.Reason, v.New, v.NewName, v.For = r.PostFormValue(fieldReason), r.PostFormValue(fieldNew), r.PostFormValue(fieldNewName), r.PostFormValue(fieldFor)
	v.Ticked = map[keyfold.Evidence]bool{}
	for _, e := range keyfold.AllEvidence() {
		v.Ticked[e] = r.PostFormValue(fieldEvidence+"-"+string(e)) != ""
	}
	return v
}

// wish is what the form says, or all that is wrong in it.
func (v AskView) wish() (second.Wish, error) {
	wish := second.Wish{Kind: v.Kind, Reason: v.Reason, For: keyfold.Side(v.For)}
	for _, e := range keyfold.AllEvidence() {
		if v.Ticked[e] {
			wish.Evidence = append(wish.Evidence, e)
		}
	}
	if v.Kind != keyfold.ChangeContact {
		return wish, nil
	}
	var reasons keyfold.Refusals
	var err error
	wish.Contact.Email, err = keyfold.ParseEmail(v.New)
	for _, one := range keyfold.Refused(err) {
		reasons = append(reasons, one.On(fieldNew))
	}
	wish.Contact.Name, err = keyfold.ParseName(v.NewName)
	for _, one := range keyfold.Refused(err) {
		reasons = append(reasons, one.On(fieldNewName))
	}
	return wish, reasons.OrNil()
}

func asker(r *http.Request, at Visit) second.Who {
	return second.Who{Act: act(r, at), Staff: at.Staff.ID}
}

// masked is what the staff see of an address; of none, that it is hidden.
func masked(e keyfold.Email) string {
	if e.IsZero() {
		return "•••"
	}
	return e.Masked()
}

// named is a name as the staff see it: who enters a customer without one often
// types the address in its place.
func named(name string) string { return keyfold.Email{}.HideIn(name) }
