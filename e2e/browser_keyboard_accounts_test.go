package e2e_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"
)

// inOrder goes through a page that was opened just now, by Tab from its first
// stop to its last. One sees where the focus is, and it goes on as one reads:
// down, or to the right.
func (v *visitor) inOrder() {
	v.Helper()
	stops := js[int](v.tab, `(() => {
		globalThis.stops = [];
		document.addEventListener("focusin", e => {
			const r = e.target.getBoundingClientRect();
			stops.push({e: e.target, x: r.left, y: r.top + scrollY, skip: e.target.matches(".skip, .menu *")});
		});
		return document.querySelectorAll("[tabindex]:not([tabindex='-1']):not([tabindex='0'])").length;
	})()`)
	if stops > 0 {
		v.Errorf("%s: %d elements have an order of their own", v.address(), stops)
	}
	for range 80 {
		v.keys(kb.Tab)
		if hidden := js[string](v.tab, unseen); hidden != "" {
			v.Errorf("%s: one cannot see that the focus is on %s", v.address(), hidden)
		}
		if js[bool](v.tab, `stops.length > 1 && (document.activeElement === document.body || document.activeElement === stops[0].e)`) {
			break
		}
	}
	jump := js[string](v.tab, `(() => {
		const all = stops.filter((s, i) => i === 0 || s.e !== stops[0].e);
		if (all.length < 3) return "only " + all.length + " stops";
		for (let i = 1; i < all.length; i++) {
			const a = all[i - 1], b = all[i];
			const before = !(a.e.compareDocumentPosition(b.e) & Node.DOCUMENT_POSITION_FOLLOWING);
			if (!a.skip && !b.skip && (before || b.y < a.y - 24 && b.x <= a.x))
				return a.e.outerHTML.slice(0, 120) + "  and then  " + b.e.outerHTML.slice(0, 120);
		}
		return "";
	})()`)
	if jump != "" {
		v.Errorf("%s: the focus jumps: %s", v.address(), jump)
	}
}

// opens goes to a page and through it, and is at its beginning again.
func (v *visitor) opens(path string) {
	v.Helper()
	v.goTo(path)
	v.inOrder()
	v.goTo(path)
}

// selected is what a selector finds.
func selected(selector string) string {
	return "document.querySelector(" + strconv.Quote(selector) + ")"
}

// enterOn presses Enter on what a selector finds, and waits for the next page.
func (v *visitor) enterOn(selector string) {
	v.Helper()
	v.tabTo(selected(selector))
	v.after("Enter on "+selector, func() { v.keys(kb.Enter) })
}

// ticks presses the space bar on a box or a choice.
func (v *visitor) ticks(expression string) {
	v.Helper()
	v.tabTo(expression)
	v.keys(" ")
	if !js[bool](v.tab, expression+".checked") {
		v.Fatalf("%s: the space bar does not choose %s", v.address(), expression)
	}
}

// proves types the password, where a page wants it once more.
func (v *visitor) proves() {
	v.Helper()
	if js[bool](v.tab, `!!document.getElementById("login-password")`) {
		v.types("linking.password", passwordOfLogin)
	}
}

// All that one does with many accounts goes without a mouse.
func TestManyAccountsByKeyboardAlone(t *testing.T) {
	chromium, database := chromium(t), sqliteURL(t)
	h := newHouse(t, database)
	e := estateOf(h.visitor(t, chromium, look{Language: "en"}), database, 0, 12, 0)
	e.tenSteps(e.own[0], e.mailbox, e.mailbox)
	colleague := &estate{visitor: h.visitor(t, chromium, look{Language: "en"})}

	e.linksByKeyboard()
	e.choosesByKeyboard()
	e.invitesByKeyboard(colleague)
	e.regrantsByKeyboard()
	e.handsOverByKeyboard(colleague)
	e.unlinksByKeyboard()
	e.undoesByKeyboard()
	e.clean()
	colleague.clean()
}

func (e *estate) linksByKeyboard() {
	e.Helper()
	e.opens("/accounts/link")
	e.enterOn("#link button")
	e.at("linked", "/accounts")
}

