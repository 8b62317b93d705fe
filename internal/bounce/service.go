package bounce

import (
	"context"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A Service notes what became of mails.
type Service struct {
	DB *store.DB
	// Observe counts what came of a report; nil: nobody counts.
	Observe func(Outcome)
}

// An Outcome is what came of a report.
type Outcome string

// The outcomes.
const (
	Noted   Outcome = "noted"   // it is news of a mail
	Known   Outcome = "known"   // it is no news
	Unknown Outcome = "unknown" // it names no mail of ours, or another recipient
	Early   Outcome = "early"   // the mail is still being handed over: come again
)

// Outcomes are all of them.
func Outcomes() []Outcome { return []Outcome{Noted, Known, Unknown, Early} }

// system is who notes them.
var system = keyfold.Act{By: "system"}

// Note takes one report. The same one twice, or on two replicas at once, counts
// once.
func (s *Service) Note(ctx context.Context, r Report) (outcome Outcome, err error) {
	outcome = Unknown
	for _, id := range r.Mails {
		if outcome, err = s.noteOf(ctx, id, r); err != nil || outcome != Unknown {
			break
		}
	}
	if err == nil && s.Observe != nil {
		s.Observe(outcome)
	}
	return outcome, err
}

// noteOf takes a report if it is about the mail with that ID.
func (s *Service) noteOf(ctx context.Context, id string, r Report) (Outcome, error) {
	m, err := s.DB.Reader().Mail(ctx, id)
	switch {
	case keyfold.Refused(err) != nil || err == nil && !r.names(m.To):
		return Unknown, nil //nolint:nilerr // not ours
	case err != nil:
		return "", err
	case m.Status == store.Sending:
		return Early, nil // its server is faster than the note that it was taken
	case m.Status != store.Sent:
		return Known, nil
	}
	var news bool
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if r.Action == Failed {
			news, err = bounce(ctx, tx, m, r)
		} else {
			news, err = delay(ctx, tx, m, r)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	if !news {
		return Known, nil
	}
	return Noted, nil
}

func delay(ctx context.Context, tx *store.Tx, m store.Mail, r Report) (news bool, err error) {
	why := ""
	if r.Action == Delayed {
		why = r.words()
	}
	news, err = tx.DelayMail(ctx, m.ID, why)
	if err != nil || !news || why == "" {
		return news, err
	}
	e := keyfold.Event{Act: system, Kind: "mail.delayed", Account: m.Account, User: m.User, Note: r.code()}
	return true, tx.Record(ctx, e)
}

// bounce marks a mail. Was it the way into an account, then nobody can come in by
// themselves, and care has to know.
func bounce(ctx context.Context, tx *store.Tx, m store.Mail, r Report) (news bool, err error) {
	news, err = tx.BounceMail(ctx, m.ID, r.words())
	if err != nil || !news {
		return false, err
	}
	// No more than the status: words of a server can name people.
	e := keyfold.Event{Act: system, Kind: "mail.bounced", Account: m.Account, User: m.User, Note: r.code()}
	if err := tx.Record(ctx, e); err != nil || m.Template != "reset" {
		return true, err
	}
	for _, name := range slices.Sorted(slices.Values(m.Data.Accounts)) {
		id, err := keyfold.ParseCustomerID(name)
		if err != nil {
			return false, err
		}
		account, err := tx.Account(ctx, id)
		if err != nil {
			return false, err
		}
		if c := account.Unreached(system, m.To, keyfold.CareBounced); !c.IsZero() {
			if err := tx.Apply(ctx, c); err != nil {
				return false, err
			}
		}
	}
	return true, nil
}
