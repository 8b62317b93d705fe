package care_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web/care"
)

func staffSamples(s stage) map[string]templ.Component {
	admin := s.page(keyfold.Administrator)
	f := admin.Staff
	f.ID, f.Name, f.Role, f.Factor = "2", "Joris <b>", keyfold.Agent, "x"
	waits, gone := f, f
	waits.Factor, gone.Disabled = "", true
	all := []store.Colleague{{Staff: admin.Staff, Added: noon}, {Staff: f, Seen: noon}, {Staff: waits}, {Staff: gone}}
	var wishes []store.NamedWish
	for i, kind := range []keyfold.StaffWishKind{keyfold.WishAdd, keyfold.WishReset, keyfold.WishEnable, keyfold.WishRole} {
		w := keyfold.StaffWish{ID: string(kind), Kind: kind, Email: f.Email, Name: f.Name, Role: f.Role, Asked: noon, Expires: noon.Add(keyfold.WishFor), AskedBy: "2"}
		if i == 0 {
			w.AskedBy = admin.Staff.ID
		}
		wishes = append(wishes, store.NamedWish{StaffWish: w, Asker: "Ada"})
	}
	return map[string]templ.Component{
		"staff":         care.StaffPage(care.StaffView{Page: admin, All: all, Wishes: wishes, Said: "care.staff_said_asked"}),
		"staff-auditor": care.StaffPage(care.StaffView{Page: s.page(keyfold.Auditor), All: all}),
		"staff-own":     care.StaffPage(care.StaffView{Page: admin, All: all, Wishes: wishes, Form: refused("staff.own_wish", "")}),
		"staff-add":     care.StaffAddPage(care.StaffAddView{Page: admin}),
		"staff-add-bad": care.StaffAddPage(care.StaffAddView{Page: admin, Email: "<", Role: "auditor", Language: "de", Form: refused("email.malformed", "email", "staff.name_missing", "name")}),
		"colleague":     care.ColleaguePage(care.ColleagueView{Page: admin, Who: f}),
		"colleague-off": care.ColleaguePage(care.ColleagueView{Page: admin, Who: gone}),
		"colleague-bad": care.ColleaguePage(care.ColleagueView{Page: admin, Who: f, Form: refused("staff.role_same", "role")}),
	}
}

// another is one more of a role.
func (w *world) another(name string, role keyfold.StaffRole) keyfold.Staff {
	w.t.Helper()
	in, err := w.desk.Staff.Add(w.t.Context(), keyfold.Act{By: "test"}, staff.Newcomer{Email: email(w.t, name+"@polder.example"), Name: name, Role: role})
	if err != nil {
		w.t.Fatal(err)
	}
	w.enrol(in)
	return w.byEmail(w.t, name+"@polder.example")
}

