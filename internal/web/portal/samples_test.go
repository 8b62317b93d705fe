package portal_test

import (
	"maps"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

var noon = time.Date(2026, 3, 12, 14, 20, 0, 0, time.UTC)

// basePage is a page as a handler makes it.
func basePage(tb testing.TB, lang keyfold.Language) ui.Page {
	tb.Helper()
	catalog, err := locale.Load()
	if err != nil {
		tb.Fatal(err)
	}
	brand := ui.DemoBrand()
	assets, err := ui.NewAssets(brand)
	if err != nil {
		tb.Fatal(err)
	}
	return ui.Page{
		Lang: catalog.Printer(lang), Brand: brand, Assets: assets, Path: "/login?x=1", Help: sampleHelp(),
		HelpURL: "https://help.polderhosting.example/", PrivacyURL: "https://polderhosting.example/privacy",
		SupportEmail: "care@polderhosting.example", Now: noon, Zone: time.UTC,
	}
}

func policy(states ...ui.RuleState) ui.Policy {
	rules := []ui.PolicyRule{{ID: "length", N: 8}, {ID: "lower", N: 1}, {ID: "upper", N: 1}, {ID: "digit", N: 1}, {ID: "special", N: 1}, {ID: "common"}, {ID: "context"}}
	for i, s := range states {
		rules[i].State = s
	}
	return ui.Policy{Rules: rules, Attribute: "minlength: 8; maxlength: 256; required: lower; required: upper; required: digit; required: special;"}
}

func refused(pairs ...string) ui.Form {
	var f ui.Form
	for i := 0; i < len(pairs); i += 2 {
		r := keyfold.Refuse(keyfold.Invalid, pairs[i]).On(pairs[i+1]).With("Count", 8)
		f.Refusals = append(f.Refusals, r)
	}
	return f
}

func waiting(text string) ui.Form {
	return ui.Form{Refusals: keyfold.Refusals{keyfold.Refuse(keyfold.Slow, text).After(4 * time.Minute)}}
}

const (
	id     = "NL123421341"
	masked = "NL•••••1341"
	name   = "Veldkamp Media B.V."
	sanne  = "sanne@veldkamp.example"
	other  = "joris@bakker.example"
	sender = "no-reply@polderhosting.example"
)

// samples are all pages in all states.
func samples(p ui.Page) map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, part := range []map[string]templ.Component{
		resets(p), logins(p), registrations(p), accounts(p), links(p), others(p),
		adding(p),
		memberSamples(p),
		callSamples(p),
		activities(p),
		ownerships(p),
		apiKeys(p),
		contactPages(p),
		legacyPages(p),
		helpSamples(p),
		bounces(p),
	} {
		maps.Copy(all, part)
	}
	return all
}

