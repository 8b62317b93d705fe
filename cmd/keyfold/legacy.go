package main

import (
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/keyfold/keyfold/internal/legacycheck"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/registration"
)

// legacyChecks are the old systems that are asked at a login, by entity code.
type legacyChecks map[string]*legacycheck.Guard

// newLegacyChecks connects to nothing: an old system that is down keeps no
// server from starting.
func newLegacyChecks(c *config, gate *password.Gate, log *slog.Logger, now func() time.Time) (legacyChecks, error) {
	checks := legacyChecks{}
	for code, check := range c.LegacyChecks {
		system, err := check.system(gate)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("entities[%s].legacy_check: %w", code, err), checks.Close())
		}
		checks[code] = legacycheck.New(system, legacycheck.Config{Entity: code, Answer: check.answer, AtOnce: check.atOnce, Now: now, Log: log})
	}
	return checks, nil
}

// system is the client of one old system.
func (c legacyCheck) system(gate *password.Gate) (legacycheck.System, error) {
	switch c.kind() {
	case "http":
		return legacycheck.NewHook(legacycheck.HookConfig{URL: c.http, Secret: c.secret.Reveal(), CA: c.ca, Connect: c.connect}), nil
	case "ldap":
		return legacycheck.NewDirectory(legacycheck.DirectoryConfig{URL: c.ldap, DN: c.texts["bind_dn"], CA: c.ca, Connect: c.connect}), nil
	default:
		return legacycheck.NewDatabase(c.database(gate))
	}
}

// systems are the checks as the steps know them.
func (cs legacyChecks) systems() map[string]registration.LegacySystem {
	out := map[string]registration.LegacySystem{}
	for code, guard := range cs {
		out[code] = guard
	}
	return out
}

// Close lets go of all connections.
func (cs legacyChecks) Close() error {
	var errs []error
	for _, guard := range cs {
		errs = append(errs, guard.Close())
	}
	return errors.Join(errs...)
}

// Old systems in numbers.
var (
	legacyDesc  = prometheus.NewDesc("keyfold_legacy_checks_total", "Questions to an old system whether a password is right, by what came of them.", []string{"entity", "result"}, nil)
	stoppedDesc = prometheus.NewDesc("keyfold_legacy_check_stopped", "1 while an old system is not asked, because it has not answered.", []string{"entity"}, nil)
)

// Describe names the metrics.
func (legacyChecks) Describe(out chan<- *prometheus.Desc) {
	out <- legacyDesc
	out <- stoppedDesc
}

// Collect reads them.
func (cs legacyChecks) Collect(out chan<- prometheus.Metric) {
	for code, guard := range cs {
		stats := guard.Stats()
		for result, n := range stats.Outcomes {
			out <- prometheus.MustNewConstMetric(legacyDesc, prometheus.CounterValue, float64(n), code, result)
		}
		stopped := 0.0
		if stats.Stopped {
			stopped = 1
		}
		out <- prometheus.MustNewConstMetric(stoppedDesc, prometheus.GaugeValue, stopped, code)
	}
}
