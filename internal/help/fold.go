package help

import (
	"regexp"
	"strings"
	"unicode"

	"github.com/keyfold/keyfold/internal/spelling"
)

// A word of a text is where it stands, and what it is compared by.
type word struct {
	from, to int
	key      string
}

// customerID is the key of every word that has the form of a customer ID: who
// types theirs asks about customer IDs, not about that one.
const customerID = "#id"

var idShaped = regexp.MustCompile(`^(?:[a-z]{1,5}[0-9]{5,14}|[0-9]{7,14})$`)

// maxWord bounds what is compared letter by letter.
const maxWord = 40

// words cuts a text into words. "E-mail", "email" and "mail" are one word, since
// people write it in all three ways.
func words(text string) (found []word) {
	add := func(from, to int) {
		if key := keyOf(text[from:to]); key != "" {
			found = append(found, word{from, to, key})
		}
	}
	start := -1
	for i, r := range text {
		in := unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.Is(unicode.Mn, r)
		switch {
		case in && start < 0:
			start = i
		case !in && start >= 0 && r == '-' && i-start == 1 && (text[start] == 'e' || text[start] == 'E'):
			// e-mail
		case !in && start >= 0:
			add(start, i)
			start = -1
		}
	}
	if start >= 0 {
		add(start, len(text))
	}
	return found
}

func keyOf(typed string) string {
	key := spelling.Fold(typed)
	if strings.Contains(key, "-") {
		key = strings.ReplaceAll(key, "-", "")
	}
	if strings.ContainsAny(key, "0123456789") && idShaped.MatchString(key) {
		return customerID
	}
	if rest, ok := strings.CutPrefix(key, "email"); ok {
		key = "mail" + rest
	}
	if len(key) > maxWord {
		return ""
	}
	return key
}

func joined(ws []word) string {
	keys := make([]string, len(ws))
	for i, w := range ws {
		keys[i] = w.key
	}
	return strings.Join(keys, " ")
}

// slug is a text as part of an address.
func slug(text string) string {
	var out strings.Builder
	dash := false
	for _, r := range spelling.Fold(text) {
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			if dash && out.Len() > 0 {
				out.WriteByte('-')
			}
			dash = false
			out.WriteRune(r)
		default:
			dash = true
		}
	}
	return out.String()
}
