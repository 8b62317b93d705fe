package care_test

import (
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/web/care"
)

const whole = "info@veldkamp.example" // the main contact

// accountSamples are the page with each advice, and in each of its states.
func accountSamples(s stage) map[string]templ.Component {
	all := map[string]templ.Component{}
	at := noon.Add(-time.Hour)
	mail := func(status store.MailStatus, problem string, end store.End) store.AccountMail {
		m := store.AccountMail{Purpose: store.Reset, Expires: noon.Add(time.Hour), LinkEnd: end}
		m.Template, m.Status, m.LastError, m.Created, m.Ended = string(mailtext.Reset), status, problem, at, at
		m.To = mailbox(whole)
		return m
	}
	mails := []store.AccountMail{
		mail(store.Queued, "", ""), mail(store.Queued, "450 4.2.0 <x> later", ""), mail(store.Sent, "", ""), mail(store.Sent, "", store.Spent),
		mail(store.Sent, "", store.Superseded), mail(store.Sent, "delayed on the way", ""), mail(store.Bounced, "did not arrive: 550", ""), mail(store.Failed, "550 no", ""), mail(store.Voided, "over", ""),
	}
	view := func(role keyfold.StaffRole, say string) care.AccountView {
		a := foundSample("NL123421341", "<b>Veldkamp</b> Media B.V.")
		a.Contact.Email = mailbox(whole)
		return care.AccountView{Page: s.page(role), Account: a, Advice: desk.Advice{Step: 2, Say: say, When: at}, Mails: mails}
	}
	says := []string{"closed", "frozen", "reclaim", "coming", "registered", "no_contact", "give_email"}
	for _, fate := range desk.Fates() {
		says = append(says, "reset_"+fate, "confirm_"+fate)
		if fate != "none" {
			says = append(says, "login_"+fate)
		}
	}
	for _, say := range says {
		all["account-"+say] = care.AccountPage(view(keyfold.Agent, say))
	}
	for _, role := range keyfold.StaffRoles() {
		v := view(role, "frozen")
		v.Account.Frozen, v.Account.NeedsCare, v.Reveals = true, true, []store.Reveal{{Name: "<i>Femke</i>", At: at, Reason: "<b>asked</b>"}}
		all["account-role-"+string(role)] = care.AccountPage(v)
	}
	for i, change := range []func(*care.AccountView){
		func(v *care.AccountView) { v.Done = "care.account_done_reset" },
		func(v *care.AccountView) { v.Answer = &desk.Answer{Address: true, Name: desk.NoName} },
		func(v *care.AccountView) { v.Answer = &desk.Answer{Name: desk.NameWrong} },
		func(v *care.AccountView) { v.Answer = &desk.Answer{Address: true, Name: desk.NameRight} },
		func(v *care.AccountView) {
			v.Contacts = []keyfold.ListedContact{{Kind: keyfold.BillingContact, Contact: v.Account.Contact}}
			v.Users = []store.MemberUser{{User: keyfold.User{Email: v.Account.Contact.Email}, Roles: keyfold.RolesOf(keyfold.Owner)}}
			v.MoreUsers = true
		},
		func(v *care.AccountView) { v.Form = refused("desk.reason_short", "freeze-said") },
		func(v *care.AccountView) { v.PIN, v.PINRoles = "yes", keyfold.RolesOf(keyfold.Owner) },
		func(v *care.AccountView) { v.PIN = "no" },
		func(v *care.AccountView) {
			v.Revealed = &keyfold.Contact{Name: "<i>Jo</i>", Email: v.Account.Contact.Email}
		},
		func(v *care.AccountView) { v.Form = refused("desk.reason_short", "look") },
		func(v *care.AccountView) { v.Form = refused("desk.frozen", "", "email.malformed", "said") },
		func(v *care.AccountView) {
			v.Account.State, v.Form = keyfold.Registered, refused("desk.pin_malformed", "pin")
		},
		func(v *care.AccountView) {
			v.Account.State, v.Account.Pending = keyfold.EmailPending, v.Account.Contact.Email
		},
		func(v *care.AccountView) { v.Mails, v.Account.Contact = nil, keyfold.Contact{} },
	} {
		v := view(keyfold.Supervisor, "registered")
		change(&v)
		all["account-state-"+string(rune('a'+i))] = care.AccountPage(v)
	}
	return all
}

