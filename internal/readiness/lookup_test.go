package readiness_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/readiness"
)

// world is what name servers say, by absolute name: mail servers, an address
// for "A", or the error of its name.
type world map[string][]string

func (w world) answer(ctx context.Context, name, kind string) ([]string, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !strings.HasSuffix(name, ".") {
		return nil, fmt.Errorf("%s is not absolute", name)
	}
	var got []string
	for _, record := range w[name] {
		switch {
		case record == "timeout":
			return nil, &net.DNSError{Err: "i/o timeout", Name: name, IsTimeout: true, IsTemporary: true}
		case record == "broken":
			return nil, &net.DNSError{Err: "server misbehaving", Name: name, IsTemporary: true}
		case strings.HasPrefix(record, kind+" "):
			got = append(got, record[len(kind)+1:])
		}
	}
	if got == nil {
		return nil, &net.DNSError{Err: "no such host", Name: name, IsNotFound: true}
	}
	return got, nil
}

func (w world) LookupMX(ctx context.Context, name string) (servers []*net.MX, err error) {
	hosts, err := w.answer(ctx, name, "MX")
	for _, h := range hosts {
		servers = append(servers, &net.MX{Host: h})
	}
	return servers, err
}

func (w world) LookupHost(ctx context.Context, host string) ([]string, error) {
	return w.answer(ctx, host, "A")
}

func small() world {
	return world{
		"good.nl.":      {"MX mx.good.nl."},
		"mx.good.nl.":   {"A 192.0.2.1"},
		"bare.nl.":      {"A 192.0.2.2"}, // RFC 5321: its own address takes its mail
		"null.nl.":      {"MX ."},        // RFC 7505
		"dead.nl.":      {"MX mx1.gone.nl.", "MX mx2.gone.nl."},
		"half.nl.":      {"MX mx1.gone.nl.", "MX mx.good.nl."},
		"slow.nl.":      {"timeout"},
		"broken.nl.":    {"broken"},
		"maybe.nl.":     {"MX mx.broken.nl.", "MX mx1.gone.nl."},
		"mx.broken.nl.": {"broken"},
	}
}

func TestDomainsAreLookedUp(t *testing.T) {
	var file bytes.Buffer
	tally := newTally(t, readiness.Config{Resolver: small(), Fix: &file, Wait: time.Second})
	tally.SetRooms(3, 40)
	line := 1
	for _, domain := range []string{"good", "bare", "null", "dead", "half", "slow", "broken", "maybe", "gone", "good"} {
		for range 2 {
			line++
			tally.Row(row(t, line, fmt.Sprintf("NL1%05d", line), fmt.Sprintf("c%d@%s.nl", line, domain)))
		}
	}
	tally.Row(row(t, 100, "DE100001", "noreply@null.nl")) // does not count twice
	tally.Row(row(t, 101, "DE100002", "noreply@good.nl")) // does not become ready
	tally.Row(row(t, 102, "DE100003", "a@b.example"))     // nobody asks
	r := report(t, tally)
	same(t, "counts", readiness.Counts{Ready: 8, Unchecked: 6, Care: 9}, r.Counts)
	same(t, "domains", readiness.LookedUp{Domains: 9, Reachable: 3, Unreachable: 3, Unchecked: 3}, r.LookedUp)
	same(t, "findings", map[string]int{"contact.unreachable": 7, "contact.unchecked": 6, "contact.no_reply": 2, "contact.reserved_domain": 1}, found(r))
	var lost []string
	for _, r := range lines(t, &file) {
		if r[3] == "contact.unreachable" {
			lost = append(lost, r[0]+" "+r[4])
		}
	}
	same(t, "rows to fix, in the order of the source", []string{
		"6 null.nl says that it takes no mail", "7 null.nl says that it takes no mail",
		"8 dead.nl names a mail server that does not exist", "9 dead.nl names a mail server that does not exist",
		"18 gone.nl does not exist, or has no mail server", "19 gone.nl does not exist, or has no mail server",
		"100 null.nl says that it takes no mail",
	}, lost)
}

// TestAMachineThatIsOfflineTellsNothing has a resolver that says of every name
// that it does not exist.
func TestAMachineThatIsOfflineTellsNothing(t *testing.T) {
	tally := newTally(t, readiness.Config{Resolver: world{}})
	for i := range 30 {
		tally.Row(row(t, i+2, fmt.Sprintf("NL1%05d", i), fmt.Sprintf("a@d%d.nl", i)))
	}
	r := report(t, tally)
	same(t, "counts", readiness.Counts{Unchecked: 30}, r.Counts)
	same(t, "findings", map[string]int{"contact.unchecked": 30}, found(r))
}

// counted counts how often, and how many at once, it is asked.
type counted struct {
	world

	mu        sync.Mutex
	now, most int
	asked     map[string]int
	held      chan struct{}
	once      sync.Once
}

func (c *counted) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	c.mu.Lock()
	c.now++
	c.most = max(c.most, c.now)
	c.asked[name]++
	if c.now == 4 && c.most == 4 {
		c.once.Do(func() { close(c.held) }) // as many as may be at once
	}
	c.mu.Unlock()
	<-c.held
	defer func() { c.mu.Lock(); c.now--; c.mu.Unlock() }()
	return c.world.LookupMX(ctx, name)
}

func TestEachDomainIsAskedOnceAndFewAtOnce(t *testing.T) {
	w := world{}
	for i := range 50 {
		w[fmt.Sprintf("d%d.nl.", i)] = []string{"A 192.0.2.1"}
	}
	c := &counted{world: w, asked: map[string]int{}, held: make(chan struct{})}
	tally := newTally(t, readiness.Config{Resolver: c, Lookups: 4})
	tally.SetRooms(16, 100)
	for i := range 500 {
		tally.Row(row(t, i+2, fmt.Sprintf("NL1%05d", i), fmt.Sprintf("a%d@d%d.nl", i, i%50)))
	}
	r := report(t, tally)
	same(t, "counts", readiness.Counts{Ready: 500}, r.Counts)
	if len(c.asked) != 50 || c.most > 4 {
		t.Errorf("%d names, %d at once", len(c.asked), c.most)
	}
	for name, n := range c.asked {
		if n != 1 {
			t.Errorf("%s was asked %d times", name, n)
		}
	}
}

// silent never answers.
type silent struct{}

func (silent) LookupMX(ctx context.Context, _ string) ([]*net.MX, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (silent) LookupHost(ctx context.Context, _ string) ([]string, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestSilenceTakesNoLongerThanThePatience(t *testing.T) {
	tally := newTally(t, readiness.Config{Resolver: silent{}, Lookups: 2, Wait: time.Hour, Patience: 50 * time.Millisecond})
	for i := range 300 {
		tally.Row(row(t, i+2, fmt.Sprintf("NL1%05d", i), fmt.Sprintf("a@d%d.nl", i)))
	}
	r := report(t, tally)
	same(t, "counts", readiness.Counts{Unchecked: 300}, r.Counts)
}
