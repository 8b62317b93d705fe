package signin_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/signin"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

const right = "Daisies-2026!"

var visitor = keyfold.Act{By: "visitor", From: "192.0.2.7"}

// A desk is the service with one user.
type desk struct {
	*signin.Service
	t     *testing.T
	clock *storetest.Clock
	email keyfold.Email
}

func each(t *testing.T, test func(d *desk)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		d := &desk{t: t, clock: clock}
		d.Service = &signin.Service{
			DB: db, Gate: gate(t, 1), Key: token.NewKey("test"), Limits: limit.Make(limit.Default()), Session: 24 * time.Hour, Idle: time.Hour,
		}
		d.email, _ = keyfold.ParseEmail("sanne@veldkamp.example")
		hash, err := d.Gate.Hash(t.Context(), right)
		if err != nil {
			t.Fatal(err)
		}
		d.update(func(tx *store.Tx) error {
			return tx.ApplyUser(t.Context(), keyfold.NewUser(visitor, "u1", d.email, "Sanne", keyfold.Dutch, hash))
		})
		test(d)
	})
}

func gate(t *testing.T, passes uint32) *password.Gate {
	t.Helper()
	g, err := password.NewGate(password.GateConfig{Params: password.Params{MemoryKiB: 1024, Time: passes, Parallelism: 1}, Queue: 1000})
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func (d *desk) update(fn func(*store.Tx) error) {
	d.t.Helper()
	if err := d.DB.Update(d.t.Context(), fn); err != nil {
		d.t.Fatal(err)
	}
}

func (d *desk) user() keyfold.User {
	d.t.Helper()
	u, err := d.DB.Reader().UserByEmail(d.t.Context(), d.email)
	if err != nil {
		d.t.Fatal(err)
	}
	return u
}

func (d *desk) logIn(pw string) (token.Secret, error) {
	return d.LogIn(d.t.Context(), visitor, d.email, pw, signin.Browser{Agent: "test"})
}

func (d *desk) mustLogIn() token.Secret {
	d.t.Helper()
	s, err := d.logIn(right)
	if err != nil {
		d.t.Fatal(err)
	}
	return s
}

func (d *desk) open(s token.Secret) bool {
	d.t.Helper()
	session, err := d.Current(d.t.Context(), s)
	if err != nil && keyfold.Refused(err) == nil {
		d.t.Fatal(err)
	}
	return err == nil && session.User == "u1"
}

func TestEachLoginIsANewSession(t *testing.T) {
	each(t, func(d *desk) {
		one, two := d.mustLogIn(), d.mustLogIn()
		if one == two || !d.open(one) || !d.open(two) {
			d.t.Error("two logins are not two sessions")
		}
		if d.open(token.New()) || d.open(token.Secret{}) {
			d.t.Error("a made-up cookie opens")
		}
	})
}

func TestWrongAndUnknownAreTheSameRefusalAfterOneHash(t *testing.T) {
	each(t, func(d *desk) {
		stranger, _ := keyfold.ParseEmail("nobody@veldkamp.example")
		for _, email := range []keyfold.Email{d.email, stranger} {
			before := d.Gate.Stats().Total
			_, err := d.LogIn(d.t.Context(), visitor, email, "Wrong-2026!", signin.Browser{})
			if !keyfold.RefusedAs(err, "login.failed") {
				d.t.Errorf("%s: %v", email, err)
			}
			if n := d.Gate.Stats().Total - before; n != 1 {
				d.t.Errorf("%s: %d hashes", email, n)
			}
		}
	})
}

func TestLogOutEndsTheSession(t *testing.T) {
	each(t, func(d *desk) {
		one, two := d.mustLogIn(), d.mustLogIn()
		session, err := d.Current(d.t.Context(), one)
		if err != nil {
			d.t.Fatal(err)
		}
		if err := d.LogOut(d.t.Context(), visitor, session); err != nil {
			d.t.Fatal(err)
		}
		if d.open(one) || !d.open(two) {
			d.t.Error("the wrong session ended")
		}
	})
}

func TestASessionEndsWhenItIsIdleAndWhenItIsOld(t *testing.T) {
	each(t, func(d *desk) {
		idle := d.mustLogIn()
		d.clock.Pass(time.Hour + time.Second)
		if d.open(idle) {
			d.t.Error("an idle session is open")
		}
		old := d.mustLogIn()
		for range 47 {
			d.clock.Pass(30 * time.Minute)
			if !d.open(old) {
				d.t.Fatal("a session in use ended before its time")
			}
		}
		d.clock.Pass(30 * time.Minute)
		if d.open(old) {
			d.t.Error("a session outlives its time")
		}
	})
}

func TestASuspendedUserHasNoSession(t *testing.T) {
	each(t, func(d *desk) {
		s := d.mustLogIn()
		d.update(func(tx *store.Tx) error { return tx.ApplyUser(d.t.Context(), d.user().Suspend(visitor)) })
		if d.open(s) {
			d.t.Error("the session of a suspended user is open")
		}
		if _, err := d.logIn(right); !keyfold.RefusedAs(err, "user.suspended") {
			d.t.Errorf("with the right password: %v", err)
		}
		if _, err := d.logIn("Wrong-2026!"); !keyfold.RefusedAs(err, "login.failed") {
			d.t.Errorf("with a wrong one: %v", err)
		}
	})
}

func TestABurstOfGuessesIsCountedToTheUnit(t *testing.T) {
	each(t, func(d *desk) {
		before := d.Gate.Stats().Total
		var slow atomic.Int32
		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				if _, err := d.logIn("Wrong-2026!"); keyfold.RefusedAs(err, "login.slow") {
					slow.Add(1)
				}
			})
		}
		all.Wait()
		if n, want := d.Gate.Stats().Total-before, uint64(d.Limits.LoginName.Tries); n != want || slow.Load() != 200-int32(want) {
			d.t.Errorf("%d of 200 guesses were compared, %d slowed down; want %d compared", n, slow.Load(), want)
		}
	})
}

