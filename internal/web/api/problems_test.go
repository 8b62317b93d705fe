package api_test

import (
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/api"
)

// problem reads an answer that says what did not work out.
func problem(t *testing.T, res *httptest.ResponseRecorder) api.Problem {
	t.Helper()
	var p api.Problem
	d := json.NewDecoder(res.Body)
	d.DisallowUnknownFields()
	if err := d.Decode(&p); err != nil {
		t.Fatalf("%d: %v", res.Code, err)
	}
	switch {
	case res.Header().Get("Content-Type") != "application/problem+json":
		t.Errorf("%s is %s", p.ErrorCode, res.Header().Get("Content-Type"))
	case p.Status != res.Code || p.Type != site+"/api/v1/problems#"+p.ErrorCode:
		t.Errorf("%d has the status %d and the type %s", res.Code, p.Status, p.Type)
	case p.CorrelationID == "" || p.CorrelationID != res.Header().Get(api.CorrelationHeader):
		t.Errorf("%s has the correlation ID %q in the body and %q in the head", p.ErrorCode, p.CorrelationID, res.Header().Get(api.CorrelationHeader))
	case p.Title == "" || p.Detail == "" || p.UserMessage == "" || strings.ContainsAny(p.Detail+p.UserMessage, "[{<"):
		t.Errorf("%s says %q, %q, %q", p.ErrorCode, p.Title, p.Detail, p.UserMessage)
	}
	return p
}

func TestEachProblemSaysWhatItIs(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		key := w.key(w.ours)
		narrow := w.key(w.ours, keyfold.UsersScope)
		for _, tt := range []struct {
			method, target, key string
			change              func(*http.Request)
			status              int
			code                string
		}{
			{"GET", "/api/v1/users?limit=%zz", key, nil, 400, "api.malformed"},
			{"GET", "/api/v1/users?limit=1&limit=2", key, nil, 400, "api.malformed"},
			{"GET", "/api/v1/users?a;b", key, nil, 400, "api.malformed"},
			{"GET", "/api/v1/users", "", nil, 401, "key.unknown"},
			{"GET", "/api/v1/account", narrow, nil, 403, "key.scope"},
			{"POST", "/api/v1/account", key, sending("Sec-Fetch-Site", "cross-site"), 403, "api.cross_site"},
			{"GET", "/api/v1/", key, nil, 404, "api.no_route"},
			{"GET", "/api/", key, nil, 404, "api.no_route"},
			{"GET", "/api/v1/accounts", key, nil, 404, "api.no_route"},
			{"GET", "/api/v1/account/", key, nil, 404, "api.no_route"},
			{"GET", "/api/v2/account", key, nil, 404, "api.no_route"},
			{"POST", "/api/v1/nothing", "", nil, 404, "api.no_route"},
			{"POST", "/api/v1/account", key, nil, 405, "api.method"},
			{"DELETE", "/api/v1/users", "", nil, 405, "api.method"},
			{"OPTIONS", "/api/v1/users", "", sending("Origin", "https://evil.example"), 405, "api.method"},
			{"GET", "/api/v1/users", key, sending("Accept", "text/html"), 406, "api.accept"},
			{"GET", "/api/v1/users?limit=0", key, nil, 422, "api.parameters"},
			{"GET", "/api/v1/users?limit=201", key, nil, 422, "api.parameters"},
			{"GET", "/api/v1/users?limit=many", key, nil, 422, "api.parameters"},
			{"GET", "/api/v1/users?before=1", key, nil, 422, "api.parameters"},
			{"GET", "/api/v1/activity?before=-1", key, nil, 422, "api.parameters"},
			{"GET", "/api/v1/activity?before=99999999999999999999", key, nil, 422, "api.parameters"},
		} {
			change := []func(*http.Request){}
			if tt.change != nil {
				change = append(change, tt.change)
			}
			res := w.ask(tt.method, tt.target, tt.key, change...)
			if p := problem(t, res); p.Status != tt.status || p.ErrorCode != tt.code {
				t.Errorf("%s %s: %d %s, want %d %s", tt.method, tt.target, p.Status, p.ErrorCode, tt.status, tt.code)
			}
			for name := range res.Header() {
				if strings.HasPrefix(name, "Access-Control") {
					t.Errorf("%s %s answers with %s", tt.method, tt.target, name)
				}
			}
			if allow := res.Header().Get("Allow"); (allow == "GET, HEAD") != (tt.status == 405) {
				t.Errorf("%s %s: Allow is %q", tt.method, tt.target, allow)
			}
		}
	})
}

