package portal

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/linking"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// showOffers is the page with the accounts that belong to the mailbox of the
// user and have no email login yet.
func (p *Portal) showOffers(w http.ResponseWriter, r *http.Request, session store.Session) error {
	view, err := p.offersView(w, r, session)
	if err != nil {
		return err
	}
	return show(w, r, OffersPage(view))
}

func (p *Portal) offersView(w http.ResponseWriter, r *http.Request, session store.Session) (OffersView, error) {
	view := OffersView{Page: p.page(w, r), Email: session.Email.String(), Query: searched(r)}
	view.Person = view.Email
	offers, err := p.Linking.Offers(r.Context(), session.User, view.Query)
	for _, o := range offers {
		row := OfferRow{CustomerID: o.Account.ID.String(), Name: o.Account.Name, Entity: o.Account.Entity, Why: o.Why}
		if o.Why != nil {
			view.Out = append(view.Out, row)
			continue
		}
		row.Leave = r.PostFormValue(row.field()) != ""
		view.Groups = grouped(view.Groups, p.entityName(o.Account.Entity), row)
		view.Total++
	}
	return view, err
}

// grouped puts a row into the group of its entity. Rows come sorted by entity.
func grouped(groups []OfferGroup, entity string, row OfferRow) []OfferGroup {
	n := len(groups)
	if n == 0 || groups[n-1].Code != row.Entity {
		return append(groups, OfferGroup{Code: row.Entity, Name: entity, Rows: []OfferRow{row}})
	}
	groups[n-1].Rows = append(groups[n-1].Rows, row)
	return groups
}

// searched is what was typed into the search, on the page or in its form.
func searched(r *http.Request) string {
	q := strings.TrimSpace(r.FormValue("q"))
	return q[:min(len(q), 100)]
}

func (p *Portal) claim(w http.ResponseWriter, r *http.Request, session store.Session) error {
	leave := func(id keyfold.CustomerID) bool { return r.PostFormValue(leaveOut+id.String()) != "" }
	n, err := p.Linking.Claim(r.Context(), actOf(r, session), session.User, searched(r), leave)
	if err != nil {
		view, fault := p.offersView(w, r, session)
		if fault != nil {
			return fault
		}
		return again(w, r, err, &view.Form, func() templ.Component { return OffersPage(view) })
	}
	http.Redirect(w, r, "/accounts?"+url.Values{"linked": {strconv.Itoa(n)}}.Encode(), http.StatusSeeOther)
	return nil
}

// justLinked is how many accounts were linked just now.
func justLinked(r *http.Request) int {
	n, err := strconv.Atoi(r.URL.Query().Get("linked"))
	if err != nil || n < 1 || n > linking.MaxOffered {
		return 0
	}
	return n
}

func (p *Portal) showUnlink(w http.ResponseWriter, r *http.Request, at holding) error {
	return show(w, r, UnlinkPage(p.unlinkView(w, r, at)))
}

func (p *Portal) unlinkView(w http.ResponseWriter, r *http.Request, at holding) UnlinkView {
	a, session := at.Account, at.session
	view := UnlinkView{
		Page: p.page(w, r), CustomerID: a.ID.String(), Name: a.Name, Email: session.Email.String(),
		Contact: a.Contact.Email.String(),
	}
	view.Person = view.Email
	if a.Undoable(p.Now()) && a.Password != "" {
		view.AsBefore = a.Before.Until
	}
	return view
}

func (p *Portal) unlink(w http.ResponseWriter, r *http.Request, at holding) error {
	session := at.session
	err := p.Linking.Unlink(r.Context(), actOf(r, session), session.User, at.Account.ID, r.PostFormValue(FieldLoginPassword))
	view := p.unlinkView(w, r, at)
	if err != nil {
		return again(w, r, err, &view.Form, func() templ.Component { return UnlinkPage(view) })
	}
	return show(w, r, UnlinkedPage(view))
}

// undoLink is the other answer of the page "This was not me": the account goes
// back to where it was before its link.
func (p *Portal) undoLink(w http.ResponseWriter, r *http.Request, secret token.Secret) error {
	id, err := p.Linking.Undo(r.Context(), act(r), secret)
	if err != nil {
		return p.notMeRefused(w, r, secret, err)
	}
	return show(w, r, LinkUndonePage(NotMeDoneView{Page: p.page(w, r), CustomerID: id.String()}))
}
