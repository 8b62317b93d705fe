package password_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
)

// cheap parameters keep tests fast.
var cheap = password.Params{MemoryKiB: 64, Time: 1, Parallelism: 1}

func gate(tb testing.TB, c password.GateConfig) *password.Gate {
	tb.Helper()
	if c.Params == (password.Params{}) {
		c.Params = cheap
	}
	g, err := password.NewGate(c)
	if err != nil {
		tb.Fatal(err)
	}
	return g
}

func hash(tb testing.TB, g *password.Gate, pw string) keyfold.Hash {
	tb.Helper()
	h, err := g.Hash(tb.Context(), pw)
	if err != nil {
		tb.Fatal(err)
	}
	return h
}

func verify(tb testing.TB, g *password.Gate, h keyfold.Hash, pw string) password.Result {
	tb.Helper()
	r, err := g.Verify(tb.Context(), h, pw)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// counted notes every computation of g.
func counted(g *password.Gate) *[]string {
	var runs []string
	g.OnRun(func(format string) { runs = append(runs, format) })
	return &runs
}

// held lets computations begin and holds each in its slot until release.
func held(g *password.Gate) (release chan struct{}, most *atomic.Int64) {
	release, most = make(chan struct{}), new(atomic.Int64)
	var running atomic.Int64
	g.OnRun(func(string) {
		n := running.Add(1)
		defer running.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		<-release
	})
	return release, most
}

func TestPasswordsAreComparedExactlyAsTyped(t *testing.T) {
	g := gate(t, password.GateConfig{})
	long := strings.Repeat("Kx7~qVm)z2", 10)
	h := hash(t, g, long)
	if !verify(t, g, h, long).OK {
		t.Error("the password itself does not match")
	}
	for _, pw := range []string{long[:72], long[:99], strings.ToLower(long), " " + long, long + " ", long + "\x00", ""} {
		if verify(t, g, h, pw).OK {
			t.Errorf("%q matches", pw)
		}
	}
	spaced := " Kx7 ~qVm "
	if h := hash(t, g, spaced); !verify(t, g, h, spaced).OK || verify(t, g, h, strings.TrimSpace(spaced)).OK {
		t.Error("spaces around a password are not kept")
	}
	composed := "Ménagère-Ångström 1"
	if h := hash(t, g, composed); !verify(t, g, h, norm.NFD.String(composed)).OK {
		t.Error("the decomposed form does not match")
	}
	if h := hash(t, g, norm.NFD.String(composed)); !verify(t, g, h, composed).OK {
		t.Error("the composed form does not match")
	}
}

func TestHashesAreSaltedAndSayTheirCost(t *testing.T) {
	g := gate(t, password.GateConfig{})
	one, two := hash(t, g, "Kx7~qVm)"), hash(t, g, "Kx7~qVm)")
	if one == two || !strings.HasPrefix(string(one), "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("got %s and %s", one, two)
	}
	if p := gate(t, password.GateConfig{Params: password.DefaultParams()}).Params(); p != (password.Params{MemoryKiB: 19456, Time: 2, Parallelism: 1}) {
		t.Errorf("the default is %+v", p)
	}
}

func TestHashRefusesWhatCouldNeverBeTypedAgain(t *testing.T) {
	g := gate(t, password.GateConfig{})
	runs := counted(g)
	for pw, want := range map[string]string{"": "password.missing", strings.Repeat("x", 1025): "password.too_long"} {
		if _, err := g.Hash(t.Context(), pw); !keyfold.RefusedAs(err, want) {
			t.Errorf("%d bytes give %v, want %s", len(pw), err, want)
		}
	}
	if len(*runs) != 0 {
		t.Errorf("it still ran %q", *runs)
	}
}

func TestWhatCannotMatchCostsOneHash(t *testing.T) {
	g := gate(t, password.GateConfig{MemoryBudget: 1 << 20})
	ours := hash(t, g, "Kx7~qVm)")
	runs := counted(g)
	const salt, key = "$em91dC16b3V0LXpvdXQtMQ$", "iDrnnZpgTyRWOf2x9EOCJwn5wqOJ7EE0OAlgDGfSUSs"
	for name, h := range map[string]keyfold.Hash{
		"a hash of ours":          ours,
		"empty":                   "",
		"no hash":                 "secret",
		"almost DES crypt":        "ab1234567890b",
		"4 GiB":                   "$argon2id$v=19$m=4194304,t=1,p=1" + salt + key,
		"more than a number":      "$argon2id$v=19$m=99999999999999,t=1,p=1" + salt + key,
		"many passes":             "$argon2id$v=19$m=64,t=9999,p=1" + salt + key,
		"no passes":               "$argon2id$v=19$m=64,t=0,p=1" + salt + key,
		"no lanes":                "$argon2id$v=19$m=64,t=1,p=0" + salt + key,
		"more than the budget":    "$argon2id$v=19$m=2048,t=1,p=1" + salt + key,
		"a key of no bytes":       "$argon2id$v=19$m=64,t=1,p=1" + salt,
		"a key of one byte":       "$argon2id$v=19$m=64,t=1,p=1" + salt + "AA",
		"a key hidden by a tail":  "$argon2id$v=19$m=64,t=1,p=1" + salt + "AA$" + key,
		"padding for a key":       "$pbkdf2-sha256$4000" + salt + "==============================",
		"endless pbkdf2":          "$pbkdf2-sha256$9999999" + salt + key,
		"endless bcrypt":          "$2b$31$abcdefghijklmnopqrstuulrgOwPtnpGfZ4IAGh/uiRp0RtfFE0La",
		"endless sha512crypt":     keyfold.Hash("$6$rounds=9999999$salt$" + strings.Repeat("a", 86)),
		"endless phpass":          "$P$SZoutvaatQ7dqtK2BreOS5s4EFLhmh/",
		"scrypt of 4 GiB":         "$scrypt$ln=22,r=8,p=1" + salt + key,
		"scrypt above the budget": "$scrypt$ln=14,r=8,p=1" + salt + key,
		"scrypt of no size":       "$scrypt$ln=10,r=0,p=1" + salt + key,
	} {
		*runs = nil
		for _, pw := range []string{"Wrong-77", ""} {
			if r := verify(t, g, h, pw); r != (password.Result{}) {
				t.Errorf("%s: %q matches: %+v", name, pw, r)
			}
		}
		if diff := cmp.Diff([]string{"argon2", "argon2"}, *runs); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	*runs = nil
	if verify(t, g, ours, strings.Repeat("x", 1<<20)).OK || len(*runs) != 1 {
		t.Errorf("a megabyte costs %q", *runs)
	}
}

func TestUpgradeIsForWhatIsWeaker(t *testing.T) {
	strong := password.Params{MemoryKiB: 256, Time: 2, Parallelism: 1}
	g := gate(t, password.GateConfig{Params: strong})
	for name, tt := range map[string]struct {
		p    password.Params
		want bool
	}{
		"the same":    {strong, false},
		"less memory": {password.Params{MemoryKiB: 128, Time: 2, Parallelism: 1}, true},
		"fewer times": {password.Params{MemoryKiB: 256, Time: 1, Parallelism: 1}, true},
		"more":        {password.Params{MemoryKiB: 512, Time: 3, Parallelism: 2}, false},
	} {
		h := hash(t, gate(t, password.GateConfig{Params: tt.p}), "Kx7~qVm)")
		if got, want := verify(t, g, h, "Kx7~qVm)"), (password.Result{OK: true, Upgrade: tt.want}); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
		if got := verify(t, g, h, "Wrong-77"); got != (password.Result{}) {
			t.Errorf("%s: a wrong password gives %+v", name, got)
		}
	}
}

func TestNoMoreRunThanThereAreSlots(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(t, password.GateConfig{Slots: 3, Queue: 20})
		release, most := held(g)
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := g.Verify(t.Context(), "", "x"); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if diff := cmp.Diff(password.Stats{Slots: 3, Running: 3, Waiting: 17, Total: 3}, g.Stats()); diff != "" {
			t.Errorf("under load (-want +got):\n%s", diff)
		}
		close(release)
		group.Wait()
		if most.Load() != 3 {
			t.Errorf("%d ran at once", most.Load())
		}
		if diff := cmp.Diff(password.Stats{Slots: 3, Total: 20}, g.Stats()); diff != "" {
			t.Errorf("afterwards (-want +got):\n%s", diff)
		}
	})
}

