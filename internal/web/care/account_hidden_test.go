package care_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/web/pagetest"
)

// TestNoPageOfAnAccountShowsAnAddress, wherever the address is: on record, in a
// name, at a user, or in the words of a mail server.
func TestNoPageOfAnAccountShowsAnAddress(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		id := w.crowded("NL123421341")
		secrets := []string{whole, "billing@veldkamp.example", "sanne@veldkamp.example", "joris@veldkamp.example", "old@former.example", "next@coming.example", "veldkamp.example", "forward@elsewhere.example"}
		for _, role := range []keyfold.StaffRole{keyfold.Agent, keyfold.Supervisor, keyfold.Auditor} {
			cookie := w.session(w.hire(role))
			pages := map[string]string{"the account": w.call(http.MethodGet, "/care/accounts/"+id.String(), cookie, nil).Body.String()}
			_, pages["a list"] = w.post(cookie, "/care", "q", "Zuidoost")
			_, pages["a list by contacts"] = w.post(cookie, "/care", "q", "Noordwest")
			if role == keyfold.Agent {
				for _, kind := range []string{"change_contact", "unlink", "undo", "lift_freeze", "decide_dispute"} {
					pages["asking for "+kind] = w.call(http.MethodGet, "/care/accounts/"+id.String()+"/ask/"+kind, cookie, nil).Body.String()
				}
				_, pages["what was asked"] = w.post(cookie, "/care/accounts/"+id.String()+"/ask/unlink", "reason", "They want to go, says the caller", "evidence-invoice", "1")
				_, pages["a case"] = w.post(cookie, "/care/accounts/"+id.String()+"/case", "note", "They call again")
			}
			for name, path := range map[string]string{"cases": "/care/cases", "what waits": "/care/approvals?show=mine"} {
				if role == keyfold.Agent {
					pages[name] = w.call(http.MethodGet, path, cookie, nil).Body.String()
				}
			}
			if role != keyfold.Auditor {
				_, pages["an answer"] = w.post(cookie, "/care/accounts/"+id.String()+"/confirm", "said", "jo@other.example")
				_, pages["a refusal"] = w.post(cookie, "/care/accounts/"+id.String()+"/reveal", "look", "short")
			}
			for name, page := range pages {
				if !strings.Contains(page, "Zuidoost") {
					t.Errorf("%s, %s: it is another page:\n%s", role, name, visible(page))
				}
				for _, secret := range secrets {
					if strings.Contains(strings.ToLower(page), secret) {
						t.Errorf("%s, %s: it shows %s", role, name, secret)
					}
				}
			}
			for _, part := range []string{"i••••o@v•••.example", "b••••g@v•••.example", "j••••s@v•••.example", "550 5.1.1", "Rejected"} {
				if !strings.Contains(pages["the account"], part) {
					t.Errorf("%s: the account does not show %s", role, part)
				}
			}
		}
	})
}

// crowded is an account with addresses wherever there can be one.
func (w *world) crowded(name string) keyfold.CustomerID {
	w.t.Helper()
	ctx, by := w.t.Context(), keyfold.Act{By: "visitor"}
	id := w.owned(name)
	storetest.Contact(w.t, w.db, id, keyfold.BillingContact, "billing@veldkamp.example")
	made := keyfold.NewUser(by, "u2", email(w.t, "joris@veldkamp.example"), "Joris joris@veldkamp.example", keyfold.Dutch, "hash")
	w.must(w.db.Update(ctx, func(tx *store.Tx) error { return tx.ApplyUser(ctx, made) }))
	storetest.Exec(w.t, w.db, `insert into memberships (user_id, customer_id, roles, since, used_at) values ('u2', '`+name+`', 'technical', 1, 0)`)
	storetest.Exec(w.t, w.db, `update accounts set name = 'Zuidoost <'||`+`'`+whole+`'||'>', former_email = 'old@former.example' where customer_id = '`+name+`'`)
	for i, said := range []string{
		"550 5.1.1 <" + whole + ">: Rejected, info is unknown at VELDKAMP.example (forwarded to forward@elsewhere.example)",
		"did not arrive: 550 5.1.1 sanne@veldkamp.example",
	} {
		to := []string{whole, "sanne@veldkamp.example"}[i]
		w.must(w.db.Update(ctx, func(tx *store.Tx) error {
			return tx.Enqueue(ctx, store.Mail{ID: "m" + to, Template: "frozen", To: email(w.t, to), Language: keyfold.English, Account: id})
		}))
		storetest.Exec(w.t, w.db, `update outbox set status = 'failed', last_error = '`+said+`' where id = 'm`+to+`'`)
	}
	w.imported("NL123421342")
	storetest.Exec(w.t, w.db, `update accounts set name = 'Zuidoost `+whole+`' where customer_id = 'NL123421342'`)
	storetest.Exec(w.t, w.db, `update accounts set contact_name = 'Noordwest `+whole+`'`)
	storetest.Seal(w.t, w.db)
	for n := 1; n > 0; {
		var err error
		n, _, err = w.desk.Finder.Step(ctx, 100)
		w.must(err)
	}
	return id
}

