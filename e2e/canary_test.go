package e2e_test

import (
	"bytes"
	"database/sql"
	"encoding/base32"
	"net/http"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/totp"
)

// TestWhatIsTypedStaysWhereItBelongs types a canary into every field of every page,
// as a stranger, as who is half-way, as an owner of accounts and as each of the
// staff, and into headers, links, imports, the API and the hook. Then it looks for
// all of them: in logs, events, metrics, pages and the bytes of the database.
func TestWhatIsTypedStaysWhereItBelongs(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := newCage(t, engine)
			w.stranger()
			w.ofAnAccount()
			w.staff()
			w.programs()
			w.settle()
			w.look()
		})
	}
}

// A cage is an installation that canaries are let into.
type cage struct {
	*testing.T
	aviary

	url     string
	srv     *server
	metrics string
	sink    *mailsink.Sink
	robots  []*robot
	said    strings.Builder // what commands said
}

const hookSecret = "a-secret-of-the-hook-of-more-than-32-characters"

func newCage(t *testing.T, engine string) *cage {
	t.Helper()
	w := &cage{T: t, url: storetest.URL(t, engine), metrics: "127.0.0.1:" + freePort(t)}
	var err error
	if w.sink, err = mailsink.Start("127.0.0.1:0", mailsink.Options{Now: time.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.sink.Close() })
	for _, id := range []string{"NL700001", "NL700002", "NL700003"} {
		w.imports(id)
	}
	w.srv = serve(t, setup{Database: w.url, SMTP: w.sink.URL(), Env: append([]string{
		"KEYFOLD_LOG_LEVEL=debug", "KEYFOLD_METRICS_LISTEN=" + w.metrics, "KEYFOLD_BOUNCE_SECRET=" + hookSecret,
	}, fast...)})
	return w
}

func (w *cage) imports(id string) {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), program, "import", "customers", "-")
	cmd.Env = []string{"KEYFOLD_DATABASE_URL=" + w.url}
	row := id
	for _, column := range []string{"name", "contact_name"} {
		row += "," + w.draw("import "+column, kept, "Cnry %s")
	}
	cmd.Stdin = strings.NewReader("customer_id,name,contact_name,contact_email\n" + row + "," + w.contact(id) + "\n" +
		w.draw("import of a wrong ID", never, "%s") + ",x,y,z\n")
	out, err := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != 3 {
		w.Fatalf("import: %v\n%s", err, out)
	}
}

func (w *cage) contact(id string) string {
	return "contact-" + strings.ToLower(id) + "@veldkamp.example"
}

func (w *cage) robot(who string) *robot {
	r := newRobot(w.T, &w.aviary, who, w.srv.URL)
	r.fixed["User-Agent"] = w.draw("User-Agent of "+who, kept, "Cnry/%s")
	w.robots = append(w.robots, r)
	return r
}

// link is the newest link of a kind that was mailed to an address.
func (w *cage) link(to, door string) string {
	w.Helper()
	email, err := keyfold.ParseEmail(to)
	if err != nil {
		w.Fatal(err)
	}
	found := ""
	await(w.T, 20*time.Second, func() bool {
		for _, m := range w.sink.For(email) {
			for _, link := range m.Links {
				if strings.Contains(link, door) {
					found = strings.TrimPrefix(link, w.srv.URL)
				}
			}
		}
		return found != ""
	}, func() string { return "no link " + door + " to " + to + "\n" + w.srv.log.String() })
	return found
}

// stranger is who has no login: at each door, with tokens that are none.
func (w *cage) stranger() {
	r := w.robot("stranger")
	r.explore("/", "/login", "/passwordReset/request", "/help", "/care/login", "/care")
	for _, door := range []string{"passwordReset", "register", "notme", "link", "stop", "takeback", "recover", "keep", "invitation", "care/enrol", "no-such-page"} {
		r.get("/" + door + "/" + w.draw("a token in the address of "+door, never, "%s"+strings.Repeat("x", 29)))
	}
	r.get("/login?next=" + w.draw("a parameter", never, "%s"))
	for _, header := range []string{"Authorization", "Cookie", "Referer", "X-Forwarded-For", "X-Request-Id", "Accept-Language"} {
		for _, at := range []string{"/login", "/session", "/api/v1/account", "/hooks/bounces", "/care/login"} {
			value := w.draw("header "+header+" at "+at, never, map[string]string{
				"Authorization": "Bearer kf_%s", "Cookie": "__Host-keyfold=%s" + strings.Repeat("x", 29),
			}[header]+map[bool]string{true: "%s"}[header != "Authorization" && header != "Cookie"])
			req, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.srv.URL+at, nil)
			if err != nil {
				w.Fatal(err)
			}
			req.Header.Set(header, value)
			w.all[len(w.all)-1].text = strings.TrimPrefix(strings.TrimPrefix(value, "Bearer "), "__Host-keyfold=")
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				w.Fatal(err)
			}
			_ = res.Body.Close()
		}
	}
}

