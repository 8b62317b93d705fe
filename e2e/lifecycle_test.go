package e2e_test

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/pgtest"
)

// traffic is customers who walk the steps until it is stopped.
type traffic struct {
	*twins

	walkers []*walker
	stop    func()
	answers sync.Map // status to *atomic.Int64
	broken  atomic.Int64
}

// flow sends customers, each over a line of its own, while the servers are
// maltreated.
func (w *twins) flow(walkers []*walker, next func(i int) func(int) string) *traffic {
	ctx, cancel := context.WithCancel(w.Context())
	f := &traffic{twins: w, walkers: walkers}
	var all sync.WaitGroup
	all.Go(func() {
		together(4, len(walkers), func(i int) {
			l := newLine(w.host, next(i))
			l.answer = func(_ string, status int) { f.count(status).Add(1) }
			for ctx.Err() == nil && !walkers[i].done {
				step, done := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second) // who walks arrives
				if err := walkers[i].walk(step, l, w.sink); err != nil {
					f.broken.Add(1)
					w.Logf("%s: %v", walkers[i].id, err)
				}
				done()
			}
		})
	})
	f.stop = func() { cancel(); all.Wait() }
	w.Cleanup(f.stop)
	return f
}

func (f *traffic) count(status int) *atomic.Int64 {
	n, _ := f.answers.LoadOrStore(status, &atomic.Int64{})
	return n.(*atomic.Int64)
}

