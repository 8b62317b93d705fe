package main

import (
	"sync"

	"github.com/keyfold/keyfold/docs"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/staff"
	"github.com/keyfold/keyfold/internal/web/care"
)

// newDesk wires the care desk. It shares what the pages of customers have, but
// for who is logged in.
func newDesk(c *config, a *app, teller notice.Teller, rules limit.Rules) *care.Desk {
	p := a.portal
	return &care.Desk{
		Staff:  &staff.Service{DB: a.db, Gate: a.gate, Policy: p.Policy, Teller: teller, Limits: rules, Brand: c.Brand.Name},
		Manual: sync.OnceValue(func() *help.Manual { return help.LoadManual(docs.FS) }),
		Read:   p.Read, Texts: p.Texts, Entities: p.Entities, Policy: p.Policy, Brand: p.Brand, Assets: p.Assets,
		Site:    care.Site{URL: p.Site.PublicURL, Language: c.DefaultLanguage, Zone: c.TimeZone},
		Clients: p.Clients, Flood: p.Flood, Log: a.log, Now: p.Now, Observe: a.metrics.observe,
	}
}
