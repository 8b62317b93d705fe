package main

import (
	"context"
	"net/http"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/keyfold/keyfold/internal/bounce"
	"github.com/keyfold/keyfold/internal/web/hooks"
)

// wireBounces wires what hears of mails that did not arrive.
func (a *app) wireBounces(c *config) {
	reports := &bounce.Service{DB: a.db, Observe: a.metrics.observeReport}
	if c.Bounce.Maildir != "" {
		a.bounces = &bounce.Maildir{Dir: c.Bounce.Maildir, Reports: reports, Log: a.log, Now: a.portal.Now}
	}
	if c.Bounce.Secret.IsZero() {
		return
	}
	p := a.portal
	told := &hooks.Hooks{
		Bounces: reports, Secret: c.Bounce.Secret.Reveal(), PublicURL: p.Site.PublicURL, Clients: p.Clients, Flood: p.Flood,
		Log: a.log, Now: p.Now, Observe: a.metrics.observe,
	}
	a.hooks = told.Handler()
}

// readBounces looks into the Maildir until ctx ends, if there is one.
func (a *app) readBounces(ctx context.Context) {
	if a.bounces != nil {
		a.bounces.Run(ctx, poll)
	}
}

// mountHooks opens the doors for other systems, if somebody has a secret for them.
func (a *app) mountHooks(mux *http.ServeMux) {
	if a.hooks != nil {
		mux.Handle("/hooks/", a.hooks)
	}
}

// newReportCounter counts what came of reports, with all outcomes from the start.
func newReportCounter() *prometheus.CounterVec {
	c := prometheus.NewCounterVec(prometheus.CounterOpts{
		Name: "keyfold_bounce_reports_total", Help: "Reports of mails that did not arrive or are late, by what came of them.",
	}, []string{"outcome"})
	for _, o := range bounce.Outcomes() {
		c.WithLabelValues(string(o))
	}
	return c
}

// observeReport counts one report.
func (m *metrics) observeReport(o bounce.Outcome) { m.reports.WithLabelValues(string(o)).Inc() }
