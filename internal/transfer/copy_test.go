package transfer_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/transfer"
)

func TestACopyHasEveryRow(t *testing.T) {
	pairs(t, func(t *testing.T, from, to *store.DB) {
		people(t, from)
		before := rows(t, from)
		told := map[string]int64{}
		if err := transfer.Copy(t.Context(), from, to, func(c transfer.Count) { told[c.Table] = c.Rows }); err != nil {
			t.Fatal(err)
		}
		if got := rows(t, to); got != before {
			t.Errorf("got\n%s, want\n%s", got, before)
		}
		if rows(t, from) != before {
			t.Error("the source has changed")
		}
		if told["accounts"] != 3 || told["users"] != 2 || told["grants"] != 1 || len(told) != strings.Count(before, ":\n") {
			t.Errorf("told %v", told)
		}
		storetest.Import(t, to, "NL300009", "") // it can be worked with
		if err := transfer.Copy(t.Context(), from, to, nobody); err == nil || !strings.Contains(err.Error(), "not empty") {
			t.Errorf("into a full one: %v", err)
		}
	})
}

// TestACopyThatIsBrokenOffLeavesNothing ends it at each table, and copies then.
func TestACopyThatIsBrokenOffLeavesNothing(t *testing.T) {
	nothing := fresh(t)
	pairs(t, func(t *testing.T, from, to *store.DB) {
		people(t, from)
		for _, at := range []string{"meta", "accounts", "events"} {
			ctx, cancel := context.WithCancel(t.Context())
			err := transfer.Copy(ctx, from, to, func(c transfer.Count) {
				if c.Table == at {
					cancel()
				}
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("at %s: %v", at, err)
			}
			if got := rows(t, to); got != nothing {
				t.Fatalf("at %s, this is left:\n%s", at, got)
			}
		}
		if err := transfer.Copy(t.Context(), from, to, nobody); err != nil {
			t.Error(err)
		}
	})
}

// TestACopyNoticesAServer that goes on writing into the database that is left.
func TestACopyNoticesAServer(t *testing.T) {
	nothing := fresh(t)
	pairs(t, func(t *testing.T, from, to *store.DB) {
		people(t, from)
		n := 0
		err := transfer.Copy(t.Context(), from, to, func(transfer.Count) {
			n++
			storetest.Import(t, from, fmt.Sprintf("NL40000%d", n), "")
		})
		if !errors.Is(err, transfer.ErrMeanwhile) || rows(t, to) != nothing {
			t.Errorf("got %v\n%s", err, rows(t, to))
		}
	})
}

// TestACopyThatDiffersIsNotKept has a database that does not store what it is
// given.
func TestACopyThatDiffersIsNotKept(t *testing.T) {
	for trigger, want := range map[string]string{
		`create trigger x after insert on accounts when new.customer_id = 'DE300002' begin
			update accounts set name = 'another' where customer_id = new.customer_id; end`: "the table accounts is not what it was: the first row that differs has the key DE300002",
		`create trigger x after insert on grants begin delete from grants; end`: "the table grants is not what it was: the first row that differs has the key token a:NL300001",
	} {
		from, _ := storetest.Open(t, "sqlite")
		people(t, from)
		url := storetest.URL(t, "sqlite")
		to := storetest.OpenURL(t, url, storetest.NewClock().Now)
		nothing := rows(t, to)
		other := raw(t, url)
		if _, err := other.ExecContext(t.Context(), trigger); err != nil {
			t.Fatal(err)
		}
		err := transfer.Copy(t.Context(), from, to, nobody)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if rows(t, to) != nothing {
			t.Error("it was kept")
		}
	}
}

// TestARestoreThatDiffersIsNotKept has such a database too.
func TestARestoreThatDiffersIsNotKept(t *testing.T) {
	from, _ := storetest.Open(t, "sqlite")
	people(t, from)
	url := storetest.URL(t, "sqlite")
	to := storetest.OpenURL(t, url, storetest.NewClock().Now)
	nothing := rows(t, to)
	_, err := raw(t, url).ExecContext(t.Context(), `create trigger x after insert on users begin update users set name = 'another'; end`)
	if err != nil {
		t.Fatal(err)
	}
	err = restore(t, to, bytes.NewReader(backup(t, from)))
	if err == nil || !strings.Contains(err.Error(), "the table users is not what it was") || rows(t, to) != nothing {
		t.Errorf("got %v\n%s", err, rows(t, to))
	}
}

// raw opens a SQLite database without us.
func raw(t *testing.T, url string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+strings.TrimPrefix(url, "sqlite://")+"?_pragma=busy_timeout(10000)")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}
