package e2e_test

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os/exec"
	"path"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestALoginOfAnAgentStealsNothing: a thief has the login of an agent, and does
// with it in a minute what a person would in half an hour. None of it succeeds, and
// the trail has each try: no more and no less than what was tried.
func TestALoginOfAnAgentStealsNothing(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			w := newRaid(t, engine)
			for _, one := range attempts(w) {
				one.do(w)
				w.onRecord(one)
			}
			w.nothingIsStolen()
		})
	}
}

// The accounts that a thief is after.
const (
	owned   = "NL700001" // has an owner
	waiting = "NL700002" // an address of its customer waits for its mailbox
	bounced = "NL700003" // the server of its main contact repeats the address that it refuses
	fresh   = "NL700004" // nobody has come yet
)

// mine is the mailbox of the thief.
const mine = "thief@evil.example"

// A raid is an installation, and who tries to steal from it.
type raid struct {
	*cage

	thief      *robot // an agent
	colleague  *robot // another one, whose login the thief has as well
	supervisor *robot // an honest one, who can be talked into a yes
	owner      *robot
	names      map[*robot]string // as the trail has them
	addresses  map[*robot]string
	shown      int   // whole addresses that the thief has paid for with a trace
	after      int64 // up to where the trail was read
	unread     []entry
}

// An attempt is something that a thief does, and what the trail has of them
// afterwards: how many events of a kind and with a note, or, behind a star, with
// any. Some are as many as it takes.
type attempt struct {
	name  string
	do    func(*raid)
	by    *robot // nil: the thief
	trail map[string]int
}

const some = -1

// An entry is an event as the export has it.
type entry struct {
	Seq         int64
	Kind, Actor string
	Note        string
}

func newRaid(t *testing.T, engine string) *raid {
	t.Helper()
	w := &raid{cage: newCage(t, engine), names: map[*robot]string{}, addresses: map[*robot]string{}}
	w.imports(fresh)
	w.sink.Script(func(to string, _ int) mailsink.Answer {
		if to == w.contact(bounced) {
			return mailsink.Reply(mailsink.AtRcpt, 550, [3]int{5, 1, 1}, "<"+to+">: no such user, says "+to)
		}
		return mailsink.Accept()
	})
	w.owner = w.robot("owner")
	w.steps(w.owner, owned)
	w.owner.does(w.owner.get("/register"), "/register", map[string]string{"email": "owner@canary.example"})
	link, password := w.link("owner@canary.example", "/register/"), w.draw("password of the owner", never, "Cnry-%s-1")
	w.owner.does(w.owner.get(link), link, map[string]string{"new-password": password, "repeat-password": password})
	w.owner.does(w.owner.get("/login"), "/login", map[string]string{"username": "owner@canary.example", "password": password})
	half := w.robot("who is half-way")
	w.steps(half, waiting)
	half.does(half.get("/register"), "/register", map[string]string{"email": "half@canary.example"})
	w.robot("a customer").does(w.robot("a customer").get("/passwordReset/request"), "/passwordReset/request", map[string]string{"customer-id": bounced})
	for who, role := range map[**robot]string{&w.thief: "agent", &w.colleague: "agent", &w.supervisor: "supervisor"} {
		r, address := w.hired(fmt.Sprintf("%s %d", role, len(w.names)), role)
		*who, w.addresses[r] = r, address
		w.query(func(db *sql.DB) {
			var id string
			if err := db.QueryRowContext(t.Context(), `select id from staff where email = $1`, address).Scan(&id); err != nil {
				t.Fatal(err)
			}
			w.names[r] = "staff:" + id
		})
		r.read = nil // how they came in is another test's matter
	}
	w.thief.reader = true
	w.sealed()
	w.unread = nil
	return w
}

// onRecord wants the trail to have what was tried.
func (w *raid) onRecord(one attempt) {
	w.Helper()
	by := one.by
	if by == nil {
		by = w.thief
	}
	w.sealed()
	var theirs []entry
	for _, e := range w.unread {
		if e.Actor == w.names[by] {
			theirs = append(theirs, e)
		}
	}
	w.unread = nil
	got := map[string]int{}
	for _, e := range theirs {
		text := strings.TrimSpace(e.Kind + " " + e.Note)
		if _, exact := one.trail[text]; !exact {
			text = e.Kind + "*"
		}
		if got[text]++; one.trail[text] == 0 {
			w.Errorf("%s: the trail has %s: %s", one.name, e.Kind, e.Note)
		}
	}
	for text, n := range one.trail {
		if got[text] != n && (n != some || got[text] == 0) {
			w.Errorf("%s: the trail has %q %d times, want %d", one.name, text, got[text], n)
		}
	}
}