// choosesByKeyboard looks for an account, opens it, and switches to another.
func (e *estate) choosesByKeyboard() {
	e.Helper()
	e.opens("/accounts")
	e.tabTo(selected("#q"))
	e.keys(e.own[4])
	e.after("Enter in the search", func() { e.keys(kb.Enter) })
	e.enterOn(`.accounts a[href="` + e.account(e.own[4]) + `"]`)
	e.at("chosen", e.account(e.own[4]))
	e.opens(e.account(e.own[3]))
	e.tabTo(selected(".menu summary"))
	e.keys(kb.Enter)
	e.until(`document.querySelector(".menu").open`)
	e.enterOn(`.menu a[href="` + e.account(e.own[4]) + `"]`)
	e.at("switched", e.account(e.own[4]))
}

// invitesByKeyboard shares an account with the colleague, who makes a login.
func (e *estate) invitesByKeyboard(colleague *estate) {
	e.Helper()
	account := e.account(e.own[3])
	e.opens(account)
	e.enterOn(`.tabs a[href="` + account + `/users"]`)
	e.enterOn(`main a[href="` + account + `/users/invite"]`)
	e.opens(account + "/users/invite")
	e.enter("invite.button")
	e.problems("")
	e.types("invite.email", e.colleague)
	e.ticks(`document.getElementById("give.finance")`)
	e.proves()
	e.enter("invite.button")
	e.at("invited", account+"/users")

	link := colleague.link(colleague.mail(e.colleague, 1), "/invitation/")
	colleague.follow(link)
	colleague.inOrder()
	colleague.follow(link)
	colleague.types("field.new_password", passwordOfLogin)
	colleague.types("field.repeat_password", passwordOfLogin)
	colleague.enter("invited.create")
	colleague.enter("to.log_in")
	colleague.types("login.username", e.colleague)
	colleague.types("login.password", passwordOfLogin)
	colleague.enter("login.button")
	colleague.at("let in", account)
}

// regrantsByKeyboard gives the colleague one role more.
func (e *estate) regrantsByKeyboard() {
	e.Helper()
	users := e.account(e.own[3]) + "/users"
	e.opens(users)
	e.enterOn(`main td a[href^="` + users + `/"]`)
	e.opens(e.path())
	e.ticks(`document.getElementById("give.technical")`)
	e.proves()
	e.enter("member.button")
	e.at("another role", users)
	if want := e.texts.Text("role.technical"); !strings.Contains(e.text(), want) {
		e.Errorf("nobody is %s:\n%s", want, e.text())
	}
}

func (e *estate) handsOverByKeyboard(colleague *estate) {
	e.Helper()
	account := e.account(e.own[3])
	e.opens(account + "/ownership")
	e.ticks(selected("main input[type=radio]"))
	e.proves()
	e.enter("ownership.button")
	e.at("offered", account+"/ownership")
	colleague.opens(account)
	colleague.enterOn(`main a[href="` + account + `/ownership/offer"]`)
	colleague.opens(account + "/ownership/offer")
	colleague.proves()
	colleague.enter("ownership_offer.accept")
	colleague.at("owner", account)
	e.goTo(account)
	e.enterOn(`main a[href="` + account + `/ownership/back"]`)
	e.opens(account + "/ownership/back")
	e.proves()
	e.enter("ownership_back.button")
	e.at("owner again", account)
	if !strings.Contains(e.text(), e.texts.Text("role.owner")) {
		e.Errorf("not the owner again:\n%s", e.text())
	}
}

func (e *estate) unlinksByKeyboard() {
	e.Helper()
	account := e.account(e.own[5])
	e.goTo(account)
	e.enterOn(`main a[href="` + account + `/unlink"]`)
	e.opens(account + "/unlink")
	e.enter("unlink.button")
	e.problems("")
	e.types("linking.password", passwordOfLogin)
	e.enter("unlink.button")
	e.at("unlinked", account+"/unlink")
	e.enter("linked.accounts")
	e.at("all accounts", "/accounts")
}

// undoesByKeyboard takes back the link of the first account, by the notice that
// told of it, and logs out.
func (e *estate) undoesByKeyboard() {
	e.Helper()
	var link string
	for n := range e.received(e.mailbox) {
		if m := e.mail(e.mailbox, n+1); strings.Contains(m.Text, "/notme/") {
			link = e.link(m, "/notme/")
		}
	}
	e.follow(link)
	e.inOrder()
	e.follow(link)
	e.enter("notme.undo_button")
	e.arrive("undone", strings.TrimPrefix(link, e.srv.URL), "undone.title")
	e.enter("bar.log_out")
	e.arrive("logged out", "/login", "login.title")
}
