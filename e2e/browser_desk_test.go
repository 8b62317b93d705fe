package e2e_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/keyfold/keyfold"
)

// between is what the desk does between two calls: an agent works on a case that a
// supervisor closes, and the supervisor looks at what waits, at the numbers and into
// the manual.
func (c *telephone) between() {
	c.Helper()
	id, err := keyfold.ParseCustomerID(customerID(c.first))
	if err != nil {
		c.Fatal(err)
	}
	at := c.worksOnACase(id)
	s := c.supervisor
	s.goTo("/care/cases?show=supervisor")
	s.arrive("43-queue-of-supervisors", "/care/cases", "care.cases_title")
	s.clicks(`main table a[href="` + at + `"]`)
	s.press("care.case_take")
	s.seen("43-case-taken")
	s.press("care.case_close")
	s.seen("43-case-close-how")
	s.mouse(`document.querySelector('main input[type="radio"]')`, 1)
	s.press("care.case_close")
	s.seen("43-case-closed")
	if s.path() != at || !strings.Contains(s.text(), s.texts.Text("care.case_done_closed")) {
		s.Errorf("the case is not closed: %s\n%s", s.path(), s.text())
	}
	for _, list := range []string{"", "?show=mine", "?show=idle", "?show=closed"} {
		s.goTo("/care/cases" + list)
		s.arrive("43-queue"+strings.ReplaceAll(list, "?show=", "-"), "/care/cases", "care.cases_title")
	}
	for _, list := range []string{"", "?show=mine", "?show=decided"} {
		s.goTo("/care/approvals" + list)
		s.arrive("44-approvals"+strings.ReplaceAll(list, "?show=", "-"), "/care/approvals", "care.approvals_title")
	}
	for _, days := range []string{"", "?from=2026-11-02&to=2026-11-01"} {
		s.goTo("/care/funnel" + days)
		s.arrive("45-funnel"+map[bool]string{true: "-wrong"}[days != ""], "/care/funnel", "care.funnel_title")
	}
	s.goTo("/care/manual")
	s.arrive("46-manual", "/care/manual", "care.manual_title")
	s.enters("#words", "queue")
	s.clicks(`main form[action="/care/manual"] button`)
	s.seen("46-manual-found")
	s.goTo("/care/manual/care")
	s.seen("46-manual-page")
}

// worksOnACase opens a case, takes it, notes something and hands it over.
func (c *telephone) worksOnACase(id keyfold.CustomerID) (path string) {
	c.Helper()
	c.opens(id)
	c.clicks(`main a[href="/care/accounts/` + id.String() + `/case"]`)
	c.seen("43-case-open")
	c.press("care.case_open")
	c.seen("43-case-open-empty")
	c.fill("care.case_note", "The caller wants to speak to somebody who decides.")
	c.press("care.case_open")
	path = c.path()
	c.seen("43-case")
	c.press("care.case_take")
	c.fill("care.case_note", "They will call again at four.")
	c.press("care.case_note_add")
	c.seen("43-case-noted")
	c.fill("care.case_why", "Two who both say that it is theirs.")
	c.press("care.case_hand_over")
	c.seen("43-case-handed-over")
	if c.path() != path || !strings.Contains(c.text(), c.texts.Text("care.case_done_handed_over")) {
		c.Errorf("the case is not handed over: %s\n%s", c.path(), c.text())
	}
	return path
}

// clicks what a selector finds, and waits for the next page.
func (c *clerk) clicks(selector string) {
	c.Helper()
	c.after(selector, func() { c.mouse(`document.querySelector(`+strconv.Quote(selector)+`)`, 1) })
}

// TestNoMailIsAnsweredByKeyboardAlone, and without scripts: an agent finds the
// account, reads the next step, and has a new link mailed.
func TestNoMailIsAnsweredByKeyboardAlone(t *testing.T) {
	database := sqliteURL(t)
	importCustomers(t, database, customers(0, 1)...)
	h, engine := newHouse(t, database), chromium(t)
	v := h.visitor(t, engine, look{Language: "en", NoScript: true})
	c := enrol(v, "femke@polder.example", hire(v, database, "femke@polder.example", "agent"))
	c.comeIn()
	c.goTo("/care")
	c.tabTo(`document.querySelector("#q")`)
	c.keys(customerID(0))
	c.after("Enter in the field", func() { c.keys(kb.Enter) })
	at := "/care/accounts/" + customerID(0)
	if c.path() != at || !strings.Contains(c.text(), c.texts.Text("care.say_reset_none")) {
		t.Fatalf("%s does not say what comes next:\n%s", c.path(), c.text())
	}
	c.tabTo(`document.querySelector('form[action="` + at + `/reset"] button')`)
	c.after("mail a reset", func() { c.keys(kb.Enter) })
	c.link(c.mail(contact(0), 1), "/passwordReset/")
	if !strings.Contains(c.text(), c.texts.Text("care.account_done_reset")) {
		t.Errorf("the page does not say that a mail goes out:\n%s", c.text())
	}
	c.clean()
}
