package e2e_test

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/input"
	"github.com/google/uuid"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// A telephone is where callers come in: an agent, a supervisor, and the accounts
// of the callers.
type telephone struct {
	*clerk // the agent

	supervisor *clerk
	db         *store.DB
	database   string
	first      int
}

// A caller is a problem, where its account stands, and what the two do about it in
// so many actions. What the agent reads aloud has the ID "care.say_" and say.
type caller struct {
	problem string
	before  func(*telephone, keyfold.CustomerID)
	say     string
	help    func(*telephone, keyfold.CustomerID) (actions int)
	then    func(*telephone, keyfold.Account) bool // what is to be true afterwards
}

const tooManyActions = 3

func callers() []caller {
	nothing := func(*telephone, keyfold.CustomerID) int { return 0 }
	always := func(*telephone, keyfold.Account) bool { return true }
	mails := func(c *telephone, id keyfold.CustomerID) int {
		n := c.received(c.contactOf(id))
		c.does(id, "reset")
		c.link(c.mail(c.contactOf(id), n+1), "/passwordReset/")
		return 1
	}
	return []caller{
		{"no mail", nil, "reset_none", mails, always},
		{"wrong mailbox", nil, "reset_none", func(c *telephone, id keyfold.CustomerID) int {
			c.compares(id, "somebody@else.example", "care.confirm_no")
			return 1 + c.two(id, keyfold.ChangeContact)
		}, func(_ *telephone, a keyfold.Account) bool { return !a.Coming.At.IsZero() }},
		{"typo in the address", (*telephone).pending, "confirm_none", func(c *telephone, id keyfold.CustomerID) int {
			c.does(id, "cancel")
			return 1
		}, func(_ *telephone, a keyfold.Account) bool { return a.State == keyfold.PasswordSet }},
		{"link expired", func(c *telephone, id keyfold.CustomerID) { c.mailed(id); c.age(id) }, "reset_expired", mails, always},
		{"link used", (*telephone).chosen, "give_email", nothing, always},
		{"two colleagues", (*telephone).owned, "registered", nothing, always},
		{"employee left", (*telephone).owned, "registered", func(c *telephone, id keyfold.CustomerID) int {
			return c.two(id, keyfold.TakeOffLogin)
		}, func(_ *telephone, a keyfold.Account) bool { return a.State == keyfold.Legacy && a.Owner == "" }},
		{"bounced contact", (*telephone).mailed, "reset_failed", func(c *telephone, id keyfold.CustomerID) int {
			return c.two(id, keyfold.ChangeContact)
		}, func(_ *telephone, a keyfold.Account) bool { return !a.Coming.At.IsZero() }},
		{"wrong account linked", (*telephone).owned, "registered", func(c *telephone, id keyfold.CustomerID) int {
			return c.two(id, keyfold.UndoLinking)
		}, func(_ *telephone, a keyfold.Account) bool { return a.Owner == "" }},
		{"forgot the customer ID", nil, "reset_none", func(c *telephone, id keyfold.CustomerID) int {
			c.finds(c.contactOf(id))
			if c.path() != "/care/accounts/"+id.String() {
				c.Errorf("the address leads to %s", c.path())
			}
			return 1
		}, always},
		{"was that mail from you", (*telephone).mailed, "reset_sent", nothing, always},
		{"account frozen", (*telephone).frozen, "frozen", func(c *telephone, id keyfold.CustomerID) int {
			return c.two(id, keyfold.LiftFreeze)
		}, func(_ *telephone, a keyfold.Account) bool { return !a.Frozen }},
	}
}

// TestTwelveCallersAreHelped: an agent who reads what the page says helps each
// caller in three actions at most, with a supervisor where it takes two.
func TestTwelveCallersAreHelped(t *testing.T) {
	looks := []look{{Language: "en"}, {Language: "nl", NoScript: true}, {Language: "de", Dark: true}}
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			switchboard(t, storetest.URL(t, engine), looks)
		})
		looks = looks[:1] // the pages are the same ones with another database
	}
}