func resets(p ui.Page) map[string]templ.Component {
	hour := time.Hour
	choices := []portal.Choice{
		{Value: id, CustomerID: id, Name: name},
		{Value: "DE245344254", CustomerID: "DE245344254", Name: "Küstenlicht GmbH", Done: true},
		{Value: "CDN1010101010", CustomerID: "CDN1010101010", Name: "Veldkamp Stream"},
		{Value: "login", Email: sanne},
	}
	bad := refused("password.digit", "new-password", "password.special", "new-password", "password.repeat", "repeat-password")
	all := map[string]templ.Component{
		"request":           portal.RequestPage(portal.RequestView{Page: p, Lifetime: hour}),
		"request-error":     portal.RequestPage(portal.RequestView{Page: p, Form: refused("identifier.missing", "customer-id"), Typed: "x", Lifetime: hour}),
		"request-slow":      portal.RequestPage(portal.RequestView{Page: p, Form: waiting("request.slow"), Lifetime: hour}),
		"requested":         portal.RequestedPage(portal.RequestedView{Page: p, Lifetime: hour, Sender: sender}),
		"requested-plain":   portal.RequestedPage(portal.RequestedView{Page: p, Lifetime: hour}),
		"reset":             portal.ResetPage(portal.ResetView{Page: p, CustomerID: id, Policy: policy()}),
		"reset-error":       portal.ResetPage(portal.ResetView{Page: p, Form: bad, CustomerID: id, Policy: policy(ui.RuleMet, ui.RuleMet, ui.RuleMet, ui.RuleUnmet, ui.RuleUnmet, ui.RuleMet, ui.RuleMet)}),
		"reset-email":       portal.ResetPage(portal.ResetView{Page: p, Email: sanne, Policy: policy(), LoggedInAs: other, Choices: choices}),
		"reset-choice":      portal.ResetPage(portal.ResetView{Page: p, Choices: choices}),
		"reset-done":        portal.ResetDonePage(portal.ResetDoneView{Page: p, CustomerID: id}),
		"reset-done-others": portal.ResetDonePage(portal.ResetDoneView{Page: p, CustomerID: id, Others: 2, Back: "/passwordReset/abc"}),
		"reset-done-email":  portal.ResetDonePage(portal.ResetDoneView{Page: p, Email: sanne}),
		"notme":             portal.NotMePage(portal.NotMeView{Page: p, CustomerID: id}),
		"notme-undo":        portal.NotMePage(portal.NotMeView{Page: p, CustomerID: id, Undoable: true}),
		"undone":            portal.LinkUndonePage(portal.NotMeDoneView{Page: p, CustomerID: id}),
		"notme-refused":     portal.NotMePage(portal.NotMeView{Page: p, CustomerID: id, Form: refused("account.frozen_already", "")}),
		"notme-done":        portal.NotMeDonePage(portal.NotMeDoneView{Page: p, CustomerID: id}),
	}
	for _, purpose := range []portal.LinkPurpose{portal.ForReset, portal.ForConfirm, portal.ForNotMe, portal.ForLink, portal.ForStop} {
		for _, kind := range []portal.LinkKind{portal.LinkExpired, portal.LinkUsed, portal.LinkSuperseded, portal.LinkVoid, portal.LinkUnknown, portal.LinkMoved} {
			v := portal.LinkProblemView{Page: p, Kind: kind, Purpose: purpose, When: noon.Add(-time.Hour), Lifetime: hour}
			all["link-"+string(purpose)+"-"+string(kind)] = portal.LinkProblemPage(v)
		}
		v := portal.LinkProblemView{Page: p, Kind: portal.LinkExpired, Purpose: purpose, Lifetime: 24 * hour, CanResend: true}
		all["link-"+string(purpose)+"-resend"] = portal.LinkProblemPage(v)
		v.Form = waiting("mail.wait")
		all["link-"+string(purpose)+"-wait"] = portal.LinkProblemPage(v)
		all["resent-"+string(purpose)] = portal.ResentPage(portal.ResentView{Page: p, Purpose: purpose, Lifetime: hour, Sender: sender})
	}
	return all
}

func logins(p ui.Page) map[string]templ.Component {
	return map[string]templ.Component{
		"login":            portal.LoginPage(portal.LoginView{Page: p}),
		"login-notice":     portal.LoginPage(portal.LoginView{Page: p, Notice: "login.logged_out"}),
		"login-failed":     portal.LoginPage(portal.LoginView{Page: p, Typed: "nl 123421341", Form: refused("login.failed", "")}),
		"login-missing":    portal.LoginPage(portal.LoginView{Page: p, Form: refused("login.missing_username", "username", "login.missing_password", "password")}),
		"login-slow":       portal.LoginPage(portal.LoginView{Page: p, Typed: sanne, Form: waiting("login.slow")}),
		"moved":            portal.MovedPage(portal.MovedView{Page: p, CustomerID: id, AccountName: name}),
		"moved-nameless":   portal.MovedPage(portal.MovedView{Page: p, CustomerID: id}),
		"stopped-frozen":   portal.AccountStoppedPage(portal.AccountStoppedView{Page: p, CustomerID: id, Why: portal.StoppedFrozen}),
		"stopped-closed":   portal.AccountStoppedPage(portal.AccountStoppedView{Page: p, CustomerID: id, Why: portal.StoppedClosed}),
		"suspended":        portal.SuspendedPage(portal.SuspendedView{Page: p}),
		"complete":         portal.CompletePage(portal.CompleteView{Page: p, CustomerID: id, AccountName: name, Email: sanne}),
		"linked":           portal.LinkedPage(portal.LinkedView{Page: p, CustomerID: id, AccountName: name, Email: sanne}),
		"linked-logged-in": portal.LinkedPage(portal.LinkedView{Page: p, CustomerID: id, AccountName: name, Email: sanne, LoggedIn: true}),
	}
}

