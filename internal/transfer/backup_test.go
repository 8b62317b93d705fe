package transfer_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/transfer"
)

func backup(t *testing.T, db *store.DB) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := transfer.Backup(t.Context(), db, &out, "test", nobody); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func restore(t *testing.T, db *store.DB, from io.Reader) error {
	t.Helper()
	f, err := transfer.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	return transfer.Restore(t.Context(), f, db, nobody)
}

func verify(t *testing.T, from io.Reader) error {
	t.Helper()
	f, err := transfer.Open(from)
	if err != nil {
		return err
	}
	defer f.Close()
	folder := t.TempDir()
	err = transfer.Verify(t.Context(), f, folder, storetest.NewClock().Now, nobody)
	if left, bad := os.ReadDir(folder); bad != nil || len(left) > 0 {
		t.Errorf("%d files are left, %v", len(left), bad)
	}
	return err
}

func TestABackupComesBackOnEitherDatabase(t *testing.T) {
	pairs(t, func(t *testing.T, from, to *store.DB) {
		people(t, from)
		storetest.Exec(t, from, `insert into staff (id, email, email_key, name, language, role, password_hash, factor, factor_step, disabled, version, created_at, updated_at)
			values ('f1', 'f@x.example', 'f@x.example', 'F', 'en', 'agent', 'h', 's', 7, false, 1, 1, 1)`)
		storetest.Exec(t, from, `insert into staff_sessions (hash, staff_id, created_at, seen_at, expires_at, origin, agent) values ('h', 'f1', 1, 1, 1, '', '')`)
		file := backup(t, from)
		if err := verify(t, bytes.NewReader(file)); err != nil {
			t.Errorf("verify: %v", err)
		}
		if err := restore(t, to, bytes.NewReader(file)); err != nil {
			t.Fatal(err)
		}
		if got, want := rows(t, to), withoutSessions(rows(t, from, "sessions", "staff_sessions")); got != want {
			t.Errorf("got\n%s, want\n%s", got, want)
		}
		if err := transfer.Check(t.Context(), to); err != nil {
			t.Error(err)
		}
		storetest.Import(t, to, "NL300009", "") // it can be worked with
		if err := restore(t, to, bytes.NewReader(file)); err == nil || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("into a full one: %v", err)
		}
	})
}

// withoutSessions puts the empty tables in that were left out.
func withoutSessions(rows string) string {
	return strings.NewReplacer("\nreset_requests:", "\nsessions:\nreset_requests:", "\nstaff_wishes:", "\nstaff_sessions:\nstaff_wishes:").Replace(rows)
}

// TestABackupOfTheSameIsTheSame on both databases: it says nothing of where it
// was made.
func TestABackupOfTheSameIsTheSame(t *testing.T) {
	pairs(t, func(t *testing.T, from, to *store.DB) {
		people(t, from)
		if err := transfer.Copy(t.Context(), from, to, nobody); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(unpacked(t, backup(t, from)), unpacked(t, backup(t, to))) {
			t.Error("they differ")
		}
	})
}

// TestADamagedBackupIsRefused cuts it off everywhere and turns each of its bytes
// into another one. Nothing of it may come in.
func TestADamagedBackupIsRefused(t *testing.T) {
	nothing := fresh(t)
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			from, _ := storetest.Open(t, engine)
			to, _ := storetest.Open(t, engine)
			people(t, from)
			file := backup(t, from)
			dice := rand.New(rand.NewPCG(1, 1))
			for i := range file {
				if engine == "postgres" && i%16 != 0 {
					continue // the same code, and slower
				}
				if err := restore(t, to, bytes.NewReader(file[:i])); err == nil {
					t.Errorf("cut off after %d bytes: it passes", i)
				}
				other := bytes.Clone(file)
				other[i] ^= byte(1 + dice.IntN(255))
				if err := restore(t, to, bytes.NewReader(other)); err == nil && !bytes.Equal(unpacked(t, file), unpacked(t, other)) {
					t.Errorf("byte %d: it passes", i)
				} else if err == nil { // a bit that says nothing
					to, _ = storetest.Open(t, engine)
				}
			}
			if err := restore(t, to, bytes.NewReader(append(bytes.Clone(file), file...))); err == nil {
				t.Error("two in one file: it passes")
			}
			if got := rows(t, to); got != nothing {
				t.Errorf("this came in:\n%s", got)
			}
		})
	}
}

func unpacked(t *testing.T, file []byte) []byte {
	t.Helper()
	r, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	text, err := r.DecodeAll(file, nil)
	if err != nil {
		return nil
	}
	return text
}

// packed makes a backup of a text, with the end that belongs to it.
func packed(t *testing.T, text string, rows int) []byte {
	t.Helper()
	sum := sha256.Sum256([]byte(text))
	text += fmt.Sprintf(`{"rows":%d,"sha256":"%s"}`+"\n", rows, hex.EncodeToString(sum[:]))
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close() //nolint:errcheck // no writer
	return w.EncodeAll([]byte(text), nil)
}

