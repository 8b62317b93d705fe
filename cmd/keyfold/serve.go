package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
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
	var listen net.ListenConfig
	socket, err := listen.Listen(ctx, "tcp", c.Listen)
	if err != nil {
		return fmt.Errorf("listen: %w; is another server running there?", err)
	}
	stopping := make(chan struct{})
	servers := []*http.Server{newServer(a.handler(stopping), a.log)}
	front := &door{Listener: socket, now: a.db.Reader().Now, closed: make(chan struct{})}
	sockets := []net.Listener{front}
	if c.MetricsListen != "" {
		watched, err := listen.Listen(ctx, "tcp", c.MetricsListen)
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
	front.closeAfterTheLast()
	err = errors.Join(err, drain(context.WithoutCancel(ctx), servers, c.Drain))
	all.Wait()
	return err
}

// A door lets those in who stand before it when it is about to close. The
// kernel has said yes to them already: to hang up on them would lose requests
// that no proxy may send again.
type door struct {
	net.Listener

	now    func() time.Time
	once   sync.Once
	closed chan struct{}
}

const (
	nobodyFor = time.Millisecond       // then nobody stands before the door
	crowdFor  = 200 * time.Millisecond // though somebody always does, it closes
)

// deadline ends a wait for the next connection.
func (d *door) deadline(in time.Duration) error {
	socket, ok := d.Listener.(interface{ SetDeadline(at time.Time) error })
	if !ok {
		return errors.ErrUnsupported
	}
	return socket.SetDeadline(d.now().Add(in))
}

// Accept lets the next one in. A deadline says that the door is closing.
func (d *door) Accept() (net.Conn, error) {
	for waited := false; ; waited = true {
		conn, err := d.Listener.Accept()
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return conn, err
		}
		if waited || d.deadline(nobodyFor) != nil {
			return nil, errors.Join(net.ErrClosed, d.Close())
		}
	}
}

// Close closes the door at once. A closed one is closed: the server shuts it
// once more, and an error would have it hang up on who is inside.
func (d *door) Close() (err error) {
	d.once.Do(func() {
		err = d.Listener.Close()
		close(d.closed)
	})
	return err
}

// closeAfterTheLast closes the door when nobody stands before it any more.
func (d *door) closeAfterTheLast() {
	if d.deadline(0) != nil {
		return // who shuts the server down closes it
	}
	crowd := time.NewTimer(crowdFor)
	defer crowd.Stop()
	select {
	case <-d.closed:
	case <-crowd.C:
	}
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
