package e2e_test

import (
	"bufio"
	"context"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// commands are the lines of the shell blocks of a document, block by block.
func commands(t *testing.T, file string) [][]string {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	var blocks [][]string
	inside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := strings.TrimSpace(lines.Text())
		switch {
		case line == "```sh":
			inside = true
			blocks = append(blocks, nil)
		case strings.HasPrefix(line, "```"):
			inside = false
		case inside && line != "" && !strings.HasPrefix(line, "#"):
			blocks[len(blocks)-1] = append(blocks[len(blocks)-1], line)
		}
	}
	return blocks
}

// TestReadmeShowsItself runs the two commands of the README, in a clone.
func TestReadmeShowsItself(t *testing.T) {
	block := commands(t, "../README.md")[0]
	want := []string{"git clone https://github.com/keyfold/keyfold && cd keyfold", "go run ./cmd/keyfold demo"}
	if !slices.Equal(block, want) {
		t.Fatalf("the README begins with %q; this test runs %q", block, want)
	}
	clone := filepath.Join(t.TempDir(), "keyfold")
	git := exec.CommandContext(t.Context(), "git", "-c", "safe.directory=*", "clone", "--quiet", "--no-local", "..", clone)
	if out, err := git.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	port := freePort(t) // 8080 may be taken on this machine
	demo := exec.CommandContext(context.WithoutCancel(t.Context()), "go", "run", "./cmd/keyfold", "demo", "--listen", "127.0.0.1:"+port)
	demo.Dir, demo.SysProcAttr = clone, &syscall.SysProcAttr{Setpgid: true}
	said := &lockedBuffer{}
	demo.Stdout, demo.Stderr = said, said
	if err := demo.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-demo.Process.Pid, syscall.SIGTERM)
		_ = demo.Wait()
	})
	url := "http://localhost:" + port
	await(t, 3*time.Minute, func() bool { return strings.Contains(said.String(), "Stop with Ctrl+C") }, func() string { return said.String() })
	for path, text := range map[string]string{"/demo": "NL123421341", "/demo/mail": "Mailbox", "/passwordReset/request": "Customer ID or email address"} {
		if page := get(t, url+path); !strings.Contains(page, text) {
			t.Errorf("%s does not say %q", path, text)
		}
	}
	if !strings.Contains(said.String(), url+"/passwordReset/request") {
		t.Errorf("it does not say where to begin:\n%s", said)
	}
}

// TestReadmeRunsForReal runs the commands with which an operator starts, as they
// stand, but for the addresses of the database and the mail server.
func TestReadmeRunsForReal(t *testing.T) {
	block := commands(t, "../README.md")[1]
	folder := t.TempDir()
	sink, err := mailsink.Start("127.0.0.1:0", mailsink.Options{Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	customers := "customer_id,name,contact_email,contact_name\nNL123421341,Veldkamp Media B.V.,info@veldkamp.example,Sanne Veldkamp\n"
	if err := os.WriteFile(filepath.Join(folder, "customers.csv"), []byte(customers), 0o600); err != nil {
		t.Fatal(err)
	}
	port := freePort(t)
	replace := strings.NewReplacer(
		"-o keyfold ./cmd/keyfold", "-o "+filepath.Join(folder, "keyfold")+" ./cmd/keyfold",
		"postgres://keyfold:secret@localhost/keyfold", "'"+storetest.URL(t, storetest.Engines()[len(storetest.Engines())-1])+"'",
		"smtp://localhost:25", sink.URL(), "./keyfold serve", "exec ./keyfold serve --listen 127.0.0.1:"+port,
	)
	script := "set -eu\ncd " + repository(t) + "\n"
	for _, line := range block {
		if strings.HasPrefix(line, "./keyfold config") {
			script += "cd " + folder + "\n"
		}
		script += replace.Replace(line) + "\n"
	}
	if strings.Contains(script, "localhost/keyfold") || !strings.Contains(script, "exec ./keyfold serve") {
		t.Fatalf("the README has changed, and this test has not:\n%s", script)
	}
	shell := exec.CommandContext(context.WithoutCancel(t.Context()), "bash", "-c", script)
	said := &lockedBuffer{}
	shell.Stdout, shell.Stderr = said, said
	shell.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "KEYFOLD_") })
	if err := shell.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = shell.Process.Signal(syscall.SIGTERM)
		if err := shell.Wait(); err != nil {
			t.Errorf("after SIGTERM: %v\n%s", err, said)
		}
	})
	ready := func() bool {
		res, err := request(t.Context(), "http://127.0.0.1:"+port+"/readyz")
		return err == nil && res.code == http.StatusOK
	}
	await(t, 3*time.Minute, ready, func() string { return said.String() })
	if !strings.Contains(said.String(), "1 new") {
		t.Errorf("the import said:\n%s", said)
	}
}

// besidesTheirCommands are documents whose blocks are run by a test beside what they
// are about, each of them. The manual has tests of its own.
var besidesTheirCommands = []string{"api.md", "audit.md", "backup.md", "bounces.md", "import.md", "import-sources.md", "legacy-login.md", "funnel.md"}

// TestDocumentsNameOnlyCommandsThatAreTested keeps others from adding a command
// that nobody runs.
func TestDocumentsNameOnlyCommandsThatAreTested(t *testing.T) {
	err := filepath.WalkDir("../docs", func(path string, d fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(path) != ".md" {
			return err
		}
		if filepath.Base(filepath.Dir(path)) == "manual" || slices.Contains(besidesTheirCommands, filepath.Base(path)) {
			return nil
		}
		for _, block := range commands(t, path) {
			for _, line := range block {
				if !slices.Contains([]string{"make bench", "make test", "make torture", "make screenshots", "keyfold config print", "keyfold hash test --recipe recipe.yaml vectors.csv"}, line) {
					t.Errorf("%s: nobody tests %q", path, line)
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(commands(t, "../README.md")); n != 2 {
		t.Errorf("the README has %d blocks of commands, and two are tested", n)
	}
}

func repository(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// await waits until something is so.
func await(t *testing.T, most time.Duration, is func() bool, said func() string) {
	t.Helper()
	deadline := time.After(most)
	for !is() {
		select {
		case <-deadline:
			t.Fatalf("still not so after %s:\n%s", most, said())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

type answered struct {
	code int
	body string
}

func request(ctx context.Context, url string) (answered, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return answered{}, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answered{}, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return answered{res.StatusCode, string(body)}, err
}

func get(t *testing.T, url string) string {
	t.Helper()
	a, err := request(t.Context(), url)
	if err != nil || a.code != http.StatusOK {
		t.Fatalf("%s: %d, %v", url, a.code, err)
	}
	return a.body
}
