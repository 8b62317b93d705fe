package e2e_test

import (
	"encoding/base32"
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/totp"
)

// A clerk is somebody of the staff at the care desk.
type clerk struct {
	*visitor

	email  string
	factor []byte
	step   int64 // of the last code that was typed
}

const passwordOfClerk = "Molenwiek-om-10"

var enrolLink = regexp.MustCompile(`(?m)^http\S+(/care/enrol/\S+)$`)

// hire makes somebody one of the staff at the command line, and gives the path of
// their link.
func hire(v *visitor, database, email, role string) (path string) {
	v.Helper()
	cmd := exec.CommandContext(v.Context(), program, "staff", "add", email, "--role", role, "--name", "Femke Jansma-van der Molen",
		"--language", v.texts.Language().String())
	cmd.Env = []string{"KEYFOLD_DATABASE_URL=" + database, "KEYFOLD_PUBLIC_URL=" + v.srv.URL, "KEYFOLD_SECRET=" + secret}
	out, err := cmd.CombinedOutput()
	found := enrolLink.FindStringSubmatch(string(out))
	if err != nil || found == nil {
		v.Fatalf("staff add: %v\n%s", err, out)
	}
	v.secrets = append(v.secrets, strings.TrimPrefix(found[1], "/care/enrol/"))
	return found[1]
}

// enrol sets up the login behind a link, after some mistakes.
func enrol(v *visitor, email, path string) *clerk {
	v.Helper()
	c := &clerk{visitor: v, email: email}
	v.goTo(path)
	v.arrive("30-enrol", path, "care.staff_enrol_title")
	v.press("care.staff_enrol_button")
	v.arrive("30-enrol-empty", path, "care.staff_enrol_title")
	key := strings.ReplaceAll(js[string](v.tab, `document.querySelector(".plate code").textContent`), " ", "")
	v.secrets = append(v.secrets, key)
	var err error
	if c.factor, err = base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key); err != nil {
		v.Fatal(err)
	}
	v.fill("field.new_password", passwordOfClerk)
	v.fill("field.repeat_password", passwordOfClerk)
	v.fill("care.staff_code", c.code())
	v.press("care.staff_enrol_button")
	v.arrive("30-enrolled", "/care/login", "care.staff_login_title")
	v.goTo(path)
	v.arrive("30-enrol-used", path, "care.staff_enrol_problem")
	return c
}

// code is the next code that was not used. An app that is one step ahead is as
// good as one that is on time; after that, one waits.
func (c *clerk) code() string {
	c.Helper()
	now := totp.Step(time.Now())
	c.step = max(c.step+1, now)
	for c.step > totp.Step(time.Now())+1 {
		time.Sleep(100 * time.Millisecond)
	}
	return totp.Code(c.factor, c.step)
}

// comeIn logs in at the desk.
func (c *clerk) comeIn() {
	c.Helper()
	c.goTo("/care")
	c.arrive("31-desk-log-in", "/care/login", "care.staff_login_title")
	c.fill("care.staff_email", c.email)
	c.fill("login.password", passwordOfClerk)
	c.fill("care.staff_code", "000000")
	c.press("login.button")
	c.arrive("31-desk-log-in-wrong", "/care/login", "care.staff_login_title")
	c.fill("login.password", passwordOfClerk)
	c.fill("care.staff_code", c.code())
	c.press("login.button")
	if strings.HasPrefix(c.path(), "/care/login") {
		c.Fatalf("not let in:\n%s", c.text())
	}
}

// TestStaffInTheBrowser: two administrators let an agent in, who finds the pages
// of the agents and no others.
func TestStaffInTheBrowser(t *testing.T) {
	database := "sqlite://" + t.TempDir() + "/keyfold.db"
	house, engine := newHouse(t, database), chromium(t)
	for i, l := range []look{{Language: "en"}, {Language: "nl", NoScript: true}, {Language: "de", Dark: true}} {
		t.Run(l.Language, func(t *testing.T) {
			come := func() *visitor {
				v := house.visitor(t, engine, l)
				checked, fit := accessible(v), fits(v)
				v.seen = func(name string) { checked(name); fit(name) }
				return v
			}
			one, other := come(), come()
			name := func(who string) string { return fmt.Sprintf("%s%d@polder.example", who, i) }
			ada := enrol(one, name("ada"), hire(one, database, name("ada"), "administrator"))
			bo := enrol(other, name("bo"), hire(other, database, name("bo"), "administrator"))
			ada.comeIn()
			bo.comeIn()
			letIn(t, ada, bo, name("femke"))

			agent := come()
			mail := agent.mail(name("femke"), 1)
			femke := enrol(agent, name("femke"), strings.TrimPrefix(agent.link(mail, "/care/enrol/"), agent.srv.URL))
			femke.comeIn()
			femke.goTo("/care/me")
			femke.arrive("32-own-login", "/care/me", "care.staff_me_title")
			femke.goTo("/care/staff")
			femke.arrive("32-not-theirs", "/care/staff", "care.not_yours_title")
			femke.goTo("/care/nothing")
			femke.arrive("32-nothing", "/care/nothing", "care.error_not_found_title")

			endLogin(ada, name("femke"))
			femke.goTo("/care/me")
			femke.arrive("32-ended", "/care/login", "care.staff_login_title")
			bo.press("bar.log_out")
			bo.arrive("31-logged-out", "/care/login", "care.staff_login_title")
			for _, v := range []*visitor{one, other, agent} {
				v.clean()
			}
		})
	}
}

// letIn has one administrator ask, and another one say yes.
func letIn(t *testing.T, ada, bo *clerk, newcomer string) {
	t.Helper()
	ada.goTo("/care/staff")
	ada.arrive("33-staff", "/care/staff", "care.staff_list_title")
	ada.press("care.staff_add_title")
	ada.arrive("33-staff-add", "/care/staff/add", "care.staff_add_title")
	ada.press("care.staff_ask")
	ada.arrive("33-staff-add-empty", "/care/staff/add", "care.staff_add_title")
	ada.fill("care.staff_their_email", newcomer)
	ada.fill("care.staff_name", "Femke Jansma")
	ada.press("care.staff_ask")
	ada.arrive("33-staff-asked", "/care/staff", "care.staff_list_title")
	bo.goTo("/care/staff")
	bo.arrive("33-staff-wish", "/care/staff", "care.staff_list_title")
	bo.press("care.staff_yes")
	bo.arrive("33-staff-yes", "/care/staff", "care.staff_list_title")
}

// endLogin ends the login of a colleague.
func endLogin(ada *clerk, email string) {
	ada.Helper()
	ada.goTo("/care/staff")
	ada.after("change", func() {
		ada.mouse(`[...document.querySelectorAll("main tr")].find(r => r.textContent.includes(`+strconv.Quote(email)+`)).querySelector("a")`, 1)
	})
	ada.seen("34-colleague")
	ada.press("care.staff_end")
	ada.arrive("34-ended", "/care/staff", "care.staff_list_title")
}