// owned is an account of u1, Sanne.
func (w *world) owned(name string) keyfold.CustomerID {
	w.t.Helper()
	ctx, by := w.t.Context(), keyfold.Act{By: "visitor"}
	id := w.imported(name)
	made := keyfold.NewUser(by, "u1", email(w.t, "sanne@veldkamp.example"), "Sanne", keyfold.Dutch, "hash")
	w.must(w.db.Update(ctx, func(tx *store.Tx) error { return tx.ApplyUser(ctx, made) }))
	w.change(id, func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(by, noon, "hash") })
	w.change(id, func(a keyfold.Account) (keyfold.Change, error) {
		return a.PendEmail(by, noon, email(w.t, "sanne@veldkamp.example"))
	})
	w.change(id, func(a keyfold.Account) (keyfold.Change, error) { return a.Register(by, noon, "u1") })
	return id
}

// TestWhoOpensAnAccountIsOnRecord, and colleagues read who did what.
func TestWhoOpensAnAccountIsOnRecord(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		at := "/care/accounts/" + w.imported("NL123421341").String()
		femke := w.hire(keyfold.Agent)
		agent, auditor := w.session(femke), w.session(w.hire(keyfold.Auditor))
		w.post(agent, at+"/reset")
		if page := w.call(http.MethodGet, at, auditor, nil).Body.String(); !strings.Contains(page, femke.Name+", customer care") {
			t.Error("the page does not say who had a reset mailed")
		}
		if n := len(w.events("care.account_opened")); n != 2 {
			t.Errorf("opened twice, and %d events", n)
		}
		w.call(http.MethodGet, "/care/accounts/NL123421349", agent, nil)
		if n := len(w.events("care.account_opened")); n != 2 {
			t.Error("an account that is not there was opened")
		}
	})
}

// TestEachPageOfAnAccountIsOnRecord and stops at some time, whichever way leads to
// it: its own, that of a case, or that of what was asked and decided long ago.
func TestEachPageOfAnAccountIsOnRecord(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		id := w.crowded("NL123421341")
		agent := w.session(w.hire(keyfold.Agent))
		ask := w.call(http.MethodPost, "/care/accounts/"+id.String()+"/ask/unlink", agent, url.Values{"reason": {"They want to go, says the caller"}, "evidence-invoice": {"1"}})
		approval, _, _ := strings.Cut(ask.Header().Get("Location"), "?")
		w.post(agent, approval+"/withdraw")
		open := w.call(http.MethodPost, "/care/accounts/"+id.String()+"/case", agent, url.Values{"note": {"They call again"}})
		one, _, _ := strings.Cut(open.Header().Get("Location"), "?")
		for _, path := range []string{approval, one, "/care/accounts/" + id.String() + "/ask/unlink", "/care/accounts/" + id.String() + "/case"} {
			before := len(w.events("care.account_opened"))
			sees(t, w.call(http.MethodGet, path, agent, nil), http.StatusOK, "")
			if n := len(w.events("care.account_opened")) - before; n != 1 {
				t.Errorf("%s is on record %d times", path, n)
			}
		}
		for range 240 {
			w.call(http.MethodGet, approval, agent, nil)
		}
		for _, path := range []string{approval, one} {
			sees(t, w.call(http.MethodGet, path, agent, nil), http.StatusTooManyRequests, "very many accounts")
		}
		for range 60 {
			sees(t, w.call(http.MethodGet, "/care/approvals?show=decided&from=25", agent, nil), http.StatusOK, "")
		}
		sees(t, w.call(http.MethodGet, "/care/approvals?show=decided&from=25", agent, nil), http.StatusTooManyRequests, "very many accounts")
		if n := len(w.events("care.leafed")); n != 60 {
			t.Errorf("60 pages of a list are on record %d times", n)
		}
	})
}

