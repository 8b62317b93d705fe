package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func sqliteConfig(tb testing.TB, file string) *config {
	tb.Helper()
	c, err := loadConfig(input{environ: []string{"KEYFOLD_DATABASE_URL=sqlite://" + file}})
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestSecretFileIsMadeOnceAndKept(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "k.db")
	first, second := sqliteConfig(t, db), sqliteConfig(t, db)
	if err := first.loadSecret(); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(db + ".secret")
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("got %v, %v; want mode 0600", info, err)
	}
	if n := len(first.Secret.Reveal()); n != 43 { // 256 bits
		t.Errorf("got %d characters", n)
	}
	if err := second.loadSecret(); err != nil || second.Secret != first.Secret {
		t.Errorf("second start: %v, or another secret", err)
	}
	if left, err := filepath.Glob(filepath.Join(filepath.Dir(db), ".secret-*")); err != nil || left != nil {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestSecretFileIsNotOverwritten(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "k.db")
	for _, text := range []string{"", "too short\n", strings.Repeat("x", 31)} {
		if err := os.WriteFile(db+".secret", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		err := sqliteConfig(t, db).loadSecret()
		if err == nil || !strings.Contains(err.Error(), "backup") {
			t.Errorf("%q: got %v", text, err)
		}
		if after, err := os.ReadFile(db + ".secret"); err != nil || string(after) != text {
			t.Errorf("%q: the file is now %q, %v", text, after, err)
		}
	}
}

func TestStartsAtOnceShareOneSecret(t *testing.T) {
	t.Parallel()
	for range 20 {
		db := filepath.Join(t.TempDir(), "k.db")
		secrets := make([]hidden, 8)
		var wg sync.WaitGroup
		for i := range secrets {
			c := sqliteConfig(t, db)
			wg.Go(func() {
				if err := c.loadSecret(); err != nil {
					t.Error(err)
				}
				secrets[i] = c.Secret
			})
		}
		wg.Wait()
		for _, s := range secrets {
			if s.IsZero() || s != secrets[0] {
				t.Fatal("two starts have different secrets")
			}
		}
	}
}

func TestConfiguredSecretMakesNoFile(t *testing.T) {
	t.Parallel()
	db := filepath.Join(t.TempDir(), "k.db")
	c := sqliteConfig(t, db)
	c.Secret = hidden{"configured"}
	if err := c.loadSecret(); err != nil || c.Secret.Reveal() != "configured" {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(db + ".secret"); err == nil {
		t.Error("a secret file was made")
	}
}

func TestUnwritableFolderIsToldInWords(t *testing.T) {
	t.Parallel()
	err := sqliteConfig(t, filepath.Join(t.TempDir(), "nowhere", "k.db")).loadSecret()
	if err == nil || !strings.Contains(err.Error(), "Make its folder writable") {
		t.Errorf("got %v", err)
	}
}

func TestPostgreSQLNeedsASecret(t *testing.T) {
	t.Parallel()
	in := input{need: needAll, environ: []string{"KEYFOLD_DATABASE_URL=postgres://db/keyfold"}}
	if got := problemsOf(t, in); !strings.Contains(got.Error(), "secret is missing: with PostgreSQL") {
		t.Errorf("got %v", got)
	}
	in.need = needDatabase
	c, err := loadConfig(in)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.loadSecret(); err == nil {
		t.Error("a secret came from nowhere")
	}
}
