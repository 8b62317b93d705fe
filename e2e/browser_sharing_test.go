package e2e_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const (
	ofMailbox = 37 // accounts whose main contact is the login's own mailbox
	ofOthers  = 3  // each of another mailbox
)

// estate is a person with forty customer IDs, and a colleague.
type estate struct {
	*visitor

	mailbox   string
	own       []string // customer IDs, the first is moved by the ten steps
	others    []string
	colleague string
}

func newEstate(v *visitor, database string, n int) *estate {
	return estateOf(v, database, n, ofMailbox, ofOthers)
}

func estateOf(v *visitor, database string, n, own, others int) *estate {
	e := &estate{
		visitor: v, mailbox: fmt.Sprintf("estate%d@veldkamp.example", n), colleague: fmt.Sprintf("ellen%d@veldkamp.example", n),
	}
	var rows []string
	for i := range own {
		id := fmt.Sprintf("NL7%02d%05d", n, i)
		e.own, rows = append(e.own, id), append(rows, id+",Veldkamp Media & Grafische Vormgeving B.V.,"+e.mailbox+",Sanne")
	}
	for i := range others {
		id := fmt.Sprintf("DE7%02d%05d", n, i)
		e.others, rows = append(e.others, id), append(rows, fmt.Sprintf("%s,Küstenlicht GmbH,%s,Jo", id, e.other(i)))
	}
	importCustomers(v.TB, database, rows...)
	return e
}

func (e *estate) other(i int) string { return fmt.Sprintf("other%d-%s", i, e.mailbox) }

// at wants a page to be there.
func (e *estate) at(name, path string) {
	e.Helper()
	if got := e.path(); got != path {
		e.Fatalf("%s: the path is %s, want %s\n%s", name, got, path, e.text())
	}
	e.seen(name)
}

// click clicks what a selector finds, and waits for the next page.
func (e *estate) click(selector string) {
	e.Helper()
	e.after("click "+selector, func() { e.mouse(`document.querySelector(`+strconv.Quote(selector)+`)`, 1) })
}

func (e *estate) account(id string) string { return "/accounts/" + id }

// gather brings all accounts under the login that has one, and says on how many
// screens something had to be done.
func (e *estate) gather() (screens int) {
	e.Helper()
	screens++ // the account
	e.click(`main a[href="/accounts/link"]`)
	e.at("20-offers", "/accounts/link")
	screens++
	e.click("#link button")
	e.at("20-linked", "/accounts")
	screens++
	e.click(`main a[href="/accounts/add"]`)
	e.at("20-add", "/accounts/add")
	screens++
	e.fill("add.ids", strings.Join(e.others, "\n"))
	e.press("add.button")
	e.at("20-asked", "/accounts/add")
	for i := range ofOthers {
		link := e.link(e.mail(e.other(i), 1), "/link/")
		e.follow(link)
		e.at("20-agree", strings.TrimPrefix(link, e.srv.URL))
		screens++
		e.press("agree.button")
		e.seen("20-agreed")
	}
	return screens
}

// chooserShows wants the chooser to have so many accounts.
func (e *estate) chooserShows(n int) {
	e.Helper()
	e.goTo("/accounts")
	if want := e.texts.Text("chooser.lede", "Count", n); !strings.Contains(e.text(), want) {
		e.Fatalf("the chooser does not say %q:\n%s", want, e.text())
	}
	e.seen("21-chooser")
}

// switches goes from one account to another by the menu.
func (e *estate) switches() {
	e.Helper()
	e.goTo(e.account(e.own[3]))
	e.goTo(e.account(e.own[4]))
	e.mouse(`document.querySelector(".menu summary")`, 1)
	e.seen("22-menu")
	e.click(`.menu a[href="` + e.account(e.own[3]) + `"]`)
	e.at("22-switched", e.account(e.own[3]))
}

