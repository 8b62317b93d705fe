package token_test

import (
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/token"
)

func TestSealedIsReadByItsKeyForItsPersonOnly(t *testing.T) {
	k := token.NewKey("one")
	sealed := k.Seal("factor", "NL123421341", []byte("a seed"))
	if got, err := k.Unseal("factor", "NL123421341", sealed); err != nil || string(got) != "a seed" {
		t.Fatalf("got %q, %v", got, err)
	}
	if strings.Contains(sealed, "seed") || sealed != k.Seal("factor", "NL123421341", []byte("a seed")) {
		t.Errorf("got %q", sealed)
	}
	for name, open := range map[string]func() ([]byte, error){
		"another key":     func() ([]byte, error) { return token.NewKey("two").Unseal("factor", "NL123421341", sealed) },
		"another person":  func() ([]byte, error) { return k.Unseal("factor", "NL123421342", sealed) },
		"another purpose": func() ([]byte, error) { return k.Unseal("other", "NL123421341", sealed) },
		"cut off":         func() ([]byte, error) { return k.Unseal("factor", "NL123421341", sealed[:len(sealed)-2]) },
		"short":           func() ([]byte, error) { return k.Unseal("factor", "NL123421341", "v1.AAAA") },
		"nothing":         func() ([]byte, error) { return k.Unseal("factor", "NL123421341", "") },
		"another form":    func() ([]byte, error) { return k.Unseal("factor", "NL123421341", "v2."+sealed[3:]) },
		"changed": func() ([]byte, error) {
			return k.Unseal("factor", "NL123421341", "v1.A"+strings.TrimPrefix(sealed[4:], "A"))
		},
	} {
		if got, err := open(); err == nil {
			t.Errorf("%s opens it: %q", name, got)
		}
	}
	if k.Seal("factor", "NL123421342", []byte("a seed")) == sealed || k.Seal("factor", "NL123421341", []byte("a seed.")) == sealed {
		t.Error("two secrets have the same text")
	}
}
