package token_test

import (
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/token"
)

func TestASignatureIsOfOneSecretTimeAndBody(t *testing.T) {
	secret, body := []byte("do-not-use-this-secret-make-your-own"), []byte(`{"a":1}`)
	good := token.Sign(secret, "1772355600", body)
	if !token.Signed(secret, "1772355600", good, body) || !token.Signed(secret, "1772355600", strings.ToUpper(good), body) {
		t.Error("a good signature is refused")
	}
	for name, got := range map[string]bool{
		"another secret": token.Signed([]byte("another"), "1772355600", good, body),
		"no secret":      token.Signed(nil, "1772355600", token.Sign(nil, "1772355600", body), body),
		"another time":   token.Signed(secret, "1772355601", good, body),
		"another body":   token.Signed(secret, "1772355600", good, []byte(`{"a":2}`)),
		"a moved dot":    token.Signed(secret, "177235560", token.Sign(secret, "177235560", append([]byte("0."), body...)), body),
		"cut":            token.Signed(secret, "1772355600", good[:62], body),
		"longer":         token.Signed(secret, "1772355600", good+"00", body),
		"nothing":        token.Signed(secret, "1772355600", "", body),
		"no digits":      token.Signed(secret, "1772355600", strings.Repeat("z", 64), body),
	} {
		if got {
			t.Errorf("%s passes", name)
		}
	}
}
