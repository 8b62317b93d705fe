package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
	"time"
)

type serveCmd struct {
	configFlags `embed:""`
	NoMigrate   bool `help:"Leave the database schema as it is."`
}

// Run serves until ctx ends, and then sees through what is under way.
func (c *serveCmd) Run(ctx context.Context, env *environment) (err error) {
	cfg, err := env.load(needAll)
	if err != nil {
		return err
	}
	if err := cfg.loadSecret(); err != nil {
		return err
	}
	log := env.logger(cfg)
	for _, warning := range cfg.Warnings {
		log.WarnContext(ctx, "configuration", "warning", warning)
	}
	a, err := newApp(ctx, cfg, c.NoMigrate, log, env.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	return a.serve(ctx, cfg, func(on net.Addr) {
		log.InfoContext(ctx, "serving", "listen", on.String(), "public_url", cfg.PublicURL.String(), "version", buildVersion(buildInfo()))
	})
}

func (e *environment) logger(c *config) *slog.Logger {
	o := &slog.HandlerOptions{Level: c.LogLevel}
	if c.LogFormat == "text" {
		return slog.New(slog.NewTextHandler(e.stderr, o))
	}
	return slog.New(slog.NewJSONHandler(e.stderr, o))
}

// serve answers requests and sends mails until ctx ends. Then it says that it
// is not ready, takes nothing new, and waits for what is under way.
func (a *app) serve(ctx context.Context, c *config, started func(net.Addr)) error {
	stopping := make(chan struct{})
	all, err := a.entrances(ctx, c, stopping)
	if err != nil {
		return err
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	var workers sync.WaitGroup
	workers.Go(func() { a.work(working) })
	failed := all.serve()
	started(all[0].socket.Addr())
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
	}
	close(stopping)
	stop()
	all.letIn(func(err error) {
		a.log.WarnContext(ctx, "who connects while the server stops may be hung up on", "error", err)
	})
	err = errors.Join(err, drain(context.WithoutCancel(ctx), all.servers(), c.Drain))
	workers.Wait()
	return err
}

// entrances opens all that c says, the pages of customers first.
func (a *app) entrances(ctx context.Context, c *config, stopping <-chan struct{}) (all entrances, err error) {
	pages := a.handler(stopping)
	if c.CareListen == "" {
		pages = a.withDesk(pages)
	}
	metrics := http.NewServeMux()
	metrics.Handle("GET /metrics", a.metrics.handler())
	for _, at := range []struct {
		key, listen string
		handler     http.Handler
		people      bool
	}{
		{"listen", c.Listen, pages, true},
		{"care_listen", c.CareListen, a.desk.Handler(), true},
		{"metrics_listen", c.MetricsListen, metrics, false},
	} {
		if at.listen == "" {
			continue
		}
		e, err := a.open(ctx, at.key, at.listen, at.handler, at.people)
		if err != nil {
			return nil, errors.Join(err, all.close())
		}
		all = append(all, e)
	}
	return all, nil
}

// drain closes the doors and waits for those who are inside.
func drain(ctx context.Context, servers []*http.Server, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	var errs []error
	for _, server := range servers {
		if err := server.Shutdown(ctx); err != nil {
			errs = append(errs, fmt.Errorf("not all requests could be answered in %s: %w", limit, err), server.Close())
		}
	}
	return errors.Join(errs...)
}

// newServer bounds what one connection can cost.
func newServer(h http.Handler, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: 60 * time.Second,
		IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 16 << 10, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
