package care_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/web/care"
	"github.com/keyfold/keyfold/internal/web/ui"
)

func findSamples(s stage) map[string]templ.Component {
	with := func(v care.FindView) templ.Component {
		v.Page = s.page(keyfold.Agent)
		return care.FindPage(v)
	}
	hits := []finder.Hit{
		{Account: foundSample("NL123421341", "<b>Veldkamp</b> Media B.V."), In: store.InName, Said: "<b>Veldkamp</b> Media B.V."},
		{Account: foundSample("XX1", ""), In: store.InListedName, Kind: keyfold.BillingContact, Said: "Sanne <Veldkamp>", Alike: true},
		{Account: foundSample("DE245344254", strings.Repeat("Donaudampfschifffahrt", 5)), In: store.InContactName},
	}
	hits[1].Account.Closed, hits[1].Account.NeedsCare, hits[1].Account.Frozen = true, true, true
	hits[2].Account.State = keyfold.EmailPending
	all := map[string]templ.Component{
		"find":            with(care.FindView{}),
		"find-behind":     with(care.FindView{Behind: 123456}),
		"find-empty":      with(care.FindView{Form: refused("find.empty", "q")}),
		"find-slow":       with(care.FindView{Typed: "veldkamp", Form: ui.Form{Refusals: keyfold.Refusals{keyfold.Refuse(keyfold.Slow, "find.slow").After(time.Minute)}}}),
		"find-some":       with(care.FindView{Typed: `"><script>`, Answer: &finder.Answer{By: finder.ByName, Hits: hits, More: true}, Behind: 50}),
		"find-addressed":  with(care.FindView{Typed: "a@x.example", Answer: &finder.Answer{By: finder.ByAddress, Hits: hits[:2], More: true}}),
		"find-ids":        with(care.FindView{Typed: "1", Answer: &finder.Answer{By: finder.ByID, Hits: hits[:2]}}),
		"find-frequent":   with(care.FindView{Typed: "de bv", Answer: &finder.Answer{By: finder.ByName, More: true}}),
		"find-no-id":      with(care.FindView{Typed: "NL1", Answer: &finder.Answer{By: finder.ByID}}),
		"find-no-address": with(care.FindView{Typed: "a@x.example", Answer: &finder.Answer{By: finder.ByAddress}}),
		"find-no-name":    with(care.FindView{Typed: "x", Answer: &finder.Answer{By: finder.ByName}}),
	}
	for _, in := range []store.FoundIn{store.InID, store.InContact, store.InComing, store.InPending, store.InLogin, store.InListed, store.InInvitation, store.InUserName} {
		hit := finder.Hit{Account: foundSample("NL123421341", "Veldkamp"), In: in, Said: "b••••r@t•••.example"}
		all["find-in-"+string(in)] = with(care.FindView{Answer: &finder.Answer{By: finder.ByAddress, Hits: []finder.Hit{hit}}})
	}
	return all
}

func foundSample(id, name string) keyfold.Account {
	parsed, err := keyfold.ParseCustomerID(id)
	if err != nil {
		panic(err)
	}
	return keyfold.Account{ID: parsed, Entity: id[:2], Name: name, State: keyfold.Legacy}
}

