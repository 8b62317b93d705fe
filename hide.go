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
	text = addressLike.ReplaceAllStringFunc(text, func(found string) string { return maskedOr(strings.TrimRight(found, ".!?")) })
	text = hideEncoded(text)
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

// maskedOr is what is shown of an address, or of what looks like one.
func maskedOr(found string) string {
	address, err := ParseEmail(found)
	if err != nil {
		return "[…]"
	}
	return address.Masked()
}

// hideWord puts something else in the place of a word, in whatever case and however
// encoded.
func hideWord(text, word, other string) string {
	same := regexp.MustCompile("(?i)" + regexp.QuoteMeta(word))
	for times := 0; times <= deepest; times++ {
		r, encoded := read(text, times)
		if !encoded {
			break
		}
		var blots []blot
		for _, at := range same.FindAllStringIndex(r.plain, -1) {
			before, _ := utf8.DecodeLastRuneInString(r.plain[:at[0]])
			after, _ := utf8.DecodeRuneInString(r.plain[at[1]:])
			if !inWord(before) && !inWord(after) {
				blots = append(blots, blot{at[0], at[1], other})
			}
		}
		text = r.with(blots)
	}
	return text
}

func inWord(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }
