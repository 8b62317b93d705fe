// Package care is what the staff see: the desk at which customers are helped. A
// handler parses, calls one method and answers; what happens is the features'
// business. Who may do what is in the matrix of the staff, and each door here
// says which duty it is for.
package care

import (
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/cases"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/second"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A Desk serves the pages.
type Desk struct {
	Staff    *staff.Service
	Finder   *finder.Service
	Funnel   *funnel.Service
	Manual   func() *help.Manual // read when it is first wanted
	Cases    *cases.Service
	Second   *second.Service
	Care     *desk.Service
	Read     store.Reader
	Texts    *locale.Catalog
	Entities keyfold.Entities
	Policy   password.Policy
	Brand    ui.Brand
	Assets   *ui.Assets
	Site     Site
	Clients  web.Clients
	Flood    *web.Flood
	Log      *slog.Logger
	Now      func() time.Time
	Observe  func(route string, status int, took time.Duration)

	// Allow are the networks that the desk is open to; none: every one. For
	// others it is not there, which is what Elsewhere answers.
	Allow     []netip.Prefix
	Elsewhere http.Handler // nil: a plain 404
}

// A Site is what the operator says about this installation.
type Site struct {
	URL      *url.URL         // where the staff reach the desk, without /care
	Language keyfold.Language // for browsers that want none of ours
	Zone     *time.Location
}

// Routes is every door of the desk, and who may go through it. Each file of pages
// has its own list.
func (d *Desk) Routes() []web.Route {
	return slices.Concat(
		d.loginRoutes(),
		d.homeRoutes(),
		d.staffRoutes(),
		d.findRoutes(),
		d.manualRoutes(),
		d.funnelRoutes(),
		d.accountRoutes(),
		d.caseRoutes(),
		d.approvalRoutes(),
	)
}

// pages are the main pages of the desk, in the order of the navigation. One is
// shown to who may see it, and once there is such a page.
var pages = []section{
	{"find", "/care", keyfold.SeeCustomers},
	{"cases", "/care/cases", keyfold.SeeCases},
	{"approvals", "/care/approvals", keyfold.SeeCases},
	{"funnel", "/care/funnel", keyfold.SeeFunnel},
	{"staff", "/care/staff", keyfold.SeeStaff},
	{"manual", "/care/manual", keyfold.OwnLogin},
}

// A section is one main page. Its text has the ID "care.nav_" and its name.
type section struct {
	name, path string
	need       keyfold.Duty
}

// sections are the main pages for a role.
func (d *Desk) sections(role keyfold.StaffRole) []section {
	there := map[string]bool{}
	for _, r := range d.Routes() {
		there[r.Pattern] = true
	}
	return slices.DeleteFunc(slices.Clone(pages), func(s section) bool {
		return !role.May(s.need) || !there["GET "+s.path]
	})
}

// Handler serves the desk.
func (d *Desk) Handler() http.Handler {
	s := &web.Server{
		Routes: d.Routes(), Static: d.Assets, PublicURL: d.Site.URL, Clients: d.Clients, Flood: d.Flood,
		Log: d.Log, Now: d.Now, Fail: d.fail, Observe: d.Observe,
	}
	desk := s.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case d.open(r):
			desk.ServeHTTP(w, r)
		case d.Elsewhere != nil:
			d.Elsewhere.ServeHTTP(w, r)
		default:
			http.NotFound(w, r)
		}
	})
}

// open reports whether the desk is there for a client.
func (d *Desk) open(r *http.Request) bool {
	if len(d.Allow) == 0 {
		return true
	}
	from := d.Clients.Of(r)
	return slices.ContainsFunc(d.Allow, func(p netip.Prefix) bool { return p.Contains(from) })
}
