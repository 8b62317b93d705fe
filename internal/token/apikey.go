package token

import (
	"math/big"
	"strings"
)

// keyPrefix tells people, and programs that look for leaked secrets, what they
// found.
const keyPrefix = "kf_live_"

// keyDigits is how many digits to the base of 62 hold 256 bits.
const keyDigits = 43

// base62 is the alphabet of API keys: a double click takes all of one.
const base62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// APIKey is the secret of the API key that is made with a form. The same form
// makes the same key, so that it can be sent twice; who has the form alone, or
// the database, cannot tell which.
func (k Key) APIKey(form Secret, account, user string) Secret {
	n, rest := new(big.Int).SetBytes(k.mac("api key", form.Reveal(), account, user)), new(big.Int)
	digits := make([]byte, keyDigits)
	for i := range digits {
		n.DivMod(n, big.NewInt(int64(len(base62))), rest)
		digits[i] = base62[rest.Int64()]
	}
	return Secret{keyPrefix + string(digits)}
}

// ParseAPIKey takes what a program sent as its key. What cannot be one of ours
// becomes the zero Secret, which opens nothing.
func ParseAPIKey(s string) Secret {
	digits, ok := strings.CutPrefix(s, keyPrefix)
	if !ok || len(digits) != keyDigits || strings.Trim(digits, base62) != "" {
		return Secret{}
	}
	return Secret{s}
}

// Hint is the end of a secret, which its holder recognises.
func (s Secret) Hint() string { return s.s[max(0, len(s.s)-4):] }
