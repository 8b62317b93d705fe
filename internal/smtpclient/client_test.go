package smtpclient_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/smtpclient"
)

var noon = time.Date(2026, 3, 12, 12, 0, 0, 0, time.UTC)

func email(tb testing.TB, s string) keyfold.Email {
	tb.Helper()
	e, err := keyfold.ParseEmail(s)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

func message(tb testing.TB) smtpclient.Message {
	tb.Helper()
	return smtpclient.Message{
		From: email(tb, "noreply@polderhosting.example"), FromName: "Polder Hosting – käre, \"NL\"",
		ReplyTo: email(tb, "care@polderhosting.example"), To: email(tb, "sanne@veldkamp.example"),
		MessageID: "m1.a@polderhosting.example", Date: noon, Language: keyfold.Dutch,
		Subject: "Wachtwoord opnieuw instellen – één keer",
		Text:    "Hallo,\n\nhttps://my.polderhosting.example/passwordReset/q7Vd2Jx9TnB4mKc81LwYzRfH0sGaUeP6iXoE3tQvN5k\n.\nTot ziens – één\n",
		HTML:    `<p><a href="https://my.polderhosting.example/passwordReset/q7Vd2Jx9TnB4mKc81LwYzRfH0sGaUeP6iXoE3tQvN5k?a=1&amp;b=2">Kies</a></p>`,
	}
}

func start(tb testing.TB, o mailsink.Options) *mailsink.Sink {
	tb.Helper()
	o.Now = func() time.Time { return noon }
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

func config(tb testing.TB, url string) smtpclient.Config {
	tb.Helper()
	c, err := smtpclient.ParseURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func client(tb testing.TB, c smtpclient.Config) *smtpclient.Client {
	tb.Helper()
	cl := smtpclient.New(c)
	tb.Cleanup(func() {
		if err := cl.Close(); err != nil {
			tb.Error(err)
		}
	})
	return cl
}

func failure(tb testing.TB, err error) smtpclient.Failure {
	tb.Helper()
	f, ok := errors.AsType[*smtpclient.Failure](err)
	if !ok {
		tb.Fatalf("not a failure: %v", err)
	}
	return *f
}

func TestAMailArrivesAsItWasWritten(t *testing.T) {
	sink := start(t, mailsink.Options{})
	m := message(t)
	if err := client(t, config(t, sink.URL())).Send(t.Context(), m, nil); err != nil {
		t.Fatal(err)
	}
	mails := sink.For(m.To)
	if len(mails) != 1 {
		t.Fatalf("%d mails", len(mails))
	}
	got := mails[0]
	headers := map[string]string{}
	for _, name := range []string{
		"From", "To", "Reply-To", "Date", "Message-Id", "Auto-Submitted", "X-Auto-Response-Suppress",
		"Content-Language", "Mime-Version", "List-Unsubscribe", "User-Agent", "X-Mailer",
	} {
		headers[name] = got.Header.Get(name)
	}
	want := map[string]string{
		"From": headers["From"], "To": "<sanne@veldkamp.example>", "Reply-To": "<care@polderhosting.example>",
		"Date": "Thu, 12 Mar 2026 12:00:00 +0000", "Message-Id": "<m1.a@polderhosting.example>",
		"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All", "Content-Language": "nl",
		"Mime-Version": "1.0", "List-Unsubscribe": "", "User-Agent": "", "X-Mailer": "",
	}
	if diff := cmp.Diff(want, headers); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	from, err := got.Header.AddressList("From")
	if err != nil || len(from) != 1 || from[0].Name != m.FromName || from[0].Address != m.From.String() {
		t.Errorf("From: %v, %v", from, err)
	}
	if got.Subject != m.Subject || strings.TrimRight(got.Text, "\n") != strings.TrimRight(m.Text, "\n") || strings.TrimSpace(got.HTML) != m.HTML || got.Problem != "" {
		t.Errorf("got %q\n%q\n%q\n%s", got.Subject, got.Text, got.HTML, got.Problem)
	}
	if got.From != m.From.String() || got.To != m.To.String() || got.MessageID != m.MessageID || !got.Received.Equal(noon) {
		t.Errorf("envelope %+v", got)
	}
	raw := string(got.Raw)
	if !strings.Contains(raw, "multipart/alternative") || strings.Index(raw, "text/plain") > strings.Index(raw, "text/html") {
		t.Errorf("the text is not the first of two parts:\n%s", raw)
	}
	url := "https://my.polderhosting.example/passwordReset/q7Vd2Jx9TnB4mKc81LwYzRfH0sGaUeP6iXoE3tQvN5k"
	if diff := cmp.Diff([]string{url, url + "?a=1&b=2"}, got.Links); diff != "" {
		t.Errorf("links (-want +got):\n%s", diff)
	}
}

func TestWhatTheServerSaysDecidesWhetherToTryAgain(t *testing.T) {
	type want struct {
		Temporary, MaybeAccepted bool
		Code                     int
		Reply, Stage             string
		Kept                     int
	}
	enhanced := [3]int{5, 1, 1}
	for name, tt := range map[string]struct {
		answer mailsink.Answer
		want   want
	}{
		"450 to the sender":      {mailsink.Reply(mailsink.AtMail, 450, [3]int{4, 2, 0}, "later"), want{true, false, 450, "4.2.0 later", "sender", 0}},
		"530 to the sender":      {mailsink.Reply(mailsink.AtMail, 530, [3]int{5, 7, 0}, "log in"), want{true, false, 530, "5.7.0 log in", "sender", 0}},
		"450 to the recipient":   {mailsink.Reply(mailsink.AtRcpt, 450, [3]int{4, 2, 0}, "grey"), want{true, false, 450, "4.2.0 grey", "recipient", 0}},
		"550 to the recipient":   {mailsink.Reply(mailsink.AtRcpt, 550, enhanced, "nobody"), want{false, false, 550, "5.1.1 nobody", "recipient", 0}},
		"451 to the mail":        {mailsink.Reply(mailsink.AtData, 451, [3]int{4, 3, 0}, "full"), want{true, false, 451, "4.3.0 full", "data", 0}},
		"550 to the mail":        {mailsink.Reply(mailsink.AtData, 554, [3]int{5, 7, 1}, "spam"), want{false, false, 554, "5.7.1 spam", "data", 0}},
		"421 to the recipient":   {mailsink.Reply(mailsink.AtRcpt, 421, [3]int{4, 4, 5}, "busy"), want{true, false, 421, "4.4.5 busy", "recipient", 0}},
		"421 to the mail":        {mailsink.Reply(mailsink.AtData, 421, [3]int{4, 4, 5}, "busy"), want{true, false, 421, "4.4.5 busy", "data", 0}},
		"close at the sender":    {mailsink.CloseBeforeReply(mailsink.AtMail), want{true, false, 0, "", "sender", 0}},
		"close at the recipient": {mailsink.CloseBeforeReply(mailsink.AtRcpt), want{true, false, 0, "", "recipient", 0}},
		"close at the mail":      {mailsink.CloseBeforeReply(mailsink.AtData), want{true, true, 0, "", "data", 0}},
		"close after the dot":    {mailsink.CloseAfterDot(), want{true, true, 0, "", "data", 1}},
	} {
		t.Run(name, func(t *testing.T) {
			sink := start(t, mailsink.Options{})
			sink.Script(func(string, int) mailsink.Answer { return tt.answer })
			f := failure(t, client(t, config(t, sink.URL())).Send(t.Context(), message(t), nil))
			got := want{f.Temporary, f.MaybeAccepted, f.Code, f.Reply, f.Stage, len(sink.Mails())}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%v (-want +got):\n%s", &f, diff)
			}
			for _, m := range sink.Mails() {
				if !m.Unanswered {
					t.Error("the sink says that it had answered")
				}
			}
		})
	}
}

func TestOneConnectionCarriesManyMails(t *testing.T) {
	sink := start(t, mailsink.Options{})
	sink.Script(func(rcpt string, attempt int) mailsink.Answer {
		if attempt == 2 {
			return mailsink.Reply(mailsink.AtRcpt, 550, [3]int{5, 1, 1}, "nobody")
		}
		return mailsink.Accept()
	})
	c := client(t, config(t, sink.URL()))
	for i := range 4 {
		if err := c.Send(t.Context(), message(t), nil); (err != nil) != (i == 1) {
			t.Errorf("mail %d: %v", i, err)
		}
	}
	if n, mails := sink.Dials(), len(sink.Mails()); n != 1 || mails != 3 {
		t.Errorf("%d connections for %d mails", n, mails)
	}
}

func TestAKeptConnectionThatDiedIsReplaced(t *testing.T) {
	sink := start(t, mailsink.Options{})
	c := client(t, config(t, sink.URL()))
	for i := range 3 {
		if err := c.Send(t.Context(), message(t), nil); err != nil {
			t.Fatalf("mail %d: %v", i, err)
		}
		sink.HangUp()
	}
	if n, mails := sink.Dials(), len(sink.Mails()); n != 3 || mails != 3 {
		t.Errorf("%d connections, %d mails", n, mails)
	}
}

func TestALossAfterTheDotIsNotRepeatedByItself(t *testing.T) {
	sink := start(t, mailsink.Options{})
	sink.Script(func(_ string, attempt int) mailsink.Answer {
		if attempt == 2 {
			return mailsink.CloseAfterDot()
		}
		return mailsink.Accept()
	})
	c := client(t, config(t, sink.URL()))
	if err := c.Send(t.Context(), message(t), nil); err != nil {
		t.Fatal(err)
	}
	if f := failure(t, c.Send(t.Context(), message(t), nil)); !f.Temporary || !f.MaybeAccepted {
		t.Errorf("%+v", f)
	}
	if n := len(sink.Mails()); n != 2 {
		t.Errorf("%d mails, want 2", n)
	}
}

func TestAnUnusedConnectionIsNotKept(t *testing.T) {
	sink := start(t, mailsink.Options{})
	cfg := config(t, sink.URL())
	cfg.Idle = -1
	c := client(t, cfg)
	for range 2 {
		if err := c.Send(t.Context(), message(t), nil); err != nil {
			t.Fatal(err)
		}
	}
	if n := sink.Dials(); n != 2 {
		t.Errorf("%d connections, want 2", n)
	}
}

func TestManySendAtOnce(t *testing.T) {
	sink := start(t, mailsink.Options{})
	c := client(t, config(t, sink.URL()))
	var wg sync.WaitGroup
	for i := range 40 {
		m := message(t)
		m.MessageID = fmt.Sprintf("m%d@polderhosting.example", i)
		wg.Go(func() {
			if err := c.Send(t.Context(), m, nil); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, m := range sink.Mails() {
		seen[m.MessageID] = true
	}
	if len(seen) != 40 || len(sink.Mails()) != 40 {
		t.Errorf("%d mails, %d of them different", len(sink.Mails()), len(seen))
	}
}

func TestAMailCanBeStoppedBeforeItsLastByte(t *testing.T) {
	sink := start(t, mailsink.Options{})
	c := client(t, config(t, sink.URL()))
	stop := errors.New("stop")
	for i, answer := range []error{nil, stop, nil} {
		asked := 0
		err := c.Send(t.Context(), message(t), func() error { asked++; return answer })
		if asked != 1 || !errors.Is(err, answer) {
			t.Errorf("mail %d: asked %d times, %v", i, asked, err)
		}
		if answer != nil {
			if f := failure(t, err); !f.Temporary || f.MaybeAccepted {
				t.Errorf("%+v", f)
			}
		}
	}
	if n := len(sink.Mails()); n != 2 {
		t.Errorf("%d mails, want 2", n)
	}
}

func TestASilentServerIsLeft(t *testing.T) {
	for at, maybe := range map[mailsink.Moment]bool{mailsink.AtMail: false, mailsink.AtRcpt: false, mailsink.AtData: true} {
		sink := start(t, mailsink.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		sink.Script(func(rcpt string, _ int) mailsink.Answer {
			if (rcpt == "") == (at == mailsink.AtMail) {
				cancel()
			}
			return mailsink.Stall(at)
		})
		err := client(t, config(t, sink.URL())).Send(ctx, message(t), nil)
		f := failure(t, err)
		if !f.Temporary || f.Code != 0 || (f.MaybeAccepted && !maybe) || !errors.Is(err, context.Canceled) {
			t.Errorf("%d: %+v", at, f)
		}
	}
	sink := start(t, mailsink.Options{})
	sink.Script(func(string, int) mailsink.Answer { return mailsink.Stall(mailsink.AtData) })
	cfg := config(t, sink.URL())
	cfg.Command = 50 * time.Millisecond
	if f := failure(t, client(t, cfg).Send(t.Context(), message(t), nil)); !f.Temporary || !f.MaybeAccepted || !strings.Contains(f.Error(), "does not answer") {
		t.Errorf("%v", &f)
	}
}

func TestNobodyListens(t *testing.T) {
	sink := start(t, mailsink.Options{})
	url := sink.URL()
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	if f := failure(t, client(t, config(t, url)).Send(t.Context(), message(t), nil)); !f.Temporary || f.MaybeAccepted || f.Stage != "connect" {
		t.Errorf("%+v", f)
	}
}

func TestNothingThatIsTypedBecomesAHeader(t *testing.T) {
	sink := start(t, mailsink.Options{})
	c := client(t, config(t, sink.URL()))
	for name, spoil := range map[string]func(*smtpclient.Message){
		"subject":           func(m *smtpclient.Message) { m.Subject = "x\r\nBcc: v@evil.example" },
		"subject, bare LF":  func(m *smtpclient.Message) { m.Subject = "x\nBcc: v@evil.example" },
		"subject, NUL":      func(m *smtpclient.Message) { m.Subject = "x\x00y" },
		"sender's name":     func(m *smtpclient.Message) { m.FromName = "x\r\nBcc: v@evil.example" },
		"message ID":        func(m *smtpclient.Message) { m.MessageID = "a@b>\r\nBcc: v@evil.example" },
		"message ID in <>":  func(m *smtpclient.Message) { m.MessageID = "<a@b>" },
		"no recipient":      func(m *smtpclient.Message) { m.To = keyfold.Email{} },
		"no sender":         func(m *smtpclient.Message) { m.From = keyfold.Email{} },
		"no date":           func(m *smtpclient.Message) { m.Date = time.Time{} },
		"endless subject":   func(m *smtpclient.Message) { m.Subject = strings.Repeat("x", 501) },
		"message ID, plain": func(m *smtpclient.Message) { m.MessageID = "abc" },
	} {
		m := message(t)
		spoil(&m)
		if f := failure(t, c.Send(t.Context(), m, nil)); f.Temporary || f.Stage != "message" {
			t.Errorf("%s: %+v", name, f)
		}
	}
	if n := sink.Dials(); n != 0 {
		t.Errorf("%d connections", n)
	}
}
