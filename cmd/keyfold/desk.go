package main

import (
	"net/http"
	"net/url"
	"strings"
	"sync"

	"github.com/keyfold/keyfold/docs"
	"github.com/keyfold/keyfold/internal/cases"
	"github.com/keyfold/keyfold/internal/finder"
	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/second"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/web/care"
)

// newDesk wires the care desk. It shares what the pages of customers have, but
// for who is logged in.
func newDesk(c *config, a *app, teller notice.Teller, rules limit.Rules) *care.Desk {
	p, at := a.portal, c.deskURL()
	return &care.Desk{
		Cases:  &cases.Service{DB: a.db},
		Second: &second.Service{DB: a.db, Teller: teller, Limits: rules},
		Staff:  &staff.Service{DB: a.db, Gate: a.gate, Policy: p.Policy, Teller: teller, Limits: rules, Brand: c.Brand.Name},
		Care:   p.Desk,
		Finder: &finder.Service{DB: a.db, Key: teller.Key, Entities: c.Entities, Limits: rules},
		Funnel: &funnel.Service{DB: a.db, Zone: c.TimeZone},
		Manual: sync.OnceValue(func() *help.Manual { return help.LoadManual(docs.FS) }),
		Read:   p.Read, Texts: p.Texts, Entities: p.Entities, Policy: p.Policy, Brand: p.Brand, Assets: p.Assets,
		Site:    care.Site{URL: &at, Language: c.DefaultLanguage, Zone: c.TimeZone},
		Clients: p.Clients, Flood: p.Flood, Log: a.log, Now: p.Now, Observe: a.metrics.observe, Allow: c.CareAllow,
	}
}

// withDesk adds the care desk to the pages of customers: under /care, or at a
// host of its own, where no page of theirs is. Whom the desk is not open to finds
// what is there without it.
func (a *app) withDesk(pages http.Handler) http.Handler {
	at, public := a.desk.Site.URL, a.portal.Site.PublicURL
	a.desk.Elsewhere = pages
	desk := a.desk.Handler()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ours := r.URL.Path == "/care" || strings.HasPrefix(r.URL.Path, "/care/")
		if at.Host != public.Host {
			ours = atHost(r, at)
		}
		if ours {
			desk.ServeHTTP(w, r)
			return
		}
		pages.ServeHTTP(w, r)
	})
}

func atHost(r *http.Request, at *url.URL) bool { return strings.EqualFold(r.Host, at.Host) }
