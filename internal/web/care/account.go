package care

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
)

// The fields of the forms of an account.
const (
	fieldSaid = "said" // address that a caller says
	fieldPIN  = "pin"  // number that a caller reads out
	fieldLook = "look" // why somebody looks at a whole address
)

func (d *Desk) accountRoutes() []web.Route {
	act := func(path string, duty keyfold.Duty, do func(*http.Request, desk.Who, keyfold.CustomerID) error) web.Route {
		return web.Route{Pattern: "POST /care/accounts/{id}/" + path, Guarded: d.may(duty, d.doing(path, do))}
	}
	return []web.Route{
		{Pattern: "GET /care/accounts/{id}", Guarded: d.may(keyfold.SeeCustomers, d.showAccount)},
		{Pattern: "POST /care/accounts/{id}/confirm", Guarded: d.may(keyfold.ConfirmContact, d.confirmContact)},
		{Pattern: "POST /care/accounts/{id}/reveal", Guarded: d.may(keyfold.RevealContact, d.revealContact)},
		{Pattern: "POST /care/accounts/{id}/pin", Guarded: d.may(keyfold.CheckPIN, d.checkPIN)},
		act("reset", keyfold.MailReset, func(r *http.Request, who desk.Who, id keyfold.CustomerID) error {
			return d.Care.MailReset(r.Context(), who, id)
		}),
		act("resend", keyfold.MailConfirm, func(r *http.Request, who desk.Who, id keyfold.CustomerID) error {
			return d.Care.MailConfirm(r.Context(), who, id)
		}),
		act("cancel", keyfold.CancelPending, func(r *http.Request, who desk.Who, id keyfold.CustomerID) error {
			return d.Care.CancelPending(r.Context(), who, id)
		}),
		act("freeze", keyfold.FreezeAccount, func(r *http.Request, who desk.Who, id keyfold.CustomerID) error {
			return d.Care.FreezeAccount(r.Context(), who, id)
		}),
	}
}

func atDesk(r *http.Request, at Visit) desk.Who {
	return desk.Who{Act: act(r, at), Staff: at.Staff.ID}
}

// accountDone are what the page of an account may say first. The address only
// names one.
var accountDone = map[string]string{
	"reset": "care.account_done_reset", "resend": "care.account_done_resend", "cancel": "care.account_done_cancel", "freeze": "care.account_done_freeze",
}

func (d *Desk) showAccount(w http.ResponseWriter, r *http.Request, at Visit) error {
	view, err := d.accountView(r, at)
	view.Done = accountDone[r.URL.Query().Get("done")]
	return orShow(w, r, err, AccountPage(view))
}

// doing is a button of the page of an account.
func (d *Desk) doing(path string, do func(*http.Request, desk.Who, keyfold.CustomerID) error) func(http.ResponseWriter, *http.Request, Visit) error {
	return func(w http.ResponseWriter, r *http.Request, at Visit) error {
		id, err := d.accountID(r)
		if err == nil {
			err = do(r, atDesk(r, at), id)
		}
		if err != nil {
			return d.accountAgain(w, r, at, err)
		}
		http.Redirect(w, r, accountPath(id)+"?done="+path, http.StatusSeeOther) //nolint:gosec // G710: an ID is letters and digits
		return nil
	}
}

// accountAgain is the page with the reasons why something was not done.
func (d *Desk) accountAgain(w http.ResponseWriter, r *http.Request, at Visit, err error) error {
	if keyfold.Refused(err) == nil || keyfold.RefusedAs(err, "account.unknown") {
		return err
	}
	view, broken := d.accountView(r, at)
	if broken != nil {
		return broken
	}
	return again(w, r, err, &view.Form, func() templ.Component { return AccountPage(view) })
}

func (d *Desk) accountID(r *http.Request) (keyfold.CustomerID, error) {
	id, err := keyfold.ParseCustomerID(r.PathValue("id"))
	if err != nil {
		return id, keyfold.Refuse(keyfold.NotFound, "account.unknown")
	}
	return id, nil
}

