package e2e_test

import (
	"context"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/mailsink"
)

// The words that the contract fixes, in English.
var contract = map[string]string{
	"request.identifier":    "Customer ID or email address",
	"request.button":        "Request password reset",
	"field.new_password":    "New password",
	"field.repeat_password": "Repeat new password",
	"reset.button":          "Update",
	"login.username":        "Username",
	"login.password":        "Password",
	"login.button":          "Log in",
	"register.email":        "User email address",
	"register.button":       "Submit",
	"check.again":           "Send again",
	"check.change":          "Change address",
	"confirm.name":          "Name",
	"confirm.button":        "Set Credentials",
	"confirm.proof":         "Password you chose for the customer ID",
	"linking.title":         "Link this account to your login",
	"linking.password":      "Password of your login",
	"linking.button":        "Link account",
	"link.send_new":         "Send a new link",
}

// A visitor is a person who goes the ten steps in a browser.
type visitor struct {
	*tab
	srv     *server
	sink    *mailsink.Sink
	texts   *locale.Printer
	webmail *httptest.Server
	// seen is called on each page that the visitor comes to.
	seen    func(page string)
	secrets []string
}

// A house is a running Keyfold with its mail server.
type house struct {
	srv     *server
	sink    *mailsink.Sink
	catalog *locale.Catalog
	webmail *httptest.Server
}

// newHouse starts the program on an empty database.
func newHouse(tb testing.TB, database string, env ...string) house {
	tb.Helper()
	sink, err := mailsink.Start("127.0.0.1:0", mailsink.Options{Now: time.Now, Keep: -1})
	if err != nil {
		tb.Fatal(err)
	}
	h := house{sink: sink, catalog: texts(tb), webmail: httptest.NewServer(http.HandlerFunc(mailPage))}
	tb.Cleanup(h.webmail.Close)
	tb.Cleanup(func() { _ = sink.Close() })
	care := []string{"KEYFOLD_BRAND_SUPPORT_EMAIL=care@polderhosting.example", "KEYFOLD_TIME_ZONE=Europe/Amsterdam"}
	h.srv = serve(tb, setup{Database: database, SMTP: sink.URL(), Env: slices.Concat(fast, care, env)})
	return h
}

// texts are all that the pages say.
func texts(tb testing.TB) *locale.Catalog {
	tb.Helper()
	catalog, err := locale.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return catalog
}

// mailPage stands for the mail program of a customer: another site, with a link
// and with a form as an attacker would make it.
func mailPage(w http.ResponseWriter, r *http.Request) {
	link := html.EscapeString(r.URL.Query().Get("link"))
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = io.WriteString(w, `<!doctype html><link rel="icon" href="data:,"><a id="link" href="`+link+`">link</a>`+
		`<form method="post" action="`+link+`"><button id="attack">attack</button></form>`)
}

// visitor opens a browser for a person who wants these settings.
func (h house) visitor(tb testing.TB, chromium engine, l look) *visitor {
	tb.Helper()
	lang, err := keyfold.ParseLanguage(l.Language)
	if err != nil {
		tb.Fatal(err)
	}
	v := &visitor{tab: open(tb, chromium, l), srv: h.srv, sink: h.sink, webmail: h.webmail, texts: h.catalog.Printer(lang.Or(keyfold.English))}
	v.seen = func(string) {}
	return v
}

// say is a text as the person reads it.
func (v *visitor) say(id string) string {
	if word, ok := contract[id]; ok && v.texts.Language() == keyfold.English {
		return word
	}
	return v.texts.Text(id)
}

// goTo opens a page of the portal.
func (v *visitor) goTo(path string) {
	v.Helper()
	v.visit(v.srv.URL + path)
}

// field is the input with this label.
func (v *visitor) field(label string) string {
	return `[...document.querySelectorAll("label")].find(l => (l.querySelector("span") ?? l).textContent.trim() === ` +
		strconv.Quote(v.say(label)) + `)?.control`
}

// button is the button or the link with this text.
func (v *visitor) button(text string) string {
	return `[...document.querySelectorAll("button, a, summary")].find(b => b.textContent.trim() === ` + strconv.Quote(v.say(text)) + `)`
}

// fill types into the field with this label, over what is there.
func (v *visitor) fill(label, value string) {
	v.Helper()
	v.mouse(v.field(label), 1)
	v.until("document.activeElement === " + v.field(label))
	js[any](v.tab, "document.activeElement.select() ?? 1")
	if value != "" {
		call(v.tab, input.InsertText, input.InsertTextParams{Text: value})
	}
}

// press clicks what has this text, and waits for the next page.
func (v *visitor) press(text string) {
	v.Helper()
	v.after("press "+text, func() { v.mouse(v.button(text), 1) })
}

