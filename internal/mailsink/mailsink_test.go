package mailsink_test

import (
	"context"
	"net/smtp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailsink"
)

// multipartMail has base64 with a charset of its own, quoted-printable with a
// soft break in the middle of a link, and a subject in two encoded words.
const multipartMail = "Message-ID: <1@x.example>\r\n" +
	"Subject: =?iso-8859-1?Q?K=FCndigung?=\r\n =?utf-8?B?IOKAkyBvaw==?=\r\n" +
	"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n" +
	"--o\r\nContent-Type: multipart/alternative; boundary=i\r\n\r\n" +
	"--i\r\nContent-Type: text/plain; charset=windows-1252\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
	"R3L832U6IGh0dHBzOi8vYS5leGFtcGxl\r\nL3gveS4=\r\n" +
	"--i\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
	"<a href=3D\"https://a.example/=\r\nx/y\">x</a> <a href=3D\"https://b.example/?a=3D1&amp;b=3D2\">y</a>\r\n" +
	"--i--\r\n--o\r\nContent-Type: text/plain\r\n\r\nnot this one: https://c.example/\r\n--o--\r\n"

func start(tb testing.TB, o mailsink.Options) *mailsink.Sink {
	tb.Helper()
	o.Now = func() time.Time { return time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC) }
	s, err := mailsink.Start("127.0.0.1:0", o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := s.Close(); err != nil {
			tb.Error(err)
		}
	})
	return s
}

func send(tb testing.TB, s *mailsink.Sink, to, raw string) {
	tb.Helper()
	if err := smtp.SendMail(s.Addr(), nil, "a@x.example", []string{to}, []byte(raw)); err != nil {
		tb.Fatal(err)
	}
}

func email(tb testing.TB, s string) keyfold.Email {
	tb.Helper()
	e, err := keyfold.ParseEmail(s)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func TestLinksAreReadFromAMailOfManyParts(t *testing.T) {
	s := start(t, mailsink.Options{})
	send(t, s, "b@x.example", multipartMail)
	got, ok := s.Get("1")
	if !ok || got.Problem != "" {
		t.Fatalf("%v %q", ok, got.Problem)
	}
	if got.Subject != "Kündigung – ok" || got.Text != "Grüße: https://a.example/x/y." {
		t.Errorf("subject %q, text %q", got.Subject, got.Text)
	}
	if diff := cmp.Diff([]string{"https://a.example/x/y", "https://b.example/?a=1&b=2"}, got.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

func TestAMailThatCannotBeReadIsKeptAllTheSame(t *testing.T) {
	s := start(t, mailsink.Options{})
	for _, raw := range []string{
		"no headers here\r\n",
		"Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n\r\ncut",
		"Content-Type: text/plain; charset=klingon\r\n\r\nx\r\n",
		strings.Repeat("Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n", 9),
	} {
		send(t, s, "b@x.example", raw)
	}
	mails := s.Mails()
	if len(mails) != 4 {
		t.Fatalf("%d mails", len(mails))
	}
	for _, m := range mails {
		if m.Problem == "" || len(m.Raw) == 0 || m.Unanswered {
			t.Errorf("mail %s: %q", m.ID, m.Problem)
		}
	}
}

func TestTheOldestMailsGoFirst(t *testing.T) {
	s := start(t, mailsink.Options{Keep: 2})
	for range 3 {
		send(t, s, "b@x.example", multipartMail)
	}
	mails := s.Mails()
	if len(mails) != 2 || mails[0].ID != "2" || mails[1].ID != "3" {
		t.Errorf("%d mails, the first is %s", len(mails), mails[0].ID)
	}
	if _, ok := s.Get("1"); ok {
		t.Error("the first is still there")
	}
}

func TestWaitComesBackWithTheMails(t *testing.T) {
	s := start(t, mailsink.Options{})
	type answer struct {
		mails []mailsink.Mail
		err   error
	}
	done := make(chan answer)
	go func() {
		mails, err := s.Wait(t.Context(), email(t, "B@x.example"), 2)
		done <- answer{mails, err}
	}()
	for _, to := range []string{"b@x.example", "c@x.example", "b@X.example"} {
		send(t, s, to, multipartMail)
	}
	if got := <-done; got.err != nil || len(got.mails) != 2 || got.mails[1].ID != "3" {
		t.Errorf("%d mails, %v", len(got.mails), got.err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Wait(ctx, email(t, "b@x.example"), 3); err == nil {
		t.Error("a third mail out of nothing")
	}
}

func TestTheSinkListensOnTheLoopbackOnly(t *testing.T) {
	for _, listen := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "mail.example:0", "[::]:0", "127.0.0.1"} {
		s, err := mailsink.Start(listen, mailsink.Options{Now: time.Now})
		if err == nil {
			t.Errorf("listens on %s", s.Addr())
			_ = s.Close()
		}
	}
}
