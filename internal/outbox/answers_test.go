package outbox_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/store"
)

func TestAnAcceptedMailIsSentOnce(t *testing.T) {
	each(t, func(w *world) {
		p := w.reset(contact)
		w.send(1)
		m := w.got(1)[0]
		if m.Problem != "" || m.Unanswered || m.MessageID != p.ID+"@polder.example" || len(m.Links) != 1 {
			t.Errorf("problem %q, Message-ID %q, links %v", m.Problem, m.MessageID, m.Links)
		}
		if !strings.HasPrefix(m.Links[0], "https://id.example/passwordReset/") {
			t.Errorf("the link is %s", m.Links[0])
		}
		w.opens(m.Links[0], p, store.Reset)
		w.is(p, store.Sent, 1)
		if kinds := w.kinds(p.Account); !slices.Contains(kinds, "mail.sent") {
			t.Errorf("events %v", kinds)
		}
		w.clock.Pass(48 * time.Hour)
		w.send(0)
		w.got(1)
	})
}

func TestWhatIsRefusedForNowIsTriedAgain(t *testing.T) {
	for name, answer := range map[string]mailsink.Answer{
		"450 at MAIL":         mailsink.Reply(mailsink.AtMail, 450, [3]int{4, 7, 1}, "come back later"),
		"450 at RCPT":         mailsink.Reply(mailsink.AtRcpt, 450, [3]int{4, 2, 0}, "come back later"),
		"452 at DATA":         mailsink.Reply(mailsink.AtData, 452, [3]int{4, 3, 1}, "come back later"),
		"421 at MAIL":         mailsink.Reply(mailsink.AtMail, 421, [3]int{4, 3, 2}, "come back later"),
		"421 at RCPT":         mailsink.Reply(mailsink.AtRcpt, 421, [3]int{4, 3, 2}, "come back later"),
		"421 at DATA":         mailsink.Reply(mailsink.AtData, 421, [3]int{4, 3, 2}, "come back later"),
		"530 at MAIL":         mailsink.Reply(mailsink.AtMail, 530, [3]int{5, 7, 0}, "come back later"), // our set-up, not the mail
		"close at MAIL":       mailsink.CloseBeforeReply(mailsink.AtMail),
		"close at RCPT":       mailsink.CloseBeforeReply(mailsink.AtRcpt),
		"close at DATA":       mailsink.CloseBeforeReply(mailsink.AtData),
		"closed after dot":    mailsink.CloseAfterDot(),
		"silence at MAIL":     mailsink.Stall(mailsink.AtMail),
		"silence at RCPT":     mailsink.Stall(mailsink.AtRcpt),
		"silence at DATA dot": mailsink.Stall(mailsink.AtData),
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *world) {
				if strings.HasPrefix(name, "silence") {
					w.out.Timeout = 300 * time.Millisecond
				}
				w.once(answer)
				p := w.reset(contact)
				w.send(1)
				w.waits(p)
				w.send(0)
				w.clock.Pass(7 * time.Second)
				w.out.Timeout = time.Minute
				w.send(1)
				w.is(p, store.Sent, 2)
				w.sameMails(p)
			})
		})
	}
}

// waits wants a mail to be back in the queue after its first try, for five
// seconds, give or take a quarter.
func (w *world) waits(p promise) {
	w.Helper()
	m := w.is(p, store.Queued, 1)
	if pause := m.Next.Sub(w.clock.Now()); pause < 3750*time.Millisecond || pause > 6250*time.Millisecond {
		w.Errorf("the next try is in %s", pause)
	}
	if m.LastError == "" {
		w.Error("nothing says why")
	}
	if w.account(p.Account).NeedsCare {
		w.Error("care was called for a mail that is only late")
	}
}

// sameMails wants all but the last mail to be unanswered, and all to be the
// same to the letter.
func (w *world) sameMails(p promise) {
	w.Helper()
	mails := w.sink.Mails()
	if len(mails) == 0 {
		w.Fatal("no mail came")
	}
	last := mails[len(mails)-1]
	w.opens(last.Links[0], p, store.Reset)
	for i, m := range mails {
		same := m.MessageID == last.MessageID && slices.Equal(m.Links, last.Links) && m.Text == last.Text && m.HTML == last.HTML
		if m.Unanswered != (i < len(mails)-1) || !same {
			w.Errorf("mail %d of %d: unanswered %v, Message-ID %s, links %v; the last: %s, %v",
				i+1, len(mails), m.Unanswered, m.MessageID, m.Links, last.MessageID, last.Links)
		}
	}
}

