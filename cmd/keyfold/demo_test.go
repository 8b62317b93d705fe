package main

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailsink"
)

func TestTheDemoListensOnThisMachineOnly(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":8080", "192.0.2.1:8080", "[::]:8080", "example.com:80", "8080", "localhost.evil.example:80"} {
		var said bytes.Buffer
		code := run(t.Context(), []string{"demo", "--listen", listen}, strings.NewReader(""), &said, &said, nil)
		if code != exitProblem || !strings.Contains(said.String(), "--listen") {
			t.Errorf("%s: exit %d, %q", listen, code, said.String())
		}
	}
	for _, listen := range []string{"127.0.0.1:8080", "localhost:8080", "[::1]:8080", "127.8.9.1:80"} {
		if _, err := onThisMachine(listen); err != nil {
			t.Errorf("%s: %v", listen, err)
		}
	}
}

// TestTheDemoKeepsItsFolder seeds a demo twice: the second time everything is
// there already.
func TestTheDemoKeepsItsFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "kept")
	for range 2 {
		a, cfg := demoApp(t, folder)
		for range 2 {
			if err := a.seed(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
		}
		counts, err := a.db.Reader().AccountCounts(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got, want := counts[keyfold.Legacy]+counts[keyfold.Registered], int64(len(demoCustomers)+len(more)); got != want {
			t.Errorf("%d accounts, want %d", got, want)
		}
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAnotherSecretIsRefusedInWords(t *testing.T) {
	folder := t.TempDir()
	a, _ := demoApp(t, folder)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	cfg, err := demoConfig("127.0.0.1:8080", folder, "smtp://127.0.0.1:1?tls=none")
	if err != nil {
		t.Fatal(err)
	}
	if cfg.Secret, err = parseSecret(strings.Repeat("another", 8)); err != nil {
		t.Fatal(err)
	}
	env := &environment{stderr: &bytes.Buffer{}, now: time.Now}
	_, err = newApp(t.Context(), cfg, false, env.logger(cfg), env.now)
	if err == nil || !strings.Contains(err.Error(), "KEYFOLD_SECRET") {
		t.Errorf("got %v", err)
	}
}

func demoApp(t *testing.T, folder string) (*app, *config) {
	t.Helper()
	c := &demoCmd{Data: folder}
	if _, _, err := c.folder(); err != nil {
		t.Fatal(err)
	}
	sink, err := mailsink.Start("127.0.0.1:0", mailsink.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	cfg, err := demoConfig("127.0.0.1:8080", folder, sink.URL())
	if err != nil {
		t.Fatal(err)
	}
	if err := cfg.loadSecret(); err != nil {
		t.Fatal(err)
	}
	env := &environment{stderr: &bytes.Buffer{}, now: time.Now}
	a, err := newApp(context.WithoutCancel(t.Context()), cfg, false, env.logger(cfg), env.now)
	if err != nil {
		t.Fatal(err)
	}
	return a, cfg
}