// TestTwoAdministratorsManageTheStaff on the pages: one asks, another one answers,
// and neither page has the link.
func TestTwoAdministratorsManageTheStaff(t *testing.T) {
	t.Parallel()
	forEach(t, func(t *testing.T, w *world) {
		ada, bo := w.session(w.another("ada", keyfold.Administrator)), w.session(w.another("bo", keyfold.Administrator))
		form := url.Values{"email": {"femke@polder.example"}, "name": {"Femke"}, "role": {"administrator"}, "language": {"nl"}}
		sees(t, w.call(http.MethodPost, "/care/staff/add", ada, form), http.StatusForbidden, "Nobody manages the logins of their own role")
		form.Set("role", "agent")
		form.Set("name", "")
		sees(t, w.call(http.MethodPost, "/care/staff/add", ada, form), http.StatusUnprocessableEntity, "name-error")
		form.Set("name", "Femke")
		goesTo(t, w.call(http.MethodPost, "/care/staff/add", ada, form), "/care/staff?said=asked")
		sees(t, w.call(http.MethodPost, "/care/staff/add", bo, form), http.StatusConflict, "waits for an answer already")
		wish := w.wish(t)
		sees(t, w.call(http.MethodGet, "/care/staff", ada, nil), http.StatusOK, "Take it back")
		sees(t, w.call(http.MethodPost, wish, ada, url.Values{"do": {"yes"}}), http.StatusForbidden, "You asked for this yourself")
		sees(t, w.call(http.MethodPost, wish, bo, url.Values{"do": {"perhaps"}}), http.StatusBadRequest, "")
		sees(t, w.call(http.MethodGet, "/care/staff", bo, nil), http.StatusOK, "Yes, do it")
		res := w.call(http.MethodPost, wish, bo, url.Values{"do": {"yes"}})
		goesTo(t, res, "/care/staff?said=yes")
		sees(t, w.call(http.MethodPost, wish, bo, url.Values{"do": {"yes"}}), http.StatusConflict, "waits for no answer any more")
		list := w.call(http.MethodGet, "/care/staff?said=yes", bo, nil)
		sees(t, list, http.StatusOK, "Not set up yet")
		if strings.Contains(list.Body.String(), "/care/enrol/") {
			t.Error("the page has the link")
		}
		w.manages(t, ada, bo)
	})
}

// wish is the door of the wish that waits.
func (w *world) wish(t *testing.T) string {
	t.Helper()
	all, err := w.db.Reader().StaffWishes(t.Context())
	if err != nil || len(all) != 1 {
		t.Fatalf("%v, %d wishes", err, len(all))
	}
	return "/care/staff/wishes/" + all[0].ID
}

func (w *world) manages(t *testing.T, ada, bo string) {
	t.Helper()
	femke := "/care/staff/" + string(w.byEmail(t, "femke@polder.example").ID)
	sees(t, w.call(http.MethodGet, femke, ada, nil), http.StatusOK, "End this login")
	sees(t, w.call(http.MethodPost, femke, ada, url.Values{"do": {"role"}, "role": {"agent"}}), http.StatusConflict, "That is the role already")
	sees(t, w.call(http.MethodPost, femke, ada, url.Values{"do": {"role"}, "role": {"administrator"}}), http.StatusForbidden, "Nobody manages")
	sees(t, w.call(http.MethodPost, femke, ada, url.Values{"do": {"add"}}), http.StatusUnprocessableEntity, "")
	goesTo(t, w.call(http.MethodPost, femke, ada, url.Values{"do": {"role"}, "role": {"auditor"}}), "/care/staff?said=asked")
	goesTo(t, w.call(http.MethodPost, w.wish(t), bo, url.Values{"do": {"no"}}), "/care/staff?said=no")
	goesTo(t, w.call(http.MethodPost, femke, bo, url.Values{"do": {"reset"}}), "/care/staff?said=asked")
	goesTo(t, w.call(http.MethodPost, w.wish(t), bo, url.Values{"do": {"withdrawn"}}), "/care/staff?said=withdrawn")
	goesTo(t, w.call(http.MethodPost, femke, ada, url.Values{"do": {"disable"}}), "/care/staff?said=ended")
	sees(t, w.call(http.MethodPost, femke, ada, url.Values{"do": {"disable"}}), http.StatusConflict, "This login is disabled")
	if f := w.byEmail(t, "femke@polder.example"); !f.Disabled || f.Role != keyfold.Agent {
		t.Errorf("%+v", f)
	}
	equal := "/care/staff/" + string(w.byEmail(t, "bo@polder.example").ID)
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		sees(t, w.call(method, equal, ada, url.Values{"do": {"disable"}}), http.StatusForbidden, "Nobody manages")
		sees(t, w.call(method, "/care/staff/nobody", ada, url.Values{"do": {"disable"}}), http.StatusNotFound, "")
	}
	w.clock.Pass(time.Minute)
	sees(t, w.call(http.MethodGet, "/care/staff", bo, nil), http.StatusOK, "Disabled")
}
