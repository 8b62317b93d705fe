package web_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/web"
)

func TestWhoSpeaksIsTheNearestThatIsNoProxyOfOurs(t *testing.T) {
	t.Parallel()
	clients := web.Clients{Trusted: []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}}
	for _, c := range []struct {
		peer    string
		headers []string
		want    string
	}{
		{"203.0.113.9:4711", nil, "203.0.113.9"},
		{"203.0.113.9:4711", []string{"192.0.2.1"}, "203.0.113.9"},
		{"10.0.0.1:80", nil, "10.0.0.1"},
		{"10.0.0.1:80", []string{"192.0.2.1"}, "192.0.2.1"},
		{"10.0.0.1:80", []string{"192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"10.0.0.1:80", []string{"1.2.3.4, 192.0.2.1"}, "192.0.2.1"},
		{"10.0.0.1:80", []string{"1.2.3.4", "192.0.2.1, 10.0.0.2"}, "192.0.2.1"},
		{"10.0.0.1:80", []string{"192.0.2.1, nonsense"}, "10.0.0.1"},
		{"10.0.0.1:80", []string{"192.0.2.1, nonsense, 10.9.9.9"}, "10.9.9.9"},
		{"10.0.0.1:80", []string{""}, "10.0.0.1"},
		{"10.0.0.1:80", []string{"10.0.0.3"}, "10.0.0.3"},
		{"10.0.0.1:80", []string{"::ffff:192.0.2.1"}, "192.0.2.1"},
		{"[::ffff:10.0.0.1]:80", []string{"2001:db8::1%eth0"}, "2001:db8::1"},
		{"[fd00::1]:80", []string{"2001:db8::1"}, "2001:db8::1"},
		{"@", []string{"192.0.2.1"}, "invalid IP"},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
		r.RemoteAddr = c.peer
		for _, h := range c.headers {
			r.Header.Add("X-Forwarded-For", h)
		}
		if got := clients.Of(r).String(); got != c.want {
			t.Errorf("%s for %q is %s, not %s", c.peer, c.headers, got, c.want)
		}
	}
}

func TestAFloodIsOneClientsAffair(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	f := web.NewFlood(60, func() time.Time { return now })
	allowed := func(from string) (n int) {
		for range 100 {
			if f.Allow(netip.MustParseAddr(from)) {
				n++
			}
		}
		return n
	}
	if n := allowed("192.0.2.1"); n != 30 {
		t.Errorf("%d requests at once, not half of a minute's", n)
	}
	if n := allowed("192.0.2.2"); n != 30 {
		t.Errorf("another client may send %d", n)
	}
	if n := allowed("2001:db8::1") + allowed("2001:db8::ffff:2"); n != 30 {
		t.Errorf("one /64 may send %d", n)
	}
	if n := allowed("2001:db8:0:1::1"); n != 30 {
		t.Errorf("another /64 may send %d", n)
	}
	now = now.Add(10 * time.Second)
	if n := allowed("192.0.2.1"); n != 10 {
		t.Errorf("after 10 s %d more", n)
	}
}

// ask sends one request to a server whose handler of /x does do.
func ask(t *testing.T, r *http.Request, do web.Handler) (*httptest.ResponseRecorder, string, *web.Failure) {
	t.Helper()
	var log bytes.Buffer
	var failed *web.Failure
	s := &web.Server{
		Routes:    []web.Route{{Pattern: "GET /x", Guarded: web.Anyone(do)}, {Pattern: "POST /x", Guarded: web.Anyone(do)}},
		PublicURL: &url.URL{Scheme: "https", Host: "portal.example"}, Log: slog.New(slog.NewTextHandler(&log, nil)),
		Now: func() time.Time { return time.Time{} },
		Fail: func(w http.ResponseWriter, _ *http.Request, f web.Failure) {
			failed = &f
			w.WriteHeader(f.Status)
			_, _ = io.WriteString(w, "failed "+f.Reference)
		},
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	return w, log.String(), failed
}

func request(t *testing.T, method, target, body string) *http.Request {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "https://portal.example"+target, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return r
}

func TestAPanicIsAFaultWithAReference(t *testing.T) {
	t.Parallel()
	res, log, failed := ask(t, request(t, http.MethodGet, "/x?secret=1234", ""), func(http.ResponseWriter, *http.Request) error {
		panic("out of cheese")
	})
	if res.Code != http.StatusInternalServerError || failed == nil || failed.Reference == "" || !strings.Contains(log, failed.Reference) {
		t.Errorf("%d %q, log %s", res.Code, res.Body, log)
	}
	if !strings.Contains(log, "out of cheese") || strings.Contains(log, "1234") || strings.Contains(res.Body.String(), "cheese") {
		t.Errorf("the visitor sees %q; log %s", res.Body, log)
	}
	if res.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("headers %v", res.Header())
	}
}

func TestAPanicAfterTheAnswerBeganIsNotAnsweredTwice(t *testing.T) {
	t.Parallel()
	res, log, failed := ask(t, request(t, http.MethodGet, "/x", ""), func(w http.ResponseWriter, _ *http.Request) error {
		_, _ = io.WriteString(w, "half")
		panic("out of cheese")
	})
	if res.Body.String() != "half" || failed != nil || !strings.Contains(log, "out of cheese") {
		t.Errorf("%q, %v, log %s", res.Body, failed, log)
	}
}

func TestAVisitorWhoWentAwayIsNoFaultOfOurs(t *testing.T) {
	t.Parallel()
	r := request(t, http.MethodGet, "/x", "")
	ctx, cancel := context.WithCancel(r.Context())
	_, log, failed := ask(t, r.WithContext(ctx), func(_ http.ResponseWriter, r *http.Request) error {
		cancel()
		return fmt.Errorf("read: %w", r.Context().Err())
	})
	if log != "" || failed == nil || failed.Reference != "" {
		t.Errorf("log %s", log)
	}
	if _, log, _ = ask(t, request(t, http.MethodGet, "/x", ""), func(http.ResponseWriter, *http.Request) error {
		return context.Canceled // of something of ours
	}); log == "" {
		t.Error("a fault of ours is not in the log")
	}
}

func TestAFormIsReadOneWayOnly(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int{
		"a=1&b=2": 200, "": 200, "a=1&a=1": 400, "a[]=1": 400, "a[x]=1": 400, "a=%zz": 400, "a=1;b=2": 400,
		"a=" + strings.Repeat("x", 15<<10): 200, "a=" + strings.Repeat("x", 17<<10): 413,
	} {
		got := ""
		res, _, _ := ask(t, request(t, http.MethodPost, "/x?a=query", body), func(_ http.ResponseWriter, r *http.Request) error {
			got = r.PostFormValue("a")
			return nil
		})
		if res.Code != want || got == "query" {
			t.Errorf("%.20q: %d and %q, not %d", body, res.Code, got, want)
		}
	}
}

func TestWhatIsNotThereIsOurOwnPage(t *testing.T) {
	t.Parallel()
	fine := func(http.ResponseWriter, *http.Request) error { return nil }
	for _, c := range []struct {
		method, path string
		want         error
	}{
		{http.MethodGet, "/y", web.ErrNoRoute},
		{http.MethodPut, "/x", web.ErrMethod},
		{http.MethodOptions, "/x", web.ErrMethod},
		{http.MethodGet, "//x", web.ErrNoRoute},
	} {
		res, _, failed := ask(t, request(t, c.method, c.path, ""), fine)
		if res.Code < 300 {
			t.Errorf("%s %s: %d", c.method, c.path, res.Code)
		}
		if failed != nil && !errors.Is(failed.Err, c.want) {
			t.Errorf("%s %s: %v", c.method, c.path, failed.Err)
		}
		if errors.Is(c.want, web.ErrMethod) && res.Header().Get("Allow") != "GET, HEAD, POST" {
			t.Errorf("%s %s: Allow is %q", c.method, c.path, res.Header().Get("Allow"))
		}
	}
}