// confirmContact answers yes or no, on the page itself: nothing of it is in an
// address.
func (d *Desk) confirmContact(w http.ResponseWriter, r *http.Request, at Visit) error {
	id, err := d.accountID(r)
	if err != nil {
		return err
	}
	yes, err := d.Care.Confirm(r.Context(), atDesk(r, at), id, r.PostFormValue(fieldSaid))
	if err != nil {
		return d.accountAgain(w, r, at, err)
	}
	view, err := d.accountView(r, at)
	view.Confirmed = map[bool]string{true: "yes", false: "no"}[yes]
	return orShow(w, r, err, AccountPage(view))
}

func (d *Desk) revealContact(w http.ResponseWriter, r *http.Request, at Visit) error {
	id, err := d.accountID(r)
	if err != nil {
		return err
	}
	contact, err := d.Care.Reveal(r.Context(), atDesk(r, at), id, r.PostFormValue(fieldLook))
	if err != nil {
		if r := keyfold.Refused(err); len(r) == 1 && r[0].Field != "" {
			err = r[0].On(fieldLook)
		}
		return d.accountAgain(w, r, at, err)
	}
	view, err := d.accountView(r, at)
	view.Revealed = &contact
	return orShow(w, r, err, AccountPage(view))
}

func (d *Desk) checkPIN(w http.ResponseWriter, r *http.Request, at Visit) error {
	id, err := d.accountID(r)
	if err != nil {
		return err
	}
	roles, yes, err := d.Care.CheckPIN(r.Context(), atDesk(r, at), id, r.PostFormValue(fieldPIN))
	if err != nil {
		return d.accountAgain(w, r, at, err)
	}
	view, err := d.accountView(r, at)
	view.PIN, view.PINRoles = map[bool]string{true: "yes", false: "no"}[yes], roles
	return orShow(w, r, err, AccountPage(view))
}

const (
	mailsShown  = 15
	eventsShown = 30
)

// accountView reads all that the page of an account shows.
func (d *Desk) accountView(r *http.Request, at Visit) (v AccountView, err error) {
	ctx := r.Context()
	v.Page = d.page(r, at)
	id, err := d.accountID(r)
	if err != nil {
		return v, err
	}
	if v.Account, err = d.Read.Account(ctx, id); err != nil {
		return v, err
	}
	if v.Account.Owner != "" {
		if v.Owner, err = d.Read.User(ctx, v.Account.Owner); err != nil {
			return v, err
		}
	}
	boxes := []keyfold.Email{}
	for _, box := range []keyfold.Email{v.Account.Contact.Email, v.Account.Pending, v.Account.Former} {
		if !box.IsZero() {
			boxes = append(boxes, box)
		}
	}
	if v.Mails, err = d.Read.AccountMails(ctx, id, boxes, mailsShown); err != nil {
		return v, err
	}
	if v.Cases, err = d.Read.OpenCases(ctx, id); err != nil {
		return v, err
	}
	if v.Asked, err = d.Read.WaitingOf(ctx, id); err != nil {
		return v, err
	}
	if at.May(keyfold.SeeTrail) {
		if v.Reveals, err = d.Read.Reveals(ctx, id, 5); err != nil {
			return v, err
		}
	}
	events, err := d.Read.Activity(ctx, store.ActivityFilter{Account: id, Kinds: d.accountKinds(), Limit: eventsShown})
	v.Events, v.entities, v.texts = events.Events, d.Entities, d.Texts
	v.Advice = desk.Advise(v.Account, v.Mails, d.Now())
	return v, err
}

// accountKinds are the kinds of events that the desk has words for: what customers
// read, and what staff did.
func (d *Desk) accountKinds() (kinds []string) {
	for _, k := range keyfold.EventKinds() {
		if d.Texts.Has("event." + k.Kind) {
			kinds = append(kinds, k.Kind)
		}
	}
	return kinds
}
