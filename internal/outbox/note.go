package outbox

import (
	"context"
	"encoding/hex"
	"errors"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/smtpclient"
	"github.com/keyfold/keyfold/internal/store"
)

// note writes down how a try ended. The mail server's word must not get lost
// because the database is away for a moment; when it is for longer, the mail is
// due again, and may be doubled.
func (s *Service) note(running context.Context, m store.Mail, why string, sent error) {
	s.insist(running, "the end of a mail", m.ID, func(ctx context.Context, tx *store.Tx) error {
		return s.end(ctx, tx, m, why, sent)
	})
}

// insist tries a transaction until it succeeds, or until the lease that it is
// about ends, or a stopping process has no more patience.
func (s *Service) insist(running context.Context, what, about string, do func(context.Context, *store.Tx) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(running), s.Lease)
	defer cancel()
	stop := context.AfterFunc(running, func() {
		patience := time.NewTimer(s.Patience)
		defer patience.Stop()
		select {
		case <-patience.C:
			cancel()
		case <-ctx.Done():
		}
	})
	defer stop()
	for {
		err := s.DB.Update(ctx, func(tx *store.Tx) error { return do(ctx, tx) })
		if err == nil {
			return
		}
		s.Log.ErrorContext(ctx, "the database does not take what has to be noted", "what", what, "about", about, "error", err)
		pause := time.NewTimer(200 * time.Millisecond)
		select {
		case <-pause.C:
		case <-ctx.Done():
			pause.Stop()
			return
		}
	}
}

func (s *Service) end(ctx context.Context, tx *store.Tx, m store.Mail, why string, sent error) error {
	failure, _ := errors.AsType[*smtpclient.Failure](sent)
	switch {
	case errors.Is(sent, errLeaseLost):
		return nil
	case errors.Is(sent, errStopping):
		return tx.ReturnMail(ctx, m.ID, m.Worker)
	case why != "":
		_, err := s.finish(ctx, tx, m, store.Voided, why)
		return err
	case sent == nil:
		return s.sent(ctx, tx, m)
	case failure != nil && !failure.Temporary:
		return s.fail(ctx, tx, m, failure.Error())
	case errors.Is(sent, errSecretChanged):
		s.Log.ErrorContext(ctx, "a mail cannot be sent", "mail", m.ID, "error", sent)
		return s.fail(ctx, tx, m, sent.Error())
	}
	if failure == nil {
		s.Log.ErrorContext(ctx, "a mail cannot be written", "mail", m.ID, "error", sent)
	}
	return s.retry(ctx, tx, m, sent.Error())
}

func (s *Service) sent(ctx context.Context, tx *store.Tx, m store.Mail) error {
	ours, err := s.finish(ctx, tx, m, store.Sent, "")
	if err != nil || !ours || m.Template != string(mailtext.Reset) || s.Sent == nil {
		return err
	}
	t, err := tx.TokenByID(ctx, m.Token)
	if err != nil {
		return err
	}
	return s.Sent(ctx, tx, t)
}

// finish ends a mail, if it is still ours to end.
func (s *Service) finish(ctx context.Context, tx *store.Tx, m store.Mail, status store.MailStatus, why string) (ours bool, err error) {
	ours, err = tx.EndMail(ctx, m.ID, m.Worker, status, why)
	if err != nil || !ours {
		return false, err
	}
	return true, tx.Record(ctx, keyfold.Event{Act: system, Kind: "mail." + string(status), Account: m.Account, User: m.User, Note: m.Template})
}

// fail gives a mail up. Was it the way into an account, then nobody can come in
// by themselves, and care has to know.
func (s *Service) fail(ctx context.Context, tx *store.Tx, m store.Mail, why string) error {
	ours, err := s.finish(ctx, tx, m, store.Failed, why)
	if err != nil || !ours {
		return err
	}
	s.Log.WarnContext(ctx, "a mail was given up", "mail", m.ID, "template", m.Template, "reason", why)
	if m.Template != string(mailtext.Reset) {
		return nil
	}
	for _, name := range m.Data.Accounts {
		id, err := keyfold.ParseCustomerID(name)
		if err != nil {
			return err
		}
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		if c := account.Unreached(system, m.To, keyfold.CareMail); !c.IsZero() {
			if err := tx.Apply(ctx, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// retry puts a mail back for later, unless its time is over.
func (s *Service) retry(ctx context.Context, tx *store.Tx, m store.Mail, why string) error {
	next := tx.Now().Add(backoff(m.ID, m.Attempts))
	if next.Sub(m.Created) > s.GiveUp {
		return s.fail(ctx, tx, m, "given up: "+why)
	}
	_, err := tx.RetryMail(ctx, m.ID, m.Worker, why, next)
	return err
}

// steps are the pauses between tries: soon at first, for a server that greylists
// or restarts, then ever longer.
var steps = []time.Duration{
	5 * time.Second, 15 * time.Second, time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 20 * time.Minute, 40 * time.Minute,
}

// backoff is the pause after a try, give or take a quarter, so that mails that
// failed together do not come back together.
func backoff(id string, attempts int) time.Duration {
	step := steps[min(max(attempts, 1), len(steps))-1]
	return step*3/4 + time.Duration(spread(id, attempts))*step/512
}

// spread is a number from 0 to 255 that differs from mail to mail and from try
// to try.
func spread(id string, attempts int) byte {
	sum := byte(attempts % 256) //nolint:gosec // G115: the remainder fits
	for _, b := range []byte(hex.EncodeToString([]byte(id))) {
		sum = sum*31 + b
	}
	return sum
}
