package manual_test

import (
	"bytes"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the queries are run on both databases
	_ "modernc.org/sqlite"

	"github.com/keyfold/keyfold/internal/store/storetest"
)

// elsewhere are the lines of blocks "sh elsewhere": what runs them, a test of this
// repository.
var elsewhere = map[string]string{
	"CGO_ENABLED=0 go build -o keyfold ./cmd/keyfold": "e2e/TestReadmeRunsForReal",
	"keyfold serve --no-migrate":                      "e2e/TestRollingRestartsFailNoRequestAndDoubleNoMail",
	"keyfold copy --from sqlite:///var/lib/keyfold/keyfold.db --to postgres://keyfold@localhost/keyfold": "cmd/keyfold/TestBackupDoc",

	"keyfold user export sanne@veldkamp.example --out sanne.json": "cmd/keyfold/TestPersonDoc",
	"keyfold user erase sanne@veldkamp.example --dry-run":         "cmd/keyfold/TestPersonDoc",
	"keyfold user erase sanne@veldkamp.example --yes":             "cmd/keyfold/TestPersonDoc",

	"systemctl stop keyfold":                   "docs/manual/TestCommandsOfEachPageRun",
	"systemctl start keyfold":                  "docs/manual/TestCommandsOfEachPageRun",
	"curl --fail http://127.0.0.1:8080/readyz": "docs/manual/TestCommandsOfEachPageRun",
}

// built is the path of the program.
var built string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(run(m))
}

func run(m *testing.M) int {
	folder, err := os.MkdirTemp("", "keyfold-manual-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	built = filepath.Join(folder, "keyfold")
	build := exec.CommandContext(context.Background(), "go", "build", "-o", built, "./cmd/keyfold")
	build.Dir, build.Stdout, build.Stderr = root, os.Stderr, os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintln(os.Stderr, "build keyfold:", err)
		return 1
	}
	return m.Run()
}

// A machine is a folder that stands for the machine of an operator, and the
// program in it.
type machine struct {
	dir     string // what the root directory is elsewhere
	program string
}

func newMachine(t *testing.T) machine {
	t.Helper()
	dir := t.TempDir()
	m := machine{dir: dir, program: filepath.Join(dir, "bin", "keyfold")}
	for _, d := range []string{"bin", "work", "etc/keyfold", "var/lib/keyfold", "usr/local/bin"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(built, m.program); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(m.program, filepath.Join(dir, "work", "keyfold")); err != nil { // as after a build
		t.Fatal(err)
	}
	// There is no service manager here. That the unit is right, a test of deploy sees.
	for _, name := range []string{"systemctl", "journalctl"} {
		if err := os.WriteFile(filepath.Join(dir, "bin", name), []byte("#!/bin/sh\nexit 0\n"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return m
}

func absolute(t *testing.T, path string) string {
	t.Helper()
	abs, err := filepath.Abs(path)
	if err != nil {
		t.Fatal(err)
	}
	return abs
}

// here is a command with the places of this machine.
func (m machine) here(t *testing.T, text, port, metrics string) string {
	t.Helper()
	return strings.NewReplacer(
		"127.0.0.1:8080", "127.0.0.1:"+port, "127.0.0.1:9090", "127.0.0.1:"+metrics,
		"/etc/keyfold", m.dir+"/etc/keyfold", "/etc/systemd", m.dir+"/etc/systemd", "/usr/local/bin", m.dir+"/usr/local/bin",
		"/var/lib/keyfold", m.dir+"/var/lib/keyfold", "/var/backups", m.dir+"/var/backups",
		"deploy/keyfold", absolute(t, root)+"/deploy/keyfold",
	).Replace(text)
}

// environment is that of a fresh shell.
func (m machine) environment(more ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "KEYFOLD_") || strings.HasPrefix(v, "PATH=") })
	return append(append(env, "PATH="+m.dir+"/bin:"+os.Getenv("PATH")), more...)
}

// serve runs a server, and says where its pages and its metrics are.
func (m machine) serve(t *testing.T) (port, metrics string) {
	t.Helper()
	port, metrics = free(t)
	cmd := exec.Command(m.program, "serve", "--listen", "127.0.0.1:"+port, "--metrics-listen", "127.0.0.1:"+metrics)
	cmd.Dir = m.dir
	cmd.Env = m.environment("KEYFOLD_PUBLIC_URL=http://localhost:"+port, "KEYFOLD_SMTP_URL=smtp://localhost:1", "KEYFOLD_MAIL_FROM=care@example.com")
	var said bytes.Buffer // read when the server has ended
	cmd.Stderr = &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v\n%s", err, said.String())
		}
	})
	deadline := time.After(time.Minute)
	for !answers(t, "http://127.0.0.1:"+port+"/readyz") {
		select {
		case <-deadline:
			t.Fatal("the server does not start")
		case <-time.After(50 * time.Millisecond):
		}
	}
	return port, metrics
}