// steps brings an account as far as step 4: it has a password, and its session.
func (w *cage) steps(r *robot, id string) {
	w.Helper()
	password := w.draw("password of "+id, never, "Cnry-%s-1")
	r.does(r.get("/passwordReset/request"), "/passwordReset/request", map[string]string{"customer-id": id})
	link := w.link(w.contact(id), "/passwordReset/")
	r.does(r.get(link), link, map[string]string{"new-password": password, "repeat-password": password})
	r.does(r.get("/login"), "/login", map[string]string{"username": id, "password": password})
}

// ofAnAccount is who goes the ten steps, and then all pages of the account.
func (w *cage) ofAnAccount() {
	half := w.robot("who is half-way")
	w.steps(half, "NL700002")
	half.explore("/register", "/call", "/help")
	r := w.robot("owner")
	w.steps(r, "NL700001")
	email := w.draw("address of the owner", kept, "cnry%s@canary.example")
	r.does(r.get("/register"), "/register", map[string]string{"email": email})
	link, password := w.link(email, "/register/"), w.draw("password of the owner", never, "Cnry-%s-1")
	r.does(r.get(link), link, map[string]string{"new-password": password, "repeat-password": password})
	r.does(r.get("/login"), "/login", map[string]string{"username": email, "password": password})
	if s := r.get("/accounts/NL700001"); s.code != http.StatusOK {
		w.Fatalf("the owner does not get in: %d\n%s", s.code, s.text)
	}
	r.explore("/accounts", "/accounts/NL700001", "/accounts/NL700001/details", "/call", "/accounts/add", "/accounts/request", "/help")
	w.visitors(r)
	w.reads(r)
}

var apiKey = regexp.MustCompile(`kf_live_[A-Za-z0-9]{43}`)