// customers are two accounts of one mailbox, which can be found.
func (w *world) customers() {
	w.t.Helper()
	storetest.Import(w.t, w.db, "NL123421341", "buyer@target.example")
	storetest.Import(w.t, w.db, "DE123421341", "office@target.example")
	storetest.Import(w.t, w.db, "NL123421342", "office@target.example")
	storetest.Seal(w.t, w.db)
	for {
		n, _, err := w.desk.Finder.Step(w.t.Context(), 100)
		if err != nil {
			w.t.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func sought(typed string) url.Values { return url.Values{"q": {typed}} }

// TestOneBoxFindsACustomer: who can be only one is opened at once, of others there
// is a list, and no address is in it.
func TestOneBoxFindsACustomer(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		w.customers()
		cookie := w.session(w.hire(keyfold.Agent))
		sees(t, w.call(http.MethodGet, "/care", cookie, nil), http.StatusOK, "Find a customer")
		for _, typed := range []string{"nl 123.421.341", "BUYER@target.example", "buyer <buyer@target.example>"} {
			goesTo(t, w.call(http.MethodPost, "/care", cookie, sought(typed)), "/care/accounts/NL123421341")
		}
		for _, typed := range []string{"123421341", "veldkamp", "sane veldkmap", "office@target.example"} {
			res := w.call(http.MethodPost, "/care", cookie, sought(typed))
			sees(t, res, http.StatusOK, `href="/care/accounts/DE123421341"`)
			list := strings.ReplaceAll(res.Body.String(), `value="office@target.example"`, "")
			if strings.Contains(list, "@target.example") {
				t.Errorf("%q shows an address:\n%s", typed, visible(list))
			}
		}
		sees(t, w.call(http.MethodPost, "/care", cookie, sought("office@target.example")), http.StatusOK, "Main contact: o••••e@t•••.example")
		sees(t, w.call(http.MethodPost, "/care", cookie, sought("nobody@target.example")), http.StatusOK, "We know no customer with this address")
		sees(t, w.call(http.MethodPost, "/care", cookie, sought("NL123421349")), http.StatusOK, "No customer has this ID")
		sees(t, w.call(http.MethodPost, "/care", cookie, sought("zzyzx")), http.StatusOK, "No customer has this name")
		sees(t, w.call(http.MethodPost, "/care", cookie, sought(" ")), http.StatusUnprocessableEntity, "Enter a customer ID")
		if log := w.log.String(); strings.Contains(log, "target.example") || strings.Contains(log, "veldk") {
			t.Errorf("what was typed is in the log:\n%s", log)
		}
		for _, event := range w.events("care.searched") {
			if strings.Contains(event, "@") || strings.Contains(event, "12342") || strings.Contains(strings.ToLower(event), "veldk") {
				t.Errorf("what was typed is in the trail: %s", event)
			}
		}
	})
}

// TestWhatIsInAnAddressIsNotSearched: it would be in logs and histories.
func TestWhatIsInAnAddressIsNotSearched(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	w.customers()
	cookie := w.session(w.hire(keyfold.Agent))
	res := w.call(http.MethodGet, "/care?q=NL123421341", cookie, nil)
	sees(t, res, http.StatusOK, "Find a customer")
	res = w.call(http.MethodPost, "/care?q=NL123421341", cookie, url.Values{})
	if res.Code == http.StatusSeeOther || len(w.events("care.searched")) > 0 {
		t.Errorf("%d", res.Code)
	}
}

// TestSearchingAllDayEnds, for one of the staff, and is on record.
func TestSearchingAllDayEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	w.customers()
	agent, other := w.session(w.hire(keyfold.Agent)), w.session(w.hire(keyfold.Supervisor))
	for i := range 120 {
		if res := w.call(http.MethodPost, "/care", agent, sought(fmt.Sprint("NL", 100_000_000+i))); res.Code != http.StatusOK {
			t.Fatalf("%d after %d", res.Code, i)
		}
	}
	res := w.call(http.MethodPost, "/care", agent, sought("NL123421341"))
	sees(t, res, http.StatusTooManyRequests, "You have searched very often")
	if res.Header().Get("Retry-After") == "" || len(w.events("care.search_refused")) != 1 {
		t.Errorf("%v, %v", res.Header(), w.events("care.search_refused"))
	}
	goesTo(t, w.call(http.MethodPost, "/care", other, sought("NL123421341")), "/care/accounts/NL123421341")
}

// TestAnAdministratorFindsNobody: their first page is another one.
func TestAnAdministratorFindsNobody(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	w.customers()
	cookie := w.session(w.hire(keyfold.Administrator))
	if res := w.call(http.MethodGet, "/care", cookie, nil); res.Code != http.StatusSeeOther {
		t.Errorf("%d", res.Code)
	}
	sees(t, w.call(http.MethodPost, "/care", cookie, sought("NL123421341")), http.StatusForbidden, notForYou)
}
