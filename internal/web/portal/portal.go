// Package portal is what customers see: the ten steps, the login and their
// accounts. A handler parses, calls one method and answers; what happens is
// the features' business.
package portal

import (
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/activity"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/contacts"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/feedback"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/linking"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/ownership"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/signin"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A Portal serves the pages.
type Portal struct {
	Registration *registration.Service
	SignIn       *signin.Service
	Linking      *linking.Service
	Contacts     *contacts.Service
	Ownership    *ownership.Service
	Members      *members.Service
	Keys         *apikey.Service
	Desk         *desk.Service
	Activity     *activity.Service
	Help         *help.Shelf // nil: pages lead to no article
	Feedback     *feedback.Service
	Read         store.Reader
	Texts        *locale.Catalog
	Entities     keyfold.Entities
	Policy       password.Policy
	Brand        ui.Brand
	Assets       *ui.Assets
	Site         Site
	Clients      web.Clients
	Flood        *web.Flood
	Log          *slog.Logger
	Now          func() time.Time
	Observe      func(route string, status int, took time.Duration)
	Demo         *Demo // nil: this is no demo
}

// A Site is what the operator says about this installation.
type Site struct {
	PublicURL       *url.URL
	Language        keyfold.Language // for browsers that want none of ours
	Zone            *time.Location
	Sender          string // From address to look for in a spam folder
	SupportEmail    string
	HelpURL         string
	PrivacyURL      string
	SecurityContact string // of security.txt: mailto: or https:
}

// Handler serves the portal.
func (p *Portal) Handler() http.Handler {
	s := &web.Server{
		Routes: p.Routes(), Static: p.Assets, PublicURL: p.Site.PublicURL, Clients: p.Clients, Flood: p.Flood,
		Log: p.Log, Now: p.Now, Fail: p.fail, Observe: p.Observe,
	}
	return s.Handler()
}

// Routes is every door of the portal, and who may go through it.
func (p *Portal) Routes() []web.Route {
	routes := []web.Route{
		{Pattern: "GET /{$}", Guarded: web.Anyone(p.showHome)},
		{Pattern: "GET /passwordReset/request", Guarded: web.Anyone(p.showRequest)},
		{Pattern: "POST /passwordReset/request", Guarded: web.Anyone(p.requestReset)},
		{Pattern: "GET /passwordReset/requested", Guarded: web.Anyone(p.showRequested)},
		{Pattern: "GET /passwordReset/{token}", Guarded: web.Anyone(p.showReset)},
		{Pattern: "POST /passwordReset/{token}", Guarded: web.Anyone(p.setPassword)},
		{Pattern: "GET /login", Guarded: web.Anyone(p.showLogin)},
		{Pattern: "POST /login", Guarded: web.Anyone(p.logIn)},
		{Pattern: "POST /logout", Guarded: web.Anyone(p.logOut)},
		{Pattern: "GET /session", Guarded: web.Anyone(p.showSession)},
		{Pattern: "GET /register", Guarded: p.registering(p.showRegister)},
		{Pattern: "POST /register", Guarded: p.registering(p.submitEmail)},
		{Pattern: "GET /register/{token}", Guarded: web.Anyone(p.showConfirm)},
		{Pattern: "POST /register/{token}", Guarded: web.Anyone(p.confirm)},
		{Pattern: "GET /notme/{token}", Guarded: web.Anyone(p.showNotMe)},
		{Pattern: "POST /notme/{token}", Guarded: web.Anyone(p.notMe)},
		{Pattern: "GET /accounts", Guarded: p.user(p.showAccounts)},
		{Pattern: "GET /accounts/add", Guarded: p.user(p.showAdd)},
		{Pattern: "POST /accounts/add", Guarded: p.user(p.add)},
		{Pattern: "GET /link/{token}", Guarded: web.Anyone(p.showAgree)},
		{Pattern: "POST /link/{token}", Guarded: web.Anyone(p.agree)},
		{Pattern: "GET /accounts/link", Guarded: p.user(p.showOffers)},
		{Pattern: "POST /accounts/link", Guarded: p.user(p.claim)},
		{Pattern: "GET /accounts/{id}/unlink", Guarded: p.may(keyfold.UnlinkAccount, p.whole(p.showUnlink))},
		{Pattern: "POST /accounts/{id}/unlink", Guarded: p.may(keyfold.UnlinkAccount, p.whole(p.unlink))},
		{Pattern: "GET /accounts/{id}/activity", Guarded: p.may(keyfold.SeeActivity, p.showActivity)},
		{Pattern: "GET /accounts/{id}/activity.csv", Guarded: p.may(keyfold.ExportActivity, p.showExport)},
		{Pattern: "POST /accounts/{id}/activity.csv", Guarded: p.may(keyfold.ExportActivity, p.export)},
		{Pattern: "GET /accounts/{id}", Guarded: p.may(keyfold.SeeAccount, p.showAccount)},
		{Pattern: "GET /.well-known/change-password", Guarded: web.Anyone(p.changePassword)},
		{Pattern: "GET /.well-known/security.txt", Guarded: web.Anyone(p.showSecurity)},
	}
	routes = append(routes, p.contactRoutes()...)
	routes = append(routes, p.ownershipRoutes()...)
	routes = append(routes, p.memberRoutes()...)
	routes = append(routes, p.keyRoutes()...)
	routes = append(routes, p.helpRoutes()...)
	routes = append(routes, p.callRoutes()...)
	if p.Demo != nil {
		routes = append(routes, p.demoRoutes()...)
	}
	return routes
}