// reads is a program with the key that the owner has made. The page showed it once.
func (w *cage) reads(owner *robot) {
	w.Helper()
	for at, text := range owner.answers {
		key := apiKey.FindString(text)
		if key == "" {
			continue
		}
		delete(owner.answers, at)
		w.all = append(w.all, canary{key, "API key", never})
		for _, at := range []string{"/api/v1/account", "/api/v1/users?after=" + w.draw("a parameter of the API", never, "%s")} {
			req, err := http.NewRequestWithContext(w.Context(), http.MethodGet, w.srv.URL+at, nil)
			if err != nil {
				w.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+key)
			res, err := http.DefaultClient.Do(req)
			if err != nil {
				w.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode == http.StatusUnauthorized {
				w.Errorf("the key does not work at %s", at)
			}
		}
		return
	}
	w.Fatal("no page showed an API key")
}

// visitors are links that were mailed on the way, opened by whoever has them.
func (w *cage) visitors(owner *robot) {
	r := w.robot("who has a link")
	for _, m := range w.sink.Mails() {
		for _, link := range m.Links {
			if at := strings.TrimPrefix(link, w.srv.URL); at != link && len(path.Base(at)) > 40 {
				r.explore(at)
				owner.explore(at)
			}
		}
	}
}

var plate = regexp.MustCompile(`<p class="plate"><code>([^<]*)</code>`)

// staff are four, who go through all pages.
func (w *cage) staff() {
	for _, role := range []string{"agent", "supervisor", "auditor", "administrator"} {
		r, _ := w.hired(role, role)
		r.explore("/care", "/care/accounts/NL700001", "/care/accounts/NL700003", "/care/cases", "/care/approvals", "/care/funnel", "/care/staff", "/care/manual",
			"/care/accounts/NL700001/case", "/care/accounts/NL700003/ask/change_contact")
	}
}

// hired is one of the staff, who has enrolled and is logged in.
func (w *cage) hired(who, role string) (r *robot, email string) {
	w.Helper()
	r = w.robot(who)
	email = w.draw("address of the "+who, kept, "cnry%s@canary.example")
	cmd := exec.CommandContext(w.Context(), program, "staff", "add", email, "--role", role, "--name", w.draw("name of the "+who, kept, "Cnry %s"))
	cmd.Env = []string{"KEYFOLD_DATABASE_URL=" + w.url, "KEYFOLD_PUBLIC_URL=" + w.srv.URL, "KEYFOLD_SECRET=" + secret}
	out, err := cmd.CombinedOutput()
	found := enrolLink.FindStringSubmatch(string(out))
	if err != nil || found == nil {
		w.Fatalf("staff add: %v\n%s", err, out)
	}
	w.all = append(w.all, canary{path.Base(found[1]), "link to enrol of the " + who, never})
	s := r.get(found[1])
	key := strings.ReplaceAll(plate.FindStringSubmatch(s.text)[1], " ", "")
	factor, err := base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString(key)
	if err != nil {
		w.Fatal(err)
	}
	w.all = append(w.all, canary{key, "second factor of the " + who, never})
	password, now := w.draw("password of the "+who, never, "Cnry-%s-1"), totp.Step(time.Now())
	r.does(s, found[1], map[string]string{"new-password": password, "repeat-password": password, "code": totp.Code(factor, now)})
	r.does(r.get("/care/login"), "/care/login", map[string]string{"email": email, "password": password, "code": totp.Code(factor, now+1)})
	if s := r.get("/care/me"); s.code != http.StatusOK || s.at.Path != "/care/me" {
		w.Fatalf("the %s does not get in: %d\n%s", who, s.code, s.text)
	}
	delete(r.pages, r.base+found[1]) // shows the factor, once
	return r, email
}

// programs are what no person does.
func (w *cage) programs() {
	body := `{"bounces":[{"message_id":"<` + w.draw("message ID of a bounce", kept, "%s") + `@x>","recipient":"` + w.draw("recipient of a bounce", kept, "cnry%s@canary.example") +
		`","action":"failed","status":"5.1.1","diagnostic":"` + w.draw("diagnostic of a bounce", kept, "550 %s") + `"}]}`
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	for _, key := range []string{hookSecret, w.draw("secret of a forger", never, "%s"+strings.Repeat("x", 30))} {
		req, err := http.NewRequestWithContext(w.Context(), http.MethodPost, w.srv.URL+"/hooks/bounces", strings.NewReader(body))
		if err != nil {
			w.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/json")
		req.Header.Set(token.HeaderTimestamp, stamp)
		req.Header.Set(token.HeaderSignature, token.Sign([]byte(key), stamp, []byte(body)))
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			w.Fatal(err)
		}
		_ = res.Body.Close()
	}
}

// settle waits until what was asked for is done, and ends the server.
func (w *cage) settle() {
	w.Helper()
	w.query(func(db *sql.DB) {
		await(w.T, 30*time.Second, func() bool {
			var n int
			err := db.QueryRowContext(w.Context(), `select (select count(*) from reset_requests) + (select count(*) from link_requests) +
				(select count(*) from outbox where status in ('queued', 'sending') and attempts = 0 and next_at < $1)`, time.Now().UnixMilli()).Scan(&n)
			return err == nil && n == 0
		}, func() string { return "something is always under way\n" + w.srv.log.String() })
	})
	res, err := request(w.Context(), "http://"+w.metrics+"/metrics")
	if err != nil || !strings.Contains(res.body, "keyfold_requests_total") {
		w.Fatal(err, res)
	}
	w.said.WriteString(res.body)
	for _, args := range [][]string{{"audit", "verify"}, {"audit", "query"}, {"audit", "export"}, {"config", "print"}, {"funnel"}} {
		cmd := exec.CommandContext(w.Context(), program, args...)
		cmd.Env = []string{"KEYFOLD_DATABASE_URL=" + w.url, "KEYFOLD_SECRET=" + secret, "KEYFOLD_BOUNCE_SECRET=" + hookSecret}
		out, err := cmd.CombinedOutput()
		if err != nil {
			w.Errorf("%v: %v\n%s", args, err, out)
		}
		w.said.Write(out)
	}
	w.srv.stop(w.T)
}

func (w *cage) query(do func(*sql.DB)) {
	w.Helper()
	query(w.T, w.url, do)
}

// query opens a database beside the server.
func query(tb testing.TB, url string, do func(*sql.DB)) {
	tb.Helper()
	driver, source := "pgx", url
	if file, lite := strings.CutPrefix(url, "sqlite://"); lite {
		driver, source = "sqlite", "file:"+file+"?_pragma=busy_timeout(20000)"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	do(db)
}

// raw is each byte of the files of the database, or each of its rows where others
// keep the files.
func (w *cage) raw(rows string) string {
	w.Helper()
	file, lite := strings.CutPrefix(w.url, "sqlite://")
	if !lite {
		return rows
	}
	files, err := filepath.Glob(file + "*")
	if err != nil {
		w.Fatal(err)
	}
	var all bytes.Buffer
	for _, file := range files {
		if strings.HasSuffix(file, ".secret") {
			continue
		}
		b, err := os.ReadFile(file)
		if err != nil {
			w.Fatal(err)
		}
		all.Write(b)
	}
	return all.String()
}

// rows are all lines of all tables, and of that of the events.
func (w *cage) rows() (all, events string) {
	w.Helper()
	db, err := store.Open(w.Context(), store.Options{URL: w.url, Now: time.Now})
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var every, trail bytes.Buffer
	err = db.Dump(w.Context(), func(d *store.Dump) error {
		for _, table := range d.Tables {
			to := &every
			if table.Name == "events" {
				to = &trail
			}
			if err := d.Read(w.Context(), table, to); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return every.String() + trail.String(), trail.String()
}

// look finds each canary that has got out.
func (w *cage) look() {
	w.Helper()
	for _, m := range w.sink.Mails() {
		for _, link := range m.Links {
			if secret := path.Base(link); len(secret) > 40 {
				w.all = append(w.all, canary{secret, "link of a mail to " + m.To, never})
			}
		}
	}
	rows, events := w.rows()
	places := map[string]string{"the log": w.srv.log.String(), "an event": events, "metrics or a command": w.said.String()}
	raw, pages := w.raw(rows), map[string]string{}
	inputs := 0
	for _, r := range w.robots {
		inputs += len(r.inputs)
		for at, text := range r.pages {
			pages[r.who+" at "+at] = text
		}
	}
	lower, home := strings.ToLower, 0
	for _, c := range w.all {
		if c.fate == kept && strings.Contains(lower(rows), lower(c.text)) {
			home++
		}
		sought := c.text
		for place, text := range places {
			if i := strings.Index(lower(text), lower(sought)); i >= 0 {
				w.Errorf("%s is in %s: %q", c.where, place, text[max(0, i-150):min(len(text), i+80)])
			}
		}
		if c.fate == kept {
			continue
		}
		if c.fate == never {
			w.nowhere(c, "the bytes of the database", raw)
		}
		w.nowhere(c, "a row of the database", rows)
		for at, text := range pages {
			if !strings.Contains(at, c.text) { // it is in the address of the page
				w.nowhere(c, "the page of "+at, text)
			}
		}
		if c.fate == never {
			w.unanswered(c)
		}
	}
	w.Logf("%d canaries were let in, in %d fields and on %d pages; %d are at home", len(w.all), inputs, len(pages), home)
	if inputs < 75 || len(w.all) < 180 || len(pages) < 500 || home < 30 {
		w.Error("these are too few: the robots got lost")
	}
}

// unanswered wants it in no answer to a form either.
func (w *cage) unanswered(c canary) {
	w.Helper()
	for _, r := range w.robots {
		for at, text := range r.answers {
			if !strings.Contains(at, c.text) {
				w.nowhere(c, "the answer to "+r.who+" at "+at, text)
			}
		}
	}
}

func (w *cage) nowhere(c canary, place, text string) {
	w.Helper()
	if i := strings.Index(text, c.text); i >= 0 {
		w.Errorf("%s (%s) is in %s: %q", c.where, c.text, place, text[max(0, i-150):min(len(text), i+80)])
	}
}
