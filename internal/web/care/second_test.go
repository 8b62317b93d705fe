package care_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// follow has the queue catch up with what has happened.
func (w *world) follow() {
	w.t.Helper()
	storetest.Seal(w.t, w.db)
	for more := true; more; {
		var err error
		if more, err = w.desk.Cases.Follow(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) account(id keyfold.CustomerID) keyfold.Account {
	w.t.Helper()
	a, err := w.db.Reader().Account(w.t.Context(), id)
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}

// TestACustomerWithoutAMainContactIsHelpedByTwo is a call from beginning to end, by
// the pages alone.
func TestACustomerWithoutAMainContactIsHelpedByTwo(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		agent, supervisor := w.session(w.hire(keyfold.Agent)), w.session(w.hire(keyfold.Supervisor))
		id := storetest.Import(t, w.db, "NL123421341", "")
		w.follow()
		sees(t, w.call(http.MethodGet, "/care/cases", agent, nil), http.StatusOK, "0 customers wait")
		queue := w.call(http.MethodGet, "/care/cases?show=idle", agent, nil)
		sees(t, queue, http.StatusOK, "NL123421341")
		path := between(queue.Body.String(), `<a href="/care/cases/`, `"`)
		sees(t, w.call(http.MethodGet, "/care/cases/"+path, agent, nil), http.StatusOK, "No main contact")
		goesTo(t, w.call(http.MethodPost, "/care/cases/"+path+"/take", agent, nil), "/care/cases/"+path+"?done=taken")
		closing := w.call(http.MethodPost, "/care/cases/"+path+"/close", agent, url.Values{"outcome": {"solved"}})
		sees(t, closing, http.StatusConflict, "The case stays open")
		sees(t, w.call(http.MethodPost, "/care/cases/"+path+"/close", agent, nil), http.StatusUnprocessableEntity, "Choose how the case ended")

		ask := "/care/accounts/NL123421341/ask/change_contact"
		sees(t, w.call(http.MethodGet, ask, agent, nil), http.StatusOK, "New main contact")
		sees(t, w.call(http.MethodPost, ask, agent, url.Values{"new-contact": {"sanne"}}), http.StatusUnprocessableEntity, "problem")
		asked := w.call(http.MethodPost, ask, agent, url.Values{
			"new-contact": {"sanne@veldkamp.example"}, "reason": {"Called back on the number of the contract"}, "evidence-call_back": {"1"},
		})
		approval, _, _ := strings.Cut(asked.Header().Get("Location"), "?")
		sees(t, w.call(http.MethodGet, approval, agent, nil), http.StatusOK, "another one has to answer")
		sees(t, w.call(http.MethodPost, approval+"/approve", agent, nil), http.StatusForbidden, notForYou)
		sees(t, w.call(http.MethodGet, "/care/approvals", supervisor, nil), http.StatusOK, "Change the main contact")
		sees(t, w.call(http.MethodGet, approval, supervisor, nil), http.StatusOK, "sanne@veldkamp.example")
		for range 2 {
			goesTo(t, w.call(http.MethodPost, approval+"/approve", supervisor, nil), approval+"?done=approved")
		}
		if a := w.account(id); a.Coming.Contact.Email.String() != "sanne@veldkamp.example" || !a.Coming.At.Equal(w.clock.Now().Add(24*time.Hour)) {
			t.Errorf("%+v", a.Coming)
		}
		for _, cookie := range []string{agent, supervisor} { // it is a contact now, and no case for anybody to read
			if page := w.call(http.MethodGet, approval, cookie, nil).Body.String(); strings.Contains(page, "sanne@veldkamp.example") {
				t.Error("the page shows the whole address after the answer")
			}
		}
	})
}

// TestNobodySaysYesToOneself by a post without the page, and it is on record.
func TestNobodySaysYesToOneself(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		supervisor := w.session(w.hire(keyfold.Supervisor))
		id := storetest.Import(t, w.db, "NL123421341", "info@veldkamp.example")
		asked := w.call(http.MethodPost, "/care/accounts/NL123421341/ask/change_contact", supervisor, url.Values{
			"new-contact": {"thief@evil.example"}, "reason": {"They sounded quite like the owner"}, "evidence-other": {"1"},
		})
		approval, _, _ := strings.Cut(asked.Header().Get("Location"), "?")
		for _, form := range []url.Values{nil, {"decided_by": {"someone"}}, {"staff": {"someone"}}} {
			sees(t, w.call(http.MethodPost, approval+"/approve", supervisor, form), http.StatusForbidden, "You asked for it yourself")
		}
		if n := len(w.events("care.refused")); n != 3 {
			t.Errorf("%d of 3 tries are on record", n)
		}
		if a := w.account(id); !a.Coming.At.IsZero() {
			t.Errorf("%+v", a.Coming)
		}
	})
}

// TestACodeOfTheHelpFindsItsCase, however it is read out.
func TestACodeOfTheHelpFindsItsCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	agent := w.session(w.hire(keyfold.Agent))
	id := storetest.Import(t, w.db, "NL123421341", "info@veldkamp.example")
	err := w.db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.Record(t.Context(), keyfold.Event{Act: keyfold.Act{By: "visitor"}, Kind: "care.asked", Account: id, Note: "ABCD-2345 no-mail, legacy"})
	})
	if err != nil {
		t.Fatal(err)
	}
	w.follow()
	for _, typed := range []string{"ABCD-2345", "abcd 2345", "abcd2345"} {
		res := w.call(http.MethodGet, "/care/cases?called="+url.QueryEscape(typed), agent, nil)
		if res.Code != http.StatusSeeOther || !strings.HasPrefix(res.Header().Get("Location"), "/care/cases/") {
			t.Errorf("%q: %d to %q", typed, res.Code, res.Header().Get("Location"))
		}
	}
	sees(t, w.call(http.MethodGet, "/care/cases?called=XXXX-XXXX", agent, nil), http.StatusNotFound, "Nobody has this code")
}

// TestACaseIsOpenedFromAnAccount, with a note, and no account that is not there has
// one.
func TestACaseIsOpenedFromAnAccount(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	agent := w.session(w.hire(keyfold.Agent))
	storetest.Import(t, w.db, "NL123421341", "info@veldkamp.example")
	sees(t, w.call(http.MethodGet, "/care/accounts/NL123421341/case", agent, nil), http.StatusOK, "NL123421341")
	sees(t, w.call(http.MethodPost, "/care/accounts/NL123421341/case", agent, nil), http.StatusUnprocessableEntity, "Write a note")
	res := w.call(http.MethodPost, "/care/accounts/nl-123421341/case", agent, url.Values{"note": {"<script>alert(1)</script>\nSecond line"}})
	path, _, _ := strings.Cut(res.Header().Get("Location"), "?")
	page := w.call(http.MethodGet, path, agent, nil)
	sees(t, page, http.StatusOK, "&lt;script&gt;")
	for _, gone := range []string{"/care/accounts/NL999999999/case", "/care/accounts/x/case", "/care/accounts/NL123421341/ask/role", "/care/cases/none", "/care/approvals/none"} {
		sees(t, w.call(http.MethodGet, gone, agent, nil), http.StatusNotFound, "")
	}
}

func between(s, from, to string) string {
	_, s, _ = strings.Cut(s, from)
	s, _, _ = strings.Cut(s, to)
	return s
}