// TestAForgedBackupIsRefused though its digest is right.
func TestAForgedBackupIsRefused(t *testing.T) {
	nothing := fresh(t)
	storetest.Each(t, func(t *testing.T, to *store.DB, _ *storetest.Clock) {
		from, _ := storetest.Open(t, "sqlite")
		people(t, from)
		text := string(unpacked(t, backup(t, from)))
		text = text[:strings.LastIndex(strings.TrimSuffix(text, "\n"), "\n")+1]
		rows0 := strings.Count(text, "\n") - 1 - 2*strings.Count(text, `{"table":`)
		if err := verify(t, bytes.NewReader(packed(t, text, rows0))); err != nil {
			t.Fatalf("the forger cannot even do it right: %v", err)
		}
		for name, forged := range map[string]struct{ text, want string }{
			"other format":   {strings.Replace(text, `"keyfold_backup":1`, `"keyfold_backup":2`, 1), "has format 2"},
			"newer schema":   {strings.Replace(text, `"schema":1`, `"schema":999`, 1), "schema version 1 and the backup 999"},
			"not ours":       {strings.Replace(text, `"keyfold_backup":1`, `"x":1`, 1), "no backup of Keyfold"},
			"another table":  {strings.Replace(text, `{"table":"meta"`, `{"table":"meta;drop table users"`, 1), "damaged"},
			"another column": {strings.Replace(text, `"columns":["id","email"`, `"columns":["id","email) select"`, 1), "has no column"},
			"a table less":   {strings.Replace(text, `{"table":"limits","columns":["name","until","tries"]}`+"\n\\.\n", "", 1), "damaged"},
			"a row less":     {strings.Replace(text, "\nother\t", "\nanother\t", 1), ""},
			"two owners":     {strings.Replace(text, "finance", "owner", 1), ""},
			"a wrong state":  {strings.Replace(text, "\tlegacy\t", "\tstranger\t", 1), ""},
			"an early end":   {strings.Replace(text, "\nother\t", "\n\\.\nother\t", 1), "damaged"},
		} {
			n := rows0
			err := restore(t, to, bytes.NewReader(packed(t, forged.text, n)))
			if err == nil || !strings.Contains(err.Error(), forged.want) || forged.text == text {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := restore(t, to, bytes.NewReader(packed(t, text, rows0+1))); err == nil {
			t.Error("another number of rows passes")
		}
		if got := rows(t, to); got != nothing {
			t.Errorf("this came in:\n%s", got)
		}
	})
}

func TestWhatIsNoBackupIsToldSo(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "empty file",
		"SQLite format 3\x00 and so on": "this is a SQLite database",
		"customer_id,name\nNL1,x\n":     "no backup of Keyfold",
		"x":                             "no backup of Keyfold",
		string(packed(t, "hello\n", 0)): "no backup of Keyfold",
		"\x28\xb5\x2f\xfd":              "cut off",
	} {
		if _, err := transfer.Open(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: %v, want %s", text, err, want)
		}
	}
}

// TestVerifyFindsContradictions that the database itself lets pass.
func TestVerifyFindsContradictions(t *testing.T) {
	url := storetest.URL(t, "sqlite")
	db := storetest.OpenURL(t, url, storetest.NewClock().Now)
	people(t, db)
	if _, err := raw(t, url).ExecContext(t.Context(), `
		insert into memberships (customer_id, user_id, roles, since, used_at) values ('DE300002', 'other', 'admin', 1, 0);
		update users set email = 'no address' where id = 'other'`); err != nil {
		t.Fatal(err)
	}
	err := verify(t, bytes.NewReader(backup(t, db)))
	if err == nil || !strings.Contains(err.Error(), "1 users of accounts without an owner") || !strings.Contains(err.Error(), "users: ") {
		t.Errorf("got %v", err)
	}
}

// TestABackupWhileOthersWrite holds together, and has all that was there before.
func TestABackupWhileOthersWrite(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		people(t, db)
		stop := make(chan struct{})
		var writer sync.WaitGroup
		writer.Go(func() {
			for n := 400_000; ; n++ {
				select {
				case <-stop:
					return
				default:
					storetest.Import(t, db, fmt.Sprintf("NL%d", n), "a@veldkamp.example")
				}
			}
		})
		defer writer.Wait()
		defer close(stop)
		for range 5 {
			file := backup(t, db)
			if err := verify(t, bytes.NewReader(file)); err != nil {
				t.Error(err)
			}
			text := string(unpacked(t, file))
			if accounts, events := strings.Count(text, "\nNL4"), strings.Count(text, "account.imported")-3; accounts != events {
				t.Errorf("%d accounts and %d events", accounts, events)
			}
		}
	})
}
