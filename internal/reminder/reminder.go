// Package reminder looks after accounts that a customer has begun to move and
// left half-way: it reminds their main contact of what is left to do, and gives
// up addresses that never answer. Its mails carry no token: whoever goes on does
// so by the login page.
package reminder

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// A Service reminds.
type Service struct {
	DB     *store.DB
	Teller notice.Teller
	After  []time.Duration // in a state, in order; none: nobody is reminded
	Drop   time.Duration   // how long an address has time to answer; 0: for ever
}

const (
	// maxListed is how many accounts one mail can be about, as in a reset mail.
	maxListed = 1000
	// pause is how long a mailbox is left alone after a reminder. What comes due
	// in that time waits, and goes into one mail.
	pause = 20 * time.Hour
	// atOnce is how many accounts are looked for at once.
	atOnce = 500
)

var system = keyfold.Act{By: "system"}

// Run does what is due every so often, until ctx ends.
func (s *Service) Run(ctx context.Context, log *slog.Logger, every time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if err := s.Due(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "reminders cannot be sent", "error", err)
		}
		timer.Reset(every)
	}
}

// Due gives up what has waited too long, and reminds whom it is time to remind.
// Any number of replicas may do so at once.
func (s *Service) Due(ctx context.Context) error {
	defer s.Teller.Hurry()
	var errs []error
	if s.Drop > 0 {
		errs = append(errs, s.serve(ctx, s.unanswered, s.drop))
	}
	for n := range s.After {
		due := func(ctx context.Context, from store.Place) ([]string, store.Place, error) {
			return s.standingStill(ctx, n, from)
		}
		errs = append(errs, s.serve(ctx, due, s.remind))
	}
	return errors.Join(errs...)
}

// serve does something for each main contact that it is due for, one in a
// transaction. One that cannot be served is left out in this round.
func (s *Service) serve(ctx context.Context, due func(context.Context, store.Place) ([]string, store.Place, error), do func(context.Context, *store.Tx, string) error) error {
	var from store.Place
	failed := map[string]error{}
	for {
		contacts, next, err := due(ctx, from)
		if err != nil {
			return errors.Join(append(slices.Collect(maps.Values(failed)), err)...)
		}
		list := len(contacts)
		slices.Sort(contacts)
		for _, contact := range slices.Compact(contacts) {
			if failed[contact] != nil {
				continue
			}
			err := s.DB.Update(ctx, func(tx *store.Tx) error { return do(ctx, tx, contact) })
			if store.Unavailable(err) {
				return err
			}
			if err != nil {
				failed[contact] = err
			}
		}
		if list < atOnce {
			return errors.Join(slices.Collect(maps.Values(failed))...)
		}
		from = next
	}
}

func (s *Service) standingStill(ctx context.Context, reminded int, from store.Place) ([]string, store.Place, error) {
	r := s.DB.Reader()
	return r.StandingStill(ctx, r.Now().Add(-pause), reminded, r.Now().Add(-s.After[reminded]), from, atOnce)
}

func (s *Service) unanswered(ctx context.Context, from store.Place) ([]string, store.Place, error) {
	r := s.DB.Reader()
	return r.Unanswered(ctx, r.Now().Add(-pause), r.Now().Add(-s.Drop), from, atOnce)
}

// remind promises one mail about all that a main contact is to be reminded of.
func (s *Service) remind(ctx context.Context, tx *store.Tx, contact string) error {
	if err := s.hold(ctx, tx, contact); err != nil {
		return err
	}
	var ids []keyfold.CustomerID
	for n, after := range s.After {
		more, err := tx.StandingStillOf(ctx, contact, tx.Now().Add(-pause), n, tx.Now().Add(-after), maxListed)
		if err != nil {
			return err
		}
		ids = append(ids, more...)
	}
	return s.tell(ctx, tx, "reminder", contact, ids, func(a keyfold.Account) (keyfold.Change, error) {
		return a.Remind(system, tx.Now(), s.After)
	})
}

// drop gives up all addresses that have waited too long for the accounts of a
// main contact, and says so in one mail.
func (s *Service) drop(ctx context.Context, tx *store.Tx, contact string) error {
	if err := s.hold(ctx, tx, contact); err != nil {
		return err
	}
	ids, err := tx.UnansweredOf(ctx, contact, tx.Now().Add(-pause), tx.Now().Add(-s.Drop), maxListed)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, "pending-dropped", contact, ids, func(a keyfold.Account) (keyfold.Change, error) {
		return a.DropPending(system, tx.Now(), s.Drop)
	})
}

// hold keeps other replicas from the same main contact. What they have done
// shows in what is asked next.
func (s *Service) hold(ctx context.Context, tx *store.Tx, contact string) error {
	return tx.Hold(ctx, s.Teller.Key.Tag("reminder", contact))
}

// tell changes accounts and promises their main contact the mail that says so.
func (s *Service) tell(ctx context.Context, tx *store.Tx, template, contact string, ids []keyfold.CustomerID, change func(keyfold.Account) (keyfold.Change, error)) error {
	// All who lock many accounts lock them in the same order.
	slices.SortFunc(ids, func(a, b keyfold.CustomerID) int { return strings.Compare(a.String(), b.String()) })
	var first keyfold.Account
	var changed []string
	for _, id := range ids[:min(len(ids), maxListed)] {
		a, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		c, err := change(a)
		if keyfold.Refused(err) != nil || a.Contact.Email.Key() != contact {
			continue // it has moved on
		} else if err != nil {
			return err
		}
		if err := s.apply(ctx, tx, c); err != nil {
			return err
		}
		if changed = append(changed, id.String()); len(changed) == 1 {
			first = a
		}
	}
	if len(changed) == 0 || first.Contact.Email.IsZero() {
		return nil
	}
	return s.Teller.Mail(ctx, tx, store.Mail{
		Template: template, To: first.Contact.Email, Language: first.Language, Entity: first.Entity, Account: first.ID,
		Data: store.MailData{Accounts: changed},
	})
}

// apply writes a change. An address that is given up takes its links with it.
func (s *Service) apply(ctx context.Context, tx *store.Tx, c keyfold.Change) error {
	if err := tx.Apply(ctx, c); err != nil {
		return err
	}
	a := c.Account()
	if a.State == keyfold.EmailPending {
		return nil
	}
	return tx.EndGrants(ctx, store.OfAccount(a.ID), store.Void, store.Confirm)
}