// share invites the colleague as finance, who makes a login and comes in.
func (e *estate) share(colleague *estate) {
	e.Helper()
	account := e.account(e.own[3])
	e.click(`.tabs a[href="` + account + `/users"]`)
	e.at("23-users", account+"/users")
	e.click(`main a[href="` + account + `/users/invite"]`)
	e.at("23-invite", account+"/users/invite")
	e.press("invite.button")
	e.seen("23-invite-empty")
	e.fill("invite.email", e.colleague)
	e.mouse(`document.getElementById("give.finance")`, 1)
	e.press("invite.button")
	e.at("23-invited", account+"/users")

	link := colleague.link(colleague.mail(e.colleague, 1), "/invitation/")
	colleague.follow(link)
	colleague.at("24-invitation", strings.TrimPrefix(link, e.srv.URL))
	colleague.fill("field.new_password", passwordOfLogin)
	colleague.fill("field.repeat_password", passwordOfLogin)
	colleague.press("invited.create")
	colleague.seen("24-accepted")
	colleague.press("to.log_in")
	colleague.logIn(e.colleague, passwordOfLogin)
	colleague.at("24-account", account)
	if role := e.texts.Text("role.finance"); !strings.Contains(colleague.text(), role) {
		e.Fatalf("the colleague is not %s:\n%s", role, colleague.text())
	}
}

// handOver gives the shared account to the colleague, and takes it back.
func (e *estate) handOver(colleague *estate) {
	e.Helper()
	account := e.account(e.own[3])
	e.goTo(account + "/ownership")
	e.at("25-ownership", account+"/ownership")
	e.mouse(`document.querySelector("main input[type=radio]")`, 1)
	e.askedAgain()
	e.press("ownership.button")
	e.at("25-offered", account+"/ownership")
	colleague.goTo(account)
	colleague.click(`main a[href="` + account + `/ownership/offer"]`)
	colleague.at("26-offer", account+"/ownership/offer")
	colleague.askedAgain()
	colleague.press("ownership_offer.accept")
	colleague.at("26-owner", account)
	e.goTo(account + "/ownership/back")
	e.at("27-back", account+"/ownership/back")
	e.askedAgain()
	e.press("ownership_back.button")
	e.at("27-owner-again", account)
	if !strings.Contains(e.text(), e.texts.Text("role.owner")) {
		e.Fatalf("not the owner again:\n%s", e.text())
	}
}

// askedAgain types the password, where a page wants it once more.
func (e *estate) askedAgain() {
	e.Helper()
	if js[bool](e.tab, `!!document.getElementById("login-password")`) {
		e.fill("linking.password", passwordOfLogin)
	}
}

// undo takes one account off the login again.
func (e *estate) undo() {
	e.Helper()
	unlink := e.account(e.own[5]) + "/unlink"
	e.goTo(unlink)
	e.fill("linking.password", passwordOfLogin)
	e.press("unlink.button")
	e.at("28-undone", unlink)
}

// A person with 37 customer IDs on one mailbox and one on each of three others
// has them all under one login in at most eight screens, shares one with a
// colleague, hands it over and takes it back, undoes one, and logs in again to
// all the others.
func TestOneLoginManyAccountsInTheBrowser(t *testing.T) {
	chromium := chromium(t)
	database := sqliteURL(t)
	h := newHouse(t, database)
	for i, l := range []look{
		{Language: "en", Width: 320},
		{Language: "en", NoScript: true},
		{Language: "nl", Dark: true},
		{Language: "de", NoScript: true},
	} {
		name := l.Language
		if l.NoScript {
			name += ", no scripts"
		}
		t.Run(name, func(t *testing.T) {
			v := h.visitor(t, chromium, l)
			v.seen = accessible(v)
			e := newEstate(v, database, i)
			e.tenSteps(e.own[0], e.mailbox, e.mailbox)
			if n := e.gather(); n > 8 {
				t.Errorf("it took %d screens", n)
			}
			e.chooserShows(ofMailbox + ofOthers)
			e.switches()
			w := h.visitor(t, chromium, l)
			w.seen = accessible(w)
			colleague := &estate{visitor: w}
			e.share(colleague)
			e.handOver(colleague)
			e.undo()
			e.press("linked.accounts")
			e.click(".bar form button") // log out
			e.logIn(e.mailbox, passwordOfLogin)
			e.chooserShows(ofMailbox + ofOthers - 1)
			if slices.Contains(js[[]string](e.tab, `[...document.querySelectorAll(".accounts a")].map(a => a.pathname)`), e.account(e.own[5])) {
				t.Error("what was undone is in the chooser")
			}
			v.clean()
			w.clean()
		})
	}
}