// TestComparingAndAskingForAnotherMainContactAreCountedTogether: both tell whether
// an address is the one there is.
func TestComparingAndAskingForAnotherMainContactAreCountedTogether(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		at := "/care/accounts/" + w.imported("NL123421341").String()
		agent := w.session(w.hire(keyfold.Agent))
		asking := url.Values{"new-contact": {whole}, "reason": {"They have a new address"}, "evidence-invoice": {"1"}}
		sees(t, w.call(http.MethodPost, at+"/ask/change_contact", agent, asking), http.StatusConflict, `<a href="#new-contact">This mailbox is the main contact already`)
		for range 2 {
			sees(t, w.call(http.MethodPost, at+"/confirm", agent, url.Values{"said": {"jo@other.example"}}), http.StatusOK, "")
		}
		res := w.call(http.MethodPost, at+"/ask/change_contact", agent, asking)
		sees(t, res, http.StatusTooManyRequests, "")
		if strings.Contains(res.Body.String(), "main contact already") {
			t.Error("the fourth question within the hour is answered")
		}
	})
}

// TestNoAnswerOfTheDeskIsKept by a browser or by what is on the way to it.
func TestNoAnswerOfTheDeskIsKept(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		at := "/care/accounts/" + w.imported("NL123421341").String()
		agent := w.session(w.hire(keyfold.Agent))
		res := w.call(http.MethodPost, at+"/reveal", agent, map[string][]string{"look": {"The caller spells it wrongly"}})
		if got := res.Header().Get("Cache-Control"); !strings.Contains(res.Body.String(), whole) || got != "no-store" {
			t.Errorf("the whole address may be kept: %q", got)
		}
		if got := res.Header().Get("Location"); got != "" || strings.Contains(res.Header().Get("Set-Cookie"), "veldkamp") {
			t.Errorf("it is in the head of the answer: %q", got)
		}
	})
}

// TestAResetByCareCountsForTheMailbox as its customers' own do, and an old bounce
// keeps nobody from it.
func TestAResetByCareCountsForTheMailbox(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		id := w.imported("NL123421341")
		at := "/care/accounts/" + id.String()
		agent := w.session(w.hire(keyfold.Agent))
		for i := range 5 {
			if code, _ := w.post(agent, at+"/reset"); code != http.StatusSeeOther {
				t.Errorf("press %d: %d", i, code)
			}
			w.must(w.registration.AnswerRequests(t.Context()))
			storetest.Exec(w.t, w.db, `update outbox set status = 'bounced', last_error = 'did not arrive: 550', attempts = 1 where next_at <= `+millis(w.clock.Now()))
			w.clock.Pass(time.Second)
		}
		mails, err := w.db.Reader().AccountMails(t.Context(), id, nil, 10)
		w.must(err)
		now, later := 0, 0
		for _, m := range mails {
			if m.Status == store.Bounced {
				now++
			} else if m.Next.Sub(w.clock.Now()) > 50*time.Minute {
				later++
			}
		}
		if now != 3 || later != 1 {
			t.Errorf("%d leave now and %d later, want 3 and 1:\n%v", now, later, mails)
		}
		// The page says so: the one that waits is what the caller waits for.
		if page := w.call(http.MethodGet, at, agent, nil).Body.String(); !strings.Contains(page, "is waiting to leave") {
			t.Error("the advice is about another mail")
		}
	})
}

func millis(at time.Time) string { return strconv.FormatInt(at.UnixMilli(), 10) }

