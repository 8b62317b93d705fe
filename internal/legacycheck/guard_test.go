package legacycheck_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/legacycheck"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

const pw = "welkom01 & geheim"

func customer(tb testing.TB, typed string) keyfold.CustomerID {
	tb.Helper()
	id, err := keyfold.ParseCustomerID(typed)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

// A post is a guard before a system, its clock and its log.
type post struct {
	*legacycheck.Guard
	t     *testing.T
	clock *storetest.Clock
	log   *bytes.Buffer
}

func guard(t *testing.T, s legacycheck.System, change ...func(*legacycheck.Config)) *post {
	t.Helper()
	p := &post{t: t, clock: storetest.NewClock(), log: &bytes.Buffer{}}
	c := legacycheck.Config{Entity: "NL", Now: p.clock.Now, Log: slog.New(slog.NewTextHandler(&locked{b: p.log}, nil))}
	for _, do := range change {
		do(&c)
	}
	p.Guard = legacycheck.New(s, c)
	t.Cleanup(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		if strings.Contains(p.log.String(), "geheim") || strings.Contains(p.log.String(), "secret") {
			t.Errorf("the log has a secret in it:\n%s", p.log)
		}
	})
	return p
}

type locked struct {
	mu sync.Mutex
	b  *bytes.Buffer
}

func (l *locked) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (p *post) ask(want keyfold.Verdict) {
	p.t.Helper()
	got, err := p.Check(p.t.Context(), customer(p.t, "NL123421341"), pw)
	if got != want || err != nil {
		p.t.Errorf("got %q, %v, want %q; the log says\n%s", got, err, want, p.log)
	}
}

func (p *post) refused(text string) {
	p.t.Helper()
	got, err := p.Check(p.t.Context(), customer(p.t, "NL123421341"), pw)
	if got != "" || !keyfold.RefusedAs(err, text) {
		p.t.Errorf("got %q, %v, want the refusal %s; the log says\n%s", got, err, text, p.log)
	}
}

func (p *post) stats(want string) {
	p.t.Helper()
	var got []string
	s := p.Stats()
	for _, name := range legacycheck.Outcomes() {
		if n := s.Outcomes[name]; n > 0 {
			got = append(got, fmt.Sprintf("%s %d", name, n))
		}
	}
	if s.Stopped {
		got = append(got, "and stopped")
	}
	if got := strings.Join(got, ", "); got != want {
		p.t.Errorf("stats: %s, want %s", got, want)
	}
}

// A switchboard is a hook that can be switched off, on a real server.
type switchboard struct {
	mu   sync.Mutex
	down bool
	hits int
}

func (s *switchboard) turn(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func (s *switchboard) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.hits
}

