package registration

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// Dispute is the button "This was not me": the owner and the contacts of the
// account stay as they are until care has looked, and what was pending is void.
// A second click finds the same success.
func (s *Service) Dispute(ctx context.Context, by keyfold.Act, link token.Secret) (keyfold.CustomerID, error) {
	l, err := s.Link(ctx, store.Dispute, link)
	if err != nil {
		return keyfold.CustomerID{}, err
	}
	subject := l.Token.Grants[0].Subject
	if l.State == LinkUsed {
		return subject.Account, nil
	}
	if err := l.refuse(); err != nil {
		return subject.Account, err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, subject.Account)
		if err != nil {
			return err
		}
		won, err := tx.Spend(ctx, l.Token.ID, subject)
		if err != nil || !won {
			return err
		}
		change, err := account.Freeze(by)
		if keyfold.RefusedAs(err, "account.frozen_already") {
			return tx.Record(ctx, keyfold.Event{Act: by, Kind: "account.disputed_again", Account: account.ID})
		} else if err != nil {
			return err
		}
		return s.freeze(ctx, tx, change)
	})
	s.wake()
	return subject.Account, err
}

func (s *Service) freeze(ctx context.Context, tx *store.Tx, c keyfold.Change) error {
	a := c.Account()
	if err := tx.Apply(ctx, c); err != nil {
		return err
	}
	if err := tx.EndGrants(ctx, store.OfAccount(a.ID), store.Void, store.Reset, store.Confirm, store.Link); err != nil {
		return err
	}
	if err := tx.EndAccountSessions(ctx, a.ID); err != nil {
		return err
	}
	// A notice can still object to a key that is so young. Older ones go on
	// working, as all that the customer runs does.
	if err := tx.EndKeysSince(ctx, c.Event().Act, a.ID, tx.Now().Add(-s.Times.Dispute)); err != nil {
		return err
	}
	told, err := tx.Told(ctx, a)
	if err != nil {
		return err
	}
	for _, to := range told {
		m := store.Mail{Template: "frozen", To: to, Language: a.Language, Entity: a.Entity, Account: a.ID}
		if err := s.teller().Mail(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}