// switchboard is where all callers come in, in some languages.
func switchboard(t *testing.T, database string, looks []look) {
	t.Helper()
	h, engine := newHouse(t, database), chromium(t)
	h.sink.Script(func(to string, _ int) mailsink.Answer {
		if strings.HasPrefix(to, "gone") {
			return mailsink.Reply(mailsink.AtRcpt, 550, [3]int{5, 1, 1}, "nobody lives here")
		}
		return mailsink.Accept()
	})
	db, err := store.Open(t.Context(), store.Options{URL: database, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	for i, l := range looks {
		t.Run(l.Language, func(t *testing.T) {
			come := func(name, role string) *clerk {
				v := h.visitor(t, engine, l)
				email := fmt.Sprintf("%s%d@polder.example", name, i)
				c := enrol(v, email, hire(v, database, email, role))
				checked, fit := accessible(v), fits(v)
				c.comeIn()
				v.seen = func(name string) {
					if *screenshots != "" {
						v.photograph(name)
						return
					}
					checked(name)
					fit(name)
				}
				return c
			}
			c := &telephone{clerk: come("femke", "agent"), supervisor: come("sam", "supervisor"), db: db, database: database, first: 100 * (i + 1)}
			for n, problem := range callers() {
				c.takes(n, problem)
			}
			c.between()
			c.clean()
			c.supervisor.clean()
		})
	}
}

func (c *telephone) takes(n int, one caller) {
	c.Helper()
	id, err := keyfold.ParseCustomerID(customerID(c.first + n))
	if err != nil {
		c.Fatal(err)
	}
	mailbox := contact(c.first + n)
	if one.problem == "bounced contact" {
		mailbox = fmt.Sprintf("gone%d@veldkamp.example", c.first+n)
	}
	importCustomers(c.TB, c.database, strings.Replace(customers(c.first+n, 1)[0], contact(c.first+n), mailbox, 1))
	if one.before != nil {
		one.before(c, id)
	}
	c.opens(id)
	name := "40-call-" + strings.ReplaceAll(one.problem, " ", "-")
	c.seen(name)
	a := c.account(id)
	said := js[string](c.tab, `document.querySelector(".say blockquote").textContent.trim()`)
	if want := c.texts.Text("care.say_"+one.say, "When", "\x00"); !alike(said, want) {
		c.Errorf("%s: the page says %q, want %q", one.problem, said, want)
	}
	if text := js[string](c.tab, "document.documentElement.outerHTML"); strings.Contains(text, a.Contact.Email.String()) {
		c.Errorf("%s: the page shows the whole address", one.problem)
	}
	if actions := one.help(c, id); actions > tooManyActions {
		c.Errorf("%s takes %d actions", one.problem, actions)
	}
	if now := c.account(id); !one.then(c, now) {
		c.Errorf("%s: the account is %s, owner %q, frozen %v, coming %v", one.problem, now.State, now.Owner, now.Frozen, now.Coming.At)
	}
	c.opens(id)
	c.seen(name + "-after")
}

// alike compares a text with another one in which a time is a zero.
func alike(said, want string) bool {
	before, after, timed := strings.Cut(want, "\x00")
	return said == want || timed && strings.HasPrefix(said, before) && strings.HasSuffix(said, after)
}

func (c *telephone) account(id keyfold.CustomerID) keyfold.Account {
	c.Helper()
	a, err := c.db.Reader().Account(c.Context(), id)
	if err != nil {
		c.Fatal(err)
	}
	return a
}

func (c *telephone) contactOf(id keyfold.CustomerID) string {
	return c.account(id).Contact.Email.String()
}

// opens types the ID into the find box, as it stands on an invoice.
func (c *telephone) opens(id keyfold.CustomerID) {
	c.Helper()
	c.finds(strings.ToLower(id.String()[:2]) + " " + id.String()[2:])
	if c.path() != "/care/accounts/"+id.String() {
		c.Fatalf("%s leads to %s", id, c.path())
	}
}

func (c *telephone) finds(typed string) {
	c.Helper()
	c.goTo("/care")
	c.enters("#q", typed)
	c.after("find", func() { c.mouse(`document.querySelector('form[action="/care"] button')`, 1) })
}

// does presses a button of the page of an account.
func (c *telephone) does(id keyfold.CustomerID, what string) {
	c.Helper()
	c.after(what, func() { c.mouse(`document.querySelector('form[action$="/`+what+`"] button')`, 1) })
	if c.path() != "/care/accounts/"+id.String() || !strings.Contains(c.text(), c.texts.Text("care.account_done_"+what)) {
		c.Errorf("%s: %s\n%s", what, c.path(), c.text())
	}
}

func (c *telephone) compares(id keyfold.CustomerID, said, answer string) {
	c.Helper()
	c.fill("care.confirm_said", said)
	c.press("care.confirm_button")
	if !strings.Contains(c.text(), c.texts.Text(answer)) {
		c.Errorf("%s: comparing says\n%s", id, c.text())
	}
}

// two asks a second person, who says yes.
func (c *telephone) two(id keyfold.CustomerID, kind keyfold.ApprovalKind) (actions int) {
	c.Helper()
	c.goTo("/care/accounts/" + id.String() + "/ask/" + string(kind))
	c.seen("41-ask-" + string(kind))
	if kind == keyfold.ChangeContact {
		c.enters("#new-contact", "new-"+strconv.Itoa(c.first)+"@veldkamp.example")
	}
	c.mouse(`document.querySelector('#evidence-call_back')`, 1)
	c.enters("#reason", "The caller proved who they are, by telephone.")
	c.press("care.ask_button")
	at := c.path()
	if !strings.HasPrefix(at, "/care/approvals/") {
		c.Fatalf("asking for %s leads to %s\n%s", kind, at, c.text())
	}
	s := c.supervisor
	s.goTo(at)
	s.seen("42-second-" + string(kind))
	s.press("care.second_yes")
	s.seen("42-second-yes")
	return 2
}

// enters types into the field that a selector finds.
func (c *clerk) enters(selector, text string) {
	c.Helper()
	c.mouse(`document.querySelector(`+strconv.Quote(selector)+`)`, 1)
	call(c.tab, input.InsertText, input.InsertTextParams{Text: text})
}

// apply brings an account further, as its customer did before the call.
func (c *telephone) apply(id keyfold.CustomerID, do func(keyfold.Account) (keyfold.Change, error)) {
	c.Helper()
	err := c.db.Update(c.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(c.Context(), id)
		if err != nil {
			return err
		}
		change, err := do(a)
		if err != nil {
			return err
		}
		return tx.Apply(c.Context(), change)
	})
	if err != nil {
		c.Fatal(err)
	}
}

var byCustomer = keyfold.Act{By: "visitor", From: "192.0.2.7"}

func (c *telephone) chosen(id keyfold.CustomerID) {
	c.apply(id, func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(byCustomer, time.Now(), "hash") })
}

