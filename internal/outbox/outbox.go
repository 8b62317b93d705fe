// Package outbox sends what the features have promised: it leases a mail,
// writes it, derives its link, hands it to the mail server and notes how it
// ended. What mails there are, and when, is the features' business.
//
// The promise: an accepted mail is never lost. A hard kill can double at most
// one, with the same Message-ID and the same link, and nothing softer doubles
// any. To keep it, one mail at a time per process is between its last byte and
// the note that it was taken.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"sync"
	"sync/atomic"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/smtpclient"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Service sends mails.
type Service struct {
	DB        *store.DB
	Key       token.Key
	Texts     *mailtext.Renderer
	Server    *smtpclient.Client
	Entities  keyfold.Entities
	Brand     mailtext.Brand
	PublicURL *url.URL
	DeskURL   *url.URL // where links for the staff lead; nil: to the same
	From      keyfold.Email
	FromName  string
	Bounces   keyfold.Email // gets word of mails that do not arrive; zero: who sends them
	// EntityNames are the names beside the senders of entities, by code; who is
	// not there is called as the entity.
	EntityNames map[string]string
	Log         *slog.Logger

	Workers int           // mails under way at once
	Lease   time.Duration // how long a worker may take for one
	Timeout time.Duration // how long the mail server may take for one
	GiveUp  time.Duration // after which a mail that is refused for now has failed
	Poll    time.Duration // how often to look when nobody wakes us
	// Patience is how long a stopping process waits for the mail server's word
	// about a mail that has left, and then for the database to note it.
	Patience time.Duration

	// Sent is told when a mail with a link has left, in the transaction that
	// notes it.
	Sent func(context.Context, *store.Tx, store.Token) error

	// last is held from before the last byte of a mail until its end is noted.
	last sync.Mutex
	wake chan struct{}
	once sync.Once
}

// system is who sends mails.
var system = keyfold.Act{By: "system"}

// errStopping ends a mail that had not reached its last byte when the process
// was told to stop.
var errStopping = errors.New("outbox: stopping")

// errNoAnswer ends a mail that had, and whose server says nothing. It may have
// arrived.
var errNoAnswer = errors.New("outbox: stopped before the mail server had answered")

// errLeaseLost ends a mail that another worker has by now.
var errLeaseLost = errors.New("outbox: the lease ran out")

// Wake says that a mail waits. It never blocks.
func (s *Service) Wake() {
	select {
	case s.bell() <- struct{}{}:
	default:
	}
}

func (s *Service) bell() chan struct{} {
	s.once.Do(func() { s.wake = make(chan struct{}, 1) })
	return s.wake
}

// Run sends mails until ctx ends, and returns when those that are past the
// point of no return have been noted and the others are back in the queue.
func (s *Service) Run(ctx context.Context) {
	slots := make(chan struct{}, max(1, s.Workers))
	var underWay sync.WaitGroup
	for ctx.Err() == nil {
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			continue
		}
		m, ok, err := s.claim(ctx)
		if err != nil && ctx.Err() == nil {
			s.Log.ErrorContext(ctx, "mails cannot be claimed", "error", err)
		}
		if !ok {
			<-slots
			s.wait(ctx)
			continue
		}
		underWay.Go(func() {
			defer func() { <-slots }()
			s.deliver(ctx, m)
		})
	}
	underWay.Wait()
}

// SendDue sends all mails that are due now, one after the other, and returns
// how many it tried.
func (s *Service) SendDue(ctx context.Context) (tried int, err error) {
	for {
		m, ok, err := s.claim(ctx)
		if err != nil || !ok {
			return tried, err
		}
		s.deliver(ctx, m)
		tried++
	}
}

func (s *Service) claim(running context.Context) (m store.Mail, ok bool, err error) {
	due, err := s.DB.Reader().NextMail(running)
	if err != nil || due.IsZero() || due.After(s.DB.Reader().Now()) {
		return store.Mail{}, false, err
	}
	// A claim that is cut off while it is written may hold all the same, and
	// nobody would send the mail until its lease ends. So it is seen through.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(running), s.Timeout)
	defer cancel()
	worker := token.New().Reveal()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		mails, err := tx.ClaimMails(ctx, worker, s.Lease, 1)
		if err == nil && len(mails) == 1 {
			m, ok = mails[0], true
		}
		return err
	})
	if err != nil && ok {
		s.disclaim(running, worker)
	}
	return m, ok && err == nil, err
}

// disclaim gives back what a claim may hold that ended in an error: a database
// that goes away while it commits does not say whether it has. Otherwise the
// mail would wait for its lease to end.
func (s *Service) disclaim(running context.Context, worker string) {
	s.insist(running, "the return of a claim", worker, func(ctx context.Context, tx *store.Tx) error {
		return tx.ReturnClaim(ctx, worker)
	})
}

func (s *Service) wait(ctx context.Context) {
	timer := time.NewTimer(s.Poll)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-s.bell():
	case <-timer.C:
	}
}

// deliver takes one mail to its end, or back into the queue.
func (s *Service) deliver(ctx context.Context, m store.Mail) {
	held := false
	defer func() {
		if held {
			s.last.Unlock()
		}
	}()
	var past atomic.Bool
	sending, done := s.sending(ctx, &past)
	defer done()
	message, why, err := s.write(sending, m)
	if err == nil && why == "" {
		err = s.Server.Send(sending, message, func() error {
			if !held {
				s.last.Lock()
				held = true
			}
			past.Store(true) // before ctx is looked at: see cut
			return s.mayFinish(ctx, m)
		})
	}
	if errors.Is(context.Cause(sending), errStopping) && !answered(err) {
		err = errStopping // whatever it broke as
	}
	s.note(ctx, m, why, err)
}

// answered reports whether it was the mail server that said no.
func answered(err error) bool {
	failure, ok := errors.AsType[*smtpclient.Failure](err)
	return err == nil || ok && failure.Code != 0
}

// sending is the context of one mail. What is past its last byte is seen
// through though we are told to stop, for a while; all else ends at once.
func (s *Service) sending(ctx context.Context, past *atomic.Bool) (context.Context, func()) {
	bounded, cancel := context.WithTimeout(context.WithoutCancel(ctx), s.Timeout)
	sending, cut := context.WithCancelCause(bounded)
	stop := context.AfterFunc(ctx, func() {
		if !past.Load() {
			cut(errStopping)
			return
		}
		patience := time.NewTimer(s.Patience)
		defer patience.Stop()
		select {
		case <-patience.C:
			cut(errNoAnswer)
		case <-sending.Done():
		}
	})
	return sending, func() { stop(); cut(nil); cancel() }
}

// mayFinish is asked before the last byte: from there on there is no way back.
func (s *Service) mayFinish(ctx context.Context, m store.Mail) error {
	if ctx.Err() != nil {
		return errStopping
	}
	ok := false
	ctx = context.WithoutCancel(ctx)
	err := s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		ok, err = tx.ExtendLease(ctx, m.ID, m.Worker, s.Lease)
		return err
	})
	switch {
	case err != nil:
		return fmt.Errorf("outbox: %w", err)
	case !ok:
		return errLeaseLost
	}
	return nil
}