func TestAMailThatMayHaveArrivedIsDoubledWithTheSameLetters(t *testing.T) {
	each(t, func(w *world) {
		w.once(mailsink.CloseAfterDot())
		p := w.reset(contact)
		w.send(1)
		w.got(1)
		w.clock.Pass(7 * time.Second)
		w.send(1)
		w.got(2)
		w.sameMails(p)
	})
}

func TestARefusalForGoodIsFinalAndSeen(t *testing.T) {
	for name, answer := range map[string]mailsink.Answer{
		"at RCPT": mailsink.Reply(mailsink.AtRcpt, 550, [3]int{5, 1, 1}, "nobody lives here"),
		"at DATA": mailsink.Reply(mailsink.AtData, 554, [3]int{5, 6, 0}, "nobody lives here"),
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *world) {
				w.once(answer)
				p := w.reset(contact)
				w.send(1)
				m := w.is(p, store.Failed, 1)
				if !strings.Contains(m.LastError, "nobody lives here") {
					t.Errorf("the reason is %q", m.LastError)
				}
				if kinds := w.kinds(p.Account); !slices.Contains(kinds, "mail.failed") || !slices.Contains(kinds, "account.needs_care") {
					t.Errorf("events %v", kinds)
				}
				if !w.account(p.Account).NeedsCare {
					t.Error("nobody can come in, and care does not know")
				}
				if h, err := w.db.Reader().OutboxHealth(t.Context()); err != nil || h.Failed != 1 {
					t.Errorf("%d failed: %v", h.Failed, err)
				}
				if !strings.Contains(w.log.String(), "given up") {
					t.Errorf("the log says nothing:\n%s", w.log)
				}
				w.clock.Pass(48 * time.Hour)
				w.send(0)
			})
		})
	}
}

func TestCareIsNotCalledForANotice(t *testing.T) {
	each(t, func(w *world) {
		w.once(mailsink.Reply(mailsink.AtRcpt, 550, [3]int{5, 1, 1}, "nobody lives here"))
		p := w.promise("password-set", store.Dispute, contact, w.customer(contact))
		w.send(1)
		w.is(p, store.Failed, 1)
		if w.account(p.Account).NeedsCare {
			t.Error("care was called though the way in is open")
		}
	})
}

func TestThePausesGrowUntilTheMailIsGivenUp(t *testing.T) {
	each(t, func(w *world) {
		w.sink.Script(func(string, int) mailsink.Answer {
			return mailsink.Reply(mailsink.AtRcpt, 451, [3]int{4, 3, 0}, "not today")
		})
		p := w.promise("password-set", store.Dispute, contact, w.customer(contact))
		steps := []time.Duration{5 * time.Second, 15 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute}
		began := w.clock.Now()
		for try := 1; ; try++ {
			w.send(1)
			m := w.row(p)
			if m.Status == store.Failed {
				if !strings.Contains(m.LastError, "given up") || !strings.Contains(m.LastError, "not today") {
					t.Errorf("the reason is %q", m.LastError)
				}
				break
			}
			w.is(p, store.Queued, try)
			pause, step := m.Next.Sub(w.clock.Now()), steps[min(try, len(steps))-1]
			if pause < step*3/4 || pause > step*5/4 {
				t.Fatalf("after try %d the pause is %s, want about %s", try, pause, step)
			}
			w.clock.Pass(pause)
		}
		if age := w.clock.Now().Sub(began); age > giveUp || age < giveUp-time.Hour {
			t.Errorf("given up after %s", age)
		}
	})
}

func TestMailsThatFailedTogetherDoNotComeBackTogether(t *testing.T) {
	each(t, func(w *world) {
		w.once(mailsink.Reply(mailsink.AtRcpt, 450, [3]int{4, 7, 1}, "greylisted"))
		var all []promise
		for i := range 60 {
			all = append(all, w.reset("box"+strings.Repeat("x", i)+"@veldkamp.example"))
		}
		w.send(len(all))
		at := map[time.Time]int{}
		for _, p := range all {
			w.waits(p)
			at[w.row(p).Next]++
		}
		if len(at) < len(all)/2 {
			t.Errorf("%d mails come back at %d moments", len(all), len(at))
		}
	})
}
