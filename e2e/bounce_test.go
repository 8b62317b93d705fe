package e2e_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/token"
)

const bounceSecret = "a-secret-of-who-tells-of-bounces-32-characters"

// TestAMailThatComesBackIsShownAndCareKnows has two servers share a mailbox. A mail
// server takes a reset mail, and sends its head back in a report, as it was asked
// to; a program tells of another one.
func TestAMailThatComesBackIsShownAndCareKnows(t *testing.T) {
	for _, engine := range engines {
		t.Run(engine, func(t *testing.T) {
			walkers := crowd(2)
			dir, w := startBouncing(t, engine, walkers)
			mails := w.resets(walkers, 1)
			returnToMaildir(t, dir, mails[0])
			w.tell(mails[1])
			db := ownEyes(t, w.database)
			bounced := func(n int) func() bool {
				return func() bool { return number(t, db, `select count(*) from outbox where status = 'bounced'`) == n }
			}
			began := time.Now()
			await(t, time.Minute, bounced(2), func() string { return w.servers[0].log.String() })
			t.Logf("summary %s: shown after %s", engine, time.Since(began).Round(time.Millisecond))
			want := []string{
				walkers[0].id + " did not arrive: 550 5.1.1 <" + walkers[0].contact + ">: nobody lives here true",
				walkers[1].id + " did not arrive in time: 4.4.7 too long in the queue true",
			}
			got := lines(t, db, `select o.customer_id, o.last_error, case when a.needs_care then 'true' else 'false' end
				from outbox o join accounts a on a.customer_id = o.customer_id order by o.customer_id`)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			got = lines(t, db, `select customer_id, kind, note from events where kind in ('mail.bounced', 'account.needs_care') order by customer_id, seq`)
			want = []string{
				walkers[0].id + " mail.bounced 5.1.1", walkers[0].id + " account.needs_care bounced",
				walkers[1].id + " mail.bounced 4.4.7", walkers[1].id + " account.needs_care bounced",
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
			read := func() bool {
				seen, err := filepath.Glob(filepath.Join(dir, "cur", "*:2,S"))
				return err == nil && len(seen) == 1
			}
			await(t, 10*time.Second, read, func() string { return "the report is not marked as seen" })

			// Who asks again is mailed again, in spite of the bounce.
			for _, walker := range walkers {
				walker.asked = false
			}
			w.resets(walkers, 2)
			if !bounced(2)() {
				t.Error("a later mail has bounced too")
			}
		})
	}
}

// startBouncing starts two servers that share a mailbox for bounces.
func startBouncing(t *testing.T, engine string, walkers []*walker) (dir string, w *twins) {
	t.Helper()
	dir = t.TempDir()
	for _, folder := range []string{"tmp", "new", "cur"} {
		if err := os.Mkdir(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	sink, err := mailsink.Start("127.0.0.1:0", mailsink.Options{Now: time.Now, Keep: -1, DSN: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = sink.Close() })
	w = &twins{T: t, database: emptyDatabase(t, engine), sink: sink}
	bringIn(t, w.database, walkers)
	for i := range w.addresses {
		w.addresses[i] = "127.0.0.1:" + freePort(t)
	}
	w.host = "localhost:" + w.addresses[0][len("127.0.0.1:"):]
	for i := range w.servers {
		s := w.setup(i)
		s.Env = append([]string{
			"KEYFOLD_BOUNCE_MAILDIR=" + dir, "KEYFOLD_BOUNCE_ADDRESS=bounces@polderhosting.example", "KEYFOLD_BOUNCE_SECRET=" + bounceSecret,
		}, s.Env...)
		w.servers[i] = serve(t, s)
	}
	return dir, w
}

// resets has all ask for a reset, and gives the n-th mail of each, as the mail
// server took it.
func (w *twins) resets(walkers []*walker, n int) (mails []mailsink.Mail) {
	w.Helper()
	for i, walker := range walkers {
		if err := walker.ask(w.Context(), w.line(i), w.sink); err != nil {
			w.Fatal(err)
		}
	}
	for _, walker := range walkers {
		var got []mailsink.Mail
		await(w.T, time.Minute, func() bool {
			got = got[:0]
			for _, m := range w.sink.Mails() {
				if m.To == walker.contact {
					got = append(got, m)
				}
			}
			return len(got) == n
		}, func() string { return fmt.Sprintf("%d mails to %s\n%s", len(got), walker.contact, w.servers[0].log) })
		m := got[n-1]
		if m.From != "bounces@polderhosting.example" || !m.Envelope.HeadOnly || !strings.HasPrefix(m.MessageID, m.Envelope.ID+"@") || m.Envelope.Original != walker.contact {
			w.Errorf("the envelope is from %s, %+v", m.From, m.Envelope)
		}
		mails = append(mails, m)
	}
	return mails
}

// returnToMaildir is what a mail server does with a mail that it cannot deliver.
func returnToMaildir(t *testing.T, dir string, m mailsink.Mail) {
	t.Helper()
	head, _, _ := bytes.Cut(m.Raw, []byte("\r\n\r\n"))
	report := "From: MAILER-DAEMON@mx.example\r\nTo: " + m.From + "\r\nSubject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n" +
		"Content-Type: multipart/report; report-type=delivery-status; boundary=\"x/y\"\r\n\r\n--x/y\r\n\r\nIt did not arrive.\r\n" +
		"--x/y\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; " + m.To + "\r\nAction: failed\r\n" +
		"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <" + m.To + ">: nobody lives here\r\n\r\n" +
		"--x/y\r\nContent-Type: text/rfc822-headers\r\n\r\n" + string(head) + "\r\n\r\n--x/y--\r\n"
	name := strconv.FormatInt(time.Now().UnixNano(), 10) + ".R1.mx"
	if err := os.WriteFile(filepath.Join(dir, "tmp", name), []byte(report), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(dir, "tmp", name), filepath.Join(dir, "new", name)); err != nil {
		t.Fatal(err)
	}
}

// tell has a program say what became of a mail, to each server, and a forger too.
func (w *twins) tell(m mailsink.Mail) {
	w.Helper()
	body := `{"bounces":[{"message_id":"<` + m.MessageID + `>","recipient":"` + m.To + `","action":"failed","status":"4.4.7","diagnostic":"too long in the queue"}]}`
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	for i, tt := range []struct {
		secret string
		want   int
	}{{"a guess of 32 characters or more", http.StatusUnauthorized}, {bounceSecret, http.StatusOK}, {bounceSecret, http.StatusOK}} {
		for _, address := range w.addresses {
			r, err := http.NewRequestWithContext(w.Context(), http.MethodPost, (&url.URL{Scheme: "http", Host: address, Path: "/hooks/bounces"}).String(), strings.NewReader(body))
			if err != nil {
				w.Fatal(err)
			}
			r.Host = w.host
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set(token.HeaderTimestamp, stamp)
			r.Header.Set(token.HeaderSignature, token.Sign([]byte(tt.secret), stamp, []byte(body)))
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				w.Fatal(err)
			}
			_ = res.Body.Close()
			if res.StatusCode != tt.want {
				w.Errorf("request %d: status %d, want %d", i, res.StatusCode, tt.want)
			}
		}
	}
}

// TestWithoutASecretNobodyIsAsked: the door is not there.
func TestWithoutASecretNobodyIsAsked(t *testing.T) {
	srv := serve(t, setup{Database: emptyDatabase(t, "sqlite"), SMTP: startSink(t).URL(), Env: fast})
	body := `{"bounces":[]}`
	stamp := strconv.FormatInt(time.Now().Unix(), 10)
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, srv.URL+"/hooks/bounces", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(token.HeaderTimestamp, stamp)
	r.Header.Set(token.HeaderSignature, token.Sign(nil, stamp, []byte(body)))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("status %d", res.StatusCode)
	}
}
