// Package mariatest gives tests a throw-away MariaDB server, in the part of the
// database of a legacy system. It listens on a socket only.
package mariatest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// patience is how long the server may take to start.
const patience = time.Minute

// A Database is an empty one, on the server that all tests of this process
// share.
type Database struct {
	*sql.DB

	Name   string
	Socket string
}

// URL is where user finds the database. The user "root" has no password.
func (d Database) URL(user, password string) string {
	u := url.URL{Scheme: "mysql", User: url.User(user), Host: "localhost", Path: "/" + d.Name, RawQuery: url.Values{"socket": {d.Socket}}.Encode()}
	if password != "" {
		u.User = url.UserPassword(user, password)
	}
	return u.String()
}

// Do runs statements, one after the other.
func (d Database) Do(tb testing.TB, statements ...string) {
	tb.Helper()
	for _, s := range statements {
		if _, err := d.ExecContext(tb.Context(), s); err != nil {
			tb.Fatalf("%s: %v", s, err)
		}
	}
}

var made atomic.Int32

// Open makes a database for a test. Without a MariaDB server on this machine
// the test is skipped; with CI=true it fails.
func Open(tb testing.TB) Database {
	tb.Helper()
	if _, err := program(); err != nil && os.Getenv("CI") != "true" {
		tb.Skip(err)
	}
	s, err := server()
	if err != nil {
		tb.Fatal(err)
	}
	socket := s.socket
	name := fmt.Sprintf("legacy%d", made.Add(1))
	admin := connect(tb, socket, "")
	if _, err := admin.ExecContext(tb.Context(), "create database "+name+" character set utf8mb4"); err != nil {
		tb.Fatal(err)
	}
	return Database{DB: connect(tb, socket, name), Name: name, Socket: socket}
}

func connect(tb testing.TB, socket, name string) *sql.DB {
	tb.Helper()
	connector, err := mysql.NewConnector(config(socket, name))
	if err != nil {
		tb.Fatal(err)
	}
	db := sql.OpenDB(connector)
	tb.Cleanup(func() {
		if err := db.Close(); err != nil {
			tb.Error(err)
		}
	})
	return db
}

func config(socket, name string) *mysql.Config {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr, cfg.DBName = "root", "unix", socket, name
	cfg.Logger = &mysql.NopLogger{}
	return cfg
}

// A process is the server. It ends when the pipe is closed, at the latest
// together with this process.
type process struct {
	socket string
	pipe   io.Closer
}

var server = sync.OnceValues(func() (process, error) {
	program, err := program()
	if err != nil {
		return process{}, err
	}
	dir, err := os.MkdirTemp("", "mariatest-")
	if err != nil {
		return process{}, fmt.Errorf("mariatest: %w", err)
	}
	s, err := start(program, dir)
	if err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log")) // it may not have come so far
		return process{}, errors.Join(fmt.Errorf("mariatest: %w\n%s", err, log), os.RemoveAll(dir))
	}
	return s, nil
})

// program is the server. Debian puts it where only root looks.
func program() (string, error) {
	for _, name := range []string{"mariadbd", "/usr/sbin/mariadbd"} {
		if path, err := exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("mariatest: no MariaDB server here: run make deps, or install the package mariadb-server-core")
}

// running starts the server, waits for the end of this process, and then ends
// the server and removes its files. Go has no hook for the end of a test
// process, and none could run when it is killed.
const running = `dir=$1; shift
"$@" >"$dir/log" 2>&1 </dev/null &
cat
kill -KILL $!
wait
rm -rf "$dir"`

func start(program, dir string) (s process, err error) {
	s.socket = filepath.Join(dir, "socket")
	args := []string{
		"--no-defaults", "--datadir=" + filepath.Join(dir, "data"), "--socket=" + s.socket, "--pid-file=" + filepath.Join(dir, "pid"),
		"--tmpdir=" + dir, "--skip-networking", "--skip-log-bin", "--log-warnings=0", "--character-set-server=utf8mb4",
		"--innodb-log-file-size=8M", "--innodb-buffer-pool-size=16M", "--innodb-flush-log-at-trx-commit=0",
	}
	if os.Getuid() == 0 {
		args = append(args, "--user=root") // it asks to be told so
	}
	if err := os.Mkdir(filepath.Join(dir, "data"), 0o700); err != nil {
		return s, err
	}
	tables, err := systemTables()
	if err != nil {
		return s, err
	}
	ctx := context.Background() // the server is for all tests
	first := exec.CommandContext(ctx, program, append(args, "--bootstrap")...)
	first.Stdin = tables
	if out, err := first.CombinedOutput(); err != nil {
		return s, fmt.Errorf("bootstrap: %w\n%s", err, out)
	}
	cmd := exec.CommandContext(ctx, "sh", append([]string{"-c", running, "sh", dir, program}, args...)...)
	cmd.Dir = "/"
	if s.pipe, err = cmd.StdinPipe(); err != nil {
		return s, err
	}
	if err := cmd.Start(); err != nil {
		return s, err
	}
	return s, answers(ctx, s.socket)
}

// systemTables are the statements that make the tables of the server.
func systemTables() (io.Reader, error) {
	parts := []io.Reader{strings.NewReader("create database mysql;\nuse mysql;\n")}
	for _, name := range []string{"system_tables", "performance_tables", "system_tables_data"} {
		found, err := filepath.Glob("/usr/share/m*/m*_" + name + ".sql")
		if err != nil || len(found) == 0 {
			return nil, errors.New("the server's " + name + ".sql is not in /usr/share")
		}
		text, err := os.ReadFile(found[0])
		if err != nil {
			return nil, err
		}
		parts = append(parts, strings.NewReader(string(text)+"\n"))
	}
	return io.MultiReader(parts...), nil
}

// answers waits until the server does.
func answers(ctx context.Context, socket string) error {
	connector, err := mysql.NewConnector(config(socket, ""))
	if err != nil {
		return err
	}
	db := sql.OpenDB(connector)
	defer db.Close() //nolint:errcheck // it has only been asked
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server does not answer: %w", err)
		case <-tick.C:
		}
	}
}
