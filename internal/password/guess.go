package password

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold takes away what people vary without thinking: case, and width and style
// of letters.
func fold(s string) string { return norm.NFC.String(cases.Fold().String(norm.NFKC.String(s))) }

// leet is what digits and signs stand for, in two readings: a 1 is an i or an l.
var leet = [2]*strings.Replacer{
	strings.NewReplacer("0", "o", "1", "i", "2", "z", "3", "e", "4", "a", "5", "s", "7", "t", "8", "b", "9", "g", "@", "a", "$", "s", "!", "i", "+", "t", "|", "i", "€", "e"),
	strings.NewReplacer("0", "o", "1", "l", "2", "z", "3", "e", "4", "a", "5", "s", "6", "g", "7", "t", "8", "b", "9", "g", "@", "a", "$", "s", "!", "l", "+", "t", "|", "l", "€", "e"),
}

// minWord is the shortest word that makes a password guessable. Shorter ones
// are in too many good passwords by chance.
const minWord = 4

// letterless reports whether s has no letter: what people put around a word to
// please a policy.
func letterless(s string) bool { return !strings.ContainsFunc(s, unicode.IsLetter) }

// makes reports whether pw is made of words of c alone, with nothing but
// digits and signs around and between them. Signs within a word, and signs for
// letters, do not help.
func (c Context) makes(pw string) bool {
	words := c.words()
	if len(words) == 0 {
		return false
	}
	folded := fold(pw)
	plain := onlyAlphanumeric(folded)
	if covers(words, plain, plain) {
		return true
	}
	for _, l := range leet {
		if covers(words, folded, l.Replace(folded)) {
			return true
		}
	}
	return false
}

// words are the words of c as attackers would use them: whole, the local part
// of an address, and the parts between spaces and signs. Addresses are not cut
// further: their domains say little about a person.
func (c Context) words() [][]rune {
	var words [][]rune
	add := func(s string) {
		if w := []rune(onlyAlphanumeric(s)); len(w) >= minWord {
			words = append(words, w)
		}
	}
	for _, w := range c.Words {
		if len(w) > MaxBytes {
			continue
		}
		w = fold(w)
		add(w)
		if at := strings.LastIndexByte(w, '@'); at >= 0 {
			w = w[:at]
			add(w)
		}
		for _, part := range strings.FieldsFunc(w, isSpecial) {
			add(part)
		}
	}
	return words
}

func onlyAlphanumeric(s string) string {
	return strings.Map(func(r rune) rune {
		if isSpecial(r) {
			return -1
		}
		return r
	}, s)
}

// covers reports whether pw falls apart into at least one of the words and
// characters that are no letters. The words are looked for in read, which is
// pw as an attacker reads it, one character for each of pw's.
func covers(words [][]rune, pw, read string) bool {
	typed, seen := []rune(pw), []rune(read)
	if len(typed) != len(seen) {
		return false
	}
	const (
		unreached = iota
		reached   // without a word
		made      // with a word
	)
	state := make([]int, len(typed)+1)
	state[0] = reached
	for i, r := range typed {
		if state[i] == unreached {
			continue
		}
		if !unicode.IsLetter(r) {
			state[i+1] = max(state[i+1], state[i])
		}
		for _, w := range words {
			if end := i + len(w); end <= len(seen) && slices.Equal(seen[i:end], w) {
				state[end] = made
			}
		}
	}
	return state[len(typed)] == made
}
