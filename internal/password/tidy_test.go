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
		freed, ended := 0, false
		go func() {
			g.Tidy(ctx, func() { freed++ })
			ended = true
		}()
		pass := func(want int) {
			t.Helper()
			time.Sleep(time.Minute) // the bubble's time
			synctest.Wait()
			if freed != want {
				t.Errorf("freed %d times, want %d", freed, want)
			}
		}
		pass(0)
		hash(t, g, "x")
		pass(1)
		release, _ := held(g)
		go func() { _, _ = g.Hash(t.Context(), "x") }()
		pass(1) // somebody is here
		close(release)
		pass(2)
		cancel()
		synctest.Wait()
		if !ended {
			t.Error("it goes on after its context")
		}
	})
}
