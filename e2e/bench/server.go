package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/pgtest"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

const (
	secret = "a-benchmark-secret-of-more-than-32-characters"
	pass   = "Benchmark-Tulips-26"
	users  = 64
)

func (b *bench) build() error {
	cmd := exec.CommandContext(b.ctx, "go", "build", "-o", b.binary, "./cmd/keyfold")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("build (run it in the repository): %w", err)
	}
	return nil
}

// A process is a server that was started for a measurement.
type process struct {
	url   string
	cmd   *exec.Cmd
	ended chan error
	took  time.Duration // from start to ready
}

// serve starts the program and waits until it is ready.
func (b *bench) serve(database string, more ...string) (*process, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(b.ctx, b.binary, "serve")
	cmd.Env = []string{
		"KEYFOLD_LISTEN=127.0.0.1:" + port, "KEYFOLD_PUBLIC_URL=http://localhost:" + port, "KEYFOLD_DATABASE_URL=" + database,
		"KEYFOLD_SMTP_URL=smtp://127.0.0.1:1?tls=none", "KEYFOLD_MAIL_FROM=bench@keyfold.example", "KEYFOLD_SECRET=" + secret,
		"KEYFOLD_LOG_LEVEL=error", "KEYFOLD_LIMIT_ADDRESS=1000000", "KEYFOLD_LIMITS_LOGIN_TRIES=10000", "KEYFOLD_LIMITS_LOGIN_TRIES_DAY=100000",
	}
	cmd.Env = append(cmd.Env, more...)
	return b.begin(cmd, "http://localhost:"+port, "/readyz")
}

func (b *bench) begin(cmd *exec.Cmd, url, path string) (*process, error) {
	cmd.Stderr = os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	p := &process{url: url, cmd: cmd, ended: make(chan error, 1)}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() { p.ended <- cmd.Wait() }()
	for time.Since(began) < 20*time.Second {
		if code, err := get(b.ctx, http.DefaultClient, url+path, ""); err == nil && code == http.StatusOK {
			p.took = time.Since(began)
			return p, nil
		}
		select {
		case err := <-p.ended:
			return nil, fmt.Errorf("the server ended: %w", err)
		case <-time.After(2 * time.Millisecond):
		}
	}
	return nil, errors.Join(errors.New("the server is not ready after 20 s"), p.stop())
}

func (p *process) stop() error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case err := <-p.ended:
		return err
	case <-time.After(20 * time.Second):
		return errors.Join(errors.New("the server did not stop"), p.cmd.Process.Kill())
	}
}

// memory is a figure of /proc/PID/status in MiB: VmRSS now, VmHWM at the most.
func (p *process) memory(name string) (float64, error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("no %s", name)
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, errors.Join(err, l.Close())
}

// seed fills a database with users, and gives the cookie of a session of each.
func (b *bench) seed(database string) ([]string, error) {
	gate, err := password.NewGate(password.GateConfig{})
	if err != nil {
		return nil, err
	}
	hash, err := gate.Hash(b.ctx, pass)
	if err != nil {
		return nil, err
	}
	db, err := store.Open(b.ctx, store.Options{URL: database, Now: time.Now})
	if err != nil {
		return nil, err
	}
	var cookies []string
	err = db.Update(b.ctx, func(tx *store.Tx) error {
		for i := range users {
			cookie, err := seedUser(b.ctx, tx, i, hash)
			if err != nil {
				return err
			}
			cookies = append(cookies, cookie)
		}
		return nil
	})
	return cookies, errors.Join(err, db.Close())
}

func seedUser(ctx context.Context, tx *store.Tx, i int, hash keyfold.Hash) (string, error) {
	email, err := keyfold.ParseEmail(address(i))
	if err != nil {
		return "", err
	}
	user := keyfold.NewUser(keyfold.Act{By: "bench"}, keyfold.UserID(fmt.Sprintf("user-%d", i)), email, "", keyfold.English, hash)
	if err := tx.ApplyUser(ctx, user); err != nil {
		return "", err
	}
	cookie := token.New()
	return cookie.Reveal(), tx.OpenSession(ctx, store.Session{
		Hash: cookie.Hash(), User: user.User().ID, Expires: tx.Now().Add(24 * time.Hour), Origin: "127.0.0.1", Agent: "bench",
	})
}

func address(i int) string { return fmt.Sprintf("user%d@bench.example", i%users) }

// A place is one database to measure on.
type place struct{ name, url string }

func (b *bench) sqlite(name string) place {
	return place{"SQLite", "sqlite://" + filepath.Join(b.folder, name+".db")}
}

// postgres starts a server for the bench.
func (b *bench) postgres() (place, func() error, error) {
	i, err := pgtest.Start(pgtest.Options{Durable: true})
	if err != nil {
		return place{}, nil, err
	}
	return place{"PostgreSQL", i.URL()}, i.Close, nil
}
