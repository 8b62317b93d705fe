package portal

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web"
)

// ownershipRoutes are the doors through which an account gets another owner, or
// goes back to its main contact. Who answers an offer or takes an account back
// may be its owner by the second click: those doors are open to all of its users,
// and look for themselves.
func (p *Portal) ownershipRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /accounts/{id}/ownership", Guarded: p.may(keyfold.OfferOwnership, p.whole(p.showOwnership))},
		{Pattern: "POST /accounts/{id}/ownership", Guarded: p.may(keyfold.OfferOwnership, p.whole(p.offerOwnership))},
		{Pattern: "GET /accounts/{id}/ownership/offer", Guarded: p.may(keyfold.SeeAccount, p.whole(p.showOffer))},
		{Pattern: "POST /accounts/{id}/ownership/offer", Guarded: p.may(keyfold.SeeAccount, p.whole(p.answerOffer))},
		{Pattern: "GET /accounts/{id}/ownership/back", Guarded: p.may(keyfold.SeeAccount, p.whole(p.showBack))},
		{Pattern: "POST /accounts/{id}/ownership/back", Guarded: p.may(keyfold.SeeAccount, p.whole(p.takeBackAs))},
		{Pattern: "GET /accounts/{id}/recovery/veto", Guarded: p.may(keyfold.VetoRecovery, p.showVeto)},
		{Pattern: "POST /accounts/{id}/recovery/veto", Guarded: p.may(keyfold.VetoRecovery, p.veto)},
		{Pattern: "GET /takeback/{token}", Guarded: web.Anyone(p.showTakeBack)},
		{Pattern: "POST /takeback/{token}", Guarded: web.Anyone(p.takeBack)},
		{Pattern: "GET /recover/{token}", Guarded: web.Anyone(p.showRecover)},
		{Pattern: "POST /recover/{token}", Guarded: web.Anyone(p.askBack)},
		{Pattern: "GET /keep/{token}", Guarded: web.Anyone(p.showKeep)},
		{Pattern: "POST /keep/{token}", Guarded: web.Anyone(p.keep)},
	}
}

// called is what a user is called by others: by name, or else by address.
func called(u keyfold.User) string {
	if u.Name == "" {
		return u.Email.String()
	}
	return u.Name
}

// overview takes the person to the overview of an account, which may say what
// they did just now.
func overview(w http.ResponseWriter, r *http.Request, at visit, did string) error {
	to := "/accounts/" + at.Account.ID.String()
	if did != "" {
		to += "?did=" + did
	}
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}

// member is who looks at an account, as one of its users.
func (at visit) member() keyfold.Member {
	return keyfold.Member{Account: at.Account.ID, User: at.session.User, Roles: at.Roles, Since: at.Since}
}

// handing is what the overview says of the ownership to who looks at it.
func (p *Portal) handing(r *http.Request, at holding) (h Handing, err error) {
	a, you, now := at.Account, at.session.User, p.Now()
	h = Handing{
		OfferedYou: a.Offered(now, at.member()), OfferUntil: a.Offer.Until, BackYou: a.Returnable(now, you), BackUntil: a.Return.Until,
		Reclaimed: a.Reclaim, CanHandOver: at.Roles.May(keyfold.OfferOwnership) && statusOf(a) == StatusActive,
	}
	if did := r.URL.Query().Get("did"); did == "declined" && !h.OfferedYou || did == "kept" && a.Reclaim.IsZero() {
		h.Did = did
	}
	if !h.CanHandOver {
		return h, nil
	}
	if h.OfferedTo, err = p.offeredTo(r, a); err != nil {
		return h, err
	}
	if a.Returnable(now, a.Return.To) {
		former, err := p.Read.User(r.Context(), a.Return.To)
		h.BackTo = called(former)
		return h, err
	}
	return h, nil
}

// offeredTo is who can accept the ownership of an account; empty: nobody.
func (p *Portal) offeredTo(r *http.Request, a keyfold.Account) (string, error) {
	if a.Offer.To == "" {
		return "", nil
	}
	m, err := p.Read.Member(r.Context(), a.ID, a.Offer.To)
	if err != nil || !a.Offered(p.Now(), m) {
		return "", err
	}
	user, err := p.Read.User(r.Context(), a.Offer.To)
	return called(user), err
}

func (p *Portal) showOwnership(w http.ResponseWriter, r *http.Request, at holding) error {
	view, err := p.ownershipView(w, r, at)
	if err != nil {
		return err
	}
	return show(w, r, OwnershipPage(view))
}

func (p *Portal) ownershipView(w http.ResponseWriter, r *http.Request, at holding) (view OwnershipView, err error) {
	a := at.Account
	view = OwnershipView{AccountHead: p.headOf(w, r, at.visit), AskPassword: !p.SignIn.Fresh(at.session), Until: a.Offer.Until, Chosen: r.PostFormValue(FieldTo)}
	if view.Offered, err = p.offeredTo(r, a); err != nil || view.Offered != "" {
		return view, err
	}
	if a.Returnable(p.Now(), a.Return.To) {
		view.TooSoon = a.Return.Until
	}
	members, err := p.Read.Members(r.Context(), a.ID)
	for _, m := range members {
		switch {
		case m.ID == a.Owner || m.Deleted:
		case m.Suspended:
			view.Suspended = true
		default:
			c := Candidate{ID: string(m.ID), Name: called(m.User), Roles: m.Roles}
			if m.Name != "" {
				c.Email = m.Email.String()
			}
			view.Candidates = append(view.Candidates, c)
		}
	}
	return view, err
}

