package password_test

import (
	"math/rand/v2"
)

// A random makes the same texts each time.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, seed))} }

// text is of letters, digits, signs and some of Latin-1.
func (r random) text(least, most int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 !#%&()*+-.:;<=>?@éüßÅ"
	runes := []rune(alphabet)
	out := make([]rune, least+r.IntN(most-least+1))
	for i := range out {
		out[i] = runes[r.IntN(len(runes))]
	}
	return string(out)
}

// letters are n of what the salts of crypt have.
func (r random) letters(n int) string {
	out := make([]byte, n)
	for i := range out {
		out[i] = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[r.IntN(64)]
	}
	return string(out)
}

// near is pw with one letter changed, or one more.
func (r random) near(pw string) string {
	runes := []rune(pw)
	if i := r.IntN(len(runes) + 1); i < len(runes) {
		runes[i]++
		return string(runes)
	}
	return pw + "x"
}
