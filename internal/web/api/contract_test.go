package api_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/limit"
)

var update = flag.Bool("update", false, "write the golden files")

// A contract is the description that the API serves of itself.
type contract struct {
	doc    *openapi3.T
	router routers.Router
	seen   map[string]bool // "GET /api/v1/users 200"
}

func (w *world) contract() *contract {
	w.t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(w.ask(http.MethodGet, "/api/v1/openapi.json", "").Body.Bytes())
	w.must(err)
	w.must(doc.Validate(w.t.Context()))
	for _, schema := range doc.Components.Schemas { // new fields may come, but not without being described
		schema.Value.AdditionalProperties = openapi3.BoolSchema{Has: new(bool)}
	}
	router, err := legacy.NewRouter(doc)
	w.must(err)
	return &contract{doc: doc, router: router, seen: map[string]bool{}}
}

// hold checks an answer against the description, headers and all.
func (c *contract) hold(t *testing.T, r *http.Request, res *httptest.ResponseRecorder) {
	t.Helper()
	r = r.Clone(t.Context())
	r.URL.Scheme, r.URL.Host = "https", r.Host
	route, params, err := c.router.FindRoute(r)
	if err != nil {
		t.Fatalf("%s %s is not described: %v", r.Method, r.URL, err)
	}
	err = openapi3filter.ValidateResponse(t.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{Request: r, PathParams: params, Route: route},
		Status:                 res.Code, Header: res.Header(), Body: io.NopCloser(bytes.NewReader(res.Body.Bytes())),
		Options: &openapi3filter.Options{IncludeResponseStatus: true, MultiError: true},
	})
	if err != nil {
		t.Errorf("%s %s: %d is not as described: %v\n%s", r.Method, r.URL, res.Code, err, res.Body)
	}
	c.seen[fmt.Sprintf("%s %s %d", r.Method, route.Path, res.Code)] = true
}

// TestEachAnswerIsAsDescribed brings about each status of each operation. An
// operation or a status that is described and that nobody asks for here fails.
func TestEachAnswerIsAsDescribed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.contract()
		w.fill()
		all, none := w.key(w.ours), w.key(w.ours, "account")
		closed := w.key(w.theirs)
		w.closeAccount(w.theirs)
		ask := func(target, key string, change ...func(*http.Request)) {
			t.Helper()
			var sent *http.Request
			res := w.ask(http.MethodGet, target, key, append(change, func(r *http.Request) { sent = r })...)
			c.hold(t, sent, res)
		}
		for _, path := range slices.Sorted(maps.Keys(c.doc.Paths.Map())) {
			ask(path, all)
			ask(path, "")
			ask(path, none)
			ask(path, closed)
			ask(path+"?a=1&a=2", all)
			ask(path+"?nothing=1", all)
			ask(path, all, sending("Accept", "text/html"))
			w.broken(t, c, path)
			w.slow(t, c, path)
		}
		narrow := w.key(w.ours, "users")
		ask("/api/v1/account", narrow)
		ask("/api/v1/users?limit=1", all)
		ask("/api/v1/activity?limit=2", all)
		w.must(w.db.Close())
		for path := range c.doc.Paths.Map() {
			if path != "/api/v1/problems" { // needs no database
				ask(path, all)
			}
		}
		for path, item := range c.doc.Paths.Map() {
			for method, op := range item.Operations() {
				for status := range op.Responses.Map() {
					if what := method + " " + path + " " + status; !c.seen[what] {
						t.Errorf("nobody asked for %s", what)
					}
				}
			}
		}
	})
}

// broken has the database break off in the middle.
func (w *world) broken(t *testing.T, c *contract, path string) {
	t.Helper()
	if path == "/api/v1/problems" {
		return
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+path, nil)
	res := httptest.NewRecorder()
	w.api.Fail(res, r, fmt.Errorf("store: %w", &net.OpError{Op: "read", Err: errors.New("reset")}))
	if res.Code != http.StatusServiceUnavailable || res.Header().Get("Retry-After") == "" {
		t.Errorf("the database breaks off: %d %v", res.Code, res.Header())
	}
	c.hold(t, r, res)
}

// slow is one request too many.
func (w *world) slow(t *testing.T, c *contract, path string) {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, site+path, nil)
	res := httptest.NewRecorder()
	w.api.Fail(res, r, limit.Make(limit.Default()).KeyUse.Check(1000, w.clock.Now(), w.clock.Now()))
	if res.Code != http.StatusTooManyRequests || res.Header().Get("Retry-After") == "" {
		t.Errorf("too many: %d %v", res.Code, res.Header())
	}
	c.hold(t, r, res)
}

// TestTheDescriptionIsThatOfTheGoldenFile shows in a diff what a change does to
// who programs against the API.
func TestTheDescriptionIsThatOfTheGoldenFile(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite", wide())
	asJSON, asYAML := w.ask(http.MethodGet, "/api/v1/openapi.json", ""), w.ask(http.MethodGet, "/api/v1/openapi.yaml", "")
	if a, b := asJSON.Header().Get("Content-Type"), asYAML.Header().Get("Content-Type"); a != "application/openapi+json" || b != "application/openapi+yaml" {
		t.Errorf("served as %s and %s", a, b)
	}
	same, err := yaml.YAMLToJSON(asYAML.Body.Bytes())
	w.must(err)
	got := indented(t, asJSON.Body.Bytes())
	if diff := cmp.Diff(got, indented(t, same)); diff != "" {
		t.Errorf("the two forms differ (-json +yaml):\n%s", diff)
	}
	const golden = "testdata/openapi.json"
	if *update {
		w.must(os.WriteFile(golden, []byte(got), 0o644))
	}
	want, err := os.ReadFile(golden)
	w.must(err)
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got); write it anew with -update:\n%s", golden, diff)
	}
}

// indented is JSON with its names sorted.
func indented(t *testing.T, b []byte) string {
	t.Helper()
	var v any
	if err := json.Unmarshal(b, &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return string(out) + "\n"
}

// TestTheDescriptionIsFitForPrograms: names, summaries and tags for all, no
// scheme of huma's, no address that a request could choose.
func TestTheDescriptionIsFitForPrograms(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite", wide())
	c := w.contract()
	if len(c.doc.Paths.Map()) < 5 || c.doc.OpenAPI != "3.1.0" || len(c.doc.Servers) != 1 || c.doc.Servers[0].URL != site {
		t.Errorf("%d paths of OpenAPI %s at %v", len(c.doc.Paths.Map()), c.doc.OpenAPI, c.doc.Servers)
	}
	names := map[string]bool{}
	for path, item := range c.doc.Paths.Map() {
		for method, op := range item.Operations() {
			if method != http.MethodGet || op.OperationID == "" || names[op.OperationID] || op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s: %+v", method, path, op)
			}
			names[op.OperationID] = true
			if open := op.Security == nil; open != (path == "/api/v1/problems") {
				t.Errorf("%s needs no key: %t", path, open)
			}
		}
	}
	hostile := w.ask(http.MethodGet, "/api/v1/openapi.json", "", sending("X-Forwarded-Host", "evil.example"), sending("X-Forwarded-Proto", "http"))
	for _, bad := range []string{"evil", "$schema", "ErrorModel", "unpkg"} {
		if strings.Contains(hostile.Body.String(), bad) {
			t.Errorf("the description has %q", bad)
		}
	}
}