func mailbox(s string) keyfold.Email {
	e, err := keyfold.ParseEmail(s)
	if err != nil {
		panic(err)
	}
	return e
}

// imported is an account whose main contact is [whole].
func (w *world) imported(id string) keyfold.CustomerID {
	w.t.Helper()
	return storetest.Import(w.t, w.db, id, whole)
}

func (w *world) post(cookie, path string, fields ...string) (int, string) {
	w.t.Helper()
	form := url.Values{}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Set(fields[i], fields[i+1])
	}
	res := w.call(http.MethodPost, path, cookie, form)
	if to := res.Header().Get("Location"); to != "" {
		return res.Code, w.call(http.MethodGet, to, cookie, nil).Body.String()
	}
	return res.Code, res.Body.String()
}

func TestNobodyReadsAWholeAddressWithoutATrace(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		id := w.imported("NL123421341")
		at := "/care/accounts/" + id.String()
		agent := w.session(w.hire(keyfold.Agent))
		page := w.call(http.MethodGet, at, agent, nil).Body.String()
		if strings.Contains(page, whole) || !strings.Contains(page, "i••••o@v•••.example") {
			t.Error("the page shows more of the address than its mask, or not that")
		}
		if code, page := w.post(agent, at+"/reveal", "look", "short"); code != http.StatusUnprocessableEntity || strings.Contains(page, whole) {
			t.Errorf("a reason of five letters: %d", code)
		}
		if code, page := w.post(agent, at+"/reveal", "look", "The caller spells it wrongly"); code != http.StatusOK || !strings.Contains(page, whole) {
			t.Errorf("a reason: %d", code)
		}
		if page := w.call(http.MethodGet, at, agent, nil).Body.String(); strings.Contains(page, whole) {
			t.Error("the address is shown once more")
		}
		if n := len(w.events("care.contact_revealed")); n != 1 {
			t.Errorf("%d events", n)
		}
		mails, err := w.db.Reader().AccountMails(t.Context(), id, nil, 10)
		if err != nil || len(mails) != 1 || mails[0].Template != "contact-revealed" || mails[0].To.String() != whole {
			t.Errorf("told: %v, %v", mails, err)
		}
		auditor := w.session(w.hire(keyfold.Auditor))
		if page := w.call(http.MethodGet, at, auditor, nil).Body.String(); !strings.Contains(page, "The caller spells it wrongly") || strings.Contains(page, "/reveal") {
			t.Error("an auditor does not read why, or may look as well")
		}
	})
}

// TestOnlySoMuchIsFoundOutByAsking: however many ask at once, three are answered.
func TestOnlySoMuchIsFoundOutByAsking(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		at := "/care/accounts/" + w.imported("NL123421341").String()
		agent := w.session(w.hire(keyfold.Agent))
		var all sync.WaitGroup
		var mu sync.Mutex
		answers := map[int]int{}
		for range 30 {
			all.Go(func() {
				res := w.call(http.MethodPost, at+"/confirm", agent, url.Values{"said": {whole}})
				mu.Lock()
				defer mu.Unlock()
				answers[res.Code]++
			})
		}
		all.Wait()
		if answers[http.StatusOK] != 3 || answers[http.StatusTooManyRequests] != 27 {
			t.Errorf("answers: %v", answers)
		}
		if n := len(w.events("care.contact_asked")); n != 3 {
			t.Errorf("%d events", n)
		}
		w.clock.Pass(time.Hour)
		if _, page := w.post(agent, at+"/confirm", "said", "INFO@veldkamp.EXAMPLE"); !strings.Contains(page, "Yes, that is the main contact") {
			t.Error("another spelling of the address is not the same")
		}
		if _, page := w.post(agent, at+"/confirm", "said", "jo@veldkamp.example"); !strings.Contains(page, "No, that is not the main contact") {
			t.Error("another address is taken for it")
		}
	})
}

