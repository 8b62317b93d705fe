package readiness

import (
	_ "embed"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/keyfold/keyfold"
)

// disposableList is a list of others; data/disposable.LICENSE says whose.
//
//go:embed data/disposable.txt
var disposableList string

// disposable are the domains of mailboxes that anybody gets for a few minutes.
var disposable = sync.OnceValue(func() map[string]struct{} {
	domains := make(map[string]struct{}, 9000)
	for line := range strings.Lines(disposableList) {
		domains[strings.TrimSpace(line)] = struct{}{}
	}
	return domains
})

// isDisposable reports whether a domain, or one above it, is on the list.
func isDisposable(domain string) bool {
	for above := range upwards(domain) {
		if _, is := disposable()[above]; is {
			return true
		}
	}
	return false
}

// upwards are a domain and those above it: a.b.c, b.c, c.
func upwards(domain string) func(func(string) bool) {
	return func(yield func(string) bool) {
		for rest, more := domain, true; more; _, rest, more = strings.Cut(rest, ".") {
			if !yield(rest) {
				return
			}
		}
	}
}

// isReserved reports whether a domain is kept for tests, examples or local
// networks, so that no mail from outside ever gets there: RFC 2606, 6761, 6762,
// 7686, 8375 and 9476, what ICANN has reserved for private use, and the names
// that routers give.
func isReserved(domain string) bool {
	for above := range upwards(domain) {
		switch above {
		case "example", "test", "invalid", "localhost", "local", "onion", "alt", "internal", "home.arpa",
			"example.com", "example.net", "example.org", "localdomain", "lan":
			return true
		}
	}
	return false
}

// unjoined makes one word of no-reply, no_reply and no.reply.
var unjoined = strings.NewReplacer("-", "", "_", "", ".", "")

// isNoReply reports whether nobody reads the mailbox, by its own word.
func isNoReply(local string) bool {
	switch strings.TrimRight(unjoined.Replace(withoutTag(local)), "0123456789") {
	case "noreply", "donotreply", "dontreply", "nomail", "noemail", "devnull", "nobody", "null", "noresponse", "noanswer",
		"bounce", "bounces", "mailerdaemon", "nepasrepondre", "keineantwort", "nichtantworten", "nietbeantwoorden":
		return true
	}
	return false
}

// isRole reports whether an address is that of a task, so that several people
// may read it, in the languages of our customers. RFC 2142 has the first ones.
func isRole(local string) bool {
	switch withoutTag(local) {
	case "info", "marketing", "sales", "support", "abuse", "noc", "security", "postmaster", "hostmaster", "webmaster", "usenet", "news", "www", "uucp", "ftp",
		"admin", "administrator", "administration", "accounting", "accounts", "billing", "invoice", "invoices", "finance", "contact", "office", "mail", "email",
		"help", "helpdesk", "service", "services", "team", "staff", "hello", "enquiries", "inquiries", "orders", "order", "shop", "jobs", "hr", "it", "root", "domains", "dns", "tech", "all",
		"administratie", "boekhouding", "facturen", "factuur", "verkoop", "klantenservice", "bestellingen",
		"buchhaltung", "rechnung", "rechnungen", "verwaltung", "vertrieb", "kontakt", "bestellung", "sekretariat", "buero", "kundenservice", "technik":
		return true
	}
	return false
}

// withoutTag is a local part up to a plus sign.
func withoutTag(local string) string {
	bare, _, _ := strings.Cut(local, "+")
	return bare
}

// traits are what a domain itself says about an address.
type traits struct {
	reserved, disposable, slip bool
}

// traitsOf looks at a domain. The slips are what [keyfold.Email.Suggestion]
// asks a visitor about.
func traitsOf(to keyfold.Email) traits {
	domain := to.Domain()
	t := traits{reserved: isReserved(domain), disposable: isDisposable(domain)}
	if !t.reserved && !t.disposable {
		_, t.slip = to.Suggestion()
	}
	return t
}

// maxKnownDomains bounds how many domains are kept with their traits.
const maxKnownDomains = 4096

// knownDomains are the traits of the domains that came last: most customers
// share a few.
type knownDomains map[string]traits

func (known knownDomains) of(to keyfold.Email) traits {
	domain := to.Domain()
	if t, ok := known[domain]; ok {
		return t
	}
	if len(known) >= maxKnownDomains {
		clear(known)
	}
	t := traitsOf(to)
	known[strings.Clone(domain)] = t
	return t
}

// Domains reads the field of a source that lists domains, between blanks,
// commas, semicolons or bars. What is no domain is passed over: it could be no
// part of an address.
func Domains(typed string) (domains []string) {
	for part := range strings.FieldsFuncSeq(typed, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;|", r) }) {
		// As in an address, so that two spellings of a domain are one.
		if as, err := keyfold.ParseEmail("x@" + strings.TrimPrefix(strings.ToLower(part), "www.")); err == nil {
			domains = append(domains, as.Domain())
		}
	}
	return domains
}

// isHosted reports whether the domain of an address is, or is under, one of
// those that the source has for the customer.
func isHosted(to keyfold.Email, hosted []string) bool {
	if len(hosted) == 0 {
		return false
	}
	for above := range upwards(to.Domain()) {
		if slices.Contains(hosted, above) {
			return true
		}
	}
	return false
}
