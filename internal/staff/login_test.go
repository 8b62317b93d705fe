package staff_test

import (
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

// TestNothingGetsInButBothProofs: whatever else is brought is one refusal, that
// does not say what is wrong.
func TestNothingGetsInButBothProofs(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		femke, waits := d.hire("femke", keyfold.Agent), d.add("waits", keyfold.Agent)
		gone := d.hire("gone", keyfold.Supervisor)
		d.must(d.Disable(t.Context(), operator, gone.ID))
		other := d.hire("other", keyfold.Agent)
		code := d.next(femke)
		for name, try := range map[string]staff.Try{
			"a wrong password":       {Email: femke.Email, Password: right + "x", Code: code},
			"no password":            {Email: femke.Email, Code: code},
			"a wrong code":           {Email: femke.Email, Password: right, Code: "000000"},
			"no code":                {Email: femke.Email, Password: right},
			"the code of another":    {Email: femke.Email, Password: right, Code: d.code(other.factor)},
			"the code of nothing":    {Email: femke.Email, Password: right, Code: d.code(make([]byte, 20))},
			"nobody":                 {Email: d.email("nobody"), Password: right, Code: code},
			"nobody, without code":   {Email: d.email("nobody"), Password: right, Code: d.code(make([]byte, 20))},
			"who has yet to enrol":   {Email: waits.Staff.Email, Code: d.code(make([]byte, 20))},
			"whose login is ended":   {Email: gone.Email, Password: right, Code: d.code(gone.factor)},
			"the code of two before": {Email: other.Email, Password: right, Code: d.code(femke.factor)},
		} {
			if s, err := d.LogIn(t.Context(), visitor, try); !keyfold.RefusedAs(err, "staff.login_failed") || !s.IsZero() {
				t.Errorf("%s: %v", name, err)
			}
		}
		if failed := d.events("staff.login_failed"); len(failed) != 11 || !slices.Contains(failed, "visitor | "+femke.ID.Actor()+" password right") ||
			!slices.Contains(failed, "visitor | "+femke.ID.Actor()) || !slices.Contains(failed, "visitor | ") {
			t.Errorf("%q", failed)
		}
		s, err := d.try(femke, right, code)
		if err != nil || !d.open(s) {
			t.Errorf("both proofs: %v", err)
		}
		if in := d.events("staff.logged_in"); len(in) != 1 || in[0] != femke.ID.Actor()+" | "+femke.ID.Actor() {
			t.Errorf("%q", in)
		}
	})
}

// TestNoCodeWorksTwice, nor does one before it; that of the enrolment is used.
func TestNoCodeWorksTwice(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		femke := d.hire("femke", keyfold.Agent)
		_, err := d.try(femke, right, d.code(femke.factor))
		refusedAs(t, err, "staff.login_failed")
		early := d.next(femke)
		late := d.next(femke)
		_, err = d.try(femke, right, late)
		d.must(err)
		for _, code := range []string{late, early} {
			_, err = d.try(femke, right, code)
			refusedAs(t, err, "staff.login_failed")
		}
		d.mustLogIn(femke)
	})
}

// TestOfManyWithOneCodeOneGetsIn, on two replicas.
func TestOfManyWithOneCodeOneGetsIn(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			url, clock := storetest.URL(t, engine), storetest.NewClock()
			d := newDesk(t, storetest.OpenURL(t, url, clock.Now), clock)
			replicas := []*desk{d, newDesk(t, storetest.OpenURL(t, url, clock.Now), clock)}
			for _, r := range replicas { // the counters are another test's
				r.Limits.Staff.Name.Tries, r.Limits.Staff.NameDay.Tries, r.Limits.Staff.Address.Tries = 1000, 1000, 1000
			}
			femke := d.hire("femke", keyfold.Supervisor)
			for range 3 {
				code := d.next(femke)
				var in, out atomic.Int32
				together(50, func(i int) {
					s, err := replicas[i%2].try(femke, right, code)
					switch {
					case err == nil && !s.IsZero():
						in.Add(1)
					case keyfold.RefusedAs(err, "staff.login_failed"):
						out.Add(1)
					default:
						t.Error(err)
					}
				})
				if in.Load() != 1 || out.Load() != 49 {
					t.Errorf("%d got in and %d did not", in.Load(), out.Load())
				}
			}
			if n := storetest.Texts(t, d.DB, `select hash from staff_sessions`); len(n) != 3 {
				t.Errorf("%d sessions", len(n))
			}
		})
	}
}

