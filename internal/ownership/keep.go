package ownership

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Keeping is what a link to keep an account can do.
type Keeping struct {
	Account keyfold.Account
	Done    bool      // with this link
	When    time.Time // the link ends, or ended
}

// Keeping looks at a link to keep an account that its main contact wants back.
// Looking changes nothing.
func (s *Service) Keeping(ctx context.Context, link token.Secret) (Keeping, error) {
	t, err := s.token(ctx, store.Veto, link)
	if err != nil {
		return Keeping{}, err
	}
	read := s.DB.Reader()
	account, err := read.Account(ctx, t.Grants[0].Subject.Account)
	if err != nil {
		return Keeping{}, err
	}
	return keeping(ctx, read, t, account)
}

// keeping judges a link by what is true now. It is for who owns the account now:
// who owned it when it was mailed has nothing to say any more.
func keeping(ctx context.Context, read store.Reader, t store.Token, a keyfold.Account) (k Keeping, err error) {
	k = Keeping{Account: a, When: t.Expires}
	g := t.Grants[0]
	over := keyfold.Refuse(keyfold.Gone, "link.void")
	if !read.Now().Before(t.Expires) {
		over = keyfold.Refuse(keyfold.Gone, "link.expired")
	}
	if a.Owner == "" {
		return k, over
	}
	owner, err := read.User(ctx, a.Owner)
	if err != nil {
		return k, err
	}
	switch {
	case !owner.Email.Same(t.Email):
		return k, over
	case g.Ended == store.Spent && a.Reclaim.IsZero():
		k.Done, k.When = true, g.EndedAt
		return k, nil
	case g.Ended == store.Spent:
		k.When = g.EndedAt
		return k, keyfold.Refuse(keyfold.Gone, "link.used")
	case g.Ended != "" || a.Reclaim.IsZero() || !read.Now().Before(t.Expires):
		return k, over
	}
	return k, nil
}

// Keep is the no of the owner to a main contact that wants the account back, by
// the link in the mail. A second click finds the same success.
func (s *Service) Keep(ctx context.Context, by keyfold.Act, link token.Secret) (k Keeping, err error) {
	t, err := s.token(ctx, store.Veto, link)
	if err != nil {
		return Keeping{}, err
	}
	subject := t.Grants[0].Subject
	err = s.change(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, subject.Account)
		if err != nil {
			return err
		}
		now, err := tx.TokenByID(ctx, t.ID) // others may have used it until we had the account
		if err != nil {
			return err
		}
		if k, err = keeping(ctx, tx.Reader, now, account); err != nil || k.Done {
			return err
		}
		if won, err := tx.Spend(ctx, t.ID, subject); err != nil || !won {
			return orVoid(err)
		}
		return s.veto(ctx, tx, by, account)
	})
	return k, err
}

// Veto is Keep by the owner who is logged in. Without an asking, there is
// nothing to do.
func (s *Service) Veto(ctx context.Context, by keyfold.Act, owner keyfold.UserID, id keyfold.CustomerID) error {
	return s.change(ctx, func(tx *store.Tx) error {
		account, err := owned(ctx, tx, owner, id)
		if err != nil || account.Reclaim.IsZero() {
			return err
		}
		return s.veto(ctx, tx, by, account)
	})
}

func (s *Service) veto(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account) error {
	change, err := a.Veto(by, tx.Now())
	if err != nil {
		return err
	}
	if err := tx.Apply(ctx, change); err != nil {
		return err
	}
	if err := tx.EndGrants(ctx, store.OfAccount(a.ID), store.Void, store.Veto); err != nil {
		return err
	}
	return s.Teller.Contacts(ctx, tx, change.Account(), about("recovery-vetoed", by, a.Owner))
}

// Run gives accounts back whose owners have not said no, until ctx ends.
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
			log.ErrorContext(ctx, "accounts cannot be given back to their main contacts", "error", err)
		}
		timer.Reset(every)
	}
}

// dueAtOnce is how many accounts a worker takes at a time.
const dueAtOnce = 100

var system = keyfold.Act{By: "system"}

// Due gives accounts back to their main contacts whose owners have not said no
// in time. One that fails does not keep the others waiting.
func (s *Service) Due(ctx context.Context) error {
	var from store.Place
	var failed []error
	for {
		ids, next, err := s.DB.Reader().DueReclaims(ctx, from, dueAtOnce)
		if err != nil {
			return errors.Join(append(failed, err)...)
		}
		for _, id := range ids {
			err := s.recover(ctx, id)
			if err != nil {
				failed = append(failed, fmt.Errorf("%s: %w", id, err))
			}
			if store.Unavailable(err) {
				return errors.Join(failed...)
			}
		}
		if len(ids) < dueAtOnce {
			return errors.Join(failed...)
		}
		from = next
	}
}

// recover gives one account back, if it still is to be: the owner, or another
// worker, may have been faster.
func (s *Service) recover(ctx context.Context, id keyfold.CustomerID) error {
	return s.change(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		change, err := account.Recover(system, tx.Now())
		if keyfold.Refused(err) != nil {
			return nil //nolint:nilerr // nothing is left to do
		} else if err != nil {
			return err
		}
		users, err := tx.Members(ctx, id)
		if err != nil {
			return err
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
		err = tx.EndGrants(ctx, store.OfAccount(id), store.Void,
			store.Reset, store.Confirm, store.Return, store.Recover, store.Veto, store.Stop)
		if err != nil {
			return err
		}
		if err := tx.EndAccountSessions(ctx, id); err != nil {
			return err
		}
		return s.tellRecovered(ctx, tx, change.Account(), users)
	})
}

// tellRecovered tells the main contact how to get in, and all who had access that
// they have none any more.
func (s *Service) tellRecovered(ctx context.Context, tx *store.Tx, a keyfold.Account, users []store.MemberUser) error {
	m := store.Mail{Template: "recovered", To: a.Contact.Email, Language: a.Language, Entity: a.Entity, Account: a.ID}
	if err := s.Teller.Mail(ctx, tx, m); err != nil {
		return err
	}
	for _, u := range users {
		if err := s.Teller.User(ctx, tx, a, u.User, store.Mail{Template: "recovery-done", User: u.ID}); err != nil {
			return err
		}
	}
	return nil
}
