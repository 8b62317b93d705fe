package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheServerHasTheAPIBesideThePages asks the handler that is served: what is
// under /api/ answers programs, everything else people.
func TestTheServerHasTheAPIBesideThePages(t *testing.T) {
	a, cfg := demoApp(t, t.TempDir())
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	h := a.handler(make(chan struct{}))
	for path, want := range map[string]struct {
		status int
		kind   string
	}{
		"/api/v1/account":      {http.StatusUnauthorized, "application/problem+json"},
		"/api/v1/openapi.json": {http.StatusOK, "application/openapi+json"},
		"/api/nothing":         {http.StatusNotFound, "application/problem+json"},
		"/login":               {http.StatusOK, "text/html"},
		"/nothing":             {http.StatusNotFound, "text/html"},
	} {
		res := httptest.NewRecorder()
		h.ServeHTTP(res, httptest.NewRequestWithContext(t.Context(), http.MethodGet, cfg.PublicURL.String()+path, nil))
		if got := res.Header().Get("Content-Type"); res.Code != want.status || !strings.HasPrefix(got, want.kind) || res.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %d, %s", path, res.Code, got)
		}
	}
}
