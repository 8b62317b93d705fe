package portal_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// contactPages are the pages of contacts and details, of a change of the main
// contact, and of a dispute about many accounts.
func contactPages(p ui.Page) map[string]templ.Component {
	q := p
	q.Person = "Sanne Veldkamp"
	owner := head(q, keyfold.Owner)
	frozen := owner
	frozen.Status = portal.StatusFrozen
	main := portal.ContactRow{Name: "Administration", Email: "info@veldkamp.example", Primary: true}
	ellen := portal.ContactRow{ID: "c1", Name: "Ellen [de] **Pine**", Email: "ellen@veldkamp.example", Primary: true}
	noc := portal.ContactRow{ID: "c2", Email: "a-very-long-name-of-a-network-operations-centre@subsidiary.veldkamp.example"}
	groups := func(may bool) []portal.ContactGroup {
		return []portal.ContactGroup{
			{Kind: keyfold.GeneralContact, May: may, Rows: []portal.ContactRow{noc}},
			{Kind: keyfold.BillingContact, May: true, Rows: []portal.ContactRow{ellen, noc}},
			{Kind: keyfold.TechnicalContact, May: may, Rows: []portal.ContactRow{ellen}},
			{Kind: keyfold.SecurityContact, May: may},
		}
	}
	none := []portal.ContactGroup{{Kind: keyfold.GeneralContact}, {Kind: keyfold.BillingContact}}
	full := portal.ContactsView{AccountHead: owner, Main: main, Groups: groups(true), MayMain: true}
	all := map[string]templ.Component{
		"contacts":         portal.ContactsPage(full),
		"contacts-finance": portal.ContactsPage(portal.ContactsView{AccountHead: head(q, keyfold.Finance), Main: main, Groups: groups(false), Coming: noc.Email, ComingAt: noon.Add(20 * time.Hour)}),
		"contacts-coming":  portal.ContactsPage(portal.ContactsView{AccountHead: owner, Main: main, Groups: groups(true), MayMain: true, Coming: other, ComingAt: noon.Add(20 * time.Hour)}),
		"contacts-none":    portal.ContactsPage(portal.ContactsView{AccountHead: frozen, Groups: none}),
	}
	for _, done := range []string{"added", "removed", "promoted", "proposed", "stopped", "not_waiting"} {
		full.Done = done
		all["contacts-done-"+done] = portal.ContactsPage(full)
	}
	add := portal.ContactAddView{AccountHead: owner, Kind: keyfold.SecurityContact, First: true}
	bad := portal.ContactAddView{AccountHead: owner, Kind: keyfold.GeneralContact, Name: "x", Email: "ellen", AskPassword: true, Form: refused("email.malformed", "email", "name.too_long", "name", "login_password.missing", "login-password")}
	taken := portal.ContactAddView{AccountHead: owner, Kind: keyfold.BillingContact, Email: sanne, Form: refused("contact.once", "email", "contact.is_main", "email", "contact.too_many", "")}
	all["contact-add"], all["contact-add-error"], all["contact-add-taken"] = portal.ContactAddPage(add), portal.ContactAddPage(bad), portal.ContactAddPage(taken)
	for _, do := range []string{"remove", "promote"} {
		v := portal.ContactAskView{AccountHead: owner, Kind: keyfold.BillingContact, Do: do, Contact: ellen, AskPassword: true}
		all["contact-"+do] = portal.ContactAskPage(v)
		v.Form = refused("login_password.wrong", "login-password")
		all["contact-"+do+"-wrong"] = portal.ContactAskPage(v)
		v.AskPassword, v.Form = false, refused("contact.promote_first", "", "contact.stop_first", "", "contact.main_waits", "", "account.frozen", "")
		all["contact-"+do+"-refused"] = portal.ContactAskPage(v)
		v.Contact, v.Form = portal.ContactRow{}, refused("contact.gone", "")
		all["contact-"+do+"-gone"] = portal.ContactAskPage(v)
	}
	ask := portal.ContactMainView{AccountHead: owner, Contact: ellen, Main: main.Email}
	again := portal.ContactMainView{AccountHead: owner, Contact: ellen, Instead: other, AskPassword: true, Form: waiting("contact.slow")}
	gone := portal.ContactMainView{AccountHead: owner, Form: refused("contact.gone", "")}
	all["contact-main"], all["contact-main-again"], all["contact-main-gone"] = portal.ContactMainPage(ask), portal.ContactMainPage(again), portal.ContactMainPage(gone)
	all["stop"] = portal.StopPage(portal.StopView{Page: p, CustomerID: id, When: noon.Add(20 * time.Hour)})
	all["stop-masked"] = portal.StopPage(portal.StopView{Page: p, CustomerID: masked, ToBe: true, When: noon.Add(20 * time.Hour)})
	all["stop-by-care"] = portal.StopPage(portal.StopView{Page: p, CustomerID: id, ByCare: true, When: noon.Add(20 * time.Hour)})
	all["stopped"] = portal.StoppedPage(portal.StopView{Page: p, CustomerID: id})
	return detailPages(p, all, owner, main)
}

func detailPages(p ui.Page, all map[string]templ.Component, owner portal.AccountHead, main portal.ContactRow) map[string]templ.Component {
	details := portal.DetailsView{
		AccountHead: owner, Language: keyfold.Dutch, Entered: noon.Add(-9000 * time.Hour), Since: noon, How: "registered", Owner: "Sanne Veldkamp",
		UndoUntil: noon.Add(300 * time.Hour), Contact: main,
	}
	for _, how := range []string{"registered", "linked", "claimed"} {
		details.How = how
		all["details-"+how] = portal.DetailsPage(details)
	}
	closed := owner
	closed.Status = portal.StatusClosed
	all["details-bare"] = portal.DetailsPage(portal.DetailsView{AccountHead: closed, Entered: noon, Since: noon, Owner: sanne})
	details.Changed, details.Coming, details.ComingAt, details.Language = noon, other, noon.Add(20*time.Hour), keyfold.German
	for _, text := range []string{"details.offer", "details.return", "details.reclaim"} {
		details.Waits = append(details.Waits, portal.Waiting{Text: text, Name: "Joris [of] **Pine**", When: noon.Add(30 * time.Hour)})
	}
	all["details-waiting"] = portal.DetailsPage(details)
	rows := []portal.OfferRow{
		{CustomerID: id, Name: name, Entity: "NL"}, {CustomerID: "DE245344254", Name: "Küstenlicht GmbH", Entity: "DE", Leave: true},
	}
	all["notme-many"] = portal.NotMeManyPage(portal.NotMeManyView{Page: p, Rows: rows})
	all["notme-many-left"] = portal.NotMeManyPage(portal.NotMeManyView{Page: p, Rows: rows[:1], Frozen: []string{"SG234124123"}, Form: refused("notme.nothing", "")})
	all["notme-many-done"] = portal.NotMeManyDonePage(portal.NotMeManyView{Page: p, Frozen: []string{id, "DE245344254"}})
	return all
}
