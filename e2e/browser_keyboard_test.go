package e2e_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// keys types, as on a keyboard.
func (v *visitor) keys(s string) {
	v.Helper()
	if s != kb.Enter {
		perform(v.tab, chromedp.KeyEvent(s))
		return
	}
	// One event, as a keyboard gives it: a second one would go to what the first
	// has moved the focus to.
	down := input.DispatchKeyEventParams{Type: kb.KeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13}
	up := down
	up.Type, up.Text = kb.KeyUp, ""
	call(v.tab, input.DispatchKeyEvent, down)
	call(v.tab, input.DispatchKeyEvent, up)
}

// tabTo presses Tab until the expression has the focus. Wherever the focus is
// on the way, one can see it.
func (v *visitor) tabTo(expression string) {
	v.Helper()
	for range 40 {
		if js[bool](v.tab, "document.activeElement === "+expression) {
			return
		}
		v.keys(kb.Tab)
		if hidden := js[string](v.tab, unseen); hidden != "" {
			v.Errorf("%s: one cannot see that the focus is on %s", v.address(), hidden)
		}
	}
	v.Fatalf("Tab does not lead to %s at %s:\n%s", expression, v.address(), v.text())
}

// unseen is the element with the focus, if it does not look like it or is not
// there to be seen.
const unseen = `(() => {
	const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect();
	if (e === document.body) return "";
	const marked = e.matches(":focus-visible") && s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2;
	const there = r.width >= 1 && r.bottom > 0 && r.right > 0 && r.top < innerHeight && s.visibility === "visible" && !e.matches(".vh");
	return marked && there ? "" : e.outerHTML.slice(0, 200);
})()`

// types goes to a field by Tab and types over what is there.
func (v *visitor) types(label, value string) {
	v.Helper()
	v.tabTo(v.field(label))
	js[any](v.tab, "document.activeElement.select() ?? 1")
	v.keys(value)
}

// enter presses Enter on a button or link, and waits for the next page.
func (v *visitor) enter(text string) {
	v.Helper()
	v.tabTo(v.button(text))
	v.after("enter "+text, func() { v.keys(kb.Enter) })
}

// The whole way goes without a mouse, mistakes included.
func TestTheTenStepsByKeyboardAlone(t *testing.T) {
	database := sqliteURL(t)
	importCustomers(t, database, customers(0, 1)...)
	v := newHouse(t, database).visitor(t, chromium(t), look{Language: "en"})
	v.goTo("/passwordReset/request")
	v.enter("request.button")
	v.problems("Enter your customer ID or email address")
	v.types("request.identifier", customerID(0))
	v.after("Enter in the field", func() { v.keys(kb.Enter) })
	v.arrive("requested", "/passwordReset/requested", "requested.title")
	v.tabTo(v.button("mail.not_arrived"))
	v.keys(kb.Enter)
	v.until(`document.querySelector("details").open`)
	v.follow(v.link(v.mail(contact(0), 1), "/passwordReset/"))
	v.passwordsByKeyboard()
	v.enter("to.log_in")
	v.types("login.username", customerID(0))
	v.types("login.password", "Not the right 1")
	v.after("Enter in the field", func() { v.keys(kb.Enter) })
	v.problems("The username or password is not right.")
	v.holds("login.username", customerID(0))
	v.holds("login.password", "")
	v.types("login.password", passwordOfID)
	v.enter("login.button")
	v.types("register.email", "sanne@")
	v.enter("register.button")
	v.holds("register.email", "sanne@")
	v.types("register.email", login(0))
	v.enter("register.button")
	v.arrive("check mail", "/register", "check.title")
	v.follow(v.link(v.mail(login(0), 1), "/register/"))
	v.credentialsByKeyboard()
	v.enter("to.log_in")
	v.types("login.username", login(0))
	v.types("login.password", passwordOfLogin)
	v.enter("login.button")
	if got, want := v.path(), "/accounts/"+customerID(0); got != want {
		t.Errorf("after step 10: %s, want %s", got, want)
	}
	v.enter("bar.log_out")
	v.arrive("logged out", "/login", "login.title")
	v.clean()
}

// passwordsByKeyboard is step 3 with a bad password first, and a look at what
// was typed.
func (v *visitor) passwordsByKeyboard() {
	v.Helper()
	v.types("field.new_password", "Sluizen 7")
	show := v.field("field.new_password") + `.closest(".pw").querySelector("button")`
	for _, want := range []string{"text", "password"} {
		v.tabTo(show)
		v.keys(" ")
		v.until(v.field("field.new_password") + `.type === "` + want + `"`)
		v.holds("field.new_password", "Sluizen 7")
		if pressed := js[string](v.tab, show+`.getAttribute("aria-pressed")`); pressed != map[string]string{"text": "true", "password": "false"}[want] {
			v.Errorf("aria-pressed is %s while the password is shown as %s", pressed, want)
		}
	}
	v.types("field.repeat_password", "something else")
	v.enter("reset.button")
	v.problems("Type the same password in both fields")
	v.holds("field.new_password", "")
	v.types("field.new_password", passwordOfID)
	if met := js[int](v.tab, `document.querySelectorAll(".policy .met").length`); met != 5 {
		v.Errorf("%d rules are ticked while a good password is typed, want 5", met)
	}
	v.types("field.repeat_password", passwordOfID)
	v.enter("reset.button")
}

