package keyfold

import (
	"regexp"
	"strings"
	"unicode"
)

// MailHeader is where a mail of ours says its Message-ID once more: some relays
// put one of theirs in its place, and send back both when it does not arrive.
const MailHeader = "Keyfold-Mail"

// maxSaid is how many characters of an answer are kept.
const maxSaid = 500

// secretLike is what could be the secret of a link. A server that refuses a mail
// may repeat what it does not like in it.
var secretLike = regexp.MustCompile(`[A-Za-z0-9_-]{40,}`)

// Said is what somebody else's server says, as a line that can be kept and shown:
// without what cannot be seen, without anything that could be a secret of a link,
// and cut when it is long.
func Said(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.Is(unicode.C, r) {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	s = secretLike.ReplaceAllString(strings.Join(strings.Fields(s), " "), "[…]")
	if runes := []rune(s); len(runes) > maxSaid {
		s = string(runes[:maxSaid]) + "…"
	}
	return s
}
