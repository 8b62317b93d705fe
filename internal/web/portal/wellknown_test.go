package portal_test

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestWellKnownAddresses(t *testing.T) {
	w := newWorld(t, "sqlite")
	res := w.call(http.MethodGet, "/.well-known/change-password", nil)
	if res.Code != http.StatusSeeOther || res.Header().Get("Location") != "/passwordReset/request" {
		t.Errorf("change-password: %d %s", res.Code, res.Header().Get("Location"))
	}
	if res := w.call(http.MethodGet, "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200", nil); res.Code != http.StatusNotFound {
		t.Errorf("what is not there: %d", res.Code)
	}
	fields := map[string]string{}
	for line := range strings.Lines(w.call(http.MethodGet, "/.well-known/security.txt", nil).Body.String()) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		fields[name] = value
	}
	expires, err := time.Parse(time.RFC3339, fields["Expires"])
	if left := expires.Sub(w.clock.Now()); err != nil || left < 24*time.Hour || left > 365*24*time.Hour {
		t.Errorf("Expires %q, %v", fields["Expires"], err)
	}
	for _, name := range []string{"Contact", "Canonical", "Preferred-Languages"} {
		if fields[name] == "" {
			t.Errorf("no %s", name)
		}
	}
}