// TestAFreezeKeepsItsNote, though what happened before it is followed later.
func TestAFreezeKeepsItsNote(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		id := w.imported("NL123421341")
		w.change(id, func(a keyfold.Account) (keyfold.Change, error) {
			return a.NeedCare(keyfold.Act{By: "visitor"}, keyfold.CareMail), nil
		})
		w.change(id, func(a keyfold.Account) (keyfold.Change, error) { return a.CareDone(keyfold.Act{By: "staff:1"}) })
		w.clock.Pass(time.Second)
		agent := w.session(w.hire(keyfold.Agent))
		if code, page := w.post(agent, "/care/accounts/"+id.String()+"/freeze", "freeze-said", "no"); code != http.StatusUnprocessableEntity || !strings.Contains(page, "in ten characters or more") {
			t.Errorf("without a reason: %d", code)
		}
		w.post(agent, "/care/accounts/"+id.String()+"/freeze", "freeze-said", "Somebody else is in")
		storetest.Seal(t, w.db)
		for more := true; more; {
			var err error
			more, err = w.desk.Cases.Follow(t.Context())
			w.must(err)
		}
		open, err := w.db.Reader().OpenCases(t.Context(), id)
		if err != nil || len(open) != 1 || open[0].Reason != keyfold.NotMeCase {
			t.Fatalf("%v, %v", open, err)
		}
		if page := w.call(http.MethodGet, "/care/cases/"+open[0].ID, agent, nil).Body.String(); !strings.Contains(page, "Somebody else is in") {
			t.Error("the case does not say why")
		}
	})
}

// TestWhatIsReadAloudNamesWhatIsThere: a caller looks for the words that they hear.
func TestWhatIsReadAloudNamesWhatIsThere(t *testing.T) {
	t.Parallel()
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`“([^”]+)”|„([^“]+)“`)
	for _, lang := range keyfold.Languages() {
		say := texts.Printer(lang)
		labels := map[string]bool{}
		for _, id := range []string{"login.forgot", "check.again", "check.change", "callpin.title"} {
			labels[say.Text(id)] = true
		}
		found := 0
		for _, id := range texts.IDs(lang) {
			if !strings.HasPrefix(id, "care.say_") && id != "care.pin_hint" {
				continue
			}
			for _, q := range quoted.FindAllStringSubmatch(say.Text(id, "When", noon), -1) {
				found++
				if label := q[1] + q[2]; !labels[label] {
					t.Errorf("%s: %s says %q, and no page does", lang, id, label)
				}
			}
		}
		if found < 5 {
			t.Errorf("%s: only %d labels are named", lang, found)
		}
	}
}

// TestAResetOfTheLoginIsSeen: the owner calls, because no mail came.
func TestAResetOfTheLoginIsSeen(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		id := w.owned("NL123421341")
		at := "/care/accounts/" + id.String()
		agent := w.session(w.hire(keyfold.Agent))
		if page := w.call(http.MethodGet, at, agent, nil).Body.String(); !strings.Contains(page, "belongs to a login by email already") {
			t.Error("the advice is another one")
		}
		request := store.ResetRequest{ID: "r1", Email: email(t, "sanne@veldkamp.example"), Language: keyfold.English}
		w.must(w.db.Update(t.Context(), func(tx *store.Tx) error { return tx.PutResetRequest(t.Context(), request) }))
		w.must(w.registration.AnswerRequests(t.Context()))
		page := w.call(http.MethodGet, at, agent, nil).Body.String()
		if !strings.Contains(page, "look in the mailbox of your email login") || !strings.Contains(page, "s••••e@v•••.example, login of the owner") {
			t.Errorf("the page does not know of the mail:\n%s", visible(page))
		}
	})
}

// TestAConfirmationIsMailedAsOftenAsItsCustomerMay, and no more often by care.
func TestAConfirmationIsMailedAsOftenAsItsCustomerMay(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		id := w.imported("NL123421341")
		by := keyfold.Act{By: "visitor"}
		w.change(id, func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(by, noon, "hash") })
		w.change(id, func(a keyfold.Account) (keyfold.Change, error) {
			return a.PendEmail(by, noon, email(t, "sanna@veldkamp.example"))
		})
		agent := w.session(w.hire(keyfold.Agent))
		sent := 0
		for range 7 {
			code, page := w.post(agent, "/care/accounts/"+id.String()+"/resend")
			pagetest.Check(t, page)
			switch code {
			case http.StatusSeeOther:
				sent++
			case http.StatusTooManyRequests:
			default:
				t.Errorf("%d:\n%s", code, visible(page))
			}
		}
		if want := limit.Default().VerifyMailsHour; sent != want || len(w.events("verification.sent_again")) != want {
			t.Errorf("%d are sent, want %d", sent, want)
		}
		if all := w.events("verification.sent_again"); !strings.HasPrefix(all[0], "staff:") {
			t.Errorf("the trail says %s", all[0])
		}
	})
}