// TestGuessesAreCountedBeforeTheyAreCompared: of many at once, ten are
// looked at; and the right answer is not, after that.
func TestGuessesAreCountedBeforeTheyAreCompared(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		femke, joris := d.hire("femke", keyfold.Agent), d.hire("joris", keyfold.Agent)
		known := staff.Try{Email: femke.Email, Password: right, Code: d.next(femke), Device: "browser"}
		var looked, slow atomic.Int32
		d.Limits.Staff.Address.Tries = 1000
		together(45, func(int) {
			_, err := d.try(femke, right, "000000")
			switch {
			case keyfold.RefusedAs(err, "staff.login_failed"):
				looked.Add(1)
			case keyfold.RefusedAs(err, "login.slow"):
				slow.Add(1)
			default:
				t.Error(err)
			}
		})
		if looked.Load() != 10 || slow.Load() != 35 || len(d.events("staff.login_failed")) != 10 {
			t.Errorf("%d were looked at, %d were not", looked.Load(), slow.Load())
		}
		_, err := d.try(femke, right, d.code(femke.factor))
		refusedAs(t, err, "login.slow")
		// A browser that she logged in with before is let in all the same.
		_, err = d.LogIn(t.Context(), visitor, known)
		d.must(err)
		// So is everybody else, until one client address has tried too much.
		d.Limits.Staff.Address.Tries = 40
		_, err = d.try(joris, right, "000000")
		refusedAs(t, err, "login.slow")
		d.clock.Pass(15 * time.Minute)
		d.mustLogIn(femke)
	})
}

// TestWhoseCodeIsGuessedIsTold, once a day, and by nothing but a right password.
func TestWhoseCodeIsGuessedIsTold(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		femke := d.hire("femke", keyfold.Agent)
		mails := func() int {
			return len(storetest.Texts(t, d.DB, `select id from outbox where template = 'staff-guessed'`))
		}
		for i := range 9 {
			_, err := d.try(femke, right, "000000")
			refusedAs(t, err, "staff.login_failed")
			if told := mails() == 1; told != (i >= 4) {
				t.Errorf("after %d codes: %d mails", i+1, mails())
			}
		}
		other := d.hire("other", keyfold.Agent)
		for range 9 {
			_, err := d.try(other, "Wrong-2026!", "000000")
			refusedAs(t, err, "staff.login_failed")
		}
		if mails() != 1 {
			t.Errorf("%d mails", mails())
		}
	})
}

// TestASuccessStartsTheCountersAnew for the person, and not for the client.
func TestASuccessStartsTheCountersAnew(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		femke := d.hire("femke", keyfold.Agent)
		for range 3 {
			for range 9 {
				_, err := d.try(femke, right, "000000")
				refusedAs(t, err, "staff.login_failed")
			}
			d.mustLogIn(femke)
		}
	})
}

func TestSessionsEnd(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		femke := d.hire("femke", keyfold.Agent)
		idle, used, out := d.mustLogIn(femke), d.mustLogIn(femke), d.mustLogIn(femke)
		session, err := d.Current(t.Context(), out)
		d.must(err)
		for range 2 { // a double click
			d.must(d.LogOut(t.Context(), keyfold.Act{By: femke.ID.Actor()}, session))
		}
		if d.open(out) || !d.open(used) || len(d.events("staff.logged_out")) != 1 {
			t.Error("the wrong one ended")
		}
		for i := range 12 {
			d.clock.Pass(59 * time.Minute)
			if !d.open(used) {
				t.Errorf("over after %d hours of use", i+1)
			}
		}
		if d.open(idle) {
			t.Error("nobody has used it for 12 hours")
		}
		d.clock.Pass(12 * time.Minute)
		if d.open(used) {
			t.Error("it is older than 12 hours")
		}
	})
}

