package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/person"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/trail"
	"github.com/keyfold/keyfold/internal/transfer"
)

// Somebody who can be told from everybody else, in whatever place.
type somebody struct {
	id                         keyfold.UserID
	email, name, origin, agent string
}

var (
	leaver = somebody{"u-leaver", "Canary.Leaver@Erase-Me.example", "Canarina Namesdottir", "203.0.113.77", "CanaryBrowser/9.9"}
	keeper = somebody{"u-keeper", "odile.keeper@stay.example", "Odile Keeper", "198.51.100.99", "KeptBrowser/1.0"}
)

// marks are what nobody must find of somebody, in small letters.
func (s somebody) marks() []string {
	return []string{strings.ToLower(s.email), "canarina", "namesdottir", s.origin, strings.ToLower(s.agent), "erase-me"}
}

// people is a database in which both are in every place that there is.
type people struct {
	*testing.T

	db  *store.DB
	url string
	s   *trail.Service
	at  int64
}

func newPeople(t *testing.T, engine string) (w *people, environ []string) {
	t.Helper()
	w = &people{T: t, url: storetest.URL(t, engine), at: time.Now().UnixMilli()}
	w.db = storetest.OpenURL(t, w.url, time.Now)
	w.s = &trail.Service{DB: w.db, Key: token.NewKey(auditSecret)}
	if err := checkSecret(t.Context(), w.db, w.s.Key); err != nil {
		t.Fatal(err)
	}
	w.exec(`insert into staff (id, email, email_key, name, language, role, password_hash, factor, factor_step, disabled, version, created_at, updated_at)
		values ('s1', 'agent@provider.example', 'agent@provider.example', 'Agnes', 'en', 'agent', '', '', 0, false, 1, 0, 0)`)
	for _, s := range []somebody{keeper, leaver} {
		w.join(s)
	}
	w.accounts()
	for _, s := range []somebody{keeper, leaver} {
		w.everywhere(s)
	}
	w.settle()
	return w, []string{"KEYFOLD_DATABASE_URL=" + w.url, "KEYFOLD_SECRET=" + auditSecret}
}

func (w *people) exec(q string, args ...any) { w.Helper(); storetest.Exec(w.T, w.db, q, args...) }

func (w *people) update(do func(tx *store.Tx) error) {
	w.Helper()
	if err := w.db.Update(w.Context(), do); err != nil {
		w.Fatal(err)
	}
}

func (w *people) settle() {
	w.Helper()
	if _, err := w.s.Seal(w.Context()); err != nil {
		w.Fatal(err)
	}
	for index := (&finder.Service{DB: w.db}); ; {
		n, _, err := index.Step(w.Context(), 500)
		if err != nil {
			w.Fatal(err)
		}
		if n == 0 {
			return
		}
	}
}

func (s somebody) act() keyfold.Act { return keyfold.Act{By: "user:" + string(s.id), From: s.origin} }

func (s somebody) address(t *testing.T) keyfold.Email {
	t.Helper()
	email, err := keyfold.ParseEmail(s.email)
	if err != nil {
		t.Fatal(err)
	}
	return email
}

func (w *people) join(s somebody) {
	w.Helper()
	w.update(func(tx *store.Tx) error {
		return tx.ApplyUser(w.Context(), keyfold.NewUser(keyfold.Act{By: "visitor", From: s.origin}, s.id, s.address(w.T), s.name, keyfold.Dutch, "a-hash"))
	})
}

// accounts are three: the keeper owns two of them, and the leaver has access to
// one; at the third, the leaver's address waits.
func (w *people) accounts() {
	w.Helper()
	now := time.Now()
	for i, name := range []string{"NL300001", "NL300002", "NL300003"} {
		id := storetest.Import(w.T, w.db, name, "info@customer.example")
		waits := keeper
		if i == 2 {
			waits = leaver
		}
		steps := []func(a keyfold.Account) (keyfold.Change, error){
			func(a keyfold.Account) (keyfold.Change, error) { return a.SetPassword(waits.act(), now, "a-hash") },
			func(a keyfold.Account) (keyfold.Change, error) {
				return a.PendEmail(waits.act(), now, waits.address(w.T))
			},
			func(a keyfold.Account) (keyfold.Change, error) { return a.Register(waits.act(), now, waits.id) },
		}
		for _, step := range steps[:3-i/2] {
			w.update(func(tx *store.Tx) error {
				a, err := tx.Account(w.Context(), id)
				if err != nil {
					return err
				}
				c, err := step(a)
				if err != nil {
					return err
				}
				return tx.Apply(w.Context(), c)
			})
		}
	}
	w.update(func(tx *store.Tx) error {
		id, _ := keyfold.ParseCustomerID("NL300001")
		a, err := tx.Account(w.Context(), id)
		if err != nil {
			return err
		}
		c, err := a.Admit(keeper.act(), keyfold.Member{Account: id, User: leaver.id, Roles: keyfold.RolesOf(keyfold.Admin)}, "invited")
		if err != nil {
			return err
		}
		return tx.ApplyMember(w.Context(), c)
	})
	w.exec(`update accounts set former_pending = $1, former_email = $1 where customer_id = 'NL300002'`, leaver.email)
}

