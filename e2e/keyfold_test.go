package e2e_test

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// secret is the server's key in all tests.
const secret = "an-end-to-end-secret-of-more-than-32-characters"

// A server is one running process of the program.
type server struct {
	URL string // of the pages
	cmd *exec.Cmd
	log *lockedBuffer
	end chan error
}

// A setup is how a server is started.
type setup struct {
	Database string // URL
	SMTP     string // URL
	Listen   string // host:port; empty: a free port
	Public   string // URL; empty: http://localhost:port
	Env      []string
}

// fast makes hashing cheap and the limits wide, for tests that are not about
// either.
var fast = []string{
	"KEYFOLD_PASSWORD_ARGON2_MEMORY_KIB=1024", "KEYFOLD_PASSWORD_ARGON2_TIME=1", "KEYFOLD_PASSWORD_QUEUE=10000",
	"KEYFOLD_PASSWORD_WAIT=60s", "KEYFOLD_LIMIT_ADDRESS=1000000", "KEYFOLD_LIMITS_REQUESTS_PER_MINUTE=1000000",
	"KEYFOLD_LIMITS_REQUESTS_PER_ID_PER_HOUR=100000", "KEYFOLD_LIMITS_RESET_MAILS_PER_HOUR=1000",
	"KEYFOLD_LIMITS_RESET_MAILS_PER_DAY=10000", "KEYFOLD_LIMITS_LOGIN_TRIES=10000", "KEYFOLD_LIMITS_LOGIN_TRIES_DAY=100000",
	"KEYFOLD_LIMITS_VERIFY_MAILS_PER_HOUR=1000",
}

// freePort is a port that nobody listens on just now.
func freePort(tb testing.TB) string {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// serve starts keyfold serve and waits until it is ready.
func serve(tb testing.TB, s setup) *server {
	tb.Helper()
	if s.Listen == "" {
		s.Listen = "127.0.0.1:" + freePort(tb)
	}
	_, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		tb.Fatal(err)
	}
	if s.Public == "" {
		s.Public = "http://localhost:" + port
	}
	env := []string{
		"KEYFOLD_LISTEN=" + s.Listen, "KEYFOLD_PUBLIC_URL=" + s.Public, "KEYFOLD_DATABASE_URL=" + s.Database,
		"KEYFOLD_SMTP_URL=" + s.SMTP, "KEYFOLD_MAIL_FROM=Polder Hosting <no-reply@polderhosting.example>",
		"KEYFOLD_SECRET=" + secret, "KEYFOLD_BRAND_NAME=Polder Hosting",
	}
	srv := start(tb, append(env, s.Env...), "serve")
	srv.URL = s.Public
	srv.waitReady(tb, "http://"+s.Listen)
	return srv
}

// start starts the program with these variables and no others.
func start(tb testing.TB, env []string, args ...string) *server {
	tb.Helper()
	srv := &server{cmd: exec.Command(program, args...), log: &lockedBuffer{}, end: make(chan error, 1)}
	srv.cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}, env...)
	srv.cmd.Stdout, srv.cmd.Stderr = srv.log, srv.log
	srv.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := srv.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	go func() { srv.end <- srv.cmd.Wait(); close(srv.end) }()
	tb.Cleanup(func() {
		srv.kill()
		if tb.Failed() {
			tb.Logf("%s said:\n%s", strings.Join(args, " "), srv.log)
		}
	})
	return srv
}

func (s *server) waitReady(tb testing.TB, at string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 30*time.Second)
	defer cancel()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/readyz", nil)
		if err != nil {
			tb.Fatal(err)
		}
		if res, err := http.DefaultClient.Do(req); err == nil {
			_ = res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
		}
		select {
		case err := <-s.end:
			tb.Fatalf("the server ended: %v\n%s", err, s.log)
		case <-ctx.Done():
			tb.Fatalf("the server is not ready after 30 s\n%s", s.log)
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// kill ends the process as a power cut would, and waits until it is gone.
func (s *server) kill() {
	_ = s.cmd.Process.Kill()
	for range s.end { // closed when the process is gone
	}
}

// stop asks the process to end, and waits until it has.
func (s *server) stop(tb testing.TB) {
	tb.Helper()
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		tb.Fatal(err)
	}
	select {
	case err := <-s.end:
		if err != nil {
			tb.Fatalf("after SIGTERM: %v\n%s", err, s.log)
		}
	case <-time.After(20 * time.Second):
		tb.Fatalf("still there 20 s after SIGTERM\n%s", s.log)
	}
}

// importCustomers brings customers in with the program itself. Each row is
// "customer_id,name,contact_email,contact_name".
func importCustomers(tb testing.TB, database string, rows ...string) {
	tb.Helper()
	cmd := exec.CommandContext(tb.Context(), program, "import", "customers", "-")
	cmd.Env = []string{"KEYFOLD_DATABASE_URL=" + database}
	cmd.Stdin = strings.NewReader(strings.Join(slices.Concat([]string{"customer_id,name,contact_email,contact_name"}, rows), "\n") + "\n")
	if out, err := cmd.CombinedOutput(); err != nil {
		tb.Fatalf("import: %v\n%s", err, out)
	}
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