// TestWhoIsDisabledOrResetIsOutAtOnce, also from links that are out.
func TestWhoIsDisabledOrResetIsOutAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for name, end := range map[string]func(keyfold.StaffID) error{
			"disabled": func(id keyfold.StaffID) error { return d.Disable(t.Context(), operator, id) },
			"reset":    func(id keyfold.StaffID) error { _, err := d.Reset(t.Context(), operator, id); return err },
			"moved":    func(id keyfold.StaffID) error { return d.ChangeRole(t.Context(), operator, id, keyfold.Auditor) },
		} {
			p, bystander := d.hire(name, keyfold.Agent), d.hire("not-"+name, keyfold.Agent)
			theirs, other := d.mustLogIn(p), d.mustLogIn(bystander)
			d.must(end(p.ID))
			if d.open(theirs) || !d.open(other) {
				t.Errorf("%s: in is %v, the colleague %v", name, d.open(theirs), d.open(other))
			}
			if _, err := d.try(p, right, d.next(p)); (err == nil) != (name == "moved") {
				t.Errorf("%s: logs in: %v", name, err)
			}
		}
	})
}

// TestWhatAThiefOfTheDatabaseHas is no proof: neither password nor secret nor
// session.
func TestWhatAThiefOfTheDatabaseHas(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		in := d.add("femke", keyfold.Administrator)
		secret := d.enrol(in.Link)
		s := d.mustLogIn(person{in.Staff, secret})
		_, f, _ := d.offer(d.add("joris", keyfold.Agent).Link)
		for _, table := range []string{"staff", "staff_sessions", "tokens", "events", "limits"} {
			columns := map[string]string{
				"staff": "email || password_hash || factor", "staff_sessions": "hash || staff_id", "tokens": "id || hash || email",
				"events": "actor || note || became", "limits": "name",
			}
			dump := strings.Join(storetest.Texts(t, d.DB, `select `+columns[table]+` from `+table), "\n")
			for what, text := range map[string]string{
				"the password": right, "the link": in.Link.Reveal(), "the session": s.Reveal(), "the secret": string(secret), "a secret that is offered": f.Text(),
			} {
				if strings.Contains(dump, text) {
					t.Errorf("%s has %s", table, what)
				}
			}
			if table == "events" && strings.Contains(dump, "polder.example") {
				t.Errorf("events have an address:\n%s", dump)
			}
		}
		// The secret of one is nothing in the row of another.
		joris := d.hire("willem", keyfold.Agent)
		storetest.Exec(t, d.DB, `update staff set factor = (select factor from staff where id = '`+string(in.Staff.ID)+`') where id = '`+string(joris.ID)+`'`)
		if _, err := d.try(joris, right, d.next(person{joris.Staff, secret})); err == nil || keyfold.Refused(err) != nil {
			t.Errorf("a secret that was moved: %v", err)
		}
	})
}

func TestARefusalIsOnRecord(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		d.must(d.Refused(t.Context(), keyfold.Act{By: "staff:1", From: "192.0.2.7"}, "GET /care/funnel"))
		if e := d.events("care.refused"); len(e) != 1 || e[0] != "staff:1 | GET /care/funnel" {
			t.Errorf("%q", e)
		}
		if d.open(token.New()) || d.open(token.Secret{}) {
			t.Error("a made-up session is open")
		}
	})
}

// together does something n times at once.
func together(n int, do func(i int)) {
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			do(i)
		})
	}
	close(start)
	group.Wait()
}
