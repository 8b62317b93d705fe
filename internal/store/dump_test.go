package store_test

import (
	"bytes"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestEachTableIsCopied wants every table of the schema, each after those that
// it refers to, and every column but those that the database computes.
func TestEachTableIsCopied(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		var copied []string
		err := db.Dump(t.Context(), func(d *store.Dump) error {
			for _, table := range d.Tables {
				for _, name := range table.Names() {
					copied = append(copied, table.Name+"."+name)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		there, err := store.Columns(t.Context(), db)
		if err != nil {
			t.Fatal(err)
		}
		copied = append(copied, "accounts.owner_roles") // computed
		slices.Sort(copied)
		if !slices.Equal(copied, there) {
			t.Errorf("copied are\n%q\nand there are\n%q", copied, there)
		}
	})
}

// all are the lines of a table.
func all(t *testing.T, db *store.DB, table string) (lines string) {
	t.Helper()
	err := db.Dump(t.Context(), func(d *store.Dump) error {
		for _, candidate := range d.Tables {
			if candidate.Name == table {
				var out bytes.Buffer
				err := d.Read(t.Context(), candidate, &out)
				lines = out.String()
				return err
			}
		}
		return errors.New("no such table")
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func fill(t *testing.T, db *store.DB, table string, columns []string, lines string) error {
	t.Helper()
	return db.Load(t.Context(), func(l *store.Load) error {
		into, err := l.Table(table, columns)
		if err != nil {
			return err
		}
		_, err = l.Write(t.Context(), into, strings.NewReader(lines))
		return err
	})
}

// TestLinesAreTheSameOnBothDatabases writes texts with everything in them that
// has a meaning in a line, and reads them back in the order of their bytes.
func TestLinesAreTheSameOnBothDatabases(t *testing.T) {
	const lines = "A\t\\\\N\nB\t\\\\.\nZ\ta\\tb\\nc\\rd\\\\e\\bf\\fg\\vh\na\t\nb\t\x7f\x01\u20ac\U0001f600\n\u00e4\t'\"\n"
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		if err := fill(t, db, "meta", []string{"name", "value"}, lines); err != nil {
			t.Fatal(err)
		}
		if got := all(t, db, "meta"); got != lines {
			t.Errorf("got\n%q, want\n%q", got, lines)
		}
		got, err := store.Words(t.Context(), db, `select value from meta where name = 'Z'`)
		if err != nil || got != "a\tb\nc\rd\\e\bf\fg\vh" {
			t.Errorf("got %q, %v", got, err)
		}
	})
}

func TestLinesThatAreNoneAreRefused(t *testing.T) {
	const good = "r1\t5\tx\ten\to\t5\t0\n"
	columns := []string{"id", "asked_at", "typed", "language", "origin", "next_at", "attempts"}
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		for name, lines := range map[string]string{
			"no number": "r2\tfive\tx\ten\to\t5\t0\n", "few fields": "r2\t5\tx\ten\to\t5\n", "many fields": "r2\t5\tx\ten\to\t5\t0\tp\n",
			"null": "r2\t5\t\\N\ten\to\t5\t0\n", "twice": good, "cut off": "r2\t5\tx", "empty": "\n",
		} {
			if err := fill(t, db, "reset_requests", columns, good+lines); err == nil {
				t.Errorf("%s: no error", name)
			}
			if got := all(t, db, "reset_requests"); got != "" {
				t.Fatalf("%s: %q is in all the same", name, got)
			}
		}
		for _, wrong := range [][]string{columns[1:], append([]string{"asked_at"}, columns[1:]...), append([]string{"id; drop table users"}, columns[1:]...)} {
			if err := fill(t, db, "reset_requests", wrong, ""); err == nil {
				t.Errorf("the columns %q pass", wrong)
			}
		}
		if err := fill(t, db, "reset_requests", []string{"typed", "id", "asked_at", "language", "origin", "attempts", "next_at"}, "x\tr1\t5\ten\to\t0\t5\n"); err != nil {
			t.Error(err)
		}
		if got := all(t, db, "reset_requests"); got != good {
			t.Errorf("in another order: %q", got)
		}
		if err := fill(t, db, "reset_requests", columns, good); err == nil || !strings.Contains(err.Error(), "rows in the table reset_requests") {
			t.Errorf("a full database: %v", err)
		}
	})
}

// TestBytesThatPostgresCannotHold are taken by SQLite from any browser.
func TestBytesThatPostgresCannotHold(t *testing.T) {
	db, _ := storetest.Open(t, "sqlite")
	if err := store.Exec(t.Context(), db, `insert into meta (name, value) values ('x', $1)`, "a\x00b\xffc"); err != nil {
		t.Fatal(err)
	}
	if got := all(t, db, "meta"); got != "x\ta\ufffdb\ufffdc\n" {
		t.Errorf("got %q", got)
	}
}

// TestADumpIsOfOneMoment reads the tables while somebody writes.
func TestADumpIsOfOneMoment(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		storetest.Import(t, db, "NL300001", "a@veldkamp.example")
		err := db.Dump(t.Context(), func(d *store.Dump) error {
			storetest.Import(t, db, "NL300002", "b@veldkamp.example")
			for _, table := range d.Tables {
				var out bytes.Buffer
				if err := d.Read(t.Context(), table, &out); err != nil {
					return err
				}
				if strings.Contains(out.String(), "NL300002") {
					return fmt.Errorf("%s has what came later", table.Name)
				}
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		if events := all(t, db, "events"); strings.Count(events, "\n") != 2 {
			t.Errorf("got %q", events)
		}
	})
}

// TestALoadIsAllOrNothing ends in the middle, and the events go on after those
// that were loaded.
func TestALoadIsAllOrNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		broken := errors.New("broken off")
		line := "7\t5\tx\t\\N\t\\N\ta\to\tn\t\n"
		columns := []string{"seq", "at", "kind", "customer_id", "user_id", "actor", "origin", "note", "became"}
		for _, end := range []error{broken, nil} {
			err := db.Load(t.Context(), func(l *store.Load) error {
				events, err := l.Table("events", columns)
				if err != nil {
					return err
				}
				_, err = l.Write(t.Context(), events, strings.NewReader(line))
				return errors.Join(err, end)
			})
			if !errors.Is(err, end) {
				t.Fatal(err)
			}
			if want := map[bool]string{true: "", false: line}[end != nil]; all(t, db, "events") != want {
				t.Errorf("ended with %v: %q", end, all(t, db, "events"))
			}
		}
		storetest.Import(t, db, "NL300001", "")
		if lines := strings.Split(all(t, db, "events"), "\n"); !strings.HasPrefix(lines[1], "8\t") {
			t.Errorf("the next event is %q", lines[1])
		}
	})
}

func TestADatabaseThatIsNotThereIsNotMade(t *testing.T) {
	path := t.TempDir() + "/no.db"
	if _, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + path, Existing: true}); err == nil {
		t.Error("it was opened")
	}
	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close() }()
	if _, err := other.ExecContext(t.Context(), `create table theirs (x text)`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + path, Existing: true}); err == nil || !strings.Contains(err.Error(), "nothing of Keyfold in it") {
		t.Errorf("got %v", err)
	}
	var tables int
	if err := other.QueryRowContext(t.Context(), `select count(*) from sqlite_master`).Scan(&tables); err != nil || tables != 1 {
		t.Errorf("%d tables, %v", tables, err)
	}
}