// TestAKeyThatOpensNothingIsAnsweredTheSame: what is wrong with it, nobody
// learns.
func TestAKeyThatOpensNothingIsAnsweredTheSame(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ended := w.key(w.ours)
		w.endAll(w.ours)
		never := w.keys.Teller.Key.APIKey(token.New(), "NL123421341", "sanne").Reveal()
		working := w.key(w.ours)
		want := ""
		for name, change := range map[string]func(*http.Request){
			"none": func(*http.Request) {}, "empty": sending("Authorization", ""), "ended": sending("Authorization", "Bearer "+ended),
			"never": sending("Authorization", "Bearer "+never), "malformed": sending("Authorization", "Bearer kf_live_x"),
			"no key": sending("Authorization", "Bearer "), "other scheme": sending("Authorization", "Basic "+working),
			"no scheme": sending("Authorization", working), "cut": sending("Authorization", "Bearer "+working[:50]),
			"longer": sending("Authorization", "Bearer "+working+"0"), "spaces": sending("Authorization", "Bearer  "+working),
			"two": sending("Authorization", "Bearer "+working, "Bearer "+ended), "hash": sending("Authorization", "Bearer "+token.ParseAPIKey(working).Hash()),
			"cookie": sending("Cookie", "__Host-keyfold="+working),
		} {
			res := w.ask(http.MethodGet, "/api/v1/account", "", change)
			p := problem(t, res)
			res.Header().Del(api.CorrelationHeader)
			p.CorrelationID = ""
			var head strings.Builder
			if err := res.Header().Write(&head); err != nil {
				t.Fatal(err)
			}
			body, err := json.Marshal(p)
			w.must(err)
			got := head.String() + string(body)
			if want == "" {
				want = got
			}
			if got != want || res.Code != http.StatusUnauthorized || res.Header().Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%s: %d\n%s\nwant\n%s", name, res.Code, got, want)
			}
		}
		if res := w.ask(http.MethodGet, "/api/v1/account", "", sending("Authorization", "bearer "+working)); res.Code != http.StatusOK {
			t.Errorf("the scheme in small letters: %d", res.Code)
		}
	})
}

func (w *world) endAll(id keyfold.CustomerID) {
	w.t.Helper()
	keys, err := w.db.Reader().Keys(w.t.Context(), id, 100)
	w.must(err)
	for _, k := range keys {
		w.must(w.keys.End(w.t.Context(), test, k.APIKey.Maker, id, k.ID))
	}
}

func TestPeopleAreToldInTheirLanguageAndProgramsInOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite", wide())
	said := map[string]bool{}
	for accept, lang := range map[string]string{"nl-BE, en;q=0.5": "De API-sleutel werkt niet", "de": "Der API-Schlüssel gilt nicht", "en": "The API key does not work", "fr": "The API key does not work", ";;=": "The API key does not work"} {
		p := problem(t, w.ask(http.MethodGet, "/api/v1/users", "", sending("Accept-Language", accept)))
		if !strings.HasPrefix(p.UserMessage, lang) || !strings.HasPrefix(p.Detail, "The API key") || p.ErrorCode != "key.unknown" {
			t.Errorf("%s: %q, %q", accept, p.UserMessage, p.Detail)
		}
		said[p.CorrelationID] = true
	}
	if len(said) != 5 {
		t.Errorf("%d requests have %d correlation IDs", 5, len(said))
	}
	p := problem(t, w.ask(http.MethodGet, "/api/v1/users", w.key(w.ours, "account"), sending("Accept-Language", "de")))
	if !strings.Contains(p.UserMessage, "„users“") || !strings.Contains(p.Detail, "“users”") {
		t.Errorf("%q, %q", p.UserMessage, p.Detail)
	}
}

