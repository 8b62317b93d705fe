package mailtext

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// maxShown is the longest name that a mail shows, in characters.
const maxShown = 60

// clean makes one line of s, without anything that the eye cannot see.
func clean(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.Is(unicode.C, r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	return strings.Join(strings.Fields(s), " ")
}

// likeLink is what mail clients may turn into a link: a scheme, www, an
// address, a name with something like a top-level domain, an IP address.
var likeLink = regexp.MustCompile(`(?i)//|\\\\|www\.|@|[a-z]{3,}:\S|[\p{L}\p{N}_-]\.[\p{L}\p{M}]{2,}|\.xn--|\d+\.\d+\.\d+\.\d+`)

// anyDot makes a plain dot of every dot that a browser takes for one.
var anyDot = strings.NewReplacer("。", ".", "．", ".", "｡", ".", "․", ".")

// quotable is the name that somebody gave, as far as a mail of ours may repeat
// it. Empty: better not. Whoever can choose a name could otherwise have us send
// their link, under our name, to a mailbox that trusts us.
func quotable(name string) string {
	name = clean(name)
	if likeLink.MatchString(anyDot.Replace(norm.NFKC.String(name))) {
		return ""
	}
	name = strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Pi, unicode.Pf) || strings.ContainsRune("\"„‚", r) {
			return '\'' // it stands in quotes that it must not close
		}
		return r
	}, name)
	if runes := []rune(name); len(runes) > maxShown {
		name = strings.TrimSpace(string(runes[:maxShown-1])) + "…"
	}
	return name
}

// coarse is the first half of a client address: enough to recognise one's own
// network, too little to follow a person. Empty when it says nothing.
func coarse(address string) string {
	ip, err := netip.ParseAddr(strings.TrimSpace(address))
	if err != nil || ip.IsLoopback() || ip.IsUnspecified() {
		return ""
	}
	ip = ip.Unmap()
	b := ip.AsSlice()
	if ip.Is4() {
		return strconv.Itoa(int(b[0])) + "." + strconv.Itoa(int(b[1]))
	}
	group := func(i int) string { return strconv.FormatUint(uint64(b[i])<<8|uint64(b[i+1]), 16) }
	return group(0) + ":" + group(2) + ":" + group(4)
}
