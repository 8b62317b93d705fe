package pgtest

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// Options are how a server is started.
type Options struct {
	TCP      bool     // listen on a port of the loopback too, and name it in the URLs
	Durable  bool     // write to the disk, as it must be in earnest
	Settings []string // more of the server's settings, each as name=value
}

// A Mode is how a server is stopped.
type Mode string

const (
	// Fast ends all connections and closes the files in good order.
	Fast Mode = "fast"
	// Immediate leaves everything as it is, as a crash does.
	Immediate Mode = "immediate"
)

// A cluster is the files of a server on this machine, and its process while it
// runs.
type cluster struct {
	programs string // the directory that postgres and initdb are in
	dir      string // holds the data, the socket, the password and the log
	options  Options
	port     int
	watcher  *watcher
	process  *os.Process   // nil while it does not run
	ended    chan struct{} // closed when process has ended
}

// Start starts a server outside of a test. [Instance.Close] ends it; and should
// this process be killed before, the server goes with it.
func Start(o Options) (*Instance, error) {
	programs, err := findPrograms(packaged)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "pgtest-")
	if err != nil {
		return nil, fmt.Errorf("pgtest: %w", err)
	}
	c := &cluster{programs: programs, dir: dir, options: o, port: 5432}
	i := &Instance{cluster: c, session: 1}
	if err := i.prepare(); err != nil {
		return nil, errors.Join(err, i.Close())
	}
	return i, nil
}

func (i *Instance) prepare() (err error) {
	c := i.cluster
	if c.watcher, err = watch(c.dir); err != nil {
		return err
	}
	if c.options.TCP {
		if c.port, err = freePort(); err != nil {
			return err
		}
	}
	password := rand.Text()
	if err := c.initdb(password); err != nil {
		return err
	}
	i.base = url.URL{Scheme: "postgres", User: url.User("postgres"), Path: "/postgres"}
	if c.options.TCP {
		i.base.User = url.UserPassword("postgres", password)
		i.base.Host = net.JoinHostPort("127.0.0.1", strconv.Itoa(c.port))
		i.base.RawQuery = "sslmode=disable"
	} else {
		i.base.RawQuery = url.Values{"host": {c.dir}, "port": {strconv.Itoa(c.port)}}.Encode()
	}
	return i.start()
}

// packaged is where the packages of Debian and its kin put the server, each
// version in a directory of its own.
const packaged = "/usr/lib/postgresql/*/bin/initdb"

// findPrograms is the directory with the programs of the server: the one in
// PATH, or else the newest one that was packaged.
func findPrograms(packaged string) (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			dir := filepath.Dir(path)
			if _, err := os.Stat(filepath.Join(dir, "postgres")); err == nil {
				return dir, nil
			}
		}
	}
	found, err := filepath.Glob(packaged)
	if err != nil || len(found) == 0 {
		return "", errors.New("pgtest: no PostgreSQL server here: run make deps, or install the package postgresql, or set " + Variable)
	}
	slices.SortFunc(found, func(a, b string) int { return major(a) - major(b) })
	return filepath.Dir(found[len(found)-1]), nil
}

func major(initdb string) int {
	n, err := strconv.Atoi(filepath.Base(filepath.Dir(filepath.Dir(initdb))))
	if err != nil {
		return 0
	}
	return n
}

func freePort() (int, error) {
	var l net.ListenConfig
	on, err := l.Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("pgtest: find a port: %w", err)
	}
	return on.Addr().(*net.TCPAddr).Port, on.Close()
}

// initdb makes the files of a new server. Who can reach the socket may come in;
// over TCP, where anybody on the machine could come, the password is asked.
func (c *cluster) initdb(password string) error {
	passwordFile := filepath.Join(c.dir, "password")
	if err := os.WriteFile(passwordFile, []byte(password+"\n"), 0o600); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	if err := c.giveAway(c.dir, passwordFile); err != nil {
		return err
	}
	cmd, err := c.command("initdb", "--no-sync", "--username=postgres", "--auth-local=trust",
		"--auth-host=scram-sha-256", "--pwfile="+passwordFile, "--encoding=UTF8", "--no-locale",
		"--pgdata="+c.data())
	if err != nil {
		return err
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("pgtest: initdb: %w\n%s", err, out)
	}
	return nil
}

