package e2e_test

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to let time pass for a link

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/pgtest"
	"github.com/keyfold/keyfold/internal/store"
)

// A tour is a visitor who comes to every page that a customer can come to, and
// makes every mistake. It has customers of its own, from first on.
type tour struct {
	*visitor
	database string
	first    int
}

// tourists is how many customers one tour needs.
const tourists = 6

func (v *tour) id(i int) string      { return customerID(v.first + i) }
func (v *tour) contact(i int) string { return contact(v.first + i) }
func (v *tour) login() string        { return login(v.first) }

// all is the whole tour.
func (v *tour) all() {
	v.Helper()
	v.mistakes()
	confirmed := v.mailTrouble()
	v.anotherDevice(confirmed)
	v.tenStepsAgain()
	v.deadLinks()
	v.manyAccounts()
	v.links()
	v.help()
	v.trouble()
}

// mistakes are forms that were not filled in well.
func (v *tour) mistakes() {
	v.Helper()
	v.goTo("/passwordReset/request")
	v.press("request.button")
	v.arrive("01-request-empty", "/passwordReset/request", "request.title")
	v.goTo("/passwordReset/request")
	v.mouse(v.button("request.more"), 1)
	v.seen("01-request-help")
	v.goTo("/login")
	v.press("login.button")
	v.arrive("04-log-in-empty", "/login", "login.title")
	v.fill("login.username", v.id(0))
	v.fill("login.password", "Not the right 1")
	v.press("login.button")
	v.arrive("04-log-in-wrong", "/login", "login.title")

	n := v.received(v.contact(0))
	v.goTo("/passwordReset/request")
	v.fill("request.identifier", v.id(0))
	v.press("request.button")
	v.mouse(v.button("mail.not_arrived"), 1)
	v.seen("02-requested-help")
	v.follow(v.link(v.mail(v.contact(0), n+1), "/passwordReset/"))
	v.fill("field.new_password", "kort")
	v.fill("field.repeat_password", "ander")
	v.press("reset.button")
	v.seen("03-set-password-errors")
	v.fill("field.new_password", passwordOfID)
	v.fill("field.repeat_password", passwordOfID)
	v.press("reset.button")
}

// mailTrouble is steps 5 to 7 with a typo and second thoughts. The result is
// the path of the link that works.
func (v *tour) mailTrouble() string {
	v.Helper()
	v.press("to.log_in")
	v.logIn(v.id(0), passwordOfID)
	v.press("register.button")
	v.arrive("05-email-empty", "/register", "register.title")
	v.fill("register.email", "sanne@gmial.com")
	v.press("register.button")
	v.arrive("05-email-suggestion", "/register", "register.title")
	v.fill("register.email", v.login())
	v.press("register.button")
	old := v.link(v.mail(v.login(), 1), "/register/")
	v.press("check.again")
	v.arrive("06-sent-again", "/register", "check.title")
	link := v.link(v.mail(v.login(), 2), "/register/")
	v.press("check.change")
	v.arrive("05-email-change", "/register", "register.title")
	v.follow(old)
	v.seen("07-link-superseded")
	v.follow(link)
	v.seen("08-set-credentials")
	v.fill("field.new_password", passwordOfID)
	v.fill("field.repeat_password", passwordOfID)
	v.press("confirm.button")
	v.seen("08-set-credentials-errors")
	return strings.TrimPrefix(link, v.srv.URL)
}

// anotherDevice opens the link of step 7 where nobody has logged in.
func (v *tour) anotherDevice(path string) {
	v.Helper()
	v.goTo("/login")
	v.leave(path)
	v.arrive("08-other-device", path, "confirm.title")
	v.fill("confirm.proof", "Not the right 1")
	v.fill("field.new_password", passwordOfLogin)
	v.fill("field.repeat_password", passwordOfLogin)
	v.press("confirm.button")
	v.seen("08-other-device-errors")
	v.fill("confirm.proof", passwordOfID)
	v.fill("field.new_password", passwordOfLogin)
	v.fill("field.repeat_password", passwordOfLogin)
	v.press("confirm.button")
	v.arrive("09-ready", path, "complete.title")
	v.goTo(path)
	v.seen("07-link-used")
}

// leave logs out of what is begun, and goes to a page.
func (v *tour) leave(path string) {
	v.Helper()
	v.goTo("/register")
	v.press("register.later")
	v.arrive("04-logged-out", "/login", "login.title")
	v.goTo(path)
}

