package legacycheck

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/token"
)

// A Question is what an old system is asked. It holds a password: nothing of it
// but the request is for a log.
type Question struct {
	Request  string // names it in the logs of both sides
	Entity   string
	ID       keyfold.CustomerID
	Password string
	Asked    time.Time
}

// String shows the request alone.
func (q Question) String() string { return "question " + q.Request }

// GoString is String.
func (q Question) GoString() string { return q.String() }

// LogValue is String.
func (q Question) LogValue() slog.Value { return slog.StringValue(q.String()) }

// A System is an old system. An error says that it gave no answer, and has
// nothing in it that is not for a log.
type System interface {
	Ask(ctx context.Context, q Question) (keyfold.Verdict, error)
	Close() error
}

// errRow says that the system works, and has nothing usable for this one
// customer.
var errRow = errors.New("the old system has no usable password for this customer")

// A Config says how a system is asked. Each zero value but Now and Log means the
// default.
type Config struct {
	Entity string        // its code, for the log
	Answer time.Duration // the longest that an answer may take
	AtOnce int           // questions at once
	Wait   time.Duration // the longest wait for one's turn
	Now    func() time.Time
	Log    *slog.Logger
}

// What holds when the operator says nothing.
const (
	DefaultAnswer = 5 * time.Second
	DefaultAtOnce = 16
	defaultWait   = 2 * time.Second
)

// A Guard asks one old system, and spares it: so many questions at once, a time
// for each, and none for a while after it has not answered several in a row.
type Guard struct {
	system  System
	config  Config
	slots   chan struct{}
	breaker breaker

	mu     sync.Mutex
	counts map[string]uint64
}

// New puts a guard before a system.
func New(s System, c Config) *Guard {
	if c.Answer == 0 {
		c.Answer = DefaultAnswer
	}
	if c.AtOnce == 0 {
		c.AtOnce = DefaultAtOnce
	}
	if c.Wait == 0 {
		c.Wait = defaultWait
	}
	return &Guard{system: s, config: c, slots: make(chan struct{}, c.AtOnce), counts: map[string]uint64{}}
}

// Close lets go of the system's connections.
func (g *Guard) Close() error { return g.system.Close() }

// What comes of a question when it is no verdict.
const (
	outcomeDown    = "down"    // no answer, or none that we understand
	outcomeStopped = "stopped" // not asked: it has not answered the ones before
	outcomeBusy    = "busy"    // not asked: others were, and it took too long
	outcomeRow     = "row"     // answered, and not usable
)

// Outcomes are all that can come of a question.
func Outcomes() (all []string) {
	for _, v := range keyfold.Verdicts() {
		all = append(all, string(v))
	}
	return append(all, outcomeDown, outcomeStopped, outcomeBusy, outcomeRow)
}

// Check asks. It refuses with legacy.down when there is no answer to be had, and
// with legacy.busy when there was no turn. The log says why.
func (g *Guard) Check(ctx context.Context, id keyfold.CustomerID, pw string) (keyfold.Verdict, error) {
	pass, wait := g.breaker.enter(g.config.Now())
	if pass == closed {
		g.count(outcomeStopped)
		return "", down(wait)
	}
	if err := g.turn(ctx); err != nil {
		g.breaker.leave(pass)
		return "", err
	}
	defer func() { <-g.slots }()
	q := Question{Request: token.New().Hash()[:requestName], Entity: g.config.Entity, ID: id, Password: pw, Asked: g.config.Now()}
	limited, cancel := context.WithTimeout(ctx, g.config.Answer)
	defer cancel()
	verdict, err := g.system.Ask(limited, q)
	return g.settle(ctx, q, pass, verdict, err)
}

// requestName is how long the name of a question is.
const requestName = 16

// settle draws the conclusions.
func (g *Guard) settle(ctx context.Context, q Question, pass pass, verdict keyfold.Verdict, err error) (keyfold.Verdict, error) {
	log := g.config.Log.With("entity", q.Entity, "request", q.Request)
	switch {
	case err == nil || errors.Is(err, errRow):
		if g.breaker.worked(pass) {
			log.InfoContext(ctx, "the old system answers again")
		}
		if err != nil {
			g.count(outcomeRow)
			log.WarnContext(ctx, "the old system's password cannot be used", "cause", err)
			return keyfold.VerdictUnknown, nil
		}
		g.count(string(verdict))
		return verdict, nil
	case ctx.Err() != nil: // the visitor has gone
		g.breaker.leave(pass)
		return "", fmt.Errorf("legacycheck: %w", ctx.Err())
	case keyfold.Refused(err) != nil: // it was us who had no room
		g.breaker.leave(pass)
		return "", err
	}
	g.count(outcomeDown)
	log.WarnContext(ctx, "the old system gave no answer", "cause", err)
	wait, stopped := g.breaker.failed(pass, g.config.Now())
	if stopped {
		log.WarnContext(ctx, "the old system is not asked for a while", "wait", wait)
	}
	return "", down(max(wait, time.Second))
}

// down refuses, and says when to come back.
func down(wait time.Duration) error {
	return keyfold.Refuse(keyfold.Busy, "legacy.down").After(wait)
}

// turn waits until there is a slot.
func (g *Guard) turn(ctx context.Context) error {
	timer := time.NewTimer(g.config.Wait)
	defer timer.Stop()
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-timer.C:
		g.count(outcomeBusy)
		return keyfold.Refuse(keyfold.Busy, "legacy.busy").After(defaultWait)
	case <-ctx.Done():
		return fmt.Errorf("legacycheck: %w", ctx.Err())
	}
}

func (g *Guard) count(outcome string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.counts[outcome]++
}

// Stats are for metrics.
type Stats struct {
	Outcomes map[string]uint64 // since the start; each of [Outcomes] is there
	Stopped  bool              // it is not asked for a while
}

// Stats are the numbers of this moment.
func (g *Guard) Stats() Stats {
	g.mu.Lock()
	defer g.mu.Unlock()
	s := Stats{Outcomes: map[string]uint64{}, Stopped: g.breaker.stopped()}
	for _, name := range Outcomes() {
		s.Outcomes[name] = g.counts[name]
	}
	return s
}
