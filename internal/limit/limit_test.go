package limit_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
)

var update = flag.Bool("update", false, "write the documents that are made from the code")

// A setting is a key of the configuration with its place in the table.
type setting struct {
	key string
	of  func(*limit.Config) *int
}

var settings = []setting{
	{"limits.reset_mails_per_hour", func(c *limit.Config) *int { return &c.ResetMailsHour }},
	{"limits.reset_mails_per_day", func(c *limit.Config) *int { return &c.ResetMailsDay }},
	{"limits.requests_per_id_per_hour", func(c *limit.Config) *int { return &c.RequestsIDHour }},
	{"limits.login_tries", func(c *limit.Config) *int { return &c.LoginTries }},
	{"limits.login_tries_day", func(c *limit.Config) *int { return &c.LoginTriesDay }},
	{"limits.verify_mails_per_hour", func(c *limit.Config) *int { return &c.VerifyMailsHour }},
	{"limits.requests_per_minute", func(c *limit.Config) *int { return &c.RequestsAll }},
	{"limits.key_requests_per_minute", func(c *limit.Config) *int { return &c.KeyRequests }},
	{"limit_address", func(c *limit.Config) *int { return &c.RequestsAddress }},
}

// key finds the setting that changes a rule, by changing each.
func key(i int) string {
	for _, s := range settings {
		c := limit.Default()
		*s.of(&c) *= 2
		if limit.Make(c).All()[i].Tries != limit.Make(limit.Default()).All()[i].Tries {
			return s.key
		}
	}
	return ""
}

func TestTheLimitsAreDocumented(t *testing.T) {
	var doc strings.Builder
	doc.WriteString("# Limits\n\nHow often is too often. Beyond a limit one waits until its window ends; " +
		"no account is ever locked, and who holds a link goes on with it. " +
		"The counters are in the database, so they hold over all replicas. A try is counted before it is looked at.\n\n" +
		"Made from the code by `go test ./internal/limit -update`; the test fails when it is out of date. " +
		"The keys are explained in [config.md](config.md).\n\n" +
		"| counter | tries | in | one counter is for | why | key |\n|---|---|---|---|---|---|\n")
	for i, r := range limit.Make(limit.Default()).All() {
		k := key(i)
		if r.Counts == "" || r.Why == "" {
			t.Errorf("%s: counts %q, why %q", r.Name, r.Counts, r.Why)
		}
		if k != "" {
			k = "`" + k + "`"
		} else {
			k = "none"
		}
		fmt.Fprintf(&doc, "| `%s` | %d | %s | %s | %s | %s |\n", r.Name, r.Tries, window(r.Window), r.Counts, r.Why, k)
	}
	file := filepath.Join("..", "..", "docs", "limits.md")
	if *update {
		if err := os.WriteFile(file, []byte(doc.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), doc.String()); diff != "" {
		t.Errorf("docs/limits.md is out of date; run go test ./internal/limit -update (-file +code):\n%s", diff)
	}
}

func window(d time.Duration) string {
	switch d {
	case time.Minute:
		return "a minute"
	case time.Hour:
		return "an hour"
	case 24 * time.Hour:
		return "a day"
	case 7 * 24 * time.Hour:
		return "a week"
	default:
		return fmt.Sprintf("%d minutes", int(d.Minutes()))
	}
}

func TestTheDefaultsAreThoseOfTheConfiguration(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "..", "docs", "config.md"))
	if err != nil {
		t.Fatal(err)
	}
	c := limit.Default()
	for _, s := range settings {
		line := ""
		for l := range strings.Lines(string(doc)) {
			if strings.HasPrefix(l, "| `"+s.key+"` |") {
				line = l
			}
		}
		if want := fmt.Sprintf("| `%d` |", *s.of(&c)); !strings.Contains(line, want) {
			t.Errorf("%s: the default here is %s, and the configuration says %q", s.key, want, line)
		}
	}
}

func TestEveryCounterHasItsOwnName(t *testing.T) {
	seen := map[string]bool{}
	for _, r := range limit.Make(limit.Default()).All() {
		if r.Name == "" || seen[r.Name] {
			t.Errorf("%q is the name of two counters", r.Name)
		}
		seen[r.Name] = true
	}
}

func TestTheTryAfterTheLastIsRefusedUntilTheWindowEnds(t *testing.T) {
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	r := limit.Rule{Name: "a", Tries: 3, Window: time.Hour, Text: "login.slow"}
	if err := r.Check(3, now.Add(time.Minute), now); err != nil {
		t.Errorf("the third of three: %v", err)
	}
	for until, want := range map[time.Time]time.Duration{now.Add(time.Minute): time.Minute, now: time.Second} {
		reasons := keyfold.Refused(r.Check(4, until, now))
		if len(reasons) != 1 || reasons[0].Kind != keyfold.Slow || reasons[0].RetryAfter != want {
			t.Errorf("the fourth of three: %v", reasons)
		}
	}
}

func TestOneClientIsAnAddressOrItsNetwork(t *testing.T) {
	for typed, want := range map[string]string{
		"192.0.2.7": "192.0.2.7", "::ffff:192.0.2.7": "192.0.2.7", "2001:db8:1:2::1": "2001:db8:1:2::/64",
		"2001:db8:1:2:ffff::9": "2001:db8:1:2::/64", "2001:db8:1:3::1": "2001:db8:1:3::/64", "fe80::1%eth0": "fe80::/64", "": "", "unix": "unix",
	} {
		if got := limit.Client(typed); got != want {
			t.Errorf("%s: %s, want %s", typed, got, want)
		}
	}
}