// offerOwnership makes or withdraws an offer. What the account says then is the
// answer; that an offer had ended already is no news to who withdraws it.
func (p *Portal) offerOwnership(w http.ResponseWriter, r *http.Request, at holding) error {
	by, owner, id := actOf(r, at.session), at.session.User, at.Account.ID
	var err error
	if r.PostFormValue("do") == "withdraw" {
		if err = p.Ownership.Withdraw(r.Context(), by, owner, id); keyfold.RefusedAs(err, "ownership.no_offer") {
			err = nil
		}
	} else if err = p.fresh(r, at.visit); err == nil {
		err = p.Ownership.Offer(r.Context(), by, owner, id, keyfold.UserID(r.PostFormValue(FieldTo)))
	}
	if err == nil {
		http.Redirect(w, r, "/accounts/"+id.String()+"/ownership", http.StatusSeeOther)
		return nil
	}
	view, fault := p.ownershipView(w, r, at)
	if fault != nil {
		return fault
	}
	return again(w, r, err, &view.Form, func() templ.Component { return OwnershipPage(view) })
}

func (p *Portal) showOffer(w http.ResponseWriter, r *http.Request, at holding) error {
	if !at.Roles.May(keyfold.AcceptOwnership) {
		return overview(w, r, at.visit, "")
	}
	view, err := p.offerView(w, r, at)
	if err != nil {
		return err
	}
	return show(w, r, OwnershipOfferPage(view))
}

func (p *Portal) offerView(w http.ResponseWriter, r *http.Request, at holding) (OwnershipOfferView, error) {
	view := OwnershipOfferView{AccountHead: p.headOf(w, r, at.visit), AskPassword: !p.SignIn.Fresh(at.session), Until: at.Account.Offer.Until}
	if !at.Account.Offered(p.Now(), at.member()) {
		return view, nil
	}
	owner, err := p.Read.User(r.Context(), at.Account.Owner)
	view.Owner = called(owner)
	return view, err
}

// answerOffer accepts or declines. Who is the owner has accepted already.
func (p *Portal) answerOffer(w http.ResponseWriter, r *http.Request, at holding) error {
	if !at.Roles.May(keyfold.AcceptOwnership) {
		return overview(w, r, at.visit, "")
	}
	by, did := actOf(r, at.session), ""
	var err error
	if r.PostFormValue("do") == "decline" {
		did = "declined"
		err = p.Ownership.Decline(r.Context(), by, at.session.User, at.Account.ID)
	} else if err = p.fresh(r, at.visit); err == nil {
		err = p.Ownership.Accept(r.Context(), by, at.session.User, at.Account.ID)
	}
	if err == nil {
		return overview(w, r, at.visit, did)
	}
	view, fault := p.offerView(w, r, at)
	if fault != nil {
		return fault
	}
	return again(w, r, err, &view.Form, func() templ.Component { return OwnershipOfferPage(view) })
}

// showBack is for who owned the account until lately. Everybody else is taken to
// the overview.
func (p *Portal) showBack(w http.ResponseWriter, r *http.Request, at holding) error {
	if !at.Account.Returnable(p.Now(), at.session.User) {
		return overview(w, r, at.visit, "")
	}
	view, err := p.backView(w, r, at)
	if err != nil {
		return err
	}
	return show(w, r, OwnershipBackPage(view))
}

func (p *Portal) backView(w http.ResponseWriter, r *http.Request, at holding) (OwnershipBackView, error) {
	a := at.Account
	view := OwnershipBackView{AccountHead: p.headOf(w, r, at.visit), AskPassword: !p.SignIn.Fresh(at.session), Until: a.Return.Until}
	owner, err := p.Read.User(r.Context(), a.Owner)
	view.Owner = called(owner)
	return view, err
}

func (p *Portal) takeBackAs(w http.ResponseWriter, r *http.Request, at holding) error {
	if !at.Account.Returnable(p.Now(), at.session.User) { // or it is the second click
		return overview(w, r, at.visit, "")
	}
	view, err := p.backView(w, r, at)
	if err != nil {
		return err
	}
	if err = p.fresh(r, at.visit); err == nil {
		err = p.Ownership.TakeBackAs(r.Context(), actOf(r, at.session), at.session.User, at.Account.ID)
	}
	if err == nil {
		return overview(w, r, at.visit, "")
	}
	return again(w, r, err, &view.Form, func() templ.Component { return OwnershipBackPage(view) })
}

// showVeto is for who reloads: the button is on the overview.
func (p *Portal) showVeto(w http.ResponseWriter, r *http.Request, at visit) error {
	return overview(w, r, at, "")
}

func (p *Portal) veto(w http.ResponseWriter, r *http.Request, at visit) error {
	if err := p.Ownership.Veto(r.Context(), actOf(r, at.session), at.session.User, at.Account.ID); err != nil {
		return err
	}
	return overview(w, r, at, "kept")
}
