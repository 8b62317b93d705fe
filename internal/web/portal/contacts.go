package portal

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/contacts"
	"github.com/keyfold/keyfold/internal/web"
)

// contactRoutes are the doors of contacts and details. Each kind of contact has
// a door of its own, as each has its own permission.
func (p *Portal) contactRoutes() []web.Route {
	routes := []web.Route{
		{Pattern: "GET /accounts/{id}/details", Guarded: p.may(keyfold.SeeAccount, p.whole(p.showDetails))},
		{Pattern: "GET /accounts/{id}/contacts", Guarded: p.may(keyfold.SeeAccount, p.whole(p.showContacts))},
		{Pattern: "GET /accounts/{id}/contacts/main", Guarded: p.may(keyfold.ChangeMainContact, p.whole(p.showMainContact))},
		{Pattern: "POST /accounts/{id}/contacts/main", Guarded: p.may(keyfold.ChangeMainContact, p.whole(p.changeMainContact))},
	}
	for _, kind := range keyfold.ContactKinds() {
		path := " /accounts/{id}/contacts/" + string(kind)
		routes = append(routes,
			web.Route{Pattern: "GET" + path, Guarded: p.may(kind.Need(), p.showAddContact(kind))},
			web.Route{Pattern: "POST" + path, Guarded: p.may(kind.Need(), p.changeContact(kind))})
	}
	return append(routes,
		web.Route{Pattern: "GET /stop/{token}", Guarded: web.Anyone(p.showStop)},
		web.Route{Pattern: "POST /stop/{token}", Guarded: web.Anyone(p.stopByLink)})
}

// contactsDone are what the page of contacts can say that was done just now.
var contactsDone = []string{"added", "removed", "promoted", "proposed", "stopped", "not_waiting"}

func toContacts(w http.ResponseWriter, r *http.Request, at visit, done string) error {
	path := "/accounts/" + at.Account.ID.String() + "/contacts"
	if done != "" {
		path += "?done=" + done
	}
	http.Redirect(w, r, path, http.StatusSeeOther) //nolint:gosec // G710: a page of ours, made of a parsed customer ID
	return nil
}

func whoOf(r *http.Request, at visit) contacts.Who {
	return contacts.Who{Act: actOf(r, at.session), User: at.session.User, Account: at.Account.ID}
}

func (p *Portal) showContacts(w http.ResponseWriter, r *http.Request, at holding) error {
	a := at.Account
	listed, err := p.Read.Contacts(r.Context(), a.ID)
	if err != nil {
		return err
	}
	open := !a.Frozen && !a.Closed
	view := ContactsView{
		AccountHead: p.headOf(w, r, at.visit), Main: mainRow(a), Coming: a.Coming.Contact.Email.String(), ComingAt: a.Coming.At,
		MayMain: open && at.Roles.May(keyfold.ChangeMainContact),
	}
	if done := r.URL.Query().Get("done"); slices.Contains(contactsDone, done) {
		view.Done = done
	}
	for _, kind := range keyfold.ContactKinds() {
		group := ContactGroup{Kind: kind, May: open && at.Roles.May(kind.Need())}
		for _, c := range listed {
			if c.Kind == kind {
				group.Rows = append(group.Rows, contactRow(c))
			}
		}
		view.Groups = append(view.Groups, group)
	}
	return show(w, r, ContactsPage(view))
}

func mainRow(a keyfold.Account) ContactRow {
	return ContactRow{Name: a.Contact.Name, Email: a.Contact.Email.String(), Primary: true}
}

func contactRow(c keyfold.ListedContact) ContactRow {
	return ContactRow{ID: c.ID, Name: c.Name, Email: c.Email.String(), Primary: c.Primary}
}

// contact finds a listed contact of a kind; without one the row is empty.
func (p *Portal) contact(r *http.Request, at visit, kind keyfold.ContactKind, id string) (ContactRow, error) {
	listed, err := p.Read.Contacts(r.Context(), at.Account.ID)
	for _, c := range listed {
		if c.ID == id && c.Kind == kind {
			return contactRow(c), err
		}
	}
	return ContactRow{}, err
}

