package care_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/pagetest"
)

// TestANumberIsCheckedBeforeItIsEvidence: the form says so at its boxes, keeps what
// was typed, and takes it once the number was right.
func TestANumberIsCheckedBeforeItIsEvidence(t *testing.T) {
	forEach(t, func(t *testing.T, w *world) {
		at := "/care/accounts/" + w.owned("NL123421341").String()
		agent := w.session(w.hire(keyfold.Agent))
		form := url.Values{"reason": {"They are locked out of the mailbox"}, "evidence-pin": {"1"}}
		for _, typed := range []string{"", "000000"} {
			if typed != "" {
				w.post(agent, at+"/pin", "pin", typed)
			}
			res := w.call(http.MethodPost, at+"/ask/unlink", agent, form)
			page := res.Body.String()
			pagetest.Check(t, page)
			sees(t, res, http.StatusUnprocessableEntity, "Check the number on the page of the account first")
			sees(t, res, http.StatusUnprocessableEntity, `<a href="#evidence">`)
			sees(t, res, http.StatusUnprocessableEntity, `name="evidence-pin" value="1" checked`)
			sees(t, res, http.StatusUnprocessableEntity, "They are locked out of the mailbox")
		}
		p, err := w.desk.Care.PIN(t.Context(), keyfold.Act{By: "user:u1"}, "u1")
		w.must(err)
		if code, page := w.post(agent, at+"/pin", "pin", p.Digits); code != http.StatusOK {
			t.Fatalf("%d:\n%s", code, visible(page))
		}
		if res := w.call(http.MethodPost, at+"/ask/unlink", agent, form); res.Code != http.StatusSeeOther {
			t.Errorf("%d:\n%s", res.Code, visible(res.Body.String()))
		}
	})
}