// walked waits until so many answers have come in all.
func (f *traffic) walked(n int64) {
	for f.count(http.StatusOK).Load() < n {
		select {
		case <-f.Context().Done():
			f.Fatal("the traffic stands still")
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// onceEach wants no mail to have come twice.
func (w *twins) onceEach() {
	w.Helper()
	seen := map[string]int{}
	for _, m := range w.sink.Mails() {
		if seen[m.MessageID]++; seen[m.MessageID] == 2 {
			w.Errorf("mail %s came twice", m.MessageID)
		}
	}
}

// balancer spreads tries over both servers and tries the other one when the
// first refuses the connection.
func (w *twins) balancer(i int) func(int) string {
	return func(try int) string {
		if try > 200 {
			return ""
		}
		if try > 1 {
			time.Sleep(20 * time.Millisecond) // neither listens: as proxies do, wait a moment
		}
		return w.addresses[(i+try)%2]
	}
}

func TestRollingRestartsFailNoRequestAndDoubleNoMail(t *testing.T) {
	walkers := crowd(400)
	w := startTwins(t, pgtest.Database(t), walkers)
	f := w.flow(walkers, w.balancer)
	for round := range 6 { // three for each of the two
		f.walked(int64(10 * (round + 1)))
		began := time.Now()
		w.servers[round%2].stop(t)
		if took := time.Since(began); took > 15*time.Second {
			t.Errorf("the end took %s", took)
		}
		w.servers[round%2] = serve(t, w.setup(round%2))
	}
	f.stop()
	w.drained()
	if n := f.broken.Load(); n > 0 {
		t.Errorf("%d requests failed", n)
	}
	w.onceEach()
	t.Logf("summary: 6 restarts, %d pages, %d requests failed, %d mails, none twice", f.count(http.StatusOK).Load(), f.broken.Load(), len(w.sink.Mails()))
}

// drained waits until all that was promised has left.
func (w *twins) drained() {
	w.Helper()
	db := ownEyes(w, w.database)
	for end := time.Now().Add(time.Minute); ; {
		if number(w, db, `select (select count(*) from outbox where status in ('queued', 'sending')) + (select count(*) from reset_requests)`) == 0 {
			return
		}
		if time.Now().After(end) {
			w.Fatal("mails are left after a minute")
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func TestADatabaseRestartIsSurvivedAndDoublesNoMail(t *testing.T) {
	pg := pgtest.Own(t, pgtest.Options{})
	walkers := crowd(400)
	w := startTwins(t, pg.Database(t), walkers)
	f := w.flow(walkers, func(i int) func(int) string { return to(w.addresses[i%2]) })
	f.walked(20)
	pg.Restart(t, pgtest.Immediate)
	began, before := time.Now(), f.count(http.StatusOK).Load()
	f.walked(before + 5)
	recovered := time.Since(began)
	f.stop()
	w.drained()
	if n := f.count(http.StatusInternalServerError).Load(); n > 0 {
		t.Errorf("%d answers were 500, want 503", n)
	}
	w.onceEach()
	t.Logf("summary: pages again after %s, %d answers 503, %d answers 500, %d mails, none twice", recovered.Round(time.Millisecond),
		f.count(http.StatusServiceUnavailable).Load(), f.count(http.StatusInternalServerError).Load(), len(w.sink.Mails()))
}

func TestAStoppingServerDoesNotWaitForAMailServerThatSaysNothing(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			walkers := crowd(3)
			w := startTwins(t, emptyDatabase(t, engine), walkers)
			reached := make(chan struct{}, 100)
			w.sink.Script(func(rcpt string, _ int) mailsink.Answer {
				reached <- struct{}{}
				return mailsink.Stall(mailsink.AtRcpt)
			})
			for _, walker := range walkers {
				if err := walker.ask(t.Context(), w.line(0), w.sink); err != nil {
					t.Fatal(err)
				}
			}
			<-reached
			began := time.Now()
			for _, srv := range w.servers {
				srv.stop(t)
			}
			t.Logf("summary %s: the end took %s", engine, time.Since(began).Round(time.Millisecond))
			w.sink.Script(nil)
			w.servers[0] = serve(t, w.setup(0))
			w.drained()
			if n := len(w.sink.Mails()); n != len(walkers) {
				t.Errorf("%d mails, want %d", n, len(walkers))
			}
			w.onceEach()
		})
	}
}

func TestWhatStandsInTheWayOfTheStartIsSaidInWords(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			database := emptyDatabase(t, engine)
			s := setup{Database: database, SMTP: "smtp://127.0.0.1:" + freePort(t) + "?tls=none", Listen: "127.0.0.1:" + freePort(t)}
			refused(t, s, "run keyfold migrate", "--no-migrate")
			began := time.Now()
			srv := serve(t, s) // the mail server is down
			t.Logf("summary %s: ready after %s", engine, time.Since(began).Round(time.Millisecond))
			page, err := http.Get(srv.URL + "/login")
			if err != nil || page.StatusCode != http.StatusOK {
				t.Fatalf("the login page: %v, %v", page, err)
			}
			_ = page.Body.Close()
			t.Logf("summary %s: %s resident when idle", engine, resident(srv))
			refused(t, s, "is another server running there?")
			srv.stop(t)
			wrong := s
			wrong.Env = []string{"KEYFOLD_SECRET=another-secret-that-is-longer-than-32-characters"}
			refused(t, wrong, "this is not the secret (KEYFOLD_SECRET)")
			db := ownEyes(t, database)
			if _, err := db.ExecContext(t.Context(), `insert into goose_db_version (version_id, is_applied) values (99999, true)`); err != nil {
				t.Fatal(err)
			}
			refused(t, s, "written by a newer keyfold")
		})
	}
}

// refused wants the server not to start, and to say why.
func refused(t *testing.T, s setup, why string, args ...string) {
	t.Helper()
	_, port, err := net.SplitHostPort(s.Listen)
	if err != nil {
		t.Fatal(err)
	}
	srv := start(t, slices.Concat([]string{
		"KEYFOLD_LISTEN=" + s.Listen, "KEYFOLD_PUBLIC_URL=http://localhost:" + port, "KEYFOLD_DATABASE_URL=" + s.Database,
		"KEYFOLD_SMTP_URL=" + s.SMTP, "KEYFOLD_MAIL_FROM=no-reply@polderhosting.example", "KEYFOLD_SECRET=" + secret,
	}, s.Env), append([]string{"serve"}, args...)...)
	select {
	case err := <-srv.end:
		if said := srv.log.String(); err == nil || !strings.Contains(said, why) || strings.Contains(said, "goroutine ") {
			t.Errorf("it ended with %v and said %q, want %q", err, said, why)
		}
	case <-time.After(30 * time.Second):
		t.Errorf("it started, want %q", why)
	}
}

// resident is the memory of a process, where the system tells.
func resident(s *server) string {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	if err != nil {
		return "unknown"
	}
	for line := range strings.Lines(string(status)) {
		if size, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			return strings.TrimSpace(size)
		}
	}
	return "unknown"
}