// everywhere writes somebody into every table that can name a person.
func (w *people) everywhere(s somebody) {
	w.Helper()
	other, id, key := keeper, string(s.id), strings.ToLower(s.email)
	if s == keeper {
		other = leaver
	}
	user := func(q string, args ...any) { w.Helper(); w.exec(q, append([]any{id}, args...)...) }
	for i := range 200 { // some of which are gone, and leave their pages behind
		user(`insert into sessions (hash, kind, user_id, created_at, seen_at, proven_at, expires_at, origin, agent) values ($2, 'user', $1, $3, $3, $3, $4, $5, $6)`,
			fmt.Sprint(id, i), w.at, w.at+86_400_000, s.origin, s.agent)
	}
	user(`delete from sessions where user_id = $1 and hash <> $2`, id+"7")
	w.exec(`insert into sessions (hash, kind, customer_id, created_at, seen_at, proven_at, expires_at, origin, agent) values ($1, 'registration', 'NL300003', $2, $2, $2, $3, $4, $5)`,
		"r"+id, w.at, w.at+3_600_000, s.origin, s.agent)
	user(`insert into access_requests (id, customer_id, user_id, origin, asked_at, told_at, next_at, attempts, status, ended_at) values ($2, 'NL999999', $1, $3, $4, 0, 0, 0, 'waiting', 0)`, "a"+id, s.origin, w.at)
	user(`insert into link_requests (id, asked_at, user_id, typed, language, origin, next_at, attempts) values ($2, $3, $1, 'NL999998', 'en', $4, 0, 0)`, "l"+id, w.at, s.origin)
	w.exec(`insert into reset_requests (id, asked_at, typed, language, origin, next_at, attempts) values ($1, $2, $3, 'en', $4, 0, 0)`, "q"+id, w.at, s.email, s.origin)
	for i, status := range []string{"pending", "revoked"} {
		w.exec(`insert into invitations (id, customer_id, email, email_key, roles, inviter, language, created_at, expires_at, status, ended_at)
			values ($1, 'NL300002', $2, $3, 'finance', $4, 'en', $5, $6, $7, $8)`, fmt.Sprint("i", i, id), s.email, key, string(other.id), w.at, w.at+1000, status, int64(i)*w.at)
	}
	w.exec(`insert into tokens (id, hash, purpose, email, email_key, issued_at, expires_at) values ($1, $1, 'reset', $2, $3, $4, $5)`, "t"+id, s.email, key, w.at, w.at+1000)
	w.exec(`insert into grants (token_id, subject, issued_at, ended) values ($1, $2, $3, '')`, "t"+id, "u:"+id, w.at)
	mail := `insert into outbox (id, template, recipient, recipient_key, language, entity, customer_id, user_id, token_id, throttled, data, status, attempts, next_at, lease_until, lease_by, last_error, created_at, ended_at)
		values ($1, 'reset', $2, $3, 'en', 'NL', $4, $5, $6, false, $7, 'sent', 1, 0, 0, '', $8, $9, $9)`
	w.exec(mail, "m1"+id, s.email, key, nil, id, "t"+id, `{"origin":"`+s.origin+`"}`, "550 no <"+s.email+">", w.at)
	w.exec(mail, "m2"+id, "info@customer.example", "info@customer.example", "NL300001", nil, nil, `{"origin":"`+s.origin+`","contact":"`+s.email+`","did":"contact.added"}`, "", w.at)
	user(`insert into care_requests (id, at, slug, language, user_id) values ($2, $3, 'login', 'en', $1)`, "c"+id, w.at)
	user(`insert into caller_pins (user_id, issued_at, expires_at) values ($1, $2, $2)`, w.at)
	w.exec(`insert into help_misses (day, language, words, times) values ('2026-11-25', 'en', $1, 1)`, "login "+key)
	w.exec(`insert into cases (id, reason, customer_id, user_id, code, opened_at, opened_by, waiting_at, supervisor, status, outcome, closed_at, closed_by, version)
		values ($1, 'other', null, $2, '', $3, 'staff:s1', 0, false, 'open', '', 0, '', 1)`, "k"+id, id, w.at)
	note := "Spoke to " + strings.ToUpper(s.name) + " (" + s.email + "), who calls again."
	w.exec(`insert into case_notes (id, case_id, staff_id, at, note) values ($1, $2, 's1', $3, $4)`, "n"+id, "k"+id, w.at, note)
	w.exec(`insert into reveals (id, customer_id, staff_id, at, reason) values ($1, 'NL300001', 's1', $2, $3)`, "v"+id, w.at, note)
	w.exec(`insert into approvals (id, kind, customer_id, asked_by, asked_at, expires_at, reason, data, seen, status, decided_at) values ($1, 'unlink', 'NL300001', 's1', $2, $2, $3, '', 1, 'withdrawn', $2)`, "p"+id, w.at, note)
	user(`insert into api_keys (id, customer_id, name, hash, hint, scopes, created_by, created_at, used_at, ended_at) values ($2, 'NL300001', $3, $2, 'x', 'account', $1, $4, 0, 0)`, "y"+id, "Laptop of "+s.name, w.at)
	w.update(func(tx *store.Tx) error {
		for _, e := range []keyfold.Event{
			{Act: s.act(), Kind: "user.logged_in", User: s.id},
			{Act: s.act(), Kind: "member.roles_changed", User: other.id},
			{Act: keyfold.Act{By: "visitor", From: s.origin}, Kind: "login.failed"},
			{Act: other.act(), Kind: "member.roles_changed", User: s.id},
		} {
			if err := tx.Record(w.Context(), e); err != nil {
				return err
			}
		}
		return nil
	})
}

