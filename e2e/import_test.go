package e2e_test

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/store/storetest"
)

const importHead = "customer_id,name,contact_email,contact_name,password_hash,contact_2_email,contact_2_kind\n"

// importRow is customer i as the database has it in a round: from one to the
// next, some get another name, main contact, or further contact.
func importRow(i, round int) string {
	since := func(every int) int { return (round + i) / every }
	return fmt.Sprintf("NL%07d,Customer %d.%d,c%d.%d@x.example,C,$2y$06$LGo/T0fzWSzyXG39VurRheAo/uIdJ2o4WdAWtRA4Q5bq4O8kzu44W,bill%d@x.example,billing\n",
		1_000_000+i, i, since(7), i, since(11), since(13))
}

// importFile is what the database has in a round: each brings new customers.
func importFile(round int) string {
	const newEach = 800 // with those of two rounds before, more than go in together
	var text strings.Builder
	text.WriteString(importHead)
	for i := range newEach * (round + 1) {
		if i >= newEach*(round-2) { // those before stay as they are
			text.WriteString(importRow(i, round))
		}
	}
	return text.String()
}

// importing is an import of a text, not yet started.
func importing(ctx context.Context, database, text string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, program, append([]string{"import", "customers", "-"}, args...)...)
	cmd.Env = []string{"KEYFOLD_DATABASE_URL=" + database}
	cmd.Stdin = strings.NewReader(text)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

func mustImport(tb testing.TB, database, text string) {
	tb.Helper()
	if out, err := importing(tb.Context(), database, text).CombinedOutput(); err != nil {
		tb.Fatalf("import: %v\n%s", err, out)
	}
}

func openSQL(tb testing.TB, database string) *sql.DB {
	tb.Helper()
	driver, dsn := "pgx", database
	if path, ok := strings.CutPrefix(database, "sqlite://"); ok {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)"
	}
	db, err := sql.Open(driver, dsn)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// imported is all that an import writes, but for IDs and times.
func imported(tb testing.TB, database string) (all []string) {
	tb.Helper()
	db := openSQL(tb, database)
	for _, q := range []string{
		`select customer_id, name || contact_email || former_email || sourced_contacts || imported_hash, cast(version as text) from accounts`,
		`select customer_id, kind || email, cast(is_primary as text) from contacts`,
		`select customer_id, kind, cast(count(*) as text) from events group by customer_id, kind`,
		`select customer_id, template || recipient, cast(count(*) as text) from outbox group by customer_id, template || recipient`,
	} {
		all = append(all, lines(tb, db, q)...)
	}
	slices.Sort(all)
	return all
}

// lines are the answer to a query, of three texts each.
func lines(tb testing.TB, db *sql.DB, q string) (all []string) {
	tb.Helper()
	rows, err := db.QueryContext(tb.Context(), q)
	if err != nil {
		tb.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		var id, what, n string
		if err := rows.Scan(&id, &what, &n); err != nil {
			tb.Fatal(err)
		}
		all = append(all, id+" "+what+" "+n)
	}
	if err := rows.Err(); err != nil {
		tb.Fatal(err)
	}
	return all
}

// TestKilledImportsEndLikeOnesThatWereNot kills an import at 50 moments, and
// finishes it each time.
func TestKilledImportsEndLikeOnesThatWereNot(t *testing.T) {
	_, seed := killRounds(t)
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 4))
			whole, killed := storetest.URL(t, engine), storetest.URL(t, engine)
			db := openSQL(t, killed)
			mustImport(t, killed, importFile(0))
			mustImport(t, whole, importFile(0))
			halfWay := 0
			for round := 1; round <= 50; round++ {
				text := importFile(round)
				began := time.Now()
				mustImport(t, whole, text)
				took := time.Since(began)
				before := countEvents(t, db)
				cmd := importing(t.Context(), killed, text)
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if round%2 == 0 { // as soon as some are in
					for deadline := began.Add(time.Minute); countEvents(t, db) == before && time.Now().Before(deadline); {
						time.Sleep(time.Millisecond)
					}
					time.Sleep(time.Duration(random.IntN(10)) * time.Millisecond)
				} else { // whatever it is at
					time.Sleep(time.Duration((0.3 + 0.7*random.Float64()) * float64(took)))
				}
				_ = cmd.Process.Kill()
				_ = cmd.Wait()
				after := countEvents(t, db)
				mustImport(t, killed, text)
				if end := countEvents(t, db); before < after && after < end {
					halfWay++
				}
			}
			if diff := cmp.Diff(imported(t, whole), imported(t, killed)); diff != "" {
				t.Error(diff)
			}
			t.Logf("seed %d: %d of 50 were killed with some rows in and others not", seed, halfWay)
			if halfWay == 0 {
				t.Error("no import was killed half-way")
			}
		})
	}
}

