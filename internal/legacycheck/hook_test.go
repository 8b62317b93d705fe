package legacycheck_test

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/legacycheck"
	"github.com/keyfold/keyfold/internal/token"
)

const hookSecret = "a secret of the hook that is long enough"

func parseURL(tb testing.TB, s string) url.URL {
	tb.Helper()
	u, err := url.Parse(s)
	if err != nil {
		tb.Fatal(err)
	}
	return *u
}

func hookAt(tb testing.TB, at string) *legacycheck.Hook {
	tb.Helper()
	return legacycheck.NewHook(legacycheck.HookConfig{URL: parseURL(tb, at), Secret: hookSecret, Connect: time.Second})
}

// hook is the client of a server that h answers for.
func hook(t *testing.T, h http.Handler) *legacycheck.Hook {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return hookAt(t, server.URL)
}

func answer(w http.ResponseWriter, body string) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	_, _ = io.WriteString(w, body)
}

func TestTheVerdictsOfAHook(t *testing.T) {
	for _, v := range keyfold.Verdicts() {
		p := guard(t, hook(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, `{"result":"`+string(v)+"\"}\n") })))
		p.ask(v)
	}
}

func TestAHookIsAskedAsDocumented(t *testing.T) {
	var method, body string
	var header http.Header
	p := guard(t, hook(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		method, header, body = r.Method, r.Header, string(b)
		answer(w, `{"result":"wrong"}`)
	})))
	p.ask(keyfold.VerdictWrong)
	var got map[string]string
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	if name := got["request_id"]; !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(name) {
		t.Errorf("request_id %q", name)
	}
	delete(got, "request_id")
	want := map[string]string{"time": "2026-03-01T09:00:00Z", "entity": "NL", "customer_id": "NL123421341", "password": pw}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	stamp := header.Get("Keyfold-Timestamp")
	if method != http.MethodPost || stamp != "1772355600" || header.Get("Content-Type") != "application/json" {
		t.Errorf("%s with %v", method, header)
	}
	if got, want := header.Get("Keyfold-Signature"), token.Sign([]byte(hookSecret), stamp, []byte(body)); got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

// TestTheExampleOfTheDocument holds what operators build their hook with.
func TestTheExampleOfTheDocument(t *testing.T) {
	doc, err := os.ReadFile("../../docs/legacy-login.md")
	if err != nil {
		t.Fatal(err)
	}
	find := func(expr string) string {
		t.Helper()
		m := regexp.MustCompile(expr).FindSubmatch(doc)
		if m == nil {
			t.Fatalf("the document has no %s", expr)
		}
		return string(m[1])
	}
	body := find(`(?m)^(\{"request_id".*\})$`)
	got := token.Sign([]byte(find("secret is `([^`]+)`")), find(`(?m)^Keyfold-Timestamp: (\d+)$`), []byte(body))
	if want := find(`(?m)^Keyfold-Signature: ([0-9a-f]{64})$`); got != want {
		t.Errorf("the signature of the example is %s, the document has %s", got, want)
	}
	command := exec.CommandContext(t.Context(), "sh", "-c", find("(?m)^(printf .* openssl dgst .*)$"))
	command.Env = append(os.Environ(), "SECRET="+find("secret is `([^`]+)`"), "TIMESTAMP="+find(`(?m)^Keyfold-Timestamp: (\d+)$`), "BODY="+body)
	if out, err := command.CombinedOutput(); err != nil || !strings.Contains(string(out), got) {
		t.Errorf("the command of the document says %s (%v), want %s", out, err, got)
	}
}

func TestWhateverElseAHookSaysIsNoAnswer(t *testing.T) {
	json := func(body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { answer(w, body) }
	}
	var elsewhere atomic.Int64
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		elsewhere.Add(1)
		answer(w, `{"result":"right"}`)
	}))
	t.Cleanup(other.Close)
	for name, h := range map[string]http.HandlerFunc{
		"another result":  json(`{"result":"yes"}`),
		"capitals":        json(`{"result":"RIGHT"}`),
		"no result":       json(`{}`),
		"null":            json(`{"result":null}`),
		"true":            json(`{"result":true}`),
		"more keys":       json(`{"result":"right","user":"ann"}`),
		"more after it":   json(`{"result":"right"}{"result":"wrong"}`),
		"words after it":  json(`{"result":"right"} ok`),
		"two results":     json(`[{"result":"right"}]`),
		"empty":           json(``),
		"too long":        json(`{"result":"right"}` + strings.Repeat(" ", 5000)),
		"endless":         func(w http.ResponseWriter, _ *http.Request) { endless(w) },
		"a page":          func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"result":"right"}`) },
		"an error":        func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) },
		"another success": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) },
		"a big header": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-Big", strings.Repeat("x", 1<<20))
			answer(w, `{"result":"right"}`)
		},
		"a redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusTemporaryRedirect)
		},
		"a redirect (308)": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, other.URL, http.StatusPermanentRedirect)
		},
		"a broken answer": func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
	} {
		t.Run(name, func(t *testing.T) {
			p := guard(t, hook(t, h))
			p.refused("legacy.down")
			p.stats("down 1")
		})
	}
	if elsewhere.Load() != 0 {
		t.Error("a password went where a redirect pointed")
	}
}

func endless(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	for {
		if _, err := io.WriteString(w, strings.Repeat(" ", 1<<16)); err != nil {
			return
		}
	}
}

func TestAHookThatIsSlowOrAwayIsDown(t *testing.T) {
	hang := make(chan struct{})
	slow := hook(t, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-hang:
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(func() { close(hang) })
	dribbling := hook(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer(w, `{"result":`)
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	}))
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone := hookAt(t, "http://"+listener.Addr().String())
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	for name, s := range map[string]legacycheck.System{"slow": slow, "dribbling": dribbling, "gone": gone} {
		t.Run(name, func(t *testing.T) {
			p := guard(t, s, func(c *legacycheck.Config) { c.Answer = 100 * time.Millisecond })
			p.refused("legacy.down")
		})
	}
}

func TestAHookIsWhoItSaysItIs(t *testing.T) {
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answer(w, `{"result":"right"}`) }))
	t.Cleanup(server.Close)
	server.Config.ErrorLog = nil
	guard(t, hookAt(t, server.URL)).refused("legacy.down") // nobody we trust says so
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))
	trusted := legacycheck.NewHook(legacycheck.HookConfig{URL: parseURL(t, server.URL), Secret: hookSecret, CA: pool, Connect: time.Second})
	guard(t, trusted).ask(keyfold.VerdictRight)
}

func TestPasswordsOfAllKindsArriveAsTheyWereTyped(t *testing.T) {
	var got string
	h := hook(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var q struct{ Password string }
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			w.WriteHeader(http.StatusBadRequest)
			return
		}
		got = q.Password
		answer(w, `{"result":"right"}`)
	}))
	for _, typed := range []string{`"\`, "<script>&amp;", "\u2028 \u00e9 \U0001f511", "tab\tend ", "\x00\x01"} {
		_, err := h.Ask(t.Context(), legacycheck.Question{ID: customer(t, "NL123421341"), Password: typed})
		if err != nil || got != typed {
			t.Errorf("%q arrived as %q, %v", typed, got, err)
		}
	}
}
