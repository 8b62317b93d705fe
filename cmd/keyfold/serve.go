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
	socket, err := listenOn(ctx, c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w; is another server running there?", err)
	}
	stopping := make(chan struct{})
	servers := []*http.Server{newServer(a.handler(stopping), a.log)}
	var inside hall
	inside.watch(servers[0])
	front := &door{Listener: socket, now: a.db.Reader().Now, closed: make(chan struct{})}
	sockets := []net.Listener{front}
	if c.MetricsListen != "" {
		watched, err := listenOn(ctx, c.MetricsListen)
		if err != nil {
			return errors.Join(fmt.Errorf("metrics_listen: %w", err), socket.Close())
		}
		mux := http.NewServeMux()
		mux.Handle("GET /metrics", a.metrics.handler())
		servers, sockets = append(servers, newServer(mux, a.log)), append(sockets, watched)
	}
	working, stop := context.WithCancel(ctx)
	defer stop()
	var all sync.WaitGroup
	all.Go(func() { a.work(working) })
	failed := make(chan error, len(servers))
	for i, server := range servers {
		go func() { failed <- server.Serve(sockets[i]) }()
	}
	started(socket.Addr())
	select {
	case <-ctx.Done():
		err = nil
	case err = <-failed:
	}
	close(stopping)
	stop()
	if err := front.closeAfterTheLast(); err != nil {
		a.log.WarnContext(ctx, "who connects while the server stops may be hung up on", "error", err)
	}
	inside.wait()
	err = errors.Join(err, drain(context.WithoutCancel(ctx), servers, c.Drain))
	all.Wait()
	return err
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
