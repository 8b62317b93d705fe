package pgtest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/keyfold/keyfold/internal/pgtest"
)

func do(t *testing.T, url, sql string) {
	t.Helper()
	if err := try(t.Context(), url, sql); err != nil {
		t.Fatal(err)
	}
}

func try(ctx context.Context, url, sql string) (err error) {
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		return err
	}
	_, err = conn.Exec(ctx, sql)
	return errors.Join(err, conn.Close(ctx))
}

func number(t *testing.T, url, sql string) (n int) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(conn.QueryRow(t.Context(), sql).Scan(&n), conn.Close(t.Context())); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestEachDatabaseIsNewAndDroppedAfterItsTest(t *testing.T) {
	var urls []string
	for i := range 2 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			url := pgtest.Database(t)
			urls = append(urls, url)
			do(t, url, `create table here (n int)`)
			if _, err := pgx.Connect(t.Context(), url); err != nil { // stays open: dropping must not wait for it
				t.Fatal(err)
			}
		})
	}
	for _, url := range urls {
		if err := try(t.Context(), url, `select 1`); err == nil {
			t.Errorf("%s still exists after its test", url)
		}
	}
}

func TestATemplateIsMadeOnceForManyParallelTests(t *testing.T) {
	var made atomic.Int32
	migrate := func(url string) error {
		made.Add(1)
		return try(context.Background(), url, `create table note (n int); insert into note values (7)`)
	}
	t.Run("all", func(t *testing.T) {
		for i := range 8 {
			t.Run(fmt.Sprint(i), func(t *testing.T) {
				t.Parallel()
				url := pgtest.Template(t, "made once", migrate)
				if n := number(t, url, `select sum(n) from note`); n != 7 {
					t.Errorf("the copy holds %d, want the 7 of the template and nothing of another test", n)
				}
				do(t, url, `insert into note values (100)`)
			})
		}
	})
	if n := made.Load(); n != 1 {
		t.Errorf("the template was made %d times", n)
	}
}

func TestATemplateCanBeCopiedThoughItsMakerLeftAConnectionOpen(t *testing.T) {
	url := pgtest.Template(t, "left open", func(url string) error {
		_, err := pgx.Connect(t.Context(), url)
		return err
	})
	do(t, url, `select 1`)
}

func TestOwnServerKeepsItsDataAndItsURLsOverARestart(t *testing.T) {
	for _, how := range []pgtest.Mode{pgtest.Fast, pgtest.Immediate} {
		t.Run(string(how), func(t *testing.T) {
			t.Parallel()
			server := pgtest.Own(t, pgtest.Options{TCP: true})
			url := server.Database(t)
			do(t, url, `create table note (n int); insert into note values (7)`)
			server.Stop(t, how)
			if err := try(t.Context(), url, `select 1`); err == nil {
				t.Fatal("a stopped server answers")
			}
			server.Start(t)
			if n := number(t, url, `select n from note`); n != 7 {
				t.Errorf("after the restart there is %d, want 7", n)
			}
			do(t, server.Database(t), `select 1`)
		})
	}
}

func TestOwnServerIsDurableAndTakesSettings(t *testing.T) {
	server := pgtest.Own(t, pgtest.Options{Settings: []string{"max_connections=17"}})
	if n := number(t, server.URL(), `select setting::int from pg_settings where name = 'max_connections'`); n != 17 {
		t.Errorf("max_connections is %d, want 17", n)
	}
	if n := number(t, server.URL(), `select count(*) from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes') and setting = 'on'`); n != 3 {
		t.Errorf("%d of the three settings for durability are on", n)
	}
}

func TestTCPAsksForThePassword(t *testing.T) {
	server := pgtest.Own(t, pgtest.Options{TCP: true})
	do(t, server.URL(), `select 1`)
	cfg, err := pgx.ParseConfig(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	cfg.Password = "guessed"
	if conn, err := pgx.ConnectConfig(t.Context(), cfg); err == nil {
		t.Errorf("came in with a wrong password: %v", conn.Close(t.Context()))
	}
}

// killed is set in the process that the next test starts and kills.
const killed = "PGTEST_KILLED_CHILD"

func TestNothingStaysWhenTheProcessIsKilled(t *testing.T) {
	if os.Getenv(killed) != "" {
		server := pgtest.Own(t, pgtest.Options{})
		fmt.Println("dir " + dataDirectory(t, server))
		select {} // until the parent kills us
	}
	cmd := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	temp := short(t)
	cmd.Env = append(os.Environ(), killed+"=1", "TMPDIR="+temp)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var dir string
	if _, err := fmt.Fscanf(out, "dir %s", &dir); err != nil {
		t.Fatal(err)
	}
	pidFile, err := os.ReadFile(filepath.Join(dir, "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	pid, _, _ := strings.Cut(string(pidFile), "\n")
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	gone := func() bool {
		left, err := os.ReadDir(temp)
		command, _ := os.ReadFile("/proc/" + pid + "/cmdline") // empty once it has ended
		return err == nil && len(left) == 0 && len(command) == 0
	}
	await(t, gone, "the server "+pid+" and its files to be gone")
}

func TestWhatAKilledProcessLeftOnAServerIsSweptByTheNextOne(t *testing.T) {
	server := pgtest.Own(t, pgtest.Options{})
	do(t, server.URL(), `create database pgtest_5_1`)
	do(t, server.URL(), `create database pgtest_of_somebody`)
	holder, err := pgx.Connect(t.Context(), server.URL())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(t.Context(), `select pg_advisory_lock(7305, 6)`); err != nil {
		t.Fatal(err)
	}
	do(t, server.URL(), `create database pgtest_6_1`)
	cmd := exec.Command(os.Args[0], "-test.run=^TestATemplateIsMadeOnceForManyParallelTests$")
	cmd.Env = append(os.Environ(), pgtest.Variable+"="+server.URL())
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, want := range map[string]int{"pgtest_5_1": 0, "pgtest_6_1": 1, "pgtest_of_somebody": 1} {
		if n := number(t, server.URL(), `select count(*) from pg_database where datname = '`+name+`'`); n != want {
			t.Errorf("%s: there are %d, want %d", name, n, want)
		}
	}
	if err := holder.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// refusing is a test that notes how it was failed.
type refusing struct {
	testing.TB
	said string
}

func (r *refusing) Fatal(args ...any) { r.said = fmt.Sprint(args...); panic(r) }

func (r *refusing) try(fn func()) (said string) {
	defer func() { _ = recover() }()
	defer func() { said = r.said }()
	fn()
	return r.said
}

func TestTheSharedServerIsNotForRestarting(t *testing.T) {
	r := &refusing{TB: t}
	if said := r.try(func() { pgtest.Server(t).Restart(r, pgtest.Fast) }); !strings.Contains(said, "pgtest.Own") {
		t.Errorf("it said %q", said)
	}
	do(t, pgtest.Server(t).URL(), `select 1`)
}
