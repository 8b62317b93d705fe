package main

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// metrics are what an operator watches. Names are part of our promise: they
// change with a major version only.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	reports  *prometheus.CounterVec
}

func newMetrics(a *app) *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "keyfold_requests_total", Help: "Requests by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "keyfold_request_seconds", Help: "How long requests take, by route.",
			Buckets: []float64{.001, .005, .02, .05, .1, .25, .5, 1, 2.5, 5, 10},
		}, []string{"route"}),
		reports: newReportCounter(),
	}
	m.registry.MustRegister(m.requests, m.seconds, m.reports, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m.gauges(a)
	return m
}

func (m *metrics) gauges(a *app) {
	gauge := func(name, help string, value func() float64) {
		m.registry.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, value))
	}
	gauge("keyfold_hashes_running", "Password hashes under way.", func() float64 { return float64(a.gate.Stats().Running) })
	gauge("keyfold_hashes_waiting", "Requests that wait for a password hash.", func() float64 { return float64(a.gate.Stats().Waiting) })
	gauge("keyfold_hashes_total", "Password hashes made since the start.", func() float64 { return float64(a.gate.Stats().Total) })
	gauge("keyfold_hashes_refused_total", "Requests that were told that we are busy.", func() float64 { return float64(a.gate.Stats().Refused) })
	m.registry.MustRegister(outboxCollector{a}, a.legacy)
}

// observe counts one request.
func (m *metrics) observe(route string, status int, took time.Duration) {
	m.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	m.seconds.WithLabelValues(route).Observe(took.Seconds())
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// An outboxCollector asks the database how the mails are doing, once a scrape.
type outboxCollector struct{ a *app }

// The outbox in numbers.
var (
	waitingDesc = prometheus.NewDesc("keyfold_outbox_waiting", "Mails that are due or being sent.", nil, nil)
	ageDesc     = prometheus.NewDesc("keyfold_outbox_oldest_seconds", "How long the oldest of them has waited.", nil, nil)
	laterDesc   = prometheus.NewDesc("keyfold_outbox_later", "Mails that are queued for later.", nil, nil)
	failedDesc  = prometheus.NewDesc("keyfold_outbox_failed", "Mails that were given up and are still on record.", nil, nil)
	bouncedDesc = prometheus.NewDesc("keyfold_outbox_bounced", "Mails that were sent, did not arrive, and are still on record.", nil, nil)
)

// Describe names the metrics.
func (outboxCollector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{waitingDesc, ageDesc, laterDesc, failedDesc, bouncedDesc} {
		out <- d
	}
}

// Collect reads them. With the database away there are none, which is seen.
func (c outboxCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	read := c.a.db.Reader()
	h, err := read.OutboxHealth(ctx)
	if err != nil {
		return
	}
	age := 0.0
	if !h.Oldest.IsZero() {
		age = read.Now().Sub(h.Oldest).Seconds()
	}
	for desc, value := range map[*prometheus.Desc]float64{
		waitingDesc: float64(h.Waiting), ageDesc: age, laterDesc: float64(h.Later), failedDesc: float64(h.Failed),
		bouncedDesc: float64(h.Bounced),
	} {
		out <- prometheus.MustNewConstMetric(desc, prometheus.GaugeValue, value)
	}
}