// credentialsByKeyboard is step 8; the name stays when the passwords are not
// good.
func (v *visitor) credentialsByKeyboard() {
	v.Helper()
	v.types("field.new_password", passwordOfID)
	v.types("field.repeat_password", passwordOfID)
	v.types("confirm.name", "Sanne Veldkamp")
	v.enter("confirm.button")
	v.problems("")
	v.holds("confirm.name", "Sanne Veldkamp")
	v.holds("field.new_password", "")
	v.types("field.new_password", passwordOfLogin)
	v.types("field.repeat_password", passwordOfLogin)
	v.enter("confirm.button")
}

// holds says what is in a field.
func (v *visitor) holds(label, want string) {
	v.Helper()
	if got := js[string](v.tab, v.field(label)+".value"); got != want {
		v.Errorf("%s holds %q, want %q", label, got, want)
	}
}

// problems is the summary of what went wrong: it has the focus, and its first
// line leads to the field. Empty: whatever it says.
func (v *visitor) problems(want string) {
	v.Helper()
	if !js[bool](v.tab, `document.activeElement.matches(".problem")`) {
		v.Fatalf("%s: the focus is not on the summary of problems\n%s", v.address(), v.text())
	}
	if title := js[string](v.tab, "document.title"); !strings.HasPrefix(title, "Error: ") {
		v.Errorf("the title of a page with problems is %q", title)
	}
	lines := js[[]string](v.tab, `[...document.querySelectorAll(".problem li")].map(l => l.textContent.trim())`)
	if len(lines) == 0 || want != "" && !slices.Contains(lines, want) {
		v.Errorf("the summary has %q, want %q in it", lines, want)
	}
	v.tabTo(`document.querySelector(".problem a")`)
	v.keys(kb.Enter)
	v.until(`document.activeElement.id === document.querySelector(".problem a").hash.slice(1) && document.activeElement.matches("input")`)
}

// A second press on a button that is on its way does no harm.
func TestADoubleClickGivesTheSameSuccess(t *testing.T) {
	database := sqliteURL(t)
	importCustomers(t, database, customers(0, 2)...)
	h := newHouse(t, database)
	chromium := chromium(t)
	for i, l := range []look{{Language: "en"}, {Language: "en", NoScript: true}} {
		v := h.visitor(t, chromium, l)
		v.goTo("/passwordReset/request")
		v.fill("request.identifier", customerID(i))
		v.twice("request.button", "requested.title")
		v.follow(v.link(v.mail(contact(i), 1), "/passwordReset/"))
		v.fill("field.new_password", passwordOfID)
		v.fill("field.repeat_password", passwordOfID)
		v.twice("reset.button", "reset_done.title")
		v.press("to.log_in")
		v.logIn(customerID(i), passwordOfID)
		v.fill("register.email", login(i))
		v.twice("register.button", "check.title")
		v.follow(v.link(v.mail(login(i), 1), "/register/"))
		v.fill("field.new_password", passwordOfLogin)
		v.fill("field.repeat_password", passwordOfLogin)
		v.twice("confirm.button", "complete.title")
	}
}

// twice clicks a button two times without waiting in between.
func (v *visitor) twice(button, title string) {
	v.Helper()
	v.mouse(v.button(button), 2)
	v.until(`document.readyState === "complete" && document.querySelector("h1")?.textContent.trim() === "` + v.say(title) + `"`)
}

// The back button and a second tab never show a page of a step that is over as
// if it could be done again.
func TestTheBackButtonAndASecondTabLeadToTheRightPage(t *testing.T) {
	database := sqliteURL(t)
	importCustomers(t, database, customers(0, 1)...)
	v := newHouse(t, database).visitor(t, chromium(t), look{Language: "en"})
	v.steps1to3(customerID(0), contact(0))
	v.press("to.log_in")
	v.logIn(customerID(0), passwordOfID)
	v.arrive("step 5", "/register", "register.title")

	second := *v
	second.tab = v.beside()
	second.goTo("/register")
	second.arrive("step 5 in a second tab", "/register", "register.title")
	at := v.steps5to7(login(0))
	second.goTo("/register")
	second.arrive("step 6 in a second tab", "/register", "check.title")
	second.goTo(at)
	second.fill("field.new_password", passwordOfLogin)
	second.fill("field.repeat_password", passwordOfLogin)
	second.press("confirm.button")
	second.arrive("step 9 in a second tab", at, "complete.title")

	v.goTo(at)
	if v.title() == v.say("confirm.title") {
		t.Error("step 8 is offered once more")
	}
	v.goTo("/login")
	v.logIn(login(0), passwordOfLogin)
	v.press("bar.log_out")
	v.back(`document.querySelector("h1")?.textContent.trim() === "` + v.say("login.title") + `"`)
	if strings.Contains(v.text(), contact(0)) {
		t.Error("after the log out, Back shows the account")
	}
	v.clean()
}

// back presses the back button, and waits for what is to be seen then.
func (v *visitor) back(expression string) {
	v.Helper()
	history := call(v.tab, page.GetNavigationHistory, struct{}{})
	if history.CurrentIndex == 0 {
		v.Fatal("there is no page to go back to")
	}
	before := v.address()
	call(v.tab, page.NavigateToHistoryEntry, page.NavigateToHistoryEntryParams{EntryID: history.Entries[history.CurrentIndex-1].ID})
	v.until(`location.href !== "` + before + `" && ` + expression)
}