func TestMemoryIsAsScarceAsSlots(t *testing.T) {
	if got := gate(t, password.GateConfig{Slots: 8, MemoryBudget: 200 << 10}).Stats().Slots; got != 3 {
		t.Errorf("200 KiB give %d slots of 64 KiB", got)
	}
	synctest.Test(t, func(t *testing.T) {
		heavy := hash(t, gate(t, password.GateConfig{Params: password.Params{MemoryKiB: 192, Time: 1, Parallelism: 1}}), "Kx7~qVm)")
		g := gate(t, password.GateConfig{Slots: 3, MemoryBudget: 200 << 10})
		release, _ := held(g)
		var group sync.WaitGroup
		for _, h := range []keyfold.Hash{"", heavy, ""} {
			group.Go(func() {
				if _, err := g.Verify(t.Context(), h, "x"); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait()
		}
		if s := g.Stats(); s.Running != 1 || s.Waiting != 2 {
			t.Errorf("beside a heavy hash that waits, %d run and %d wait", s.Running, s.Waiting)
		}
		for range 3 {
			release <- struct{}{}
			synctest.Wait()
		}
		group.Wait()
		if s := g.Stats(); s.Running != 0 || s.Waiting != 0 || s.Total != 3 {
			t.Errorf("afterwards: %+v", s)
		}
	})
}

func TestFullQueueRefusesAtOnceAndSaysWhenToComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(t, password.GateConfig{Slots: 1, Queue: 59, Wait: time.Hour})
		release, _ := held(g)
		var group sync.WaitGroup
		for range 60 {
			group.Go(func() { _, _ = g.Hash(t.Context(), "x") })
		}
		synctest.Wait()
		start := time.Now()
		_, err := g.Verify(t.Context(), "", "x")
		r, ok := errors.AsType[*keyfold.Refusal](err)
		if !ok || r.Kind != keyfold.Busy || r.Text != "busy" {
			t.Fatalf("got %v", err)
		}
		if r.RetryAfter != 4*time.Second { // 60 at 50 ms are 3 s
			t.Errorf("come back after %s", r.RetryAfter)
		}
		if time.Since(start) != 0 || g.Stats().Refused != 1 {
			t.Errorf("after %s: %+v", time.Since(start), g.Stats())
		}
		close(release)
		group.Wait()
	})
}

func TestRetryAfterFollowsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(t, password.GateConfig{Slots: 1, Queue: 1, Now: time.Now})
		g.OnRun(func(string) { time.Sleep(10 * time.Minute) }) // the bubble's time
		for range 5 {
			hash(t, g, "x")
		}
		release, _ := held(g)
		var group sync.WaitGroup
		for range 2 {
			group.Go(func() { _, _ = g.Hash(t.Context(), "x") })
		}
		synctest.Wait()
		_, err := g.Hash(t.Context(), "x")
		if rs := keyfold.Refused(err); len(rs) != 1 || rs[0].RetryAfter != 30*time.Second {
			t.Errorf("got %v", err)
		}
		close(release)
		group.Wait()
	})
}

func TestWaitingEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(t, password.GateConfig{Slots: 1, Queue: 5, Wait: 2 * time.Second})
		release, _ := held(g)
		var group sync.WaitGroup
		group.Go(func() { _, _ = g.Hash(t.Context(), "x") })
		synctest.Wait()

		ctx, cancel := context.WithCancel(t.Context())
		group.Go(func() {
			if _, err := g.Verify(ctx, "", "x"); !errors.Is(err, context.Canceled) {
				t.Errorf("who left gets %v", err)
			}
		})
		start := time.Now()
		group.Go(func() {
			_, err := g.Verify(t.Context(), "", "x")
			if rs := keyfold.Refused(err); len(rs) != 1 || rs[0].Kind != keyfold.Busy || rs[0].RetryAfter != time.Second {
				t.Errorf("who waited long gets %v", err)
			}
			if got := time.Since(start); got != 2*time.Second {
				t.Errorf("after %s", got)
			}
		})
		synctest.Wait()
		cancel()
		synctest.Wait()
		if s := g.Stats(); s.Waiting != 1 || s.Running != 1 {
			t.Errorf("a place was not freed: %+v", s)
		}
		time.Sleep(3 * time.Second) // the bubble's time
		if diff := cmp.Diff(password.Stats{Slots: 1, Running: 1, Total: 1, Refused: 1}, g.Stats()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		close(release)
		group.Wait()
		if _, err := g.Verify(ctx, "", "x"); !errors.Is(err, context.Canceled) {
			t.Errorf("who was gone before gets %v", err)
		}
	})
}

func TestQueueIsFirstComeFirstServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(t, password.GateConfig{Slots: 1, Queue: 10})
		release, _ := held(g)
		var group sync.WaitGroup
		var order []int
		for i := range 10 {
			group.Go(func() {
				if _, err := g.Verify(t.Context(), "", "x"); err != nil {
					t.Error(err)
				}
				order = append(order, i)
			})
			synctest.Wait()
		}
		for range 10 {
			release <- struct{}{}
			synctest.Wait()
		}
		group.Wait()
		if diff := cmp.Diff([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}, order); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestGateRefusesAConfigurationThatCannotWork(t *testing.T) {
	for name, c := range map[string]password.GateConfig{
		"no room for one hash": {MemoryBudget: 1 << 20},
		"negative slots":       {Slots: -1},
		"negative queue":       {Queue: -1},
		"negative wait":        {Wait: -1},
		"no passes":            {Params: password.Params{MemoryKiB: 64, Parallelism: 1}},
		"no lanes":             {Params: password.Params{MemoryKiB: 64, Time: 1}},
		"too little memory":    {Params: password.Params{MemoryKiB: 7, Time: 1, Parallelism: 1}},
		"too much memory":      {Params: password.Params{MemoryKiB: 1 << 20, Time: 1, Parallelism: 1}},
		"too much work":        {Params: password.Params{MemoryKiB: 200 << 10, Time: 16, Parallelism: 1}},
	} {
		if _, err := password.NewGate(c); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
