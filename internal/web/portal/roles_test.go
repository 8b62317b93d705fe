package portal_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
)

// inner are values for what stands in a path below an account.
var inner = map[string]string{
	"{id}": "NL123421341", "{user}": "user-ellen@veldkamp.example", "{invitation}": "i1", "{request}": "r1", "{key}": "key-of-the-test",
}

var placeholder = regexp.MustCompile(`\{[a-z]+\}`)

// below is the path of a door of an account, as a request writes it.
func below(t *testing.T, r web.Route) (method, path string) {
	t.Helper()
	method, path, _ = strings.Cut(r.Pattern, " ")
	return method, placeholder.ReplaceAllStringFunc(path, func(name string) string {
		if inner[name] == "" {
			t.Errorf("%s: the test knows no value for %s", r.Pattern, name)
		}
		return inner[name]
	})
}

// TestEveryDoorOfAnAccountKeepsToTheMatrix tries every role at every door of an
// account: who may, comes in; for whom may not, and for strangers, there is no
// such account. A door without a permission fails.
func TestEveryDoorOfAnAccountKeepsToTheMatrix(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	owner := w.loggedIn(t)
	w.withKey(t, "NL123421341", inner["{key}"])
	if err := w.register("DE245344254", "buero@elsewhere.example", "colleague@veldkamp.example", "Tulips-2026"); err != nil {
		t.Fatal(err)
	}
	w.furnish(t)
	colleague := w.cookieOf(t, "__Host-keyfold", "colleague@veldkamp.example", "Tulips-2026")
	sets := []keyfold.Roles{{}, keyfold.RolesOf(keyfold.Finance, keyfold.Abuse)}
	for _, role := range keyfold.AllRoles() {
		sets = append(sets, keyfold.RolesOf(role))
	}
	cells, open := 0, 0
	for _, r := range w.portal.Routes() {
		if !strings.Contains(r.Pattern, "/accounts/{id}") {
			continue
		}
		need, ok := strings.CutPrefix(r.Who(), "may ")
		if !ok {
			t.Errorf("%s is open to %q; a door of an account names the permission it needs", r.Pattern, r.Who())
			continue
		}
		method, path := below(t, r)
		for _, roles := range sets {
			cookie := colleague
			if roles.Has(keyfold.Owner) {
				cookie = owner
			} else {
				w.admit(t, "NL123421341", "user-colleague@veldkamp.example", roles)
			}
			got := w.as(cookie, method, path)
			cells++
			if roles.May(keyfold.Permission(need)) {
				open++
				if got.Code == http.StatusNotFound || got.Code == http.StatusForbidden || got.Code >= 500 {
					t.Errorf("%s is closed to %q: %d", r.Pattern, roles, got.Code)
				}
				continue
			}
			nowhere := w.as(cookie, method, strings.Replace(path, "NL123421341", "NL999999999", 1))
			if got.Code != http.StatusNotFound || same(got.Body.String()) != same(nowhere.Body.String()) {
				t.Errorf("%s answers %q with %d, and not as an account that does not exist", r.Pattern, roles, got.Code)
			}
		}
	}
	if cells < 20 || open < 8 {
		t.Errorf("%d cells, %d open: the table is empty", cells, open)
	}
}

// same is a page without what differs from one to the next.
func same(page string) string {
	return strings.NewReplacer("NL999999999", "ID", "NL123421341", "ID").Replace(page)
}

func (w *world) as(cookie, method, path string) *httptest.ResponseRecorder {
	return w.call(method, path, url.Values{}, func(r *http.Request) { r.Header.Set("Cookie", "__Host-keyfold="+cookie) })
}

// admit gives a user these roles in an account, or none.
func (w *world) admit(t *testing.T, id string, user keyfold.UserID, roles keyfold.Roles) {
	t.Helper()
	by, owner := keyfold.Act{By: "test"}, keyfold.RolesOf(keyfold.Owner)
	err := w.change(id, func(tx *store.Tx, a keyfold.Account) error {
		m, err := tx.Member(t.Context(), a.ID, user)
		if err != nil || m.Roles == roles {
			return err
		}
		c, err := a.Admit(by, keyfold.Member{User: user, Roles: roles}, "")
		if roles.IsZero() {
			c, err = a.Remove(by, owner, m)
		}
		if err != nil {
			return err
		}
		return tx.ApplyMember(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
}
