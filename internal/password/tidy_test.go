package password_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyfold/keyfold/internal/password"
)

func TestMemoryIsGivenBackOnceWhenNobodyIsHere(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(t, password.GateConfig{})
		ctx, cancel := context.WithCancel(t.Context())
		begun, rested, ended := 0, 0, false
		go func() {
			g.Tidy(ctx, password.Memory{
				Begin: func() { begun++ }, Collect: func() { t.Error("collected for next to nothing") }, Rest: func() { rested++ },
			})
			ended = true
		}()
		pass := func(begins, rests int) {
			t.Helper()
			time.Sleep(time.Minute) // the bubble's time
			synctest.Wait()
			if begun != begins || rested != rests {
				t.Errorf("begun %d and rested %d times, want %d and %d", begun, rested, begins, rests)
			}
		}
		pass(0, 0)
		hash(t, g, "x")
		pass(1, 1)
		release, _ := held(g)
		go func() { _, _ = g.Hash(t.Context(), "x") }()
		pass(2, 1) // somebody is here
		close(release)
		pass(2, 2)
		hash(t, g, "x")
		synctest.Wait()
		cancel()
		synctest.Wait()
		if !ended || rested != 3 {
			t.Errorf("after its context: ended %t, rested %d times", ended, rested)
		}
	})
}

func TestGarbageOfHashesIsCollectedAfterEachFew(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := gate(t, password.GateConfig{Params: password.Params{MemoryKiB: 64 << 10, Time: 1, Parallelism: 1}})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		collected := 0
		go g.Tidy(ctx, password.Memory{Begin: func() {}, Collect: func() { collected++ }, Rest: func() {}})
		for i, want := range []int{0, 0, 1, 1, 1, 2} { // 160 MiB are three of 64
			hash(t, g, "x")
			synctest.Wait()
			if collected != want {
				t.Errorf("after %d hashes: collected %d times, want %d", i+1, collected, want)
			}
		}
	})
}