// TestAllProblemsAreListed: the list that the types lead to has each code, and
// each has a text in all languages.
func TestAllProblemsAreListed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite", wide())
	var list api.ProblemList
	w.must(json.Unmarshal(w.ask(http.MethodGet, "/api/v1/problems", "").Body.Bytes(), &list))
	if len(list.Problems) != 12 {
		t.Errorf("%d problems", len(list.Problems))
	}
	for _, p := range list.Problems {
		if !w.api.Texts.Has(p.ErrorCode) || p.Status < 400 || p.Type != site+"/api/v1/problems#"+p.ErrorCode {
			t.Errorf("%+v", p)
		}
	}
}

func TestWhatIsWrongWithAParameterIsTold(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite", wide())
	p := problem(t, w.ask(http.MethodGet, "/api/v1/users?limit=Canary7731", w.key(w.ours)))
	if len(p.Parameters) != 1 || p.Parameters[0].Name != "query.limit" || !strings.Contains(p.Parameters[0].Why, "integer") {
		t.Errorf("%+v", p)
	}
	res := w.ask(http.MethodGet, "/api/v1/users?limit=Canary7731", w.key(w.ours))
	if strings.Contains(res.Body.String(), "Canary") {
		t.Errorf("it repeats what was sent: %s", res.Body)
	}
}

func TestJSONIsWhatIsAccepted(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite", wide())
	key := w.key(w.ours)
	for accept, want := range map[string]int{
		"": 200, "*/*": 200, "application/json": 200, "application/*;q=0.1": 200, "text/html, */*;q=0.5": 200, "text/html,application/json;q=0.9": 200,
		"Application/JSON; charset=utf-8": 200, "text/html": 406, "application/json;q=0": 406, "*/*;q=0": 406, "application/json;q=0, */*": 406,
		"application/xml, text/*": 406, "nonsense": 406, "application/json;q=x": 406,
	} {
		if res := w.ask(http.MethodGet, "/api/v1/account", key, sending("Accept", accept)); res.Code != want {
			t.Errorf("Accept %q: %d, want %d", accept, res.Code, want)
		}
	}
	if res := w.ask(http.MethodGet, "/api/v1/account", key, sending("Accept", "text/html", "application/json")); res.Code != 200 {
		t.Errorf("in two headers: %d", res.Code)
	}
	if res := w.ask(http.MethodHead, "/api/v1/account", key); res.Code != 200 {
		t.Errorf("HEAD: %d", res.Code)
	}
}

// TestAFaultTellsNothing: with the database gone, the program sees a number, the
// log has the reason under it.
func TestAFaultTellsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		key := w.key(w.ours)
		w.must(w.db.Close())
		for _, path := range []string{"account", "contacts", "users", "activity"} {
			res := w.ask(http.MethodGet, "/api/v1/"+path, key)
			body := res.Body.String()
			p := problem(t, res)
			if p.Status != 500 && p.Status != 503 {
				t.Errorf("%s: %d", path, p.Status)
			}
			for _, word := range []string{"database", "sql", "store", "closed", "goroutine"} {
				if strings.Contains(body, word) {
					t.Errorf("%s tells of %q: %s", path, word, body)
				}
			}
			if log := w.log.String(); !strings.Contains(log, "reference="+p.CorrelationID) || !strings.Contains(log, "closed") {
				t.Errorf("%s: the log has nothing under %s:\n%s", path, p.CorrelationID, log)
			}
		}
		if strings.Contains(w.log.String(), key) {
			t.Error("the log has the key")
		}
	})
}

// TestNothingThatIsSentIsAFault sends what no program would.
func TestNothingThatIsSentIsAFault(t *testing.T) {
	onEach(t, func(t *testing.T, engine string) {
		tries := 10_000
		if engine == "postgres" {
			tries = 1_000
		}
		newWorld(t, engine, wide()).sendNonsense(t, tries)
	})
}

