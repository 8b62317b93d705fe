package portal_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/ownership"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// ownerships are the pages of who owns an account, hands it over or wants it back.
func ownerships(p ui.Page) map[string]templ.Component {
	all := map[string]templ.Component{}
	handOvers(p, all)
	recoveries(p, all)
	p.Person = sanne
	for name, h := range map[string]portal.Handing{
		"offered": {OfferedTo: other, OfferUntil: noon.Add(150 * time.Hour), CanHandOver: true}, "returning": {BackTo: other, BackUntil: noon.Add(20 * time.Hour), CanHandOver: true},
		"reclaimed": {Reclaimed: noon.Add(70 * time.Hour), CanHandOver: true}, "kept": {Did: "kept", CanHandOver: true},
	} {
		all["account-"+name] = portal.AccountPage(portal.AccountView{AccountHead: head(p, keyfold.Owner), Owner: "Sanne", OwnerIsYou: true, Handing: h})
	}
	for name, h := range map[string]portal.Handing{
		"offered-you": {OfferedYou: true, OfferUntil: noon.Add(150 * time.Hour)}, "returnable": {BackYou: true, BackUntil: noon.Add(20 * time.Hour)},
		"reclaimed-other": {Reclaimed: noon.Add(70 * time.Hour)}, "declined": {Did: "declined"},
	} {
		all["account-"+name] = portal.AccountPage(portal.AccountView{AccountHead: head(p, keyfold.Admin), Owner: "Joris [of] **Pine**", Handing: h})
	}
	return all
}

func handOvers(p ui.Page, all map[string]templ.Component) {
	p.Person = sanne
	owner, admin := head(p, keyfold.Owner), head(p, keyfold.Admin)
	frozen := owner
	frozen.Status = portal.StatusFrozen
	choose := portal.OwnershipView{AccountHead: owner, AskPassword: true, Suspended: true, Candidates: []portal.Candidate{
		{ID: "u2", Name: "Joris Bakker [of] **Pine**", Email: other, Roles: keyfold.RolesOf(keyfold.Admin, keyfold.Finance)},
		{ID: "u3", Name: "mila@veldkamp.example", Roles: keyfold.RolesOf(keyfold.Technical)},
	}}
	bad := choose
	bad.Form, bad.Chosen = refused("ownership.not_a_user", "to", "login_password.wrong", "login-password", "ownership.suspended", "to"), "u3"
	late := choose
	late.Form = ui.Form{Refusals: keyfold.Refusals{keyfold.Refuse(keyfold.Denied, "ownership.too_soon").With("Until", noon.Add(time.Hour))}}
	slow := choose
	slow.AskPassword, slow.Form = false, waiting("ownership.slow")
	for name, v := range map[string]portal.OwnershipView{
		"choose": choose, "error": bad, "too-soon-now": late, "slow": slow, "none": {AccountHead: owner}, "only-suspended": {AccountHead: owner, Suspended: true},
		"waiting": {AccountHead: owner, Offered: other, Until: noon.Add(150 * time.Hour)}, "stopped": {AccountHead: frozen},
		"too-soon": {AccountHead: owner, TooSoon: noon.Add(20 * time.Hour)},
	} {
		all["ownership-"+name] = portal.OwnershipPage(v)
	}
	offer := portal.OwnershipOfferView{AccountHead: admin, AskPassword: true, Owner: "Sanne [of] **Pine**", Until: noon.Add(150 * time.Hour)}
	offerBad := offer
	offerBad.Form = refused("login_password.missing", "login-password")
	back := portal.OwnershipBackView{AccountHead: admin, Owner: other, Until: noon.Add(20 * time.Hour)}
	backBad := back
	backBad.AskPassword, backBad.Form = true, refused("ownership.no_return", "", "login_password.wrong", "login-password")
	take := portal.TakeBackView{Page: p, CustomerID: id, Owner: other, Until: noon.Add(20 * time.Hour)}
	take.Person = ""
	all["offer"], all["offer-error"] = portal.OwnershipOfferPage(offer), portal.OwnershipOfferPage(offerBad)
	all["offer-none"] = portal.OwnershipOfferPage(portal.OwnershipOfferView{AccountHead: admin, Form: refused("ownership.no_offer", "")})
	all["back"], all["back-error"] = portal.OwnershipBackPage(back), portal.OwnershipBackPage(backBad)
	all["takeback"], all["taken-back"] = portal.TakeBackPage(take), portal.TakenBackPage(take)
	for _, purpose := range []portal.LinkPurpose{portal.ForTakeBack, portal.ForRecover, portal.ForKeep} {
		for _, kind := range []portal.LinkKind{portal.LinkExpired, portal.LinkUsed, portal.LinkVoid, portal.LinkUnknown} {
			v := portal.LinkProblemView{Page: p, Kind: kind, Purpose: purpose, When: noon.Add(-time.Hour), Lifetime: 24 * time.Hour}
			all["link-"+string(purpose)+"-"+string(kind)] = portal.LinkProblemPage(v)
		}
	}
}

func recoveries(p ui.Page, all map[string]templ.Component) {
	var rows []portal.RecoverRow
	for _, s := range []ownership.RecoveryState{ownership.CanAsk, ownership.Asked, ownership.Vetoed, ownership.ContactIsNew, ownership.Anew, ownership.Stopped} {
		v := portal.RecoverView{Page: p, CustomerID: id, State: s, When: noon.Add(70 * time.Hour)}
		all["recover-"+string(s)] = portal.RecoverPage(v)
		v.Others = "/recover/abc"
		all["recover-"+string(s)+"-of-many"] = portal.RecoverPage(v)
		rows = append(rows, portal.RecoverRow{CustomerID: id, Name: "Harbor [of] **Pine**", Entity: "NL", State: s})
	}
	all["recover-case"] = portal.RecoverPage(portal.RecoverView{Page: p, CustomerID: id, State: ownership.Vetoed, When: noon.Add(-time.Hour), Case: true})
	all["recover-slow"] = portal.RecoverPage(portal.RecoverView{Page: p, CustomerID: id, State: ownership.CanAsk, Form: waiting("recovery.slow")})
	all["recover-choice"] = portal.RecoverChoicePage(portal.RecoverChoiceView{Page: p, Rows: rows})
	keep := portal.KeepView{Page: p, CustomerID: id, When: noon.Add(70 * time.Hour)}
	all["keep"], all["kept"] = portal.KeepPage(keep), portal.KeptPage(keep)
}
