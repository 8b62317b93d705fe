package keyfold

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/idna"
)

// An Email is an address that mail can be sent to. It keeps the local part as
// its owner typed it and is compared by [Email.Key]; == does not compile,
// because two spellings of one mailbox would differ.
// The zero Email is no address.
type Email struct {
	_     [0]func() // no ==
	typed string
	key   string
}

// The longest address that SMTP carries, in bytes: RFC 5321 section 4.5.3.1.3
// less the two angle brackets. Local parts have a limit of their own.
const (
	maxEmail = 254
	maxLocal = 64
)

// ParseEmail accepts what can be delivered to, and refuses with a reason. The
// domain becomes lower case and punycode; the local part stays as typed. No
// folding of dots or plus signs: to some providers these are other people.
func ParseEmail(typed string) (Email, error) {
	typed = strings.TrimSpace(typed)
	local, domain, ok := strings.Cut(typed, "@")
	switch {
	case !ok || local == "" || domain == "":
		return Email{}, Refuse(Invalid, "email.malformed")
	case len(typed) > maxEmail || len(local) > maxLocal:
		return Email{}, Refuse(Invalid, "email.too_long")
	case !printable(typed):
		return Email{}, Refuse(Invalid, "email.control_characters")
	case !dotAtom(local):
		return Email{}, Refuse(Invalid, "email.characters")
	case strings.Contains(domain, "@") || !strings.Contains(strings.Trim(domain, "."), "."):
		return Email{}, Refuse(Invalid, "email.malformed")
	case mixedScripts(domain):
		return Email{}, Refuse(Invalid, "email.confusable")
	}
	ascii, err := punycode(domain)
	if err != nil || !hostname(ascii) {
		return Email{}, Refuse(Invalid, "email.domain")
	}
	address := local + "@" + ascii
	if len(address) > maxEmail {
		return Email{}, Refuse(Invalid, "email.too_long")
	}
	return Email{typed: address, key: strings.ToLower(address)}, nil
}

// punycode is a domain in lower case and ASCII. Nearly all are so already; the
// store reads addresses back through here for each request.
func punycode(domain string) (string, error) {
	if plain(domain) && !strings.Contains(domain, "--") {
		return domain, nil
	}
	return idna.Registration.ToASCII(strings.ToLower(domain))
}

// plain reports whether s is of lower-case ASCII letters, digits, dots and
// dashes alone.
func plain(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '.' && r != '-'
	})
}

// printable refuses what the eye cannot see: controls, and format characters
// such as zero-width joiners and direction marks.
func printable(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		if r > ' ' && r < unicode.MaxASCII {
			return false
		}
		return r == unicode.ReplacementChar || unicode.Is(unicode.C, r) || (unicode.IsSpace(r) && r != ' ')
	})
}

// dotAtom is the unquoted local part of RFC 5321: words of ASCII between dots.
// Quoted local parts are legal and a known way to smuggle a second address in.
func dotAtom(local string) bool {
	for word := range strings.SplitSeq(local, ".") {
		if word == "" {
			return false
		}
		for _, r := range word {
			letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
			if !letter && !strings.ContainsRune("!#$%&'*+-/=?^_`{|}~", r) {
				return false
			}
		}
	}
	return true
}

func hostname(ascii string) bool {
	labels := strings.Split(ascii, ".")
	if len(labels) < 2 || len(ascii) > 253 {
		return false
	}
	for _, label := range labels {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
				return false
			}
		}
	}
	last := labels[len(labels)-1]
	return strings.ContainsFunc(last, unicode.IsLetter) // 127.0.0.1 is no mail domain
}

// mixedScripts reports whether one label of a domain uses letters of more than
// one script, the way a Cyrillic "а" hides in a Latin name. Japanese mixes
// three by nature.
func mixedScripts(domain string) bool {
	if plain(domain) {
		return false
	}
	for label := range strings.SplitSeq(domain, ".") {
		seen := map[string]bool{}
		for _, r := range label {
			if unicode.IsLetter(r) {
				seen[script(r)] = true
			}
		}
		if len(seen) > 1 {
			return true
		}
	}
	return false
}

func script(r rune) string {
	switch {
	case unicode.In(r, unicode.Latin):
		return "latin"
	case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana):
		return "japanese"
	}
	for name, table := range unicode.Scripts {
		if unicode.Is(table, r) {
			return name
		}
	}
	return "unknown"
}

// String is the spelling to send to and to show.
func (e Email) String() string { return e.typed }

// Key is equal for two spellings of one mailbox.
func (e Email) Key() string { return e.key }

// IsZero reports whether e is no address.
func (e Email) IsZero() bool { return e.key == "" }

// Same reports whether both are one mailbox.
func (e Email) Same(other Email) bool { return e.key == other.key }

// Domain is what follows the @.
func (e Email) Domain() string {
	_, domain, _ := strings.Cut(e.key, "@")
	return domain
}

// Masked is what those may read who are not its holder: b••••r@t•••.example. It
// is enough to recognise an address that one knows, and how long it is does not
// show.
func (e Email) Masked() string {
	local, _, _ := strings.Cut(e.typed, "@")
	domain := e.Domain()
	host, top := domain, ""
	if dot := strings.LastIndex(domain, "."); dot >= 0 {
		host, top = domain[:dot], domain[dot:]
	}
	start, end := first(local), ""
	if len(local) > 3 {
		end = local[len(local)-1:]
	}
	return start + "••••" + end + "@" + first(host) + "•••" + top
}

// first is the first of several letters; the only one would be all there is.
func first(s string) string {
	if len(s) < 2 {
		return ""
	}
	return s[:1]
}

// UnmarshalText reads a stored address; the empty text is no address.
func (e *Email) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*e = Email{}
		return nil
	}
	*e, err = ParseEmail(string(b))
	return err
}

var bigDomains = []string{
	"gmail.com", "googlemail.com", "hotmail.com", "outlook.com", "live.com", "yahoo.com", "icloud.com", "mail.com", "ymail.com", "email.com",
	"gmx.de", "gmx.net", "web.de", "t-online.de", "ziggo.nl", "kpnmail.nl", "hotmail.nl", "live.nl",
	"proton.me", "protonmail.com", "aol.com",
}

// Suggestion is the address that was probably meant, when the domain is one
// slip away from a big provider's: gmial.com. It is a question to ask, never a
// reason to refuse.
func (e Email) Suggestion() (Email, bool) {
	domain := e.Domain()
	local, _, _ := strings.Cut(e.typed, "@")
	if slices.Contains(bigDomains, domain) {
		return Email{}, false
	}
	for _, big := range bigDomains {
		if oneSlip(domain, big) {
			meant, err := ParseEmail(local + "@" + big)
			return meant, err == nil
		}
	}
	return Email{}, false
}

// oneSlip reports whether a becomes b by one letter added, lost, changed or
// swapped with its neighbour.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	switch len(b) - len(a) {
	case 0:
		changed := i < len(a) && a[i+1:] == b[i+1:]
		swapped := i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		return changed || swapped
	case 1:
		return a[i:] == b[i+1:]
	}
	return false
}