func (w *world) sendNonsense(t *testing.T, tries int) {
	t.Helper()
	w.fill()
	key := w.key(w.ours)
	r := rand.New(rand.NewPCG(1, 2))
	bits := []string{
		"limit", "before", "after", "=", "&", "1", "200", "-1", "0", "9223372036854775807", "9223372036854775808", "1e3", "0x1F", "%00", "%ff", "after=%00", "after=%ff", "after=%ED%A0%80", "%2",
		"'", "\"", ";", "null", "[]", "[limit]", "%F0%9F%92%A9", "drop table users", "limit=1", "before=5", "after=m", " ", "+", "\\", "true", "NaN", "1.5", "%20",
	}
	for range tries {
		var query strings.Builder
		for range r.IntN(8) {
			query.WriteString(bits[r.IntN(len(bits))])
		}
		path := []string{"/api/v1/users", "/api/v1/activity", "/api/v1/contacts", "/api/v1/account", "/api/v1/problems", "/api/v1/openapi.json"}[r.IntN(6)]
		if res := w.ask(http.MethodGet, path+"?"+query.String(), key); res.Code >= 500 {
			t.Fatalf("%s?%s: %d\n%s", path, query.String(), res.Code, res.Body)
		}
	}
}

func TestUnexpectedRefusalsAreFaults(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite", wide())
	res := httptest.NewRecorder()
	w.api.Fail(res, httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+"/api/v1/users", nil), keyfold.Refuse(keyfold.Gone, "link.used"))
	if p := problem(t, res); p.ErrorCode != "api.fault" || p.Status != 500 {
		t.Errorf("%+v", p)
	}
}

func TestHowLongToWaitIsTold(t *testing.T) {
	onEach(t, func(t *testing.T, engine string) {
		limits := wide()
		limits.KeyRequests = 3
		w := newWorld(t, engine, limits)
		key, other := w.key(w.ours), w.key(w.ours)
		for range 3 {
			if res := w.ask(http.MethodGet, "/api/v1/account", key); res.Code != http.StatusOK {
				t.Fatalf("%d", res.Code)
			}
		}
		w.clock.Pass(20 * time.Second)
		res := w.ask(http.MethodGet, "/api/v1/account", key)
		if p := problem(t, res); p.ErrorCode != "key.slow" || p.Status != 429 || res.Header().Get("Retry-After") != "40" || !strings.Contains(p.Detail, "1 minute") {
			t.Errorf("%+v, %v", p, res.Header())
		}
		if res := w.ask(http.MethodGet, "/api/v1/account", other); res.Code != http.StatusOK {
			t.Errorf("another key waits too: %d", res.Code)
		}
		w.clock.Pass(40 * time.Second)
		if res := w.ask(http.MethodGet, "/api/v1/account", key); res.Code != http.StatusOK {
			t.Errorf("after the wait: %d", res.Code)
		}
	})
}

func TestWhoTriesKeysIsSlowedDown(t *testing.T) {
	onEach(t, func(t *testing.T, engine string) {
		limits := wide()
		limits.RequestsAddress = 5
		w := newWorld(t, engine, limits)
		key := w.key(w.ours)
		var last int
		for range 6 {
			guess := w.keys.Teller.Key.APIKey(token.New(), "x", "y").Reveal()
			last = w.ask(http.MethodGet, "/api/v1/account", guess).Code
		}
		if last != http.StatusTooManyRequests {
			t.Errorf("the sixth guess: %d", last)
		}
		elsewhere := func(r *http.Request) { r.RemoteAddr = "203.0.113.9:4711" }
		if res := w.ask(http.MethodGet, "/api/v1/account", key, elsewhere); res.Code != http.StatusOK {
			t.Errorf("somebody else: %d", res.Code)
		}
	})
}

// TestAFloodIsToldInTheSameForm as all that does not work out, though no door is
// reached.
func TestAFloodIsToldInTheSameForm(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite", wide())
	w.api.Flood = web.NewFlood(4, w.clock.Now)
	var err error
	w.handler, err = w.api.Handler()
	w.must(err)
	var res *httptest.ResponseRecorder
	for range 3 {
		res = w.ask(http.MethodGet, "/api/v1/problems", "")
	}
	if p := problem(t, res); p.ErrorCode != "key.slow" || p.Status != 429 || res.Header().Get("Retry-After") != "60" {
		t.Errorf("%+v, %v", p, res.Header())
	}
}