// tenStepsAgain links a second customer to the login.
func (v *tour) tenStepsAgain() {
	v.Helper()
	v.steps1to3(v.id(1), v.contact(1))
	v.press("to.log_in")
	v.logIn(v.id(1), passwordOfID)
	at := v.steps5to7(v.login())
	v.arrive("08-link", at, "linking.title")
	v.press("linking.button")
	v.seen("08-link-empty")
	v.fill("linking.password", passwordOfLogin)
	v.press("linking.button")
	v.arrive("09-linked", at, "linked.title")
	v.press("to.log_in")
	v.logIn(v.id(1), passwordOfID)
	v.seen("04-moved")
	v.press("moved.button")
	v.logIn(v.login(), passwordOfLogin)
	v.arrive("10-accounts", "/accounts", "chooser.title")
	v.goTo("/accounts/" + v.id(0))
	v.seen("10-account")
	v.mouse(`document.querySelector(".menu > summary")`, 1)
	v.seen("10-account-switch")
}

// deadLinks opens links that work no more.
func (v *tour) deadLinks() {
	v.Helper()
	v.goTo("/passwordReset/this-is-not-one-of-ours")
	v.seen("02-link-unknown")
	n := v.received(v.contact(2))
	v.goTo("/passwordReset/request")
	v.fill("request.identifier", v.id(2))
	v.press("request.button")
	link := v.link(v.mail(v.contact(2), n+1), "/passwordReset/")
	v.age(v.contact(2))
	v.follow(link)
	v.seen("02-link-expired")
	v.press("link.send_new")
	v.seen("02-link-sent-again")
	v.follow(v.link(v.mail(v.contact(2), n+2), "/passwordReset/"))
	v.fill("field.new_password", passwordOfID)
	v.fill("field.repeat_password", passwordOfID)
	v.press("reset.button")
	v.follow(link)
	v.seen("02-link-void")
	notice := v.link(v.mail(v.contact(2), n+3), "/notme/")
	v.follow(notice)
	v.seen("11-not-me")
	v.press("notme.button")
	v.seen("11-not-me-done")
	v.follow(notice)
	v.seen("11-not-me-used")
	v.goTo("/login")
	v.logIn(v.id(2), passwordOfID)
	v.seen("04-frozen")
	v.steps1to3(v.id(3), v.contact(3))
	importCustomers(v.TB, v.database, strings.Replace(customers(v.first+3, 1)[0], ",", ",Closed ", 1))
}

// age lets the time of all links to a mailbox run out.
func (v *tour) age(email string) {
	v.Helper()
	db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(v.database, "sqlite://")+"?_pragma=busy_timeout(20000)")
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	result, err := db.ExecContext(v.Context(), "update tokens set expires_at = issued_at + 1 where email = ?", email)
	if err != nil {
		v.Fatal(err)
	}
	if n, err := result.RowsAffected(); n == 0 || err != nil {
		v.Fatalf("no link to %s to expire: %v", email, err)
	}
}

// manyAccounts is a mailbox with several customer IDs, and a login with many.
func (v *tour) manyAccounts() {
	v.Helper()
	shared := fmt.Sprintf("office%d@veldkamp.example", v.first)
	for i := 4; i < tourists; i++ {
		importCustomers(v.TB, v.database, strings.Replace(customers(v.first+i, 1)[0], v.contact(i), shared, 1))
	}
	n := v.received(shared)
	v.goTo("/passwordReset/request")
	v.fill("request.identifier", shared)
	v.press("request.button")
	v.follow(v.link(v.mail(shared, n+1), "/passwordReset/"))
	v.seen("03-choose")
	v.after("choose", func() { v.mouse(`document.querySelector("main a.row")`, 1) })
	v.seen("03-chosen")
	v.own(60)
	v.goTo("/accounts")
	v.seen("10-accounts-many")
	v.goTo("/accounts?page=2")
	v.seen("10-accounts-second-page")
	v.goTo("/accounts?q=" + url.QueryEscape("nothing like it"))
	v.seen("10-accounts-no-match")
	v.goTo("/accounts?q=Bakkerij")
	v.seen("10-accounts-search")
}

