package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// countedIn is a database with accounts, the first of which are counted.
func countedIn(t *testing.T) (db *store.DB, environ []string) {
	t.Helper()
	url := "sqlite://" + filepath.Join(t.TempDir(), "funnel.db")
	clock := storetest.NewClock()
	db = storetest.OpenURL(t, url, clock.Now)
	for _, id := range []string{"NL123456", "NL123457", "DE123456"} {
		storetest.Import(t, db, id, "main@acme.example")
	}
	storetest.Seal(t, db)
	if n, err := (&funnel.Service{DB: db, Zone: time.UTC}).Count(t.Context(), 100); n != 3 || err != nil {
		t.Fatal(n, err)
	}
	return db, []string{"KEYFOLD_DATABASE_URL=" + url}
}

// TestFunnelDoc runs the commands of docs/funnel.md.
func TestFunnelDoc(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../docs/funnel.md")
	if err != nil {
		t.Fatal(err)
	}
	_, environ := countedIn(t)
	commands := regexp.MustCompile("(?m)^keyfold .*$").FindAllString(string(page), -1)
	for _, command := range commands {
		if code, out, errs := keyfoldIn(t, environ, strings.Fields(command)[1:]...); code != exitOK || out == "" {
			t.Errorf("%s: %d %s %s", command, code, out, errs)
		}
	}
	if len(commands) != 5 {
		t.Errorf("%d commands were run, and this test knows 5", len(commands))
	}
}

func TestFunnelSaysWhatWasCounted(t *testing.T) {
	t.Parallel()
	db, environ := countedIn(t)
	ask := func(args ...string) string {
		t.Helper()
		code, out, errs := keyfoldIn(t, environ, append([]string{"funnel"}, args...)...)
		if code != exitOK {
			t.Fatalf("%v: %d %s", args, code, errs)
		}
		return out
	}
	if out := ask("--from", "2026-03-01", "--to", "2026-03-02"); !regexp.MustCompile(`(?m)^ +3 +\+?3 +3 +Nobody has come yet *$`).MatchString(out) || !strings.Contains(out, "Everything is counted.") {
		t.Errorf("all: %s", out)
	}
	var told struct {
		Days   []struct{ Stood map[string]int }
		AsOf   string `json:"as_of"`
		Behind int
	}
	if err := json.Unmarshal([]byte(ask("--json", "--entity", "NL", "--from", "2026-02-28", "--to", "2026-03-01")), &told); err != nil || told.Days[1].Stood["legacy"] != 2 || told.AsOf == "" {
		t.Errorf("json: %+v %v", told, err)
	}
	storetest.Import(t, db, "NL123458", "main@acme.example")
	if out := ask("--check"); !strings.Contains(out, "4 accounts are where they were counted") {
		t.Errorf("check: %s", out)
	}
	if out := ask(); !strings.Contains(out, "not counted yet, at most 1 events") {
		t.Errorf("behind: %s", out)
	}
	for args, says := range map[string]string{
		"--from yesterday":                  "Type a day like 2026-03-01.",
		"--entity XX":                       "No accounts of the entity XX are counted.",
		"--from 2026-03-02 --to 2026-03-01": "The last day is before the first one.",
	} {
		if code, _, errs := keyfoldIn(t, environ, append([]string{"funnel"}, strings.Fields(args)...)...); code != exitProblem || !strings.Contains(errs, says) {
			t.Errorf("%s: %d %s", args, code, errs)
		}
	}
	storetest.Exec(t, db, `update funnel_days set delta = 7 where entity = 'DE'`)
	if code, out, errs := keyfoldIn(t, environ, "funnel", "--check"); code != exitProblem || !strings.Contains(out, "DE, Nobody has come yet: 7 counted, 1 present") || errs == "" {
		t.Errorf("a difference: %d %s %s", code, out, errs)
	}
}
