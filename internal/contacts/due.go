package contacts

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// atOnce is how many due changes are looked up at once.
const atOnce = 100

var system = keyfold.Act{By: "system"}

// Run makes the changes that are due, each time some time has gone by, until ctx
// ends. Several replicas may do so at the same time.
func (s *Service) Run(ctx context.Context, log *slog.Logger, every time.Duration) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if _, err := s.Due(ctx); err != nil && ctx.Err() == nil {
			log.ErrorContext(ctx, "main contacts cannot be changed", "error", err)
		}
		timer.Reset(every)
	}
}

// Due changes the main contacts whose time to be stopped is over, and says how
// many. One that fails does not keep the others waiting.
func (s *Service) Due(ctx context.Context) (changed int, err error) {
	defer s.Teller.Hurry()
	var from store.Place
	var failed []error
	for {
		due, next, err := s.DB.Reader().ComingDue(ctx, from, atOnce)
		if err != nil {
			return changed, errors.Join(append(failed, err)...)
		}
		for _, id := range due {
			done, err := s.succeed(ctx, id)
			if err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", id, err))
			}
			if store.Unavailable(err) {
				return changed, errors.Join(failed...)
			}
			if done {
				changed++
			}
		}
		if len(due) < atOnce {
			return changed, errors.Join(failed...)
		}
		from = next
	}
}

func (s *Service) succeed(ctx context.Context, id keyfold.CustomerID) (done bool, err error) {
	listing, err := notice.NewID()
	if err != nil {
		return false, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		done = false
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		change, err := account.SucceedContact(system, tx.Now())
		if keyfold.Refused(err) != nil {
			return nil //nolint:nilerr // it was stopped, or another replica was faster
		} else if err != nil {
			return err
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
		done = true
		if err := relist(ctx, tx, change.Account(), account.Contact, listing); err != nil {
			return err
		}
		return s.succeeded(ctx, tx, change.Account(), account.Contact.Email)
	})
	return done && err == nil, err
}

// relist makes the list what it is with another main contact.
func relist(ctx context.Context, tx *store.Tx, a keyfold.Account, former keyfold.Contact, id string) error {
	listed, err := tx.Contacts(ctx, a.ID)
	if err != nil {
		return err
	}
	for _, c := range a.Relist(system, listed, former, id) {
		if err := tx.ApplyContact(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// succeeded ends what the former main contact could still go on with, as an
// import of another one does, and tells both. Links to stop it have expired.
func (s *Service) succeeded(ctx context.Context, tx *store.Tx, a keyfold.Account, former keyfold.Email) error {
	err := tx.EndGrants(ctx, store.OfAccount(a.ID), store.Void, store.Reset, store.Confirm, store.Link, store.Recover, store.Veto)
	if err != nil {
		return err
	}
	if err := tx.EndAccountSessions(ctx, a.ID); err != nil {
		return err
	}
	if !former.IsZero() {
		if err := s.tellEach(ctx, tx, a, store.Mail{Template: "contact-changed"}, []keyfold.Email{former}, nil); err != nil {
			return err
		}
	}
	return s.tellEach(ctx, tx, a, store.Mail{Template: "contact-now"}, []keyfold.Email{a.Contact.Email}, nil)
}