func (c *cluster) data() string { return filepath.Join(c.dir, "data") }
func (c *cluster) log() string  { return filepath.Join(c.dir, "log") }

// command is a program of PostgreSQL, which refuses to run as root.
func (c *cluster) command(program string, args ...string) (*exec.Cmd, error) {
	attr, err := attributes()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(context.Background(), filepath.Join(c.programs, program), args...)
	cmd.Dir = c.dir
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=" + c.programs + string(filepath.ListSeparator) + os.Getenv("PATH")}
	cmd.SysProcAttr = attr
	return cmd, nil
}

// connections leaves room for a pool of each test that runs in parallel.
func connections() int { return max(200, 60*runtime.NumCPU()) }

func (c *cluster) settings() []string {
	s := []string{
		"unix_socket_directories=" + c.dir, "port=" + strconv.Itoa(c.port), "listen_addresses=",
		"max_connections=" + strconv.Itoa(connections()), "logging_collector=off", "jit=off",
	}
	if c.options.TCP {
		s = append(s, "listen_addresses=127.0.0.1")
	}
	if !c.options.Durable {
		s = append(s, "fsync=off", "synchronous_commit=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0")
	}
	return append(s, c.options.Settings...)
}

func (i *Instance) start() error {
	c := i.cluster
	args := []string{"-D", c.data()}
	for _, s := range c.settings() {
		args = append(args, "-c", s)
	}
	cmd, err := c.command("postgres", args...)
	if err != nil {
		return err
	}
	out, err := os.OpenFile(c.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	defer out.Close() //nolint:errcheck // the server has a copy
	cmd.Stdout, cmd.Stderr = out, out
	ended := make(chan struct{})
	if err := run(cmd, ended); err != nil {
		return fmt.Errorf("pgtest: %w", err)
	}
	i.mu.Lock()
	c.process, c.ended = cmd.Process, ended
	i.mu.Unlock()
	return i.answers(ended)
}

// run starts cmd and closes ended when it has ended. The system ends a server
// when the thread that started it does, so that thread must stay.
func run(cmd *exec.Cmd, ended chan<- struct{}) error {
	started := make(chan error)
	go func() {
		runtime.LockOSThread()
		defer close(ended)
		err := cmd.Start()
		started <- err
		if err == nil {
			_ = cmd.Wait() // how it ended is in its log
		}
	}()
	return <-started
}

// answers waits until the server does.
func (i *Instance) answers(ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		conn, err := pgx.Connect(ctx, i.base.String())
		if err == nil {
			return conn.Close(ctx)
		}
		select {
		case <-ended:
			return errors.New("pgtest: the server has ended:\n" + i.cluster.said())
		case <-ctx.Done():
			return fmt.Errorf("pgtest: the server does not answer: %w\n%s", err, i.cluster.said())
		case <-tick.C:
		}
	}
}

// said is the end of the server's log.
func (c *cluster) said() string {
	log, err := os.ReadFile(c.log())
	if err != nil {
		return err.Error()
	}
	lines := bytes.Split(bytes.TrimSpace(log), []byte("\n"))
	return string(bytes.Join(lines[max(0, len(lines)-20):], []byte("\n")))
}

// stopped reports whether a server that we run does not run just now.
func (i *Instance) stopped() bool {
	i.mu.Lock()
	defer i.mu.Unlock()
	return i.cluster != nil && i.cluster.process == nil
}

func (i *Instance) stop(how Mode) error {
	i.mu.Lock()
	process, ended := i.cluster.process, i.cluster.ended
	i.cluster.process = nil
	i.admin = nil // the server ends it
	i.mu.Unlock()
	if process == nil {
		return nil
	}
	signal := syscall.SIGINT
	if how == Immediate {
		signal = syscall.SIGQUIT
	}
	if err := process.Signal(signal); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("pgtest: stop: %w", err)
	}
	select {
	case <-ended:
		return nil
	case <-time.After(patience):
		return fmt.Errorf("pgtest: the server does not stop:\n%s", i.cluster.said())
	}
}

// Close ends the server and removes its files.
func (i *Instance) Close() error {
	if i.cluster == nil {
		return i.leave(context.Background())
	}
	err := i.stop(Immediate)
	if i.cluster.watcher != nil {
		err = errors.Join(err, i.cluster.watcher.close())
	}
	return errors.Join(err, os.RemoveAll(i.cluster.dir))
}
