package care

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/web"
)

// The fields of the forms of an account.
const (
	fieldSaid   = "said"        // address that a caller says
	fieldCalled = "called"      // name that a caller says
	fieldPIN    = "pin"         // number that a caller reads out
	fieldLook   = "look"        // why somebody looks at a whole address
	fieldFreeze = "freeze-said" // what a caller says who wants the account frozen
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
			return onReason(d.Care.FreezeAccount(r.Context(), who, id, r.PostFormValue(fieldFreeze)), fieldFreeze)
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
	view, err := d.opened(r, at)
	view.Done = accountDone[r.URL.Query().Get("done")]
	return orShow(w, r, err, AccountPage(view))
}

// opened is the page of an account that nobody sees without a trace.
func (d *Desk) opened(r *http.Request, at Visit) (v AccountView, err error) {
	id, err := d.accountID(r)
	if err != nil {
		return v, err
	}
	if err := d.Care.Open(r.Context(), atDesk(r, at), id); err != nil {
		return v, err
	}
	return d.accountView(r, at)
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
	view, broken := d.opened(r, at)
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
	said := desk.Said{Address: r.PostFormValue(fieldSaid), Name: r.PostFormValue(fieldCalled)}
	answer, err := d.Care.Confirm(r.Context(), atDesk(r, at), id, said)
	if err != nil {
		return d.accountAgain(w, r, at, err)
	}
	view, err := d.accountView(r, at)
	view.Answer = &answer
	return orShow(w, r, err, AccountPage(view))
}

func (d *Desk) revealContact(w http.ResponseWriter, r *http.Request, at Visit) error {
	id, err := d.accountID(r)
	if err != nil {
		return err
	}
	contact, err := d.Care.Reveal(r.Context(), atDesk(r, at), id, r.PostFormValue(fieldLook))
	if err != nil {
		return d.accountAgain(w, r, at, onReason(err, fieldLook))
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

// onReason puts a refusal of a reason at the field that it was typed in.
func onReason(err error, field string) error {
	if reasons := keyfold.Refused(err); len(reasons) == 1 && reasons[0].Field != "" {
		return reasons[0].On(field)
	}
	return err
}