func registrations(p ui.Page) map[string]templ.Component {
	check := portal.CheckMailView{Page: p, CustomerID: id, Email: sanne, Sent: noon, Until: noon.Add(24 * time.Hour), Sender: sender}
	again, wait := check, check
	again.SentAgain = true
	wait.Form = waiting("mail.wait")
	confirm := portal.ConfirmView{Page: p, CustomerID: id, AccountName: name, Email: sanne, Policy: policy()}
	stranger := portal.ConfirmView{Page: p, CustomerID: masked, Masked: true, EntityName: "Polder Hosting Netherlands", Email: sanne, AskProof: true, Policy: policy(), LoggedInAs: other}
	bad := stranger
	bad.Form = refused("proof.wrong", "proof", "password.same_as_customer_id", "new-password", "name.too_long", "name")
	link := portal.LinkView{Page: p, CustomerID: id, AccountName: name, Email: sanne, AskPassword: true}
	linkMasked := portal.LinkView{Page: p, CustomerID: masked, Masked: true, EntityName: "Polder Hosting Netherlands", Email: sanne, AskProof: true, AskPassword: true, LoggedInAs: other}
	linkBad := linkMasked
	linkBad.Form = refused("proof.missing", "proof", "login_password.wrong", "login-password")
	return map[string]templ.Component{
		"register":            portal.RegisterPage(portal.RegisterView{Page: p, CustomerID: id, AccountName: name}),
		"register-error":      portal.RegisterPage(portal.RegisterView{Page: p, CustomerID: id, AccountName: name, Typed: "sanne", Form: refused("email.malformed", "email")}),
		"register-suggestion": portal.RegisterPage(portal.RegisterView{Page: p, CustomerID: id, AccountName: name, Typed: "sanne@gmial.com", Suggestion: "sanne@gmail.com", Changing: true}),
		"check":               portal.CheckMailPage(check),
		"check-again":         portal.CheckMailPage(again),
		"check-wait":          portal.CheckMailPage(wait),
		"confirm":             portal.ConfirmPage(confirm),
		"confirm-masked":      portal.ConfirmPage(stranger),
		"confirm-error":       portal.ConfirmPage(bad),
		"link":                portal.LinkPage(link),
		"link-masked":         portal.LinkPage(linkMasked),
		"link-error":          portal.LinkPage(linkBad),
		"link-only-button":    portal.LinkPage(portal.LinkView{Page: p, CustomerID: id, AccountName: name, Email: sanne, Form: refused("account.moved_on", "")}),
	}
}

