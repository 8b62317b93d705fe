package bounce_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/keyfold/keyfold/internal/bounce"
	"github.com/keyfold/keyfold/internal/store"
)

// box is an empty Maildir.
func box(tb testing.TB) string {
	tb.Helper()
	dir := tb.TempDir()
	for _, folder := range []string{"tmp", "new", "cur"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			tb.Fatal(err)
		}
	}
	return dir
}

func (w *world) watch(dir string) *bounce.Maildir {
	return &bounce.Maildir{Dir: dir, Reports: w.reports, Log: w.logger(), Now: w.clock.Now}
}

func (w *world) look(d *bounce.Maildir, want int) {
	w.Helper()
	if n, err := d.Look(w.Context()); err != nil || n != want {
		w.Errorf("%d files were read, want %d: %v\n%s", n, want, err, &w.log)
	}
}

func (w *world) put(dir, file, text string) {
	w.Helper()
	w.must(os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
}

// about is a sample that is about a mail.
func (w *world) about(name string, m store.Mail) string {
	w.Helper()
	return strings.NewReplacer(mailOf, m.ID, nobody, m.To.String()).Replace(sample(w.T, name))
}

// files are the names in a Maildir, in order.
func files(tb testing.TB, dir string) (all []string) {
	tb.Helper()
	for _, folder := range []string{"cur", "new", "tmp"} {
		entries, err := os.ReadDir(filepath.Join(dir, folder))
		if err != nil {
			tb.Fatal(err)
		}
		for _, e := range entries {
			all = append(all, folder+"/"+e.Name())
		}
	}
	return all
}

func (w *world) holds(dir string, want ...string) {
	w.Helper()
	if got := files(w.T, dir); !slices.Equal(got, want) {
		w.Errorf("the mailbox has %q, want %q", got, want)
	}
}

// TestABounceIsShownWithinAMinute has one come as a mail server hands it over, and
// the clock tick each second as the server's does.
func TestABounceIsShownWithinAMinute(t *testing.T) {
	for _, folder := range []string{"new", "cur"} {
		each(t, func(w *world) {
			dir := box(t)
			d := w.watch(dir)
			m := w.sent("sanne@veldkamp.example")
			w.look(d, 0) // it has been running for a while
			w.put(dir, "tmp/1773316803.M1P2.mx", w.about("postfix", m)[:2000])
			w.look(d, 0)
			w.put(dir, "tmp/1773316803.M1P2.mx", w.about("postfix", m))
			w.must(os.Rename(filepath.Join(dir, "tmp/1773316803.M1P2.mx"), filepath.Join(dir, folder, "1773316803.M1P2.mx")))
			began := w.clock.Now()
			for w.row(m).Status != store.Bounced && w.clock.Now().Sub(began) < time.Minute {
				if _, err := d.Look(w.Context()); err != nil {
					w.Fatal(err)
				}
				w.clock.Pass(time.Second)
			}
			w.is(m, store.Bounced, "did not arrive: 550 5.1.1 <sanne@veldkamp.example>: Recipient address rejected")
			w.holds(dir, "cur/1773316803.M1P2.mx:2,S")
			w.look(w.watch(dir), 0) // another replica, or the next start
		})
	}
}

func TestEachServersReportIsNoted(t *testing.T) {
	each(t, func(w *world) {
		dir := box(t)
		d := w.watch(dir)
		bounced := map[string]store.Mail{}
		for _, name := range []string{"postfix", "postfix-expired", "postfix-forwarded", "exim", "exim-text", "exchange", "gmail", "ses", "qmail", "qmail-expired"} {
			bounced[name] = w.sent("sanne@veldkamp.example")
			w.put(dir, "new/"+name, w.about(name, bounced[name]))
		}
		late := w.sent("sanne@veldkamp.example")
		w.put(dir, "new/late", w.about("postfix-delayed", late))
		w.look(d, len(bounced)+1)
		for name, m := range bounced {
			if got := w.row(m).Status; got != store.Bounced {
				w.Errorf("%s: the mail is %s", name, got)
			}
		}
		w.is(late, store.Sent, "delayed on the way: 4.4.1 connect to mx.veldkamp.example")
	})
}

func TestWhatIsReadIsMarkedAndNotReadAgain(t *testing.T) {
	each(t, func(w *world) {
		dir := box(t)
		d := w.watch(dir)
		m := w.sent("sanne@veldkamp.example")
		other := w.sent("piet@veldkamp.example")
		w.put(dir, "new/1.ours", w.about("exim", m))
		w.put(dir, "new/2.others", sample(t, "gmail")) // names a mail that we do not know
		w.put(dir, "new/3.vacation", sample(t, "other-vacation"))
		w.put(dir, "new/4.broken", strings.ReplaceAll(w.about("exim", other), "boundary=", "x="))
		w.put(dir, "new/5.recipient", strings.ReplaceAll(w.about("exim", other), "piet@veldkamp.example", "koen@veldkamp.example"))
		w.put(dir, "new/.hidden", w.about("exim", other))
		w.put(dir, "cur/6.read:2,RS", w.about("exim", other))
		w.put(dir, "cur/7.noticed:2,F", sample(t, "other-read"))
		w.put(dir, "tmp/8.half", w.about("exim", other))
		w.must(os.Mkdir(filepath.Join(dir, "new", "9.folder"), 0o700))
		elsewhere := filepath.Join(t.TempDir(), "report")
		w.must(os.WriteFile(elsewhere, []byte(w.about("exim", other)), 0o600))
		w.must(os.Symlink(elsewhere, filepath.Join(dir, "new", "10.elsewhere")))
		w.look(d, 6)
		w.holds(
			dir, "cur/1.ours:2,S", "cur/2.others:2,S", "cur/3.vacation:2,S", "cur/4.broken:2,FS", "cur/5.recipient:2,S", "cur/6.read:2,RS", "cur/7.noticed:2,FS",
			"new/.hidden", "new/10.elsewhere", "new/9.folder", "tmp/8.half",
		)
		w.is(m, store.Bounced, "No such user here")
		w.is(other, store.Sent, "")
		if log := w.log.String(); strings.Count(log, "cannot be understood") != 1 || !strings.Contains(log, "4.broken") || strings.Contains(log, "@") {
			w.Errorf("the log says\n%s", log)
		}
		w.clock.Pass(time.Hour)
		w.look(d, 0)
	})
}

// TestAReportThatIsFasterThanTheNoteWaits: the answer of the mail server has not
// been noted yet.
func TestAReportThatIsFasterThanTheNoteWaits(t *testing.T) {
	each(t, func(w *world) {
		dir := box(t)
		d := w.watch(dir)
		m := w.promise("reset", "sanne@veldkamp.example", w.customer("sanne@veldkamp.example"))
		w.end(m, store.Sending)
		w.put(dir, "new/1.early", w.about("postfix", m))
		for range 3 {
			w.look(d, 1)
			w.holds(dir, "new/1.early")
			w.clock.Pass(time.Second)
		}
		w.must(w.db.Update(w.Context(), func(tx *store.Tx) error {
			_, err := tx.EndMail(w.Context(), m.ID, "worker", store.Sent, "")
			return err
		}))
		w.look(d, 1)
		w.holds(dir, "cur/1.early:2,S")
		w.is(m, store.Bounced, "550 5.1.1")
	})
}

func TestOneLookTakesOnABatch(t *testing.T) {
	each(t, func(w *world) {
		dir := box(t)
		d := w.watch(dir)
		for i := range 250 {
			w.put(dir, fmt.Sprintf("new/%d", i), sample(t, "other-vacation"))
		}
		for i := range 30 {
			w.put(dir, fmt.Sprintf("cur/c%d", i), sample(t, "other-vacation"))
		}
		for _, n := range []int{100, 100, 80, 0} {
			w.look(d, n)
		}
		if n := len(files(t, dir)); n != 280 {
			w.Errorf("%d files are left", n)
		}
	})
}

// TestReplicasThatShareAMailboxNoteABounceOnce has them look at the same time.
func TestReplicasThatShareAMailboxNoteABounceOnce(t *testing.T) {
	each(t, func(w *world) {
		dir := box(t)
		w.reports.Observe = nil
		var mails []store.Mail
		for i := range 40 {
			mails = append(mails, w.sent(fmt.Sprintf("box%d@veldkamp.example", i)))
			w.put(dir, fmt.Sprintf("new/%d", i), w.about("postfix", mails[i]))
		}
		var all sync.WaitGroup
		for range 4 {
			d := &bounce.Maildir{Dir: dir, Reports: w.reports, Log: w.logger(), Now: w.clock.Now}
			all.Go(func() {
				if _, err := d.Look(w.Context()); err != nil {
					w.Error(err)
				}
			})
		}
		all.Wait()
		for _, m := range mails {
			w.is(m, store.Bounced, "550 5.1.1")
			if got := w.events(m.Account); got != "mail.bounced 5.1.1, account.needs_care bounced" {
				w.Errorf("events %q", got)
			}
		}
		if got := files(t, dir); len(got) != 40 || slices.ContainsFunc(got, func(f string) bool { return !strings.HasSuffix(f, ":2,S") }) {
			w.Errorf("the mailbox has %q", got)
		}
		if w.log.Len() > 0 {
			w.Errorf("the log says\n%s", &w.log)
		}
	})
}

func TestWithTheDatabaseAwayNothingIsMarked(t *testing.T) {
	each(t, func(w *world) {
		dir := box(t)
		m := w.sent("sanne@veldkamp.example")
		w.put(dir, "new/1", w.about("postfix", m))
		for i := range 5 {
			w.put(dir, fmt.Sprintf("new/%d", i+2), w.about("postfix", m))
		}
		w.must(w.db.Close())
		if _, err := w.watch(dir).Look(w.Context()); err == nil {
			w.Error("no error")
		}
		if n := len(files(t, dir)); n != 6 || strings.Contains(strings.Join(files(t, dir), " "), "cur") {
			w.Errorf("the mailbox has %q", files(t, dir))
		}
	})
}

// TestAMailboxThatIsNotThereIsSaidOnce, and not each second.
func TestAMailboxThatIsNotThereIsSaidOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, stop := context.WithCancel(t.Context())
		var log bytes.Buffer
		d := &bounce.Maildir{Dir: filepath.Join(t.TempDir(), "gone"), Log: slog.New(slog.NewTextHandler(&log, nil)), Now: time.Now}
		go d.Run(ctx, time.Second)
		time.Sleep(30 * time.Second)
		synctest.Wait()
		stop()
		synctest.Wait()
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
			t.Errorf("%d lines:\n%s", n, &log)
		}
	})
}
