package keyfold

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// addressLike is what could be an address, in words that somebody else wrote.
var addressLike = regexp.MustCompile(`[^\s<>()\[\],;:"'|@]+@[^\s<>()\[\],;:"'|@]+`)

// HideIn is a text without whole addresses, for those who may not read them. Of e
// itself the name before the @ and the domain are masked as well, wherever they
// stand alone: mail servers like to say which mailbox they do not know.
func (e Email) HideIn(text string) string {
	text = addressLike.ReplaceAllStringFunc(text, func(found string) string {
		address, err := ParseEmail(strings.TrimRight(found, ".!?"))
		if err != nil {
			return "[…]"
		}
		return address.Masked()
	})
	if e.IsZero() {
		return text
	}
	local, typedDomain, _ := strings.Cut(e.typed, "@")
	keyLocal, domain, _ := strings.Cut(e.key, "@")
	host, _, _ := strings.Cut(domain, ".")
	maskedLocal, maskedDomain, _ := strings.Cut(e.Masked(), "@")
	for _, part := range []struct{ whole, masked string }{
		{typedDomain, maskedDomain}, {domain, maskedDomain}, {host, first(host) + "•••"}, {local, maskedLocal}, {keyLocal, maskedLocal},
	} {
		if len(part.whole) > 1 { // a letter alone tells nothing, and is a word of many languages
			text = hideWord(text, part.whole, part.masked)
		}
	}
	return text
}

// hideWord puts something else in the place of a word, in whatever case.
func hideWord(text, word, other string) string {
	var out strings.Builder
	from := 0
	for _, at := range regexp.MustCompile("(?i)"+regexp.QuoteMeta(word)).FindAllStringIndex(text, -1) {
		before, _ := utf8.DecodeLastRuneInString(text[:at[0]])
		after, _ := utf8.DecodeRuneInString(text[at[1]:])
		if inWord(before) || inWord(after) {
			continue
		}
		out.WriteString(text[from:at[0]] + other)
		from = at[1]
	}
	return out.String() + text[from:]
}

func inWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
