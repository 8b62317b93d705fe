package readiness_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/readiness"
)

// TestARealNameServerIsUnderstood asks one over UDP and TCP, by the resolver that
// the program uses, whatever it may answer.
func TestARealNameServerIsUnderstood(t *testing.T) {
	server := startNameServer(t)
	var file bytes.Buffer
	tally := newTally(t, readiness.Config{Resolver: readiness.NameServer(server.address), Fix: &file, Wait: 2 * time.Second})
	want := map[string]string{ // what the row to fix says; "?": nobody could say; empty: mail reaches it
		"good": "", "six": "", "bare": "", "alias": "", "half": "", "manyservers": "", "underscore": "", "localhost": "",
		"null": "says that it takes no mail", "gone": "does not exist, or has no mail server", "empty": "does not exist, or has no mail server",
		"dead": "names a mail server that does not exist", "nobody": "names a mail server that does not exist",
		"broken": "?", "halfbroken": "?", "refused": "?", "lame": "?", "garbage": "?", "silent": "?",
	}
	var domains []string
	for domain := range want {
		domains = append(domains, domain)
	}
	slices.Sort(domains)
	for i, domain := range domains {
		tally.Row(row(t, i+2, fmt.Sprintf("NL1%05d", i), "sanne@"+domain+".nl"))
	}
	r := report(t, tally)
	got := map[string]string{}
	for _, domain := range domains {
		got[domain] = ""
	}
	for _, fix := range lines(t, &file) {
		domain, why, ok := strings.Cut(fix[4], ".nl ")
		switch {
		case fix[3] == "contact.unreachable" && ok:
			got[domain] = why
		case fix[3] == "contact.unchecked":
			t.Errorf("a row that is not known to be wrong is to be fixed: %q", fix)
		}
	}
	unchecked := 0
	for domain, why := range want {
		if why == "?" {
			want[domain] = ""
			unchecked++
		}
	}
	same(t, "rows to fix", want, got)
	same(t, "counts", readiness.Counts{Ready: 8, Unchecked: unchecked, Care: 5}, r.Counts)
	same(t, "domains", readiness.LookedUp{Domains: len(domains), Reachable: 8, Unreachable: 5, Unchecked: unchecked}, r.LookedUp)
	same(t, "findings", map[string]int{"contact.unreachable": 5, "contact.unchecked": unchecked}, found(r))
	server.mu.Lock()
	defer server.mu.Unlock()
	if server.byTCP["manyservers.nl."] == 0 || server.byTCP["good.nl."] != 0 {
		t.Errorf("asked by TCP: %v", server.byTCP)
	}
}

// TestANameServerThatIsNotThereTellsNothing, and is no reason to call anybody.
func TestANameServerThatIsNotThereTellsNothing(t *testing.T) {
	tally := newTally(t, readiness.Config{Resolver: readiness.NameServer(silence(t)), Wait: time.Second})
	for i := range 5 {
		tally.Row(row(t, i+2, fmt.Sprintf("NL1%05d", i), fmt.Sprintf("a@d%d.nl", i)))
	}
	same(t, "counts", readiness.Counts{Unchecked: 5}, report(t, tally).Counts)
}