func (p *Portal) showAddContact(kind keyfold.ContactKind) func(http.ResponseWriter, *http.Request, visit) error {
	return func(w http.ResponseWriter, r *http.Request, at visit) error {
		view, err := p.addContactView(w, r, at, kind)
		if err != nil {
			return err
		}
		return show(w, r, ContactAddPage(view))
	}
}

func (p *Portal) addContactView(w http.ResponseWriter, r *http.Request, at visit, kind keyfold.ContactKind) (ContactAddView, error) {
	listed, err := p.Read.Contacts(r.Context(), at.Account.ID)
	first := kind != keyfold.GeneralContact && !slices.ContainsFunc(listed, func(c keyfold.ListedContact) bool { return c.Kind == kind })
	return ContactAddView{
		AccountHead: p.headOf(w, r, at), Kind: kind, First: first, AskPassword: !p.SignIn.Fresh(at.session),
		Name: strings.TrimSpace(r.PostFormValue(FieldName)), Email: strings.TrimSpace(r.PostFormValue(FieldEmail)),
	}, err
}

func (p *Portal) changeContact(kind keyfold.ContactKind) func(http.ResponseWriter, *http.Request, visit) error {
	return func(w http.ResponseWriter, r *http.Request, at visit) error {
		switch do := r.PostFormValue("do"); do {
		case "remove":
			return p.actOnContact(w, r, at, kind, do, p.Contacts.Remove)
		case "promote":
			return p.actOnContact(w, r, at, kind, do, p.Contacts.Promote)
		}
		return p.addContact(w, r, at, kind)
	}
}

func (p *Portal) addContact(w http.ResponseWriter, r *http.Request, at visit, kind keyfold.ContactKind) error {
	c, err := typedContact(r)
	if err == nil {
		err = p.proven(r, &at)
	}
	if err == nil {
		err = p.Contacts.Add(r.Context(), whoOf(r, at), kind, c)
	}
	if err != nil {
		view, fault := p.addContactView(w, r, at, kind)
		if fault != nil {
			return fault
		}
		return again(w, r, err, &view.Form, func() templ.Component { return ContactAddPage(view) })
	}
	return toContacts(w, r, at, "added")
}

// typedContact reads a contact, and names all that is wrong with it at once.
func typedContact(r *http.Request) (keyfold.Contact, error) {
	var reasons keyfold.Refusals
	name, err := keyfold.ParseName(r.PostFormValue(FieldName))
	for _, reason := range keyfold.Refused(err) {
		reasons = append(reasons, reason.On(FieldName))
	}
	email, err := keyfold.ParseEmail(r.PostFormValue(FieldEmail))
	for _, reason := range keyfold.Refused(err) {
		reasons = append(reasons, reason.On(FieldEmail))
	}
	return keyfold.Contact{Name: name, Email: email}, reasons.OrNil()
}

// proven is fresh, and the page that is shown after it asks no more.
func (p *Portal) proven(r *http.Request, at *visit) error {
	err := p.fresh(r, *at)
	if err == nil {
		at.session.Proven = p.Now()
	}
	return err
}

// asked reports whether a question page has been shown, where the password is
// typed that has to be fresh.
func (p *Portal) asked(r *http.Request, at visit) bool {
	return p.SignIn.Fresh(at.session) || r.PostForm.Has(FieldLoginPassword)
}

type onContact func(ctx context.Context, who contacts.Who, kind keyfold.ContactKind, id string) error

func (p *Portal) actOnContact(w http.ResponseWriter, r *http.Request, at visit, kind keyfold.ContactKind, do string, act onContact) error {
	id := r.PostFormValue("contact")
	row, err := p.contact(r, at, kind, id)
	if err != nil {
		return err
	}
	view := ContactAskView{AccountHead: p.headOf(w, r, at), Kind: kind, Do: do, Contact: row}
	view.AskPassword = !p.SignIn.Fresh(at.session)
	if !p.asked(r, at) {
		return show(w, r, ContactAskPage(view))
	}
	if err = p.proven(r, &at); err == nil {
		view.AskPassword = false
		err = act(r.Context(), whoOf(r, at), kind, id)
	}
	if err != nil {
		return again(w, r, err, &view.Form, func() templ.Component { return ContactAskPage(view) })
	}
	return toContacts(w, r, at, strings.TrimSuffix(do, "e")+"ed")
}