func (s *switchboard) ServeHTTP(w http.ResponseWriter, _ *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hits++
	if s.down {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	answer(w, `{"result":"right"}`)
}

func TestASystemThatDoesNotAnswerIsLeftInPeace(t *testing.T) {
	s := &switchboard{down: true}
	p := guard(t, hook(t, s))
	for range 5 {
		p.refused("legacy.down")
	}
	p.stats("down 5, and stopped")
	p.refused("legacy.down")
	p.clock.Pass(15*time.Second - 1)
	p.refused("legacy.down")
	if n := s.asked(); n != 5 {
		t.Errorf("asked %d times, want 5", n)
	}
	p.stats("down 5, stopped 2, and stopped")
	// The first after that finds out, and one failure is enough then.
	p.clock.Pass(1)
	p.refused("legacy.down")
	p.refused("legacy.down")
	if n := s.asked(); n != 6 {
		t.Errorf("asked %d times, want 6", n)
	}
	s.turn(false)
	p.refused("legacy.down")
	p.clock.Pass(15 * time.Second)
	p.ask(keyfold.VerdictRight)
	p.ask(keyfold.VerdictRight)
	p.stats("right 2, down 6, stopped 4")
	for _, said := range []string{"is not asked for a while", "answers again", "cause=\"the hook answered with status 502\""} {
		if !strings.Contains(p.log.String(), said) {
			t.Errorf("the log does not say %q:\n%s", said, p.log)
		}
	}
}

func TestASuccessInBetweenStartsTheCountAnew(t *testing.T) {
	s := &switchboard{}
	p := guard(t, hook(t, s))
	for range 3 {
		s.turn(true)
		for range 4 {
			p.refused("legacy.down")
		}
		s.turn(false)
		p.ask(keyfold.VerdictRight)
	}
	p.stats("right 3, down 12")
}

func TestWhenToComeBack(t *testing.T) {
	p := guard(t, hook(t, &switchboard{down: true}))
	for range 5 {
		p.refused("legacy.down")
	}
	p.clock.Pass(5 * time.Second)
	_, err := p.Check(t.Context(), customer(t, "NL123421341"), pw)
	if r := keyfold.Refused(err); len(r) != 1 || r[0].RetryAfter != 10*time.Second {
		t.Errorf("got %v", err)
	}
}

// A gatekeeper is a system whose answers wait until they are let go.
type gatekeeper struct {
	entered chan string
	release chan error
}

func (g gatekeeper) Ask(ctx context.Context, q legacycheck.Question) (keyfold.Verdict, error) {
	select {
	case g.entered <- q.Request:
	case <-ctx.Done(): // nobody expected the question
		return "", ctx.Err()
	}
	select {
	case err := <-g.release:
		return keyfold.VerdictWrong, err
	case <-ctx.Done():
		return "", ctx.Err()
	}
}

func (gatekeeper) Close() error { return nil }

func (p *post) later() <-chan error {
	done := make(chan error, 1)
	go func() {
		_, err := p.Check(p.t.Context(), customer(p.t, "NL123421341"), pw)
		done <- err
	}()
	return done
}

func TestOnlySoManyQuestionsAtOnce(t *testing.T) {
	g := gatekeeper{make(chan string), make(chan error)}
	p := guard(t, g, func(c *legacycheck.Config) { c.AtOnce, c.Wait = 2, 20*time.Millisecond })
	a, b := p.later(), p.later()
	one, two := <-g.entered, <-g.entered
	if one == two || len(one) != 16 {
		t.Errorf("questions are called %q and %q", one, two)
	}
	p.refused("legacy.busy")
	g.release <- nil
	g.release <- nil
	if err := errors.Join(<-a, <-b); err != nil {
		t.Error(err)
	}
	c := p.later()
	<-g.entered
	g.release <- nil
	if err := <-c; err != nil {
		t.Error(err)
	}
	p.stats("wrong 3, busy 1")
}

func TestOnlyOneFindsOutWhetherItWorksAgain(t *testing.T) {
	g := gatekeeper{make(chan string), make(chan error)}
	p := guard(t, g)
	for range 5 {
		done := p.later()
		<-g.entered
		g.release <- errors.New("down")
		if err := <-done; !keyfold.RefusedAs(err, "legacy.down") {
			t.Errorf("got %v", err)
		}
	}
	p.clock.Pass(15 * time.Second)
	trial := p.later()
	<-g.entered
	p.refused("legacy.down")
	g.release <- nil
	if err := <-trial; err != nil {
		t.Error(err)
	}
	next := p.later()
	<-g.entered
	g.release <- nil
	if err := <-next; err != nil {
		t.Error(err)
	}
	p.stats("wrong 2, down 5, stopped 1")
}

func TestWhoGoesAwayIsNoFailure(t *testing.T) {
	g := gatekeeper{make(chan string), make(chan error)}
	p := guard(t, g)
	leave := func() {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error, 1)
		go func() {
			_, err := p.Check(ctx, customer(t, "NL123421341"), pw)
			done <- err
		}()
		<-g.entered
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v", err)
		}
	}
	for range 7 {
		leave()
	}
	p.stats("")
	for range 5 {
		done := p.later()
		<-g.entered
		g.release <- errors.New("down")
		if err := <-done; !keyfold.RefusedAs(err, "legacy.down") {
			t.Errorf("got %v", err)
		}
	}
	p.clock.Pass(15 * time.Second)
	leave() // as the one who was to find out: the next one does
	trial := p.later()
	<-g.entered
	g.release <- nil
	if err := <-trial; err != nil {
		t.Error(err)
	}
	p.stats("wrong 1, down 5")
}

// An answer that was asked for before the others failed says nothing of now.
func TestALateAnswerEndsNoRest(t *testing.T) {
	g := gatekeeper{make(chan string), make(chan error)}
	p := guard(t, g)
	early := p.later()
	<-g.entered
	for range 5 {
		done := p.later()
		<-g.entered
		g.release <- errors.New("down")
		var err error
		select {
		case err = <-done:
		case err = <-early: // whichever was let go: all are alike
			early = done
		}
		if !keyfold.RefusedAs(err, "legacy.down") {
			t.Errorf("got %v", err)
		}
	}
	g.release <- nil
	if err := <-early; err != nil {
		t.Error(err)
	}
	if !p.Stats().Stopped {
		t.Error("it is asked again")
	}
}

func TestAQuestionDoesNotPrintItself(t *testing.T) {
	q := legacycheck.Question{Request: "abc", Password: pw}
	var b bytes.Buffer
	slog.New(slog.NewTextHandler(&b, nil)).Info("m", "q", q)
	if got := fmt.Sprintf("%v %+v %#v %s %s", q, q, q, q, b.String()); strings.Contains(got, "geheim") {
		t.Error(got)
	}
}
