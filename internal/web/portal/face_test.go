package portal_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// A door is a form that could tell who is known, and the names to try there, by
// what they are.
type door struct {
	name  string
	names map[string][]string
	ask   func(name string) (method, path string, form url.Values)
	as    string // cookies
}

// namesEach is how many names of a kind take turns, so that it is not where a
// row lies that is measured.
const namesEach = 5

// doors fills a world with customers of every kind.
func (w *world) doors(t *testing.T) []door {
	t.Helper()
	ids, emails, free := map[string][]string{}, map[string][]string{}, map[string][]string{}
	for i := range namesEach {
		name := func(prefix string) string { return fmt.Sprintf("%s1234213%02d", prefix, i) }
		mail := func(kind string) string { return fmt.Sprintf("%s%d@veldkamp.example", kind, i) }
		for _, err := range []error{
			w.importAccount(name("NL"), mail("billing")),
			w.start(name("DE"), mail("buero"), "Tulips-2026"),
			w.register(name("SG"), mail("office"), mail("sanne"), "Daisies-2026"),
			w.importAccount(name("US"), mail("closed"), "status=closed"),
			w.importAccount(name("CDN"), ""),
			w.register(fmt.Sprintf("NL9999999%02d", i), mail("joris"), mail("paused"), "Daisies-2026"), w.suspend(mail("paused")),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for kind, id := range map[string]string{
			"unknown": name("US7"), "known": name("NL"), "begun": name("DE"), "registered": name("SG"), "closed": name("US"), "contactless": name("CDN"),
		} {
			ids[kind] = append(ids[kind], id)
		}
		for kind, email := range map[string]string{"unknown": mail("nobod"), "user": mail("sanne"), "suspended": mail("paused")} {
			emails[kind] = append(emails[kind], email)
		}
		free["unknown"], free["user"] = append(free["unknown"], mail("nobod")), append(free["user"], mail("sanne"))
	}
	reset := func(name string) (string, string, url.Values) {
		return http.MethodPost, "/passwordReset/request", url.Values{"customer-id": {name}}
	}
	login := func(name string) (string, string, url.Values) {
		return http.MethodPost, "/login", url.Values{"username": {name}, "password": {"Wrong-2026"}}
	}
	if err := w.start("US888888888", "office@bakker.example", "Tulips-2026"); err != nil {
		t.Fatal(err)
	}
	cookie := "__Host-keyfold-registration=" + w.cookieOf(t, "__Host-keyfold-registration", "US888888888", "Tulips-2026")
	return []door{
		{"reset by ID", ids, reset, ""},
		{"reset by email", emails, reset, ""},
		{"login by ID", ids, login, ""},
		{"login by email", emails, login, ""},
		{"step 5", free, func(name string) (string, string, url.Values) {
			return http.MethodPost, "/register", url.Values{"email": {name}, "keep": {"1"}}
		}, cookie},
	}
}

func (w *world) knock(d door, name string) (*httptest.ResponseRecorder, time.Duration) {
	method, path, form := d.ask(name)
	began := time.Now()
	res := w.call(method, path, form, func(r *http.Request) { r.Header.Set("Cookie", d.as) })
	return res, time.Since(began)
}

// TestSameFace: the same status, headers and bytes for all, but
// for what the visitor typed.
func TestSameFace(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine, func(c *worldConfig) { c.limits.VerifyMailsHour = 1_000_000 })
		for _, d := range w.doors(t) {
			faces := map[string]string{}
			for kind, names := range d.names {
				res, _ := w.knock(d, names[0])
				faces[kind] = face(res, names[0])
				if res.Header().Get("Location") == "/register" {
					page := w.call(http.MethodGet, "/register", nil, func(r *http.Request) { r.Header.Set("Cookie", d.as) })
					faces[kind] += face(page, names[0])
				}
			}
			for kind, got := range faces {
				if got != faces["unknown"] {
					t.Errorf("%s: %s looks like\n%s\nand unknown like\n%s", d.name, kind, got, faces["unknown"])
				}
			}
		}
	})
}

// TestLimitsHoldForTheUnknownToo: the try that is one too many is the same one
// for everybody.
func TestLimitsHoldForTheUnknownToo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite", func(c *worldConfig) {
		c.limits = limit.Default()
		c.limits.RequestsAddress = 1_000_000
	})
	for _, d := range w.doors(t) {
		seen := map[string]string{}
		for kind, names := range d.names {
			for range 25 {
				res, _ := w.knock(d, names[1])
				seen[kind] += fmt.Sprintln(res.Code, res.Header().Get("Retry-After"))
			}
		}
		for kind, got := range seen {
			if got != seen["unknown"] {
				t.Errorf("%s: %s is answered\n%s\nand unknown\n%s", d.name, kind, got, seen["unknown"])
			}
		}
		if d.name != "step 5" && !strings.Contains(seen["unknown"], "429") {
			t.Errorf("%s: nobody is slowed down", d.name)
		}
	}
}

func storetestEach(t *testing.T, test func(t *testing.T, engine string)) {
	t.Helper()
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) { test(t, engine) })
	}
}

// How far apart two distributions of times may be. A round is what the contract
// asks for; chance makes one round of many pairs look apart now and then, so
// that a pair that does is measured on, and judged by all its rounds together.
const (
	samplesEach = 300
	maxApart    = 0.05
	maxRounds   = 5
)

// TestTimeTellsNobodyWhoIsKnown compares how long the answers take. It runs
// alone: tests that are not parallel end before those that are begin.
func TestTimeTellsNobodyWhoIsKnown(t *testing.T) { //nolint:paralleltest // see above
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine, func(c *worldConfig) {
			c.params = password.Params{MemoryKiB: 4096, Time: 1, Parallelism: 1}
			c.limits.VerifyMailsHour = 1_000_000
		})
		for _, d := range w.doors(t) {
			times := map[string][]float64{}
			for round := 1; ; round++ {
				w.sample(d, times)
				apart := farthest(times)
				if len(apart) == 0 {
					break
				}
				if round == maxRounds {
					t.Errorf("%s: after %d samples each, time tells apart %s", d.name, round*samplesEach, strings.Join(apart, ", "))
					break
				}
			}
		}
	})
}

// sample adds a round of times, all kinds in random order.
func (w *world) sample(d door, times map[string][]float64) {
	var order []string
	for kind := range d.names {
		order = append(order, slices.Repeat([]string{kind}, samplesEach)...)
	}
	rand.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for i, kind := range order {
		_, took := w.knock(d, d.names[kind][i%namesEach])
		times[kind] = append(times[kind], float64(took))
	}
}

// farthest names the kinds whose times differ from those of the unknown.
func farthest(times map[string][]float64) (apart []string) {
	for kind, took := range times {
		if off := auc(took, times["unknown"]) - 0.5; off > maxApart || off < -maxApart {
			apart = append(apart, fmt.Sprintf("%s by %+.3f", kind, off))
		}
	}
	return apart
}

// auc is the chance that one of a took longer than one of b.
func auc(a, b []float64) float64 {
	b = slices.Sorted(slices.Values(b))
	sum := 0.0
	for _, x := range a {
		below, _ := slices.BinarySearch(b, x)
		above, _ := slices.BinarySearchFunc(b, x, func(y, x float64) int {
			if y <= x {
				return -1
			}
			return 1
		})
		sum += float64(below) + float64(above-below)/2
	}
	return sum / float64(len(a)*len(b))
}