// sealed reads the trail up to what is there now.
func (w *raid) sealed() {
	w.Helper()
	var last int64
	w.query(func(db *sql.DB) {
		if err := db.QueryRowContext(w.Context(), `select max(seq) from events`).Scan(&last); err != nil {
			w.Fatal(err)
		}
	})
	await(w.T, 20*time.Second, func() bool {
		w.trail()
		return w.after >= last
	}, func() string { return fmt.Sprintf("the export ends at %d, before %d", w.after, last) })
}

// trail reads the export from where it ended the last time.
func (w *raid) trail() {
	w.Helper()
	lines := json.NewDecoder(strings.NewReader(w.run("audit", "export", "--after", strconv.FormatInt(w.after, 10))))
	for {
		var e entry
		if err := lines.Decode(&e); err == io.EOF {
			return
		} else if err != nil {
			w.Fatal(err)
		}
		if e.Kind != "" {
			w.after = e.Seq
			w.unread = append(w.unread, e)
		}
	}
}

// run is what a command of the operator says.
func (w *raid) run(args ...string) string {
	w.Helper()
	cmd := exec.CommandContext(w.Context(), program, args...)
	cmd.Env = []string{"KEYFOLD_DATABASE_URL=" + w.url, "KEYFOLD_SECRET=" + secret}
	var out, problem bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problem
	if err := cmd.Run(); err != nil {
		w.Errorf("%v: %v\n%s%s", args, err, &problem, &out)
	}
	return out.String()
}

// posts sends a form that no page had.
func (w *raid) posts(r *robot, path string, form ...string) sheet {
	w.Helper()
	return r.send(http.MethodPost, r.base+path, pairs(form))
}

func pairs(form []string) url.Values {
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	return values
}

// volley sends many at once, and gives what they were answered.
func (w *raid) volley(r *robot, method string, paths []string, form ...string) (pages []string) {
	w.Helper()
	pages = make([]string, len(paths))
	var all sync.WaitGroup
	turns := make(chan struct{}, 16)
	for i, path := range paths {
		all.Go(func() {
			turns <- struct{}{}
			defer func() { <-turns }()
			var err error
			if pages[i], err = r.throw(method, path, pairs(form)); err != nil {
				w.Error(err)
			}
		})
	}
	all.Wait()
	r.read = append(r.read, pages...)
	return pages
}

// throw sends one request, and can be used by many at once.
func (r *robot) throw(method, path string, form url.Values) (string, error) {
	req, err := http.NewRequestWithContext(r.Context(), method, r.base+path, strings.NewReader(form.Encode()))
	if err != nil {
		return "", err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	for name, value := range r.jar {
		req.AddCookie(&http.Cookie{Name: name, Value: value})
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if res.StatusCode >= 500 {
		err = fmt.Errorf("%s %s: %d", method, path, res.StatusCode)
	}
	return string(body), err
}

func times(n int, path string) []string { return strings.Fields(strings.Repeat(path+" ", n)) }

// account is as the database has it.
func (w *raid) account(name string) (a keyfold.Account) {
	w.Helper()
	db, err := store.Open(w.Context(), store.Options{URL: w.url, Now: time.Now})
	if err != nil {
		w.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	id, err := keyfold.ParseCustomerID(name)
	if err == nil {
		a, err = db.Reader().Account(w.Context(), id)
	}
	if err != nil {
		w.Fatal(err)
	}
	return a
}

// nothingIsStolen looks at what the thief has, and at what the customers have.
func (w *raid) nothingIsStolen() {
	w.Helper()
	for _, id := range []string{owned, waiting, bounced, fresh} {
		if a := w.account(id); a.Contact.Email.String() != w.contact(id) {
			w.Errorf("%s has the main contact %s", id, a.Contact.Email)
		}
	}
	if a := w.account(owned); a.Owner == "" || a.Frozen {
		w.Errorf("%s has the owner %q", owned, a.Owner)
	}
	links, whole := 0, 0
	for _, r := range []*robot{w.thief, w.colleague} {
		seen := strings.Join(r.read, "\n")
		for _, m := range w.sink.Mails() {
			for _, link := range m.Links {
				if token := path.Base(link); len(token) > 40 {
					links++
					if strings.Contains(seen, token) {
						w.Errorf("the thief has a link of a mail to %s: %s", m.To, link)
					}
				}
			}
		}
		for _, address := range []string{w.contact(owned), w.contact(waiting), w.contact(bounced), w.contact(fresh), "owner@canary.example", "half@canary.example", w.addresses[w.supervisor]} {
			for _, page := range r.read {
				if strings.Contains(strings.ReplaceAll(page, `value="`+address+`"`, ""), address) { // what they typed is theirs
					whole++
				}
			}
		}
	}
	if whole != w.shown {
		w.Errorf("whole addresses are on %d pages; %d are on record as looked at", whole, w.shown)
	}
	if len(w.thief.read) < 100 || links < 10 {
		w.Errorf("the thief saw %d pages, and %d links were mailed: that was no raid", len(w.thief.read), links)
	}
	w.run("audit", "verify")
}
