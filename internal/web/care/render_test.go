package care_test

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web/care"
	"github.com/keyfold/keyfold/internal/web/pagetest"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A stage makes pages for samples, as a handler does.
type stage struct {
	desk *care.Desk
	lang keyfold.Language
	r    *http.Request
}

// page is one for who has a role.
func (s stage) page(role keyfold.StaffRole) care.Page {
	e, err := keyfold.ParseEmail("femke@polder.example")
	if err != nil {
		panic(err)
	}
	return care.NewPage(s.desk, s.r, care.Visit{Staff: keyfold.Staff{ID: "1", Email: e, Name: "Femke Jansma", Role: role, Language: s.lang}})
}

// door is one for who is not logged in.
func (s stage) door() ui.Page { return care.Door(s.desk, s.r) }

// factor is a second factor as a page offers it.
func (s stage) factor() staff.Factor {
	f, err := (&staff.Service{Teller: notice.Teller{Key: token.NewKey("x")}}).NewFactor(staff.Enrolment{})
	if err != nil {
		panic(err)
	}
	return f
}

// samples are all pages of the desk, in each of their states. Each file of pages
// has its own list.
func samples(s stage) map[string]templ.Component {
	all := map[string]templ.Component{}
	for _, some := range []map[string]templ.Component{
		loginSamples(s),
		staffSamples(s),
		findSamples(s),
		manualSamples(s),
		funnelSamples(s),
		accountSamples(s),
		caseSamples(s),
		approvalSamples(s),
	} {
		maps.Copy(all, some)
	}
	return all
}

func loginSamples(s stage) map[string]templ.Component {
	all := map[string]templ.Component{
		"login":        care.LoginPage(care.LoginView{Page: s.door()}),
		"login-notice": care.LoginPage(care.LoginView{Page: s.door(), Notice: "care.staff_session_over"}),
		"login-failed": care.LoginPage(care.LoginView{Page: s.door(), Email: "<x>@y.example", Form: refused("staff.login_failed", "")}),
		"login-empty":  care.LoginPage(care.LoginView{Page: s.door(), Form: refused("email.malformed", "email", "login.missing_password", "password", "staff.code_missing", "code")}),
		"not-yours":    care.NotYoursPage(care.NotYoursView{Page: s.page(keyfold.Administrator)}),
		"error-why":    care.ErrorPage(care.ErrorView{Page: s.door(), Kind: "refused", Why: keyfold.Refuse(keyfold.Denied, "staff.own_role")}),
	}
	enrol := care.EnrolView{Page: s.door(), Staff: s.page(keyfold.Agent).Staff, Factor: s.factor(), Issuer: "Polder Hosting", Policy: ui.PolicyOf(s.desk.Policy, nil)}
	all["enrol"] = care.EnrolPage(enrol)
	enrol.Form = refused("password.length", "new-password", "password.repeat", "repeat-password", "staff.code_wrong", "code")
	enrol.Refusals[0] = enrol.Refusals[0].With("Count", 8)
	enrol.Policy = ui.PolicyOf(s.desk.Policy, enrol.Refusals)
	all["enrol-wrong"] = care.EnrolPage(enrol)
	for _, why := range []string{"staff.link_used", "staff.link_void", "staff.link_expired", "link.unknown"} {
		all["enrol-"+why] = care.EnrolProblemPage(care.EnrolProblemView{Page: s.door(), Why: keyfold.Refuse(keyfold.Gone, why)})
	}
	for _, role := range keyfold.StaffRoles() {
		all["me-"+string(role)] = care.MePage(care.MeView{Page: s.page(role), Since: noon, Expires: noon.Add(12 * time.Hour), Origin: "198.51.100.7"})
	}
	for _, kind := range care.ErrorKinds {
		all["error-"+string(kind)] = care.ErrorPage(care.ErrorView{Page: s.door(), Kind: kind, Reference: "ABCDEF"})
	}
	return all
}

// TestEveryPageOfTheDeskIsAsPagesMustBe in each state and language.
func TestEveryPageOfTheDeskIsAsPagesMustBe(t *testing.T) {
	t.Parallel()
	desk := newDesk(t)
	for _, lang := range keyfold.Languages() {
		s := stage{desk: desk, lang: lang, r: httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/care/x?lang="+lang.String(), nil)}
		for name, page := range samples(s) {
			t.Run(lang.String()+"/"+name, func(t *testing.T) {
				var out bytes.Buffer
				if err := page.Render(t.Context(), &out); err != nil {
					t.Fatal(err)
				}
				pagetest.Check(t, out.String())
			})
		}
	}
}

func refused(pairs ...string) ui.Form {
	var f ui.Form
	for i := 0; i < len(pairs); i += 2 {
		f.Refusals = append(f.Refusals, keyfold.Refuse(keyfold.Invalid, pairs[i]).On(pairs[i+1]))
	}
	return f
}

func email(t *testing.T, s string) keyfold.Email {
	t.Helper()
	e, err := keyfold.ParseEmail(s)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func prefixes(t *testing.T, all ...string) (networks []netip.Prefix) {
	t.Helper()
	for _, s := range all {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			t.Fatal(err)
		}
		networks = append(networks, p)
	}
	return networks
}