func TestGuessingDoesNotLockTheHolderOut(t *testing.T) {
	each(t, func(d *desk) {
		for range 30 {
			_, _ = d.logIn("Wrong-2026!")
		}
		if _, err := d.logIn(right); !keyfold.RefusedAs(err, "login.slow") {
			d.t.Errorf("an unknown browser during a flood: %v", err)
		}
		known := signin.Browser{Device: "known"}
		if _, err := d.LogIn(d.t.Context(), visitor, d.email, right, known); err != nil {
			d.t.Errorf("the holder's browser: %v", err)
		}
	})
}

func TestSuccessForgetsTheCounters(t *testing.T) {
	each(t, func(d *desk) {
		for range 4 * d.Limits.LoginName.Tries {
			d.mustLogIn()
		}
		for range d.Limits.LoginName.Tries - 1 {
			_, _ = d.logIn("Wrong-2026!")
		}
		d.mustLogIn()
		if _, err := d.logIn("Wrong-2026!"); !keyfold.RefusedAs(err, "login.failed") {
			d.t.Errorf("after a success: %v", err)
		}
	})
}

func TestLoginStrengthensAnOldHash(t *testing.T) {
	each(t, func(d *desk) {
		weak := d.user().Password
		d.Gate = gate(t, 3)
		d.mustLogIn()
		strong := d.user().Password
		d.mustLogIn()
		if weak == strong || d.user().Password != strong {
			d.t.Errorf("hash %q became %q, then %q", weak, strong, d.user().Password)
		}
	})
}

func TestTwoLoginsThatStrengthenAHashBothComeIn(t *testing.T) {
	each(t, func(d *desk) {
		d.Gate = gate(t, 3)
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				if _, err := d.logIn(right); err != nil && !keyfold.RefusedAs(err, "login.slow") {
					d.t.Error(err)
				}
			})
		}
		all.Wait()
	})
}
