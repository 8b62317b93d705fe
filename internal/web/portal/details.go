package portal

import (
	"net/http"
	"strings"

	"github.com/keyfold/keyfold"
)

func (p *Portal) showDetails(w http.ResponseWriter, r *http.Request, at holding) error {
	a := at.Account
	view := p.detailsView(w, r, at)
	var err error
	if view.Entered, err = p.Read.Entered(r.Context(), a.ID); err != nil {
		return err
	}
	how, err := p.Read.HowOwned(r.Context(), a.ID)
	if err != nil {
		return err
	}
	view.How = strings.TrimPrefix(how, "account.")
	if view.Owner, err = p.nameOf(r, a.Owner); err != nil {
		return err
	}
	if view.Waits, err = p.waits(r, a); err != nil {
		return err
	}
	return show(w, r, DetailsPage(view))
}

func (p *Portal) detailsView(w http.ResponseWriter, r *http.Request, at holding) DetailsView {
	a := at.Account
	view := DetailsView{
		AccountHead: p.headOf(w, r, at.visit), Language: a.Language, Since: a.Since, Contact: mainRow(a), Changed: a.Changed,
		Coming: a.Coming.Contact.Email.String(), ComingAt: a.Coming.At,
	}
	if a.Undoable(p.Now()) {
		view.UndoUntil = a.Before.Until
	}
	return view
}

// waits is what is under way with the owner of an account.
func (p *Portal) waits(r *http.Request, a keyfold.Account) (waits []Waiting, err error) {
	now := p.Now()
	if a.Offer.To != "" && now.Before(a.Offer.Until) {
		name, err := p.nameOf(r, a.Offer.To)
		if err != nil {
			return nil, err
		}
		waits = append(waits, Waiting{Text: "details.offer", Name: name, When: a.Offer.Until})
	}
	if a.Returnable(now, a.Return.To) {
		name, err := p.nameOf(r, a.Return.To)
		if err != nil {
			return nil, err
		}
		waits = append(waits, Waiting{Text: "details.return", Name: name, When: a.Return.Until})
	}
	if !a.Reclaim.IsZero() {
		waits = append(waits, Waiting{Text: "details.reclaim", When: a.Reclaim})
	}
	return waits, nil
}

// nameOf is how a user is called: by name, or else by address.
func (p *Portal) nameOf(r *http.Request, id keyfold.UserID) (string, error) {
	user, err := p.Read.User(r.Context(), id)
	return called(user), err
}
