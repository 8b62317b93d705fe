package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/trail"
)

const auditSecret = "a secret of the tests that is long enough"

// audited is a database with a sealed trail, and what a command needs to reach it.
func audited(t *testing.T, engine string) (db *store.DB, environ []string) {
	t.Helper()
	url := storetest.URL(t, engine)
	db = storetest.OpenURL(t, url, time.Now)
	s := &trail.Service{DB: db, Key: token.NewKey(auditSecret)}
	if err := checkSecret(t.Context(), db, s.Key); err != nil {
		t.Fatal(err)
	}
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range 20 {
			e := keyfold.Event{Act: keyfold.Act{By: "user:u1", From: "192.0.2.7"}, Kind: "reset.asked", Note: fmt.Sprintf("=1+%d\x1b[2J\u009b\u202e", i)}
			if err := tx.Record(t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		_, err = s.Seal(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	return db, []string{"KEYFOLD_DATABASE_URL=" + url, "KEYFOLD_SECRET=" + auditSecret}
}

func TestAuditCommands(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		db, environ := audited(t, engine)
		code, out, errs := keyfoldIn(t, environ, "audit", "verify")
		if code != exitOK || !strings.Contains(out, "20 events and 1 seals") || !strings.Contains(out, "All is as it was written.") {
			t.Fatalf("%d %s %s", code, out, errs)
		}
		_, head, _ := strings.Cut(strings.TrimSpace(out), "Keep this head somewhere else: ")
		code, out, errs = keyfoldIn(t, environ, "audit", "export", "--after", "18")
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if code != exitOK || len(lines) != 3 || !strings.Contains(errs, "2 events. Head: "+head) || strings.ContainsAny(out, "\x1b\u009b\u202e") {
			t.Errorf("%d %q %s", code, out, errs)
		}
		for _, l := range lines {
			if !json.Valid([]byte(l)) {
				t.Errorf("no JSON: %s", l)
			}
		}
		path := filepath.Join(t.TempDir(), "events.jsonl")
		if code, _, errs = keyfoldIn(t, environ, "audit", "export", "--out", path); code != exitOK {
			t.Error(errs)
		}
		if written, err := os.ReadFile(path); err != nil || bytes.Count(written, []byte("\n")) != 21 {
			t.Errorf("%s, %v", written, err)
		}
		code, out, _ = keyfoldIn(t, environ, "audit", "query", "--user", "u1", "--limit", "3", "--kind", "reset")
		if code != exitOK || strings.Count(out, "\n") != 4 || strings.ContainsAny(out, "\x1b\u009b\u202e") || !strings.Contains(out, "'=1+19") {
			t.Errorf("%d %q", code, out)
		}
		storetest.Exec(t, db, "update events set actor = 'user:u2' where seq = 7")
		code, out, errs = keyfoldIn(t, environ, "audit", "verify", "--head", head)
		if code != exitProblem || !strings.Contains(out, "event 7 was changed (seal 1).") || !strings.Contains(errs, "not as it was written: 1 fault") {
			t.Errorf("%d %s %s", code, out, errs)
		}
		code, out, _ = keyfoldIn(t, environ, "audit", "verify", "--json")
		if code != exitProblem || !strings.Contains(out, `"event":7`) {
			t.Errorf("%d %s", code, out)
		}
		storetest.Exec(t, db, "update events set actor = 'user:u1' where seq = 7")
		for _, args := range [][]string{{"--dry-run"}, {}, {"--even-if-wrong"}} {
			code, out, errs = keyfoldIn(t, environ, append([]string{"audit", "prune"}, args...)...)
			if code != exitOK || !strings.HasPrefix(out, "0 events ") { // all are young
				t.Errorf("%q: %d %s %s", args, code, out, errs)
			}
		}
		storetest.Exec(t, db, "delete from events")
		storetest.Exec(t, db, "delete from event_seals")
		if code, _, _ = keyfoldIn(t, environ, "audit", "verify", "--head", head); code != exitProblem {
			t.Error("a trail that is gone is not missed")
		}
		if code, _, errs = keyfoldIn(t, append(environ[:1:1], "KEYFOLD_SECRET=another one that is as long as it must be"), "audit", "verify"); code != exitProblem {
			t.Error("with another secret:", errs)
		}
	}
}

// TestTheTrailMovesWhole proves a trail after a backup, a restore and a copy.
func TestTheTrailMovesWhole(t *testing.T) {
	t.Parallel()
	for _, engine := range storetest.Engines() {
		db, environ := audited(t, engine)
		if engine == "sqlite" { // which takes bytes that no copy can keep
			storetest.Exec(t, db, `insert into events (at, kind, actor, origin, note, became) values (1, 'login.failed', 'visitor', '', cast(x'41ff0042' as text), '')`)
			if _, err := (&trail.Service{DB: db, Key: token.NewKey(auditSecret)}).Seal(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		_, out, _ := keyfoldIn(t, environ, "audit", "verify")
		_, head, _ := strings.Cut(strings.TrimSpace(out), "Keep this head somewhere else: ")
		dir := t.TempDir()
		file, restored, copied := filepath.Join(dir, "k.backup"), "sqlite://"+filepath.Join(dir, "r.db"), storetest.URL(t, storetest.Engines()[len(storetest.Engines())-1])
		for _, args := range [][]string{{"backup", file}, {"restore", "--database-url", restored, file}, {"copy", "--to", copied}} {
			if code, out, errs := keyfoldIn(t, environ, args...); code != exitOK {
				t.Fatalf("%v: %s %s", args, out, errs)
			}
		}
		for _, url := range []string{restored, copied} {
			if code, out, errs := keyfoldIn(t, environ, "audit", "verify", "--database-url", url, "--head", head); code != exitOK {
				t.Errorf("%s: %s %s", url, out, errs)
			}
		}
	}
}