// own gives the visitor's login n more accounts.
func (v *tour) own(n int) {
	v.Helper()
	ctx := v.Context()
	db, err := store.Open(ctx, store.Options{URL: v.database, Now: time.Now})
	if err != nil {
		v.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	email, err := keyfold.ParseEmail(v.login())
	if err != nil {
		v.Fatal(err)
	}
	user, err := db.Reader().UserByEmail(ctx, email)
	if err != nil {
		v.Fatal(err)
	}
	for i := range n {
		if err := db.Update(ctx, func(tx *store.Tx) error { return give(ctx, tx, user, v.first*1000+i) }); err != nil {
			v.Fatal(err)
		}
	}
}

// give makes a user the owner of a new account.
func give(ctx context.Context, tx *store.Tx, user keyfold.User, i int) error {
	by := keyfold.Act{By: "import:tour"}
	entities := []string{"NL", "DE", "SG", "US"}
	names := []string{"Bakkerij De Korenaar", "Fahrradwerk Leer Inhaberin Mirjam Postma e. K.", "Veldkamp Asia Pte. Ltd.", "Harbor & Pine"}
	id, err := keyfold.ParseCustomerID(fmt.Sprintf("%s%09d", entities[i%4], 208814577+i))
	if err != nil {
		return err
	}
	d := keyfold.Details{ID: id, Entity: entities[i%4], Name: names[i%4], Contact: keyfold.Contact{Name: user.Name, Email: user.Email}}
	if err := tx.Apply(ctx, keyfold.Import(by, d)); err != nil {
		return err
	}
	for _, step := range []func(keyfold.Account) (keyfold.Change, error){
		func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(by, tx.Now(), user.Password) },
		func(a keyfold.Account) (keyfold.Change, error) { return a.PendEmail(by, tx.Now(), user.Email) },
		func(a keyfold.Account) (keyfold.Change, error) { return a.Register(by, tx.Now(), user.ID) },
	} {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		change, err := step(account)
		if err != nil {
			return err
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
	}
	return nil
}

// trouble is pages that say that something did not work.
func (v *tour) trouble() {
	v.Helper()
	v.goTo("/nothing-here")
	v.arrive("12-not-found", "/nothing-here", "error.not_found.title")
	v.visit(v.webmail.URL + "/?link=" + url.QueryEscape(v.srv.URL+"/login"))
	v.after("attack", func() { v.mouse(`document.querySelector("#attack")`, 1) })
	v.arrive("12-forbidden", "/login", "error.forbidden.title")
	v.goTo("/accounts")
	v.press("bar.log_out")
	v.goTo("/register")
	v.seen("12-no-session")
}

// newTour starts a Keyfold for tours in so many languages.
func newTour(tb testing.TB, n int) (house, string) {
	tb.Helper()
	database := "sqlite://" + filepath.Join(tb.TempDir(), "keyfold.db")
	importCustomers(tb, database, customers(0, n*tourists)...)
	return newHouse(tb, database), database
}

// Whatever a customer does and wherever that leads, the page is accessible and
// the browser has nothing to complain about.
func TestEveryPageIsAccessible(t *testing.T) {
	h, database := newTour(t, 1)
	v := &tour{h.visitor(t, chromium(t), look{Language: "en"}), database, 0}
	v.seen = accessible(v.visitor)
	v.all()
	v.clean()
}

// The longest words in the largest letters fit on the smallest phone.
func TestEveryPageFitsAPhone(t *testing.T) {
	h, database := newTour(t, 3)
	chromium := chromium(t)
	for i, language := range []string{"en", "nl", "de"} {
		t.Run(language, func(t *testing.T) {
			t.Parallel()
			v := &tour{h.visitor(t, chromium, look{Language: language}), database, i * tourists}
			v.seen = fits(v.visitor)
			v.all()
		})
	}
}

// When the database is away or too much is asked for, the page that says so is
// as good as any other.
func TestPagesOfAServerInTroubleAreAccessible(t *testing.T) {
	v := house{catalog: texts(t)}.visitor(t, chromium(t), look{Language: "en"})
	v.seen = accessible(v)
	v.inTrouble(pgtest.Own(t, pgtest.Options{}))
}

// inTrouble comes to a server that is asked too much, and to one whose database
// is gone.
func (v *visitor) inTrouble(database *pgtest.Instance) {
	v.Helper()
	v.srv = newHouse(v.TB, sqliteURL(v.TB), "KEYFOLD_LIMIT_ADDRESS=20").srv
	for v.goTo("/login"); v.title() == v.say("login.title"); {
		v.goTo("/login")
	}
	v.arrive("12-slow", "/login", "error.slow.title")
	v.srv = newHouse(v.TB, database.Database(v.TB)).srv
	v.goTo("/login")
	database.Stop(v.TB, pgtest.Immediate)
	v.fill("login.username", customerID(0))
	v.fill("login.password", passwordOfID)
	v.press("login.button")
	v.arrive("12-unavailable", "/login", "error.unavailable.title")
}