// arrive is called on each new page: it is the one that we think it is.
func (v *visitor) arrive(name, path, title string) {
	v.Helper()
	if got := v.path(); got != path {
		v.Fatalf("%s: the path is %s, want %s\n%s", name, got, path, v.text())
	}
	if got, want := v.title(), v.say(title); got != want {
		v.Fatalf("%s: the heading is %q, want %q\n%s", name, got, want, v.text())
	}
	if got := js[string](v.tab, "document.documentElement.lang"); got != v.texts.Language().String() {
		v.Fatalf("%s: the language is %s, want %s", name, got, v.texts.Language())
	}
	v.seen(name)
}

// mail is the n-th mail to an address.
func (v *visitor) mail(to string, n int) mailsink.Mail {
	v.Helper()
	address, err := keyfold.ParseEmail(to)
	if err != nil {
		v.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(v.Context(), patience)
	defer cancel()
	mails, err := v.sink.Wait(ctx, address, n)
	if err != nil {
		v.Fatalf("mail %d to %s: %v", n, to, err)
	}
	return mails[n-1]
}

// received is how many mails an address has got so far.
func (v *visitor) received(to string) int {
	v.Helper()
	address, err := keyfold.ParseEmail(to)
	if err != nil {
		v.Fatal(err)
	}
	return len(v.sink.For(address))
}

// link is the link to such a page in a mail.
func (v *visitor) link(m mailsink.Mail, path string) string {
	v.Helper()
	for _, l := range m.Links {
		if _, secret, ok := strings.Cut(l, v.srv.URL+path); ok {
			v.secrets = append(v.secrets, secret)
			return l
		}
	}
	v.Fatalf("no link to %s in:\n%s", path, m.Text)
	return ""
}

// follow clicks a link in a mail, as it is read on another site.
func (v *visitor) follow(link string) {
	v.Helper()
	v.visit(v.webmail.URL + "/?link=" + url.QueryEscape(link))
	v.after("follow "+link, func() { v.mouse(`document.querySelector("#link")`, 1) })
}

// steps1to3 sets a password for a customer ID.
func (v *visitor) steps1to3(id, contact string) {
	v.Helper()
	n := v.received(contact)
	v.goTo("/passwordReset/request")
	v.arrive("01-request", "/passwordReset/request", "request.title")
	v.fill("request.identifier", id)
	v.press("request.button")
	v.arrive("02-requested", "/passwordReset/requested", "requested.title")
	link := v.link(v.mail(contact, n+1), "/passwordReset/")
	v.follow(link)
	at := strings.TrimPrefix(link, v.srv.URL)
	v.arrive("03-set-password", at, "reset.title")
	v.fill("field.new_password", passwordOfID)
	v.fill("field.repeat_password", passwordOfID)
	v.press("reset.button")
	v.arrive("03-password-is-set", at, "reset_done.title")
}

// logIn is steps 4 and 10.
func (v *visitor) logIn(name, password string) {
	v.Helper()
	v.arrive("04-log-in", "/login", "login.title")
	v.fill("login.username", name)
	v.fill("login.password", password)
	v.press("login.button")
}

// steps5to7 gives an address and opens the link in its mail.
func (v *visitor) steps5to7(email string) (path string) {
	v.Helper()
	n := v.received(email)
	v.arrive("05-email", "/register", "register.title")
	v.fill("register.email", email)
	v.press("register.button")
	v.arrive("06-check-mail", "/register", "check.title")
	if !strings.Contains(v.text(), email) {
		v.Fatalf("step 6 does not show %s", email)
	}
	link := v.link(v.mail(email, n+1), "/register/")
	v.follow(link)
	return strings.TrimPrefix(link, v.srv.URL)
}

// tenSteps is the whole way of one customer.
func (v *visitor) tenSteps(id, contact, email string) {
	v.Helper()
	v.steps1to3(id, contact)
	v.press("to.log_in")
	v.logIn(id, passwordOfID)
	at := v.steps5to7(email)
	v.arrive("08-set-credentials", at, "confirm.title")
	v.fill("field.new_password", passwordOfLogin)
	v.fill("field.repeat_password", passwordOfLogin)
	v.fill("confirm.name", "Sanne Veldkamp")
	v.press("confirm.button")
	v.arrive("09-ready", at, "complete.title")
	v.press("to.log_in")
	v.logIn(email, passwordOfLogin)
	if got, want := v.path(), "/accounts/"+id; got != want {
		v.Fatalf("after step 10: %s, want %s", got, want)
	}
	v.seen("10-account")
}

const (
	passwordOfID    = "Dijken&Sluizen 7"
	passwordOfLogin = "Zeewind-om-half-8"
)

// customers are n customers with names as long as they come, whose main contact
// has an address of its own.
func customers(from, n int) (rows []string) {
	for i := from; i < from+n; i++ {
		rows = append(rows, fmt.Sprintf("%s,Veldkamp Media & Grafische Vormgeving B.V.,%s,Sanne Veldkamp", customerID(i), contact(i)))
	}
	return rows
}

func customerID(i int) string { return fmt.Sprintf("NL%09d", 123421341+i) }
func contact(i int) string    { return fmt.Sprintf("contact%d@veldkamp.example", i) }
func login(i int) string      { return fmt.Sprintf("sanne.veldkamp%d@veldkamp-vormgeving.example", i) }
