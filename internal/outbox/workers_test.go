package outbox_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/outbox"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// late has one worker hold a mail until its lease is over and another one has
// sent it; then the first gets its answer.
func (w *world) late(p promise, answer mailsink.Answer) {
	w.Helper()
	g := w.hold(answer)
	var slow sync.WaitGroup
	slow.Go(func() { w.send(1) })
	<-g.reached
	if tried, err := w.service(w.db).SendDue(w.Context()); err != nil || tried != 0 {
		w.Errorf("the lease holds, and %d mails were tried: %v", tried, err)
	}
	w.clock.Pass(lease)
	if tried, err := w.service(w.db).SendDue(w.Context()); err != nil || tried != 1 {
		w.Errorf("the lease is over, and %d mails were tried: %v", tried, err)
	}
	w.is(p, store.Sent, 2)
	close(g.open)
	slow.Wait()
}

func TestALeaseThatRanOutIsAnothersAndTheLateWorkerHasNoSay(t *testing.T) {
	for name, answer := range map[string]mailsink.Answer{
		"accepted": mailsink.Accept(),
		"refused":  mailsink.Reply(mailsink.AtRcpt, 550, [3]int{5, 1, 1}, "nobody lives here"),
		"put off":  mailsink.Reply(mailsink.AtRcpt, 450, [3]int{4, 2, 0}, "come back later"),
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *world) {
				p := w.reset(contact)
				w.late(p, answer)
				w.got(1)
				w.is(p, store.Sent, 2)
				if w.account(p.Account).NeedsCare {
					t.Error("the late worker called care")
				}
				count := map[string]int{}
				for _, kind := range w.kinds(p.Account) {
					count[kind]++
				}
				if count["mail.sent"] != 1 || count["mail.failed"] != 0 {
					t.Errorf("events %v", count)
				}
			})
		})
	}
}

// running runs a service until stop, which waits for its end.
func running(ctx context.Context, s *outbox.Service) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var all sync.WaitGroup
	all.Go(func() { s.Run(ctx) })
	return func() { cancel(); all.Wait() }
}

func TestAStoppingWorkerGivesItsMailBackAtOnce(t *testing.T) {
	for name, answer := range map[string]mailsink.Answer{
		"at MAIL": mailsink.Stall(mailsink.AtMail),
		"at RCPT": mailsink.Stall(mailsink.AtRcpt),
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *world) {
				reached := make(chan struct{}, 10)
				w.sink.Script(func(string, int) mailsink.Answer {
					reached <- struct{}{}
					return answer
				})
				p := w.reset(contact)
				stop := running(t.Context(), w.out)
				<-reached
				stop() // the mail server would be waited for a minute
				if m := w.is(p, store.Queued, 0); !m.Next.Equal(w.clock.Now()) {
					t.Errorf("the next try is at %s", m.Next)
				}
				w.sink.Script(nil)
				w.send(1)
				w.got(1)
				w.is(p, store.Sent, 1)
			})
		})
	}
}

// stopAtTheLastByte has a service told to stop in the transaction before the
// last byte of its mail.
func stopAtTheLastByte(t *testing.T, engine string, answer mailsink.Answer, patience time.Duration) (*world, promise) {
	t.Helper()
	clock := storetest.NewClock()
	ctx, cancel := context.WithCancel(t.Context())
	var armed atomic.Bool
	now := func() time.Time {
		if armed.Load() {
			cancel()
		}
		return clock.Now()
	}
	w := newWorld(t, storetest.OpenURL(t, storetest.URL(t, engine), now), clock)
	w.out.Workers, w.out.Patience = 1, patience // one worker: nobody else looks at the clock
	p := w.reset(contact)
	g := w.hold(answer)
	var all sync.WaitGroup
	all.Go(func() { w.out.Run(ctx) })
	<-g.reached
	armed.Store(true)
	close(g.open)
	all.Wait()
	return w, p
}

func TestAStoppingWorkerSeesThroughWhatIsPastItsLastByte(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			w, p := stopAtTheLastByte(t, engine, mailsink.Accept(), time.Minute)
			w.is(p, store.Sent, 1)
			w.got(1)
			w, p = stopAtTheLastByte(t, engine, mailsink.Stall(mailsink.AtData), 50*time.Millisecond)
			if m := w.is(p, store.Queued, 1); !strings.Contains(m.LastError, "stopped before the mail server had answered") {
				t.Errorf("the reason is %q", m.LastError)
			}
		})
	}
}

func TestOneMailboxGetsItsMailsInOrder(t *testing.T) {
	each(t, func(w *world) {
		var want [2][]string
		for i := range 30 {
			to := i % 2
			p := w.reset(fmt.Sprintf("box%d@veldkamp.example", to))
			want[to] = append(want[to], p.ID+"@polder.example")
		}
		stop := running(t.Context(), w.out)
		for to, ids := range want {
			mails, err := w.sink.Wait(t.Context(), w.email(fmt.Sprintf("box%d@veldkamp.example", to)), len(ids))
			if err != nil {
				t.Fatal(err)
			}
			for i, m := range mails {
				if m.MessageID != ids[i] {
					t.Errorf("mail %d to box %d is %s, want %s", i+1, to, m.MessageID, ids[i])
				}
			}
		}
		stop()
	})
}

// replicas runs two services on one database until n mails have come.
func replicas(t *testing.T, engine string, n int) {
	t.Helper()
	clock := storetest.NewClock()
	url := storetest.URL(t, engine)
	w := newWorld(t, storetest.OpenURL(t, url, clock.Now), clock)
	account := w.customer(contact)
	for i := range n {
		w.promise("password-set", store.Dispute, fmt.Sprintf("box%d@veldkamp.example", i), account)
	}
	one := running(t.Context(), w.out)
	two := running(t.Context(), w.service(storetest.OpenURL(t, url, clock.Now)))
	for i := range n {
		if _, err := w.sink.Wait(t.Context(), w.email(fmt.Sprintf("box%d@veldkamp.example", i)), 1); err != nil {
			t.Fatal(err)
		}
	}
	one()
	two()
	w.send(0)
	seen := map[string]int{}
	for _, m := range w.got(n) {
		if seen[m.MessageID]++; seen[m.MessageID] > 1 {
			t.Errorf("%s came %d times", m.MessageID, seen[m.MessageID])
		}
	}
}

func TestTwoReplicasSendEachMailOnce(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			replicas(t, engine, 300)
		})
	}
}