func accounts(p ui.Page) map[string]templ.Component {
	p.Person = "Sanne Veldkamp"
	rows := []portal.AccountRow{
		{CustomerID: id, Name: name, Entity: "NL", Roles: keyfold.RolesOf(keyfold.Owner), Status: portal.StatusActive, Used: noon.Add(-time.Hour), Current: true},
		{CustomerID: "DE245344254", Name: "Küstenlicht GmbH", Entity: "DE", Roles: keyfold.RolesOf(keyfold.Technical), Status: portal.StatusActive, Used: noon.Add(-20 * time.Hour)},
		{CustomerID: "CDN1010101010", Name: "Veldkamp Stream", Entity: "CDN", Roles: keyfold.RolesOf(keyfold.Owner), Status: portal.StatusFrozen, Used: noon.Add(-72 * time.Hour)},
		{CustomerID: "US523453454", Name: "Harbor [of] **Pine** LLC", Entity: "US", Roles: keyfold.RolesOf(keyfold.Finance), Status: portal.StatusClosed},
		{CustomerID: "SG234124123", Name: "Veldkamp Asia Pte. Ltd.", Entity: "SG", Roles: keyfold.RolesOf(keyfold.Abuse), Status: portal.StatusActive, Used: noon.Add(-2000 * time.Hour)},
		{CustomerID: "NL208814577", Name: "Bakkerij De Korenaar", Entity: "NL", Roles: keyfold.RolesOf(keyfold.Admin), Status: portal.StatusActive, Used: noon.Add(-3000 * time.Hour)},
	}
	var events []portal.EventRow
	for i, kind := range []string{"account.registered", "account.email_pending", "account.password_set", "account.contact_changed", "account.linked", "account.imported", "account.updated", "account.closed", "account.reopened", "account.frozen", "account.needs_care"} {
		events = append(events, portal.EventRow{Kind: kind, When: noon.Add(-time.Duration(i) * 9 * time.Hour)})
	}
	all := map[string]templ.Component{
		"chooser":          portal.ChooserPage(portal.ChooserView{Page: p, Rows: rows[:4], Total: 4, Found: 4, Number: 1, Pages: 1}),
		"chooser-many":     portal.ChooserPage(portal.ChooserView{Page: p, Rows: rows, Total: 60, Found: 60, Number: 2, Pages: 3}),
		"chooser-search":   portal.ChooserPage(portal.ChooserView{Page: p, Rows: rows[:1], Query: "veld", Total: 60, Found: 1, Number: 1, Pages: 1}),
		"chooser-no-match": portal.ChooserPage(portal.ChooserView{Page: p, Query: "korenar", Total: 60, Number: 1, Pages: 1}),
		"chooser-none":     portal.ChooserPage(portal.ChooserView{Page: p}),
		"account-one":      portal.AccountPage(portal.AccountView{AccountHead: head(p, keyfold.Owner), Owner: sanne}),
	}
	for _, role := range keyfold.AllRoles() {
		v := portal.AccountView{
			AccountHead: head(p, role), Owner: "Sanne Veldkamp", OwnerIsYou: role == keyfold.Owner, ContactName: "Administration",
			Contact: "info@veldkamp.example", Events: events,
		}
		v.Recent = rows[:3]
		if role == keyfold.Finance {
			v.Status = portal.StatusFrozen
		}
		all["account-"+string(role)] = portal.AccountPage(v)
	}
	return all
}

// head is what the pages of an account have in common, for who has some roles.
func head(p ui.Page, roles ...keyfold.Role) portal.AccountHead {
	return portal.AccountHead{
		Page: p, CustomerID: id, Name: name, EntityName: "Polder Hosting Netherlands", Roles: keyfold.RolesOf(roles...), Status: portal.StatusActive,
	}
}

func links(p ui.Page) map[string]templ.Component {
	p.Person = "Sanne Veldkamp"
	offers := portal.OffersView{Page: p, Email: sanne, Total: 3, Groups: []portal.OfferGroup{
		{Code: "DE", Name: "Polder Hosting Germany", Rows: []portal.OfferRow{{CustomerID: "DE245344254", Name: "Küstenlicht GmbH", Entity: "DE"}}},
		{Code: "NL", Name: "Polder Hosting Netherlands", Rows: []portal.OfferRow{
			{CustomerID: id, Name: name, Entity: "NL"}, {CustomerID: "NL208814577", Name: "Bakkerij De Korenaar [of] **Pine**", Entity: "NL", Leave: true},
		}},
	}}
	full := offers
	full.Query = "veld"
	for _, why := range []string{"claim.closed", "claim.frozen", "claim.care"} {
		full.Out = append(full.Out, portal.OfferRow{CustomerID: "US523453454", Name: "Harbor & Pine LLC", Entity: "US", Why: keyfold.Refuse(keyfold.Denied, why)})
	}
	lately := keyfold.Refuse(keyfold.Denied, "claim.contact_changed").With("Until", noon.Add(30*time.Hour))
	full.Out = append(full.Out, portal.OfferRow{CustomerID: "SG234124123", Name: "Veldkamp Asia", Entity: "SG", Why: lately})
	none := portal.OffersView{Page: p, Email: sanne, Form: refused("claim.nothing", "")}
	unlink := portal.UnlinkView{Page: p, CustomerID: id, Name: name, Email: sanne, Contact: other, AsBefore: noon.Add(200 * time.Hour)}
	bad := portal.UnlinkView{Page: p, CustomerID: id, Name: name, Email: sanne, Form: refused("login_password.wrong", "login-password")}
	return map[string]templ.Component{
		"offers": portal.OffersPage(offers), "offers-full": portal.OffersPage(full), "offers-none": portal.OffersPage(none),
		"unlink": portal.UnlinkPage(unlink), "unlink-error": portal.UnlinkPage(bad), "unlinked": portal.UnlinkedPage(unlink),
		"chooser-linked": portal.ChooserPage(portal.ChooserView{Page: p, Total: 2, Found: 2, Number: 1, Pages: 1, Linked: 37, Offers: true, Rows: []portal.AccountRow{
			{CustomerID: id, Name: name, Entity: "NL", Roles: keyfold.RolesOf(keyfold.Owner), Status: portal.StatusActive},
		}}),
	}
}