// raw is all that a thief of the database has: of SQLite, each byte of its files.
func (w *people) raw() string {
	w.Helper()
	path, lite := strings.CutPrefix(w.url, "sqlite://")
	if !lite {
		return w.rows()
	}
	files, err := filepath.Glob(path + "*")
	if err != nil {
		w.Fatal(err)
	}
	var all bytes.Buffer
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			w.Fatal(err)
		}
		all.Write(b)
	}
	return strings.ToLower(all.String())
}

// rows are those of all tables.
func (w *people) rows() string {
	w.Helper()
	var all bytes.Buffer
	err := w.db.Dump(w.Context(), func(d *store.Dump) error {
		for _, table := range d.Tables {
			if err := d.Read(w.Context(), table, &all); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		w.Fatal(err)
	}
	return strings.ToLower(all.String())
}

// TestNobodyFindsWhoIsErased in the raw bytes of the database, and all others are
// there as before.
func TestNobodyFindsWhoIsErased(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		w, environ := newPeople(t, engine)
		before := w.raw()
		for _, mark := range leaver.marks() {
			if !strings.Contains(before, mark) {
				t.Fatalf("%s is nowhere before, so that it proves nothing", mark)
			}
		}
		_, out, _ := keyfoldIn(t, environ, "audit", "verify")
		_, head, _ := strings.Cut(strings.TrimSpace(out), "Keep this head somewhere else: ")
		if code, out, errs := keyfoldIn(t, environ, "user", "erase", leaver.email, "--dry-run"); code != exitOK || w.raw() != before && engine == "postgres" {
			t.Fatalf("a dry run: %d %s %s", code, out, errs)
		}
		code, out, errs := keyfoldIn(t, environ, "user", "erase", strings.ToUpper(leaver.email), "--yes")
		if code != exitOK || !strings.Contains(out, "names nobody any more") {
			t.Fatalf("%d %s %s", code, out, errs)
		}
		after := w.raw()
		for _, mark := range leaver.marks() {
			if i := strings.Index(after, mark); i >= 0 {
				t.Errorf("%s: %s is still there: %q", engine, mark, after[max(0, i-200):min(len(after), i+100)])
			}
		}
		kept := w.rows()
		for mark, n := range map[string]int{strings.ToLower(keeper.email): 12, keeper.origin: 8, "odile keeper": 5, strings.ToLower(keeper.agent): 2} {
			if got := strings.Count(kept, mark); got < n {
				t.Errorf("%s: of somebody else, %s is there %d times only\n%s", engine, mark, got, kept)
			}
		}
		if code, out, errs := keyfoldIn(t, environ, "audit", "verify", "--head", head); code != exitOK {
			t.Errorf("the trail: %s %s", out, errs)
		}
		if err := transfer.Check(t.Context(), w.db); err != nil {
			t.Error(err)
		}
		if code, out, errs := keyfoldIn(t, environ, "user", "erase", leaver.email, "--yes"); code != exitOK || !strings.Contains(out, "There is no login") {
			t.Errorf("once more: %d %s %s", code, out, errs)
		}
		if code, _, _ := keyfoldIn(t, environ, "user", "export", leaver.email); code != exitProblem {
			t.Error("there is something to export of who was erased")
		}
	}
}

// TestAnOwnerIsNotErased, nor anybody without a word.
func TestAnOwnerIsNotErased(t *testing.T) {
	t.Parallel()
	w, environ := newPeople(t, "sqlite")
	before := w.rows()
	if code, _, errs := keyfoldIn(t, environ, "user", "erase", keeper.email, "--yes"); code != exitProblem || !strings.Contains(errs, "owns NL300001, NL300002") {
		t.Errorf("%d %s", code, errs)
	}
	if code, _, errs := keyfoldIn(t, environ, "user", "erase", leaver.email); code != exitProblem || !strings.Contains(errs, "add --yes") {
		t.Errorf("%d %s", code, errs)
	}
	if w.rows() != before {
		t.Error("something was done")
	}
	// What accounts have stays, and is named.
	w.exec(`update accounts set contact_email = $1, contact_key = $2 where customer_id = 'NL300003'`, leaver.email, strings.ToLower(leaver.email))
	code, out, errs := keyfoldIn(t, environ, "user", "erase", leaver.email, "--yes")
	if code != exitOK || !strings.Contains(out, "stays in 1 account: NL300003") || !strings.Contains(w.rows(), strings.ToLower(leaver.email)) {
		t.Errorf("%d %s %s", code, out, errs)
	}
}

// TestAnExportIsAboutOnePerson: all that is theirs, and nothing of anybody else.
func TestAnExportIsAboutOnePerson(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		w, environ := newPeople(t, engine)
		before := w.rows()
		path := filepath.Join(t.TempDir(), "leaver.json")
		if code, out, errs := keyfoldIn(t, environ, "user", "export", leaver.email, "--out", path); code != exitOK {
			t.Fatalf("%d %s %s", code, out, errs)
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the file is for others, too: %v", err)
		}
		var file person.File
		if err := json.Unmarshal(text, &file); err != nil {
			t.Fatal(err)
		}
		if file.Format != person.Format || file.Profile == nil || file.Profile.Name != leaver.name || len(file.Accounts) != 1 || len(file.Sessions) != 1 ||
			len(file.Mails) != 1 || len(file.Links) != 1 || len(file.Invitations) != 4 || len(file.Requests) != 1 || len(file.Keys) != 1 ||
			len(file.Help) != 1 || len(file.ContactOf) != 3 || len(file.Events) != 9 {
			t.Errorf("%s: %s", engine, text)
		}
		for _, mark := range []string{keeper.email, keeper.origin, keeper.name, "Odile", "KeptBrowser", "Agnes", "agent@provider", string(keeper.id), "a-hash"} {
			if bytes.Contains(text, []byte(mark)) {
				t.Errorf("%s: it has %s of somebody else\n%s", engine, mark, text)
			}
		}
		if w.rows() != before {
			t.Error("an export changes something")
		}
	}
}

// TestPersonDoc runs the commands of the page on privacy of the manual, and wants
// every field of an export in its description.
func TestPersonDoc(t *testing.T) {
	w, environ := newPeople(t, "sqlite")
	page, err := os.ReadFile("../../docs/manual/privacy.md")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := os.ReadFile("../../docs/person.md")
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	ran := 0
	for line := range strings.Lines(string(page)) {
		if args := strings.Fields(strings.ReplaceAll(line, "sanne@veldkamp.example", leaver.email)); len(args) > 3 && args[0] == "keyfold" {
			if code, out, errs := keyfoldIn(t, environ, args[1:]...); code != exitOK {
				t.Errorf("%s: %d %s %s", line, code, out, errs)
			}
			ran++
		}
	}
	if ran != 3 || strings.Contains(w.rows(), "namesdottir") {
		t.Errorf("%d commands were run", ran)
	}
	text, err := os.ReadFile("sanne.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, field := range regexp.MustCompile(`"([a-z_]+)":`).FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(string(doc), "`"+field[1]+"`") {
			t.Errorf("docs/person.md says nothing of %s", field[1])
		}
	}
}
