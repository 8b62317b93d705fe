package portal

import (
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A tab is the way to one of the pages of an account.
type tab struct {
	name string // its text has the ID "account.tab_" + name
	path string // below the account
	need keyfold.Permission
}

// tabs are the pages of the account that who looks at it may see.
func (h AccountHead) tabs() []tab {
	all := []tab{
		{"overview", "", keyfold.SeeAccount},
		{"details", "/details", keyfold.SeeAccount},
		{"contacts", "/contacts", keyfold.SeeAccount},
		{"users", "/users", keyfold.SeeAccount},
		{"activity", "/activity", keyfold.SeeActivity},
		{"keys", "/keys", keyfold.ManageKeys},
	}
	return slices.DeleteFunc(all, func(t tab) bool { return !h.Roles.May(t.need) })
}

// path is a page of this account.
func (h AccountHead) path(below string) string { return "/accounts/" + h.CustomerID + below }

// others reports whether there is another account to switch to.
func (h AccountHead) others() bool {
	return slices.ContainsFunc(h.Recent, func(r AccountRow) bool { return !r.Current })
}

// roleNames are roles as people read them.
func roleNames(p ui.Page, roles keyfold.Roles) string {
	var names []string
	for _, role := range roles.List() {
		names = append(names, p.Text("role."+string(role)))
	}
	return strings.Join(names, ", ")
}

// scopeNames are scopes as people read them.
func scopeNames(p ui.Page, scopes keyfold.Scopes) string {
	var names []string
	for _, scope := range scopes.List() {
		names = append(names, p.Text("scope."+string(scope)))
	}
	return strings.Join(names, ", ")
}
