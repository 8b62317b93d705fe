// Package mailsink is a mail server that delivers nothing: the mailbox of the
// demo, and the server that tests send to. A script makes it refuse, hang up
// or fall silent at any point, as real ones do.
package mailsink

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"slices"
	"sync"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/keyfold/keyfold"
)

const (
	defaultKeep = 1000
	maxBytes    = 4 << 20 // of one mail
	maxSilence  = 5 * time.Minute
)

// Options are how a sink behaves. Only Now is required.
type Options struct {
	Now            func() time.Time
	Keep           int         // how many mails; the oldest go first. 0: 1,000; negative: all
	TLS            *tls.Config // offers STARTTLS
	Implicit       bool        // TLS from the first byte instead
	User, Password string      // asks for a login; empty: none
	DSN            bool        // offers to be told what to do with mails that do not arrive: RFC 3461
}

// A Sink is a mail server that keeps what it gets.
type Sink struct {
	options Options
	listen  net.Listener
	server  *smtp.Server
	done    chan struct{} // closed when the sink closes: ends what stalls
	served  chan struct{} // closed when the listener has ended

	mu       sync.Mutex
	script   func(rcpt string, attempt int) Answer
	attempts map[string]int
	mails    []Mail
	count    int // of all mails ever: makes their IDs
	arrived  chan struct{}
	sessions map[*session]struct{}
	dials    int
}

// Start listens on an address of the loopback: mails with live links must not
// be open to a network.
func Start(listen string, o Options) (*Sink, error) {
	if o.Now == nil {
		return nil, errors.New("mailsink: no clock")
	}
	host, _, err := net.SplitHostPort(listen)
	if err != nil {
		return nil, fmt.Errorf("mailsink: %w", err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("mailsink: %s is not a loopback address: use 127.0.0.1:port", listen)
	}
	var lc net.ListenConfig
	l, err := lc.Listen(context.Background(), "tcp", listen)
	if err != nil {
		return nil, fmt.Errorf("mailsink: %w", err)
	}
	if o.Implicit {
		l = tls.NewListener(l, o.TLS)
	}
	if o.Keep == 0 {
		o.Keep = defaultKeep
	}
	s := &Sink{
		options: o, listen: l, done: make(chan struct{}), served: make(chan struct{}),
		attempts: map[string]int{}, arrived: make(chan struct{}), sessions: map[*session]struct{}{},
	}
	s.server = smtp.NewServer(smtp.BackendFunc(s.open))
	s.server.Domain = "mailsink"
	s.server.MaxRecipients = 100
	s.server.MaxMessageBytes = maxBytes
	s.server.ReadTimeout, s.server.WriteTimeout = maxSilence, maxSilence
	s.server.AllowInsecureAuth = true
	s.server.EnableDSN = o.DSN
	s.server.ErrorLog = log.New(io.Discard, "", 0)
	if !o.Implicit {
		s.server.TLSConfig = o.TLS
	}
	go func() {
		defer close(s.served)
		_ = s.server.Serve(l) // ends with Close
	}()
	return s, nil
}

// Addr is where the sink listens: host and port.
func (s *Sink) Addr() string { return s.listen.Addr().String() }

// URL is the address in the form that the product is configured with.
func (s *Sink) URL() string { return "smtp://" + s.Addr() + "?tls=none" }

// Close stops the sink and hangs up on everybody. What it kept stays readable.
func (s *Sink) Close() error {
	s.mu.Lock()
	select {
	case <-s.done:
		s.mu.Unlock()
		return nil
	default:
		close(s.done)
	}
	s.mu.Unlock()
	err := s.server.Close()
	if errors.Is(err, net.ErrClosed) {
		err = nil
	}
	_ = s.listen.Close() // when it closes before the server knew the listener
	<-s.served
	if err != nil {
		return fmt.Errorf("mailsink: %w", err)
	}
	return nil
}

// Mails are the accepted mails, oldest first. It has those too whose sender
// was never told: see [Mail.Unanswered].
func (s *Sink) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.mails)
}

// For are the accepted mails to a mailbox, oldest first.
func (s *Sink) For(to keyfold.Email) []Mail {
	return slices.DeleteFunc(s.Mails(), func(m Mail) bool { return !isTo(m, to) })
}

// Get is the mail with that ID.
func (s *Sink) Get(id string) (Mail, bool) {
	all := s.Mails()
	i := slices.IndexFunc(all, func(m Mail) bool { return m.ID == id })
	if i < 0 {
		return Mail{}, false
	}
	return all[i], true
}

// Wait is [Sink.For], once there are n mails or more.
func (s *Sink) Wait(ctx context.Context, to keyfold.Email, n int) ([]Mail, error) {
	for {
		s.mu.Lock()
		arrived := s.arrived
		s.mu.Unlock()
		mails := s.For(to)
		if len(mails) >= n {
			return mails, nil
		}
		select {
		case <-arrived:
		case <-ctx.Done():
			return mails, fmt.Errorf("mailsink: %d of %d mails: %w", len(mails), n, ctx.Err())
		}
	}
}

// Dials is how many connections have said hello so far.
func (s *Sink) Dials() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.dials
}

// Script has every further mail answered by f, which must be safe for use by
// several goroutines. At MAIL it is asked with an empty rcpt, and only an
// answer for that moment counts; at RCPT it is asked with the address. Attempts
// are counted from 1, for each rcpt on its own. Nil accepts everything.
func (s *Sink) Script(f func(rcpt string, attempt int) Answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.script, s.attempts = f, map[string]int{}
}

// HangUp closes every open connection with a 421, as a server does that is
// tired of waiting.
func (s *Sink) HangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for open := range s.sessions {
		open.hangUp("421 4.4.2 Idle for too long\r\n")
	}
}

func (s *Sink) ask(rcpt string) Answer {
	s.mu.Lock()
	s.attempts[rcpt]++
	script, attempt := s.script, s.attempts[rcpt]
	s.mu.Unlock()
	if script == nil {
		return Answer{}
	}
	return script(rcpt, attempt)
}

func (s *Sink) keep(mails []Mail) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, m := range mails {
		s.count++
		m.ID = fmt.Sprint(s.count)
		s.mails = append(s.mails, m)
	}
	if extra := len(s.mails) - s.options.Keep; s.options.Keep > 0 && extra > 0 {
		s.mails = slices.Delete(s.mails, 0, extra)
	}
	close(s.arrived)
	s.arrived = make(chan struct{})
}
