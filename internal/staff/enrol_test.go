package staff_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/token"
)

// TestALinkEnrolsOnce, however many click.
func TestALinkEnrolsOnce(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		in := d.add("femke", keyfold.Agent)
		e, f, secret := d.offer(in.Link)
		d.Limits.Staff.Address.Tries = 1000
		var won, lost atomic.Int32
		together(20, func(int) {
			err := d.Enrol(t.Context(), visitor, e, staff.Chosen{Password: right, Repeat: right, Factor: f, Code: d.code(secret)})
			switch {
			case err == nil:
				won.Add(1)
			case keyfold.RefusedAs(err, "staff.link_used"):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
		if won.Load() != 1 || lost.Load() != 19 || len(d.events("staff.enrolled")) != 1 {
			t.Errorf("%d won, %d lost", won.Load(), lost.Load())
		}
		e, err := d.Enrolment(t.Context(), in.Link)
		d.must(err)
		refusedAs(t, e.Why, "staff.link_used")
		if p := d.staff(in.Staff.ID); !p.Enrolled() || !p.May(keyfold.SeeCases) || p.May(keyfold.SeeStaff) {
			t.Errorf("%+v", p)
		}
	})
}

// TestALinkIsOneOfOurs, in time, and the newest.
func TestALinkIsOneOfOurs(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		for name, link := range map[string]token.Secret{"none": {}, "a made-up": token.New()} {
			_, err := d.Enrolment(t.Context(), link)
			if !keyfold.RefusedAs(err, "link.unknown") {
				t.Errorf("%s: %v", name, err)
			}
		}
		in := d.add("femke", keyfold.Agent)
		again, err := d.Reset(t.Context(), operator, in.Staff.ID)
		d.must(err)
		d.closed(in.Link, "staff.link_void")
		d.closed(again.Link, "")
		d.must(d.Disable(t.Context(), operator, in.Staff.ID))
		d.closed(again.Link, "staff.link_void")
		back, err := d.Enable(t.Context(), operator, in.Staff.ID)
		d.must(err)
		d.closed(back.Link, "")
		d.clock.Pass(staff.LinkFor)
		d.closed(back.Link, "staff.link_expired")
	})
}

// closed fails unless a link is refused so, by the page and by the form that was
// open before.
func (d *desk) closed(link token.Secret, want string) {
	d.t.Helper()
	e, err := d.Enrolment(d.t.Context(), link)
	d.must(err)
	if want == "" {
		d.must(e.Why)
		return
	}
	refusedAs(d.t, e.Why, want)
	e.Why = nil // the page was opened before
	f, err := d.NewFactor(e)
	d.must(err)
	secret := d.secretOf(f)
	err = d.Enrol(d.t.Context(), visitor, e, staff.Chosen{Password: right, Repeat: right, Factor: f, Code: d.code(secret)})
	refusedAs(d.t, err, want)
}

// TestWhatIsWrongIsNamedAndNothingIsStored.
func TestWhatIsWrongIsNamedAndNothingIsStored(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		in := d.add("femke", keyfold.Agent)
		e, f, secret := d.offer(in.Link)
		_, other, _ := d.offer(in.Link)
		for text, c := range map[string]staff.Chosen{
			"password.length":   {Password: "Aa1!", Repeat: "Aa1!", Factor: f, Code: d.code(secret)},
			"password.context":  {Password: "femke@polder.example", Repeat: "femke@polder.example", Factor: f, Code: d.code(secret)},
			"password.repeat":   {Password: right, Repeat: right + "x", Factor: f, Code: d.code(secret)},
			"staff.code_wrong":  {Password: right, Repeat: right, Factor: f, Code: "000000"},
			"staff.code_wrong ": {Password: right, Repeat: right, Factor: other, Code: d.code(secret)},
			"staff.code_wrong.": {Password: right, Repeat: right, Code: d.code(make([]byte, 20))},
		} {
			err := d.Enrol(t.Context(), visitor, e, c)
			if want := text[:len(text)-trailing(text)]; !keyfold.RefusedAs(err, want) {
				t.Errorf("%q: %v", text, err)
			}
		}
		if d.staff(in.Staff.ID).Enrolled() {
			t.Error("it is stored")
		}
		d.enrol(in.Link)
	})
}

func trailing(s string) int {
	if last := s[len(s)-1]; last == ' ' || last == '.' {
		return 1
	}
	return 0
}

// TestAnOfferIsForOnePage: two who look at one link are offered two secrets, and
// neither form takes what was offered at another link.
func TestAnOfferIsForOnePage(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		e, f, _ := d.offer(d.add("femke", keyfold.Agent).Link)
		_, again, _ := d.offer(d.add("joris", keyfold.Agent).Link)
		more, err := d.NewFactor(e)
		d.must(err)
		if f.Text() == more.Text() {
			t.Error("the secret is that of the link")
		}
		back, err := d.Offered(e, f.Sealed)
		if err != nil || back.Text() != f.Text() {
			t.Errorf("its own: %v", err)
		}
		for _, sealed := range []string{"", "v1.", again.Sealed, f.Sealed[:len(f.Sealed)-1] + "A", string(d.hire("willem", keyfold.Agent).Factor)} {
			_, err := d.Offered(e, sealed)
			refusedAs(t, err, "staff.factor_lost")
		}
	})
}

func TestWhoIsStaffIsSaidByTransitionsAlone(t *testing.T) {
	each(t, func(t *testing.T, d *desk) {
		femke := d.hire("femke", keyfold.Agent)
		_, err := d.Add(t.Context(), operator, staff.Newcomer{Email: d.email("FEMKE"), Name: "x", Role: keyfold.Administrator})
		refusedAs(t, err, "staff.exists")
		_, err = d.Enable(t.Context(), operator, femke.ID)
		refusedAs(t, err, "staff.not_disabled")
		refusedAs(t, d.ChangeRole(t.Context(), operator, femke.ID, keyfold.Agent), "staff.role_same")
		refusedAs(t, d.Disable(t.Context(), operator, "nobody"), "staff.unknown")
		d.must(d.Disable(t.Context(), operator, femke.ID))
		refusedAs(t, d.Disable(t.Context(), operator, femke.ID), "staff.is_disabled")
		_, err = d.Reset(t.Context(), operator, femke.ID)
		refusedAs(t, err, "staff.is_disabled")
		in, err := d.Enable(t.Context(), operator, femke.ID)
		d.must(err)
		if _, err := d.try(femke, right, d.next(femke)); err == nil {
			t.Error("what opened the desk before opens it again")
		}
		d.clock.Pass(time.Minute)
		femke.factor = d.enrol(in.Link)
		d.mustLogIn(femke)
		d.must(d.Speak(t.Context(), operator, femke.ID, keyfold.German))
		all, err := d.DB.Reader().Colleagues(t.Context())
		if err != nil || len(all) != 1 || all[0].Language != keyfold.German || all[0].Seen.IsZero() || all[0].Added.IsZero() {
			t.Errorf("%v, %+v", err, all)
		}
		for _, kind := range []string{"added", "enrolled", "disabled", "enabled", "logged_in", "language_changed"} {
			if e := d.events("staff." + kind); len(e) == 0 || e[0][len(e[0])-len(femke.ID.Actor()):] != femke.ID.Actor() {
				t.Errorf("staff.%s: %q", kind, e)
			}
		}
	})
}