func countEvents(tb testing.TB, db *sql.DB) (n int) {
	tb.Helper()
	if err := db.QueryRowContext(tb.Context(), `select count(*) from events`).Scan(&n); err != nil {
		tb.Fatal(err)
	}
	return n
}

// TestFullDiskStopsAnImportAndHarmsNothing: the file of the database may not
// grow beyond what a full disk would allow.
func TestFullDiskStopsAnImportAndHarmsNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "k.db")
	database := "sqlite://" + path
	mustImport(t, database, importHead+importRow(0, 0))
	var text strings.Builder
	text.WriteString(importHead)
	for i := range 5000 {
		text.WriteString(importRow(i, 0))
	}
	cmd := importing(t.Context(), database, text.String())
	cmd.Args = append([]string{"sh", "-c", `ulimit -f 2048; exec "$0" "$@"`}, cmd.Args...) // in blocks of 512 bytes
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Path = sh
	out, err := cmd.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != 1 || !bytes.Contains(out, []byte("The import stopped there.")) || !bytes.Contains(out, []byte("disk")) {
		t.Errorf("%v\n%s", err, out)
	}
	db := openSQL(t, database)
	var accounts, events int
	var whole string
	if err := db.QueryRowContext(t.Context(), `select (select count(*) from accounts), (select count(*) from events where kind = 'account.imported')`).Scan(&accounts, &events); err != nil {
		t.Fatal(err)
	}
	if err := db.QueryRowContext(t.Context(), `pragma integrity_check`).Scan(&whole); err != nil || whole != "ok" {
		t.Errorf("%v: %s", err, whole)
	}
	if accounts != events || accounts >= 5000 {
		t.Errorf("%d accounts and %d events", accounts, events)
	}
	mustImport(t, database, text.String())
	if err := db.QueryRowContext(t.Context(), `select count(*) from accounts`).Scan(&accounts); err != nil || accounts != 5000 {
		t.Errorf("%v: then there is room, and %d accounts are in", err, accounts)
	}
}

// TestInterruptedImportSaysWhatIsIn: SIGINT, as from the keyboard.
func TestInterruptedImportSaysWhatIsIn(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			database := storetest.URL(t, engine)
			in, out := io.Pipe()
			cmd := importing(t.Context(), database, "", "--json")
			var said, complained bytes.Buffer
			cmd.Stdin, cmd.Stdout, cmd.Stderr = in, &said, &complained
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			go func() {
				_, _ = io.WriteString(out, importHead)
				for i := range 5000 { // and then nothing comes any more
					_, _ = io.WriteString(out, importRow(i, 0))
				}
			}()
			db := openSQL(t, database)
			for n := 0; n == 0; time.Sleep(10 * time.Millisecond) {
				_ = db.QueryRowContext(t.Context(), `select count(*) from accounts`).Scan(&n) // there may be no table yet
			}
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			_ = out.Close()
			_ = cmd.Wait()
			var result struct {
				Complete bool
				Rows     int
				Error    string
			}
			if err := json.Unmarshal(said.Bytes(), &result); err != nil {
				t.Fatalf("%v: %s", err, said.String())
			}
			if result.Complete || cmd.ProcessState.ExitCode() != 1 || !strings.Contains(complained.String(), "interrupted") {
				t.Errorf("code %d, %+v, %s", cmd.ProcessState.ExitCode(), result, complained.String())
			}
			if n := len(slices.DeleteFunc(imported(t, database), func(s string) bool { return !strings.Contains(s, " account.imported ") })); n != result.Rows {
				t.Errorf("%d are said to be in, and %d are", result.Rows, n)
			}
		})
	}
}