func TestWhatAnAgentDoesForACaller(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		id := w.imported("NL123421341")
		at := "/care/accounts/" + id.String()
		agent := w.session(w.hire(keyfold.Agent))
		if _, page := w.post(agent, at+"/reset"); !strings.Contains(page, "A reset mail goes to the main contact") {
			t.Error("no reset is mailed")
		}
		w.must(w.registration.AnswerRequests(t.Context()))
		mails, err := w.db.Reader().AccountMails(t.Context(), id, nil, 10)
		if err != nil || len(mails) != 1 || mails[0].Template != "reset" || mails[0].To.String() != whole {
			t.Errorf("mails: %v, %v", mails, err)
		}
		w.change(id, func(a keyfold.Account) (keyfold.Change, error) {
			return a.SetPassword(keyfold.Act{By: "visitor"}, noon, "hash")
		})
		w.change(id, func(a keyfold.Account) (keyfold.Change, error) {
			return a.PendEmail(keyfold.Act{By: "visitor"}, noon, email(t, "typo@veldkamp.example"))
		})
		if _, page := w.post(agent, at+"/resend"); !strings.Contains(page, "on its way again") {
			t.Error("no confirmation is mailed")
		}
		for range 2 { // a second click finds the same
			if _, page := w.post(agent, at+"/cancel"); !strings.Contains(page, "The address is taken back") {
				t.Error("the address is not taken back")
			}
		}
		if a := w.account(id); a.State != keyfold.PasswordSet || !a.Pending.IsZero() {
			t.Errorf("the account is %s", a.State)
		}
		if code, _ := w.post(agent, at+"/resend"); code != http.StatusConflict {
			t.Errorf("a confirmation of nothing: %d", code)
		}
		for range 2 {
			if _, page := w.post(agent, at+"/freeze", "freeze-said", "Somebody else is in"); !strings.Contains(page, "The account is frozen") {
				t.Error("it is not frozen")
			}
		}
		if !w.account(id).Frozen {
			t.Error("the account goes on")
		}
		if code, _ := w.post(agent, at+"/reset"); code != http.StatusConflict {
			t.Errorf("a reset of a frozen account: %d", code)
		}
	})
}

func TestACallerReadsOutANumberOnce(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		id, other := w.imported("NL123421341"), w.imported("NL123421342")
		by := keyfold.Act{By: "test"}
		made := keyfold.NewUser(by, "u1", email(t, "sanne@veldkamp.example"), "Sanne", keyfold.Dutch, "hash")
		w.must(w.db.Update(t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(t.Context(), made) }))
		w.change(id, func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(by, noon, "hash") })
		w.change(id, func(a keyfold.Account) (keyfold.Change, error) {
			return a.PendEmail(by, noon, email(t, "sanne@veldkamp.example"))
		})
		w.change(id, func(a keyfold.Account) (keyfold.Change, error) { return a.Register(by, noon, "u1") })
		pin, err := w.desk.Care.PIN(t.Context(), by, "u1")
		again, err2 := w.desk.Care.PIN(t.Context(), by, "u1")
		if err != nil || err2 != nil || len(pin.Digits) != 6 || pin != again {
			t.Fatalf("%v, %v: %v, %v", pin, again, err, err2)
		}
		femke := w.hire(keyfold.Agent)
		agent := w.session(femke)
		check := func(id keyfold.CustomerID, digits string) bool {
			_, page := w.post(agent, "/care/accounts/"+id.String()+"/pin", "pin", digits)
			return strings.Contains(page, "Yes, the caller is logged in")
		}
		if check(other, pin.Digits) {
			t.Error("the number is good for an account that is not theirs")
		}
		if !check(id, pin.Digits[:3]+" "+pin.Digits[3:]) || check(id, pin.Digits) {
			t.Error("the number does not work, or twice")
		}
		w.clock.Pass(time.Hour)
		pin, err = w.desk.Care.PIN(t.Context(), by, "u1")
		w.must(err)
		w.clock.Pass(desk.PINLives)
		agent = w.session(femke) // the former one was idle
		if check(id, pin.Digits) {
			t.Error("the number works after its time")
		}
		yes := 0
		for range 7 {
			if code, _ := w.post(agent, "/care/accounts/"+other.String()+"/pin", "pin", "000000"); code == http.StatusOK {
				yes++
			}
		}
		if yes != 5 {
			t.Errorf("%d guesses are answered, want 5", yes)
		}
	})
}

func (w *world) change(id keyfold.CustomerID, do func(keyfold.Account) (keyfold.Change, error)) {
	w.t.Helper()
	w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), id)
		if err != nil {
			return err
		}
		c, err := do(a)
		if err != nil {
			return err
		}
		return tx.Apply(w.t.Context(), c)
	}))
}

func (w *world) must(errs ...error) {
	w.t.Helper()
	for _, err := range errs {
		if err != nil {
			w.t.Fatal(err)
		}
	}
}