func answers(t *testing.T, url string) bool {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer func() { _ = res.Body.Close() }()
	_, _ = io.Copy(io.Discard, res.Body)
	return res.StatusCode == http.StatusOK
}

// free are two ports that nobody listens on just now.
func free(t *testing.T) (one, other string) {
	t.Helper()
	var ports []string
	for range 2 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = l.Close() }() // after both are known, or they could be the same
		ports = append(ports, fmt.Sprint(l.Addr().(*net.TCPAddr).Port))
	}
	return ports[0], ports[1]
}

// TestCommandsOfEachPageRun does what an operator does who reads a page from its
// beginning to its end.
func TestCommandsOfEachPageRun(t *testing.T) {
	m := newMachine(t)
	port, metrics := m.serve(t)
	migrate := exec.Command(m.program, "migrate", "--database-url", "sqlite://"+m.dir+"/var/lib/keyfold/keyfold.db") // as after an installation
	migrate.Env = m.environment()
	if out, err := migrate.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	ran := 0
	for _, p := range pages(t) {
		script := ""
		for _, b := range p.blocks() {
			kind, name, _ := strings.Cut(b.Info, " ")
			switch {
			case b.Info == "sh":
				script += "echo '--- " + strings.SplitN(b.Text, "\n", 2)[0] + "'\n" + b.Text
			case name != "" && kind != "sh" && kind != "sql" && !strings.Contains(name, "/"):
				script += "cat >" + name + " <<'END OF FILE'\n" + b.Text + "END OF FILE\n"
			}
		}
		if !strings.Contains(script, "---") {
			continue
		}
		ran++
		t.Run(p.slug(), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
			defer cancel()
			shell := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", m.here(t, script, port, metrics))
			shell.Dir, shell.Env = filepath.Join(m.dir, "work"), m.environment()
			if out, err := shell.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
	if ran < 7 {
		t.Errorf("%d pages have commands that run, want 7 at least", ran)
	}
}

// TestEachBlockIsRunOrChecked keeps others from adding a block that nobody runs.
func TestEachBlockIsRunOrChecked(t *testing.T) {
	for _, p := range pages(t) {
		for _, b := range p.blocks() {
			switch b.Info {
			case "sh", "sql", "sql change", "yaml keyfold.yaml", "csv customers.csv": // run by tests of this package
			case "nginx deploy/nginx.conf", "caddyfile deploy/Caddyfile", "apache deploy/apache.conf", "yaml deploy/traefik.yaml": // compared with the file, which is run there
			case "sql postgres":
				if b.Text != "create role keyfold login password 'choose one';\ncreate database keyfold owner keyfold;\n" {
					t.Errorf("%s: nobody has tried %q by hand", p.File, b.Text)
				}
			case "sh elsewhere":
				for line := range strings.Lines(b.Text) {
					checkElsewhere(t, p.File, strings.TrimSuffix(line, "\n"))
				}
			default:
				t.Errorf("%s: nobody runs or checks a block %q", p.File, b.Info)
			}
		}
	}
}

func checkElsewhere(t *testing.T, file, line string) {
	t.Helper()
	folder, name := filepath.Split(elsewhere[line])
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	if err != nil || name == "" {
		t.Errorf("%s: nobody runs %q", file, line)
		return
	}
	for _, test := range files {
		if strings.Contains(read(t, test), "func "+name+"(") {
			return
		}
	}
	t.Errorf("%s: %q is run by %s, which is not there", file, line, elsewhere[line])
}

// TestQueriesOfEachPageRun asks both databases what pages ask them.
func TestQueriesOfEachPageRun(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			ask(t, engine)
		})
	}
}

func ask(t *testing.T, engine string) {
	t.Helper()
	driver, source := "pgx", storetest.URL(t, engine)
	storetest.OpenURL(t, source, time.Now) // makes the tables
	if path, ok := strings.CutPrefix(source, "sqlite://"); ok {
		driver, source = "sqlite", path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	n := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks() {
			if b.Info != "sql" && b.Info != "sql change" {
				continue
			}
			n++
			if asks := strings.HasPrefix(b.Text, "select "); asks == (b.Info == "sql change") {
				t.Errorf("%s: what changes something is marked as such, and nothing else: %s", p.File, b.Text)
			}
			if _, err := db.ExecContext(t.Context(), b.Text); err != nil {
				t.Errorf("%s: %v\n%s", p.File, err, b.Text)
			}
		}
	}
	if n < 5 {
		t.Errorf("%d queries were run", n)
	}
}
