package token_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/token"
)

func TestSecretDoesNotPrintItself(t *testing.T) {
	s, k := token.New(), token.NewKey("0123456789abcdef0123456789abcdef")
	for _, verb := range []string{"%v", "%s", "%+v"} {
		if got := fmt.Sprintf(verb, s) + fmt.Sprintf(verb, k); strings.Contains(got, s.Reveal()) || strings.Contains(got, "{") {
			t.Errorf("%s prints %q", verb, got)
		}
	}
}

func TestDeriveDependsOnEveryPart(t *testing.T) {
	k := token.NewKey("one")
	base := k.Derive("id", "reset", "a@b.example")
	if again := k.Derive("id", "reset", "a@b.example"); again != base {
		t.Error("the same parts give another link")
	}
	for name, other := range map[string]token.Secret{
		"id":      k.Derive("id2", "reset", "a@b.example"),
		"purpose": k.Derive("id", "confirm", "a@b.example"),
		"address": k.Derive("id", "reset", "a@c.example"),
		"borders": k.Derive("idr", "eset", "a@b.example"),
		"key":     token.NewKey("two").Derive("id", "reset", "a@b.example"),
	} {
		if other == base {
			t.Errorf("another %s gives the same link", name)
		}
	}
}

func TestParseKeepsOurs(t *testing.T) {
	s := token.New()
	if token.Parse(s.Reveal()) != s {
		t.Error("a secret does not survive its text")
	}
	for _, not := range []string{"", "x", s.Reveal() + "x", strings.Repeat("!", 43), s.Reveal()[1:]} {
		if !token.Parse(not).IsZero() || token.Parse(not).Hash() != "" {
			t.Errorf("%q is taken for a secret", not)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(token.New().Reveal())
	f.Add("short")
	f.Fuzz(func(t *testing.T, typed string) {
		s := token.Parse(typed)
		if !s.IsZero() && s.Reveal() != typed {
			t.Errorf("%q became %q", typed, s.Reveal())
		}
	})
}
