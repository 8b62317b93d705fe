package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/keyfold/keyfold/internal/pgtest"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestBackupDoc runs the commands of docs/backup.md, one after the other.
func TestBackupDoc(t *testing.T) {
	page, err := os.ReadFile("../../docs/backup.md")
	if err != nil {
		t.Fatal(err)
	}
	to := "sqlite://moved.db"
	if slices.Contains(storetest.Engines(), "postgres") {
		to = pgtest.Database(t)
	}
	t.Chdir(t.TempDir())
	customers := "customer_id,name,contact_email,contact_name\nNL300001,=1+1,a@veldkamp.example,'t Hooft\nDE300002,Two,,\n"
	if err := os.WriteFile("in.csv", []byte(customers), 0o600); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "keyfold import customers in.csv")
	ran := 0
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		for line := range strings.Lines(block[1]) {
			line = strings.TrimSpace(strings.Replace(line, "postgres://keyfold@localhost/keyfold", to, 1))
			switch {
			case line == "age-keygen -o backup.key":
				makeKey(t)
			case strings.HasPrefix(line, "keyfold "):
				mustRun(t, line)
				ran++
			}
		}
	}
	if ran != 11 {
		t.Errorf("%d commands were run, and this test knows 11", ran)
	}
	for _, url := range []string{"sqlite://restored.db", to} {
		for _, file := range []string{"in.csv", "customers.csv"} {
			if out := mustRun(t, "keyfold import customers --database-url "+url+" "+file); !strings.HasPrefix(out, "2 customers read: 0 new, 0 changed, 2 the same, 0 left out.\n") {
				t.Errorf("%s into %s: %s", file, url, out)
			}
		}
	}
}

func mustRun(t *testing.T, line string) string {
	t.Helper()
	code, out, errs := keyfoldIn(t, nil, strings.Fields(line)[1:]...)
	if code != exitOK {
		t.Fatalf("%s: exit code %d\n%s%s", line, code, out, errs)
	}
	return out
}

// makeKey does what age-keygen does, which is not on every machine.
func makeKey(t *testing.T) {
	t.Helper()
	identity, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"backup.key": identity.String(), "backup.pub": identity.Recipient().String()} {
		if err := os.WriteFile(name, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
