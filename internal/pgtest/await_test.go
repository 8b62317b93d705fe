package pgtest_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/keyfold/keyfold/internal/pgtest"
)

func await(t *testing.T, met func() bool, what string) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	late := time.After(30 * time.Second)
	for !met() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatal("waited in vain for " + what)
		}
	}
}

// dataDirectory is the data directory of a server.
func dataDirectory(t *testing.T, server *pgtest.Instance) (dir string) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.QueryRow(t.Context(), `show data_directory`).Scan(&dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// short is a directory whose path leaves room for the name of a socket, and
// that an unprivileged server can reach.
func short(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "k") //nolint:usetesting // see above
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if err := os.Chmod(dir, 0o711); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMissingProgramsAreNamedInOneLine(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := pgtest.FindPrograms(filepath.Join(t.TempDir(), "*", "bin", "initdb"))
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "postgresql") {
		t.Errorf("got %v", err)
	}
}

func TestTheNewestPackagedVersionIsTaken(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	root := t.TempDir()
	for _, version := range []string{"9", "18", "17"} {
		dir := filepath.Join(root, version, "bin")
		if err := os.MkdirAll(dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "initdb"), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	got, err := pgtest.FindPrograms(filepath.Join(root, "*", "bin", "initdb"))
	if err != nil {
		t.Fatal(err)
	}
	if want := filepath.Join(root, "18", "bin"); got != want {
		t.Errorf("took %s, want %s", got, want)
	}
}
