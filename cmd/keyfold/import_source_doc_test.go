package main

import (
	"bytes"
	"compress/gzip"
	"database/sql"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/mariatest"
)

// docFiles are the files that a page shows, by the name that stands before each.
func docFiles(page string) map[string]string {
	files := map[string]string{}
	for _, m := range regexp.MustCompile("(?s)`([a-z.]+)`:\n\n```\\w+\n(.*?)```").FindAllStringSubmatch(page, -1) {
		files[m[1]] = m[2]
	}
	return files
}

// docCommands are the lines of its shell blocks.
func docCommands(page string) (lines []string) {
	for _, m := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(page, -1) {
		lines = append(lines, strings.Split(strings.TrimSpace(m[1]), "\n")...)
	}
	return lines
}

// TestImportSourcesDoc runs the commands of docs/import-sources.md with the
// files that it shows. Those with a MariaDB run where there is one.
func TestImportSourcesDoc(t *testing.T) {
	text, err := os.ReadFile("../../docs/import-sources.md")
	if err != nil {
		t.Fatal(err)
	}
	page := string(text)
	dir := t.TempDir()
	for name, content := range docFiles(page) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	makeOld(t, filepath.Join(dir, "old.db"))
	for i, command := range docCommands(page) {
		t.Run(command, func(t *testing.T) {
			if strings.Contains(command, "mysql://") {
				db := mariatest.Open(t)
				db.Do(t, legacyTables["whmcs"]...)
				command = strings.ReplaceAll(command, "mysql://reader@db.example/whmcs", db.URL("root", ""))
			}
			out := runDoc(t, dir, command)
			if strings.Contains(command, "import customers") && (!strings.Contains(out, " 0 left out.") || i == 0 && !strings.Contains(out, "2 new")) {
				t.Errorf("got %s", out)
			}
		})
	}
}

// makeOld makes the old database of the page.
func makeOld(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // what counts is what is in it
	for _, s := range []string{
		"create table customers (id integer primary key, name text, mail text)",
		"insert into customers values (123421345, 'Fast Pictures', 'info@fast.example'), (123421346, 'Zoë', null)",
	} {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatal(err)
		}
	}
}

// runDoc runs a line in a directory, with what of a shell the page uses.
func runDoc(t *testing.T, dir, line string) string {
	t.Helper()
	t.Chdir(dir)
	var stdin bytes.Buffer
	if file, rest, piped := strings.Cut(strings.TrimPrefix(line, "gzip -c "), " | "); piped {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		z := gzip.NewWriter(&stdin)
		_, _ = z.Write(text) // a buffer takes all
		_ = z.Close()
		line = rest
	}
	line, into, redirected := strings.Cut(line, " > ")
	args := strings.Fields(strings.ReplaceAll(line, "'", ""))
	var out, errs bytes.Buffer
	code := run(t.Context(), args[1:], &stdin, &out, &errs, []string{"KEYFOLD_DATABASE_URL=sqlite://" + filepath.Join(dir, "k.db")})
	if code != exitOK {
		t.Fatalf("exit code %d\n%s%s", code, out.String(), errs.String())
	}
	if redirected {
		if err := os.WriteFile(into, out.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}
