package token_test

import (
	"fmt"
	"math/big"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/token"
)

func TestAPIKeysDependOnEveryPart(t *testing.T) {
	k, form := token.NewKey("one"), token.New()
	base := k.APIKey(form, "NL123421341", "u1")
	if again := k.APIKey(form, "NL123421341", "u1"); again != base {
		t.Error("the same form makes another key")
	}
	for name, other := range map[string]token.Secret{
		"form":    k.APIKey(token.New(), "NL123421341", "u1"),
		"account": k.APIKey(form, "NL123421342", "u1"),
		"user":    k.APIKey(form, "NL123421341", "u2"),
		"server":  token.NewKey("two").APIKey(form, "NL123421341", "u1"),
	} {
		if other == base {
			t.Errorf("another %s makes the same key", name)
		}
	}
	if fmt.Sprintf("%v %+v", base, base) != "[secret] [secret]" {
		t.Errorf("it prints as %v", base)
	}
}

// TestAPIKeysHoldAllBits: no two numbers of 256 bits have the same 43 digits.
func TestAPIKeysHoldAllBits(t *testing.T) {
	room := new(big.Int).Exp(big.NewInt(62), big.NewInt(43), nil)
	if room.Cmp(new(big.Int).Lsh(big.NewInt(1), 256)) < 0 {
		t.Error("43 digits are too few")
	}
	digits := map[rune]bool{}
	for range 200 {
		s := token.NewKey("one").APIKey(token.New(), "NL123421341", "u1").Reveal()
		if len(s) != len("kf_live_")+43 {
			t.Fatalf("a key of %d characters", len(s))
		}
		for _, r := range strings.TrimPrefix(s, "kf_live_") {
			digits[r] = true
		}
	}
	if len(digits) != 62 {
		t.Errorf("%d digits are used", len(digits))
	}
}

func TestOnlyWhatCanBeAKeyIsRead(t *testing.T) {
	s := token.NewKey("one").APIKey(token.New(), "NL123421341", "u1")
	if token.ParseAPIKey(s.Reveal()) != s || !strings.HasSuffix(s.Reveal(), s.Hint()) || len(s.Hint()) != 4 {
		t.Error("a key does not survive its text")
	}
	digits := strings.TrimPrefix(s.Reveal(), "kf_live_")
	for _, not := range []string{
		"", "kf_live_", digits, "kf_test_" + digits, s.Reveal() + "0", s.Reveal()[:50], " " + s.Reveal(), "kf_live_" + digits[:42] + "-",
		"kf_live_" + digits[:20] + "\x00" + digits[21:], "kf_live_" + digits[:41] + "é", token.New().Reveal(), "KF_LIVE_" + digits,
	} {
		if !token.ParseAPIKey(not).IsZero() {
			t.Errorf("%q is taken for a key", not)
		}
	}
	if (token.Secret{}).Hint() != "" {
		t.Error("no secret has a hint")
	}
}