func (c *telephone) pending(id keyfold.CustomerID) {
	c.chosen(id)
	to, err := keyfold.ParseEmail("typo" + strconv.Itoa(c.first) + "@veldkamp.example")
	if err != nil {
		c.Fatal(err)
	}
	c.apply(id, func(a keyfold.Account) (keyfold.Change, error) { return a.PendEmail(byCustomer, time.Now(), to) })
}

func (c *telephone) owned(id keyfold.CustomerID) {
	c.pending(id)
	email, err := keyfold.ParseEmail("owner" + id.String() + "@veldkamp.example")
	if err != nil {
		c.Fatal(err)
	}
	user := keyfold.NewUser(byCustomer, keyfold.UserID(uuid.NewString()), email, "Jo", keyfold.Dutch, "hash")
	if err := c.db.Update(c.Context(), func(tx *store.Tx) error { return tx.ApplyUser(c.Context(), user) }); err != nil {
		c.Fatal(err)
	}
	c.apply(id, func(a keyfold.Account) (keyfold.Change, error) {
		return a.Register(byCustomer, time.Now(), user.User().ID)
	})
}

func (c *telephone) frozen(id keyfold.CustomerID) {
	c.apply(id, func(a keyfold.Account) (keyfold.Change, error) { return a.Freeze(byCustomer) })
}

// mailed has a reset mailed, and waits until it has left or was refused.
func (c *telephone) mailed(id keyfold.CustomerID) {
	c.Helper()
	request := store.ResetRequest{ID: uuid.NewString(), Account: id, Language: keyfold.English}
	if err := c.db.Update(c.Context(), func(tx *store.Tx) error { return tx.PutResetRequest(c.Context(), request) }); err != nil {
		c.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(c.Context(), patience)
	defer cancel()
	for {
		mails, err := c.db.Reader().AccountMails(ctx, id, nil, 1)
		if err != nil {
			c.Fatal(err)
		}
		if len(mails) == 1 && mails[0].Status != store.Queued && mails[0].Status != store.Sending {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// age lets the time of the links to the main contact run out.
func (c *telephone) age(id keyfold.CustomerID) {
	c.Helper()
	contact := c.contactOf(id)
	query(c.TB, c.database, func(db *sql.DB) {
		if _, err := db.ExecContext(c.Context(), "update tokens set expires_at = issued_at + 1 where email = $1", contact); err != nil {
			c.Fatal(err)
		}
	})
}