func adding(p ui.Page) map[string]templ.Component {
	rows := []portal.AccountRow{{CustomerID: id, Name: name, Entity: "NL"}, {CustomerID: "DE245344254", Name: "Küstenlicht GmbH", Entity: "DE"}}
	agree := portal.AgreeView{Page: p, Email: sanne, Rows: rows[:1]}
	asked := portal.AgreeView{Page: p, Email: sanne, Rows: rows, AskPassword: true, LoggedInAs: other, Form: refused("login_password.wrong", "login-password")}
	agreed := portal.AgreedView{Page: p, Email: sanne, IDs: []string{id, "DE245344254"}, LoggedIn: true}
	again := portal.AgreedView{Page: p, Email: sanne}
	p.Person = sanne
	return map[string]templ.Component{
		"add":       portal.AddPage(portal.AddView{Page: p, Email: sanne, Sender: sender}),
		"add-error": portal.AddPage(portal.AddView{Page: p, Email: sanne, Typed: "nonsense", Form: refused("add.missing", "customer-ids")}),
		"add-sent":  portal.AddPage(portal.AddView{Page: p, Email: sanne, Sender: sender, Sent: true}),
		"agree":     portal.AgreePage(agree), "agree-elsewhere": portal.AgreePage(asked), "agreed": portal.AgreedPage(agreed), "agreed-again": portal.AgreedPage(again),
	}
}

func others(p ui.Page) map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, kind := range []portal.ErrorKind{portal.NotFound, portal.Forbidden, portal.Cookies, portal.WrongBrowser, portal.SessionOver, portal.Slow, portal.Busy, portal.Fault, portal.Method, portal.TooLarge, portal.Unavailable} {
		v := portal.ErrorView{Page: p, Kind: kind}
		all["error-"+string(kind)] = portal.ErrorPage(v)
		v.RetryAfter, v.Reference, v.Person = 4*time.Minute, "7KQ2-M4XA", "Sanne Veldkamp"
		all["error-"+string(kind)+"-more"] = portal.ErrorPage(v)
	}
	p.Demo = &ui.Demo{Mails: 3}
	mail := portal.DemoMail{
		ID: "17", From: "Polder Hosting <" + sender + ">", To: "info@veldkamp.example", Subject: "Reset the password of " + id, When: noon, HasHTML: true,
		Text: "Hello,\n\nChoose a new password:\n\nhttps://my.polderhosting.example/passwordReset/q7Vd2Jx9TnB4mKc81LwYzRfH0sGaUeP6iXoE3tQvN5k\n\nThe link works once. <b>\n",
	}
	all["demo-start"] = portal.DemoStartPage(portal.DemoStartView{Page: p, Accounts: []portal.DemoAccount{
		{CustomerID: id, Name: name, Contact: "info@veldkamp.example", Try: "demo.try.move"},
		{CustomerID: "DE245344254", Name: "Küstenlicht GmbH", Contact: "buero@kuestenlicht.example", Try: "demo.try.pending"},
		{CustomerID: "US523453454", Name: "Harbor & Pine LLC", Email: "ann@harborpine.example", Password: "Paper-Boat-7", Try: "demo.try.many"},
		{CustomerID: "SG234124123", Name: "Veldkamp Asia", Try: "demo.try.care"},
	}})
	all["demo-mails"] = portal.DemoMailListPage(portal.DemoMailListView{Page: p, Mails: []portal.DemoMail{mail, mail}})
	all["demo-mails-none"] = portal.DemoMailListPage(portal.DemoMailListView{Page: p})
	all["demo-mail"] = portal.DemoMailPage(portal.DemoMailView{Page: p, Mail: mail})
	all["demo-login"] = portal.LoginPage(portal.LoginView{Page: p})
	return all
}
