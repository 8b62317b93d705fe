package portal_test

import (
	"net/http"
	"strings"
	"testing"
)

// wayOut is the form that ends a session.
const wayOut = `<form method="post" action="/logout">`

// TestEveryPageOfWhoIsLoggedInHasAWayOut goes to each door with a session: pages of
// an account, of one task, of a link in a mail, and those that say what is wrong.
func TestEveryPageOfWhoIsLoggedInHasAWayOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	owner := w.loggedIn(t)
	w.withKey(t, "NL123421341", inner["{key}"])
	invitation := w.invitation(t, owner, "colleague@veldkamp.example")
	w.furnish(t)
	paths := []string{invitation, "/there/is/no/such/page", "/accounts/NL999999999"}
	for _, r := range w.portal.Routes() {
		method, path, _ := strings.Cut(r.Pattern, " ")
		if method != http.MethodGet {
			continue
		}
		paths = append(paths, placeholder.ReplaceAllStringFunc(strings.ReplaceAll(path, "{$}", ""), func(name string) string {
			if inner[name] == "" {
				return "of-nobody"
			}
			return inner[name]
		}))
	}
	pages := 0
	for _, path := range paths {
		res := w.as(owner, http.MethodGet, path)
		if !strings.HasPrefix(res.Header().Get("Content-Type"), "text/html") || res.Code == http.StatusSeeOther {
			continue
		}
		pages++
		if body := res.Body.String(); !strings.Contains(body, wayOut) {
			t.Errorf("%s (%d) has no way out:\n%.600s", path, res.Code, body)
		}
		if body := w.call(http.MethodGet, path, nil).Body.String(); strings.Contains(body, wayOut) {
			t.Errorf("%s offers it to who is not logged in", path)
		}
	}
	if pages < 35 {
		t.Errorf("%d pages", pages)
	}
}
