package registration

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// Dispute is the button "This was not me": the owner and the contacts of the
// accounts of the link stay as they are until care has looked, and what was
// pending is void. A link may be about many accounts; some can be left out, and
// the link still works for those. It returns the accounts that this link has
// disputed by now, so a second click finds the same success.
func (s *Service) Dispute(ctx context.Context, by keyfold.Act, link token.Secret, leave func(keyfold.CustomerID) bool) ([]keyfold.CustomerID, error) {
	l, err := s.Link(ctx, store.Dispute, link)
	if err != nil {
		return nil, err
	}
	if l.State != LinkUsed {
		if err := l.refuse(); err != nil {
			return nil, err
		}
	}
	var disputed []keyfold.CustomerID
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		disputed, err = s.dispute(ctx, tx, by, l.Token, leave)
		return err
	})
	s.wake()
	if err == nil && len(disputed) == 0 {
		return nil, keyfold.Refuse(keyfold.Invalid, "notme.nothing")
	}
	return disputed, err
}

// dispute takes the accounts in the order of the grants, which is that of their
// IDs: all who lock many accounts lock them in the same order.
func (s *Service) dispute(ctx context.Context, tx *store.Tx, by keyfold.Act, t store.Token, leave func(keyfold.CustomerID) bool) ([]keyfold.CustomerID, error) {
	var disputed []keyfold.CustomerID
	var frozen []keyfold.Account
	for _, g := range t.Grants {
		id := g.Subject.Account
		if g.Ended == "" && !leave(id) {
			change, ended, err := s.disputeOne(ctx, tx, by, t, g.Subject)
			if len(t.Grants) > 1 && keyfold.RefusedAs(err, "account.closed") {
				continue // nothing can be done to it, and the others count
			} else if err != nil {
				return nil, err
			}
			if !change.IsZero() {
				frozen = append(frozen, change.Account())
			}
			g.Ended = ended
		}
		if g.Ended == store.Spent {
			disputed = append(disputed, id)
		}
	}
	return disputed, s.tellFrozen(ctx, tx, frozen)
}

// disputeOne freezes an account, unless it is frozen already, and says how the
// grant has ended: another click may have been faster.
func (s *Service) disputeOne(ctx context.Context, tx *store.Tx, by keyfold.Act, t store.Token, subject store.Subject) (keyfold.Change, store.End, error) {
	account, err := tx.Account(ctx, subject.Account)
	if err != nil {
		return keyfold.Change{}, "", err
	}
	change, refused := account.Freeze(by)
	if refused != nil && !keyfold.RefusedAs(refused, "account.frozen_already") {
		return keyfold.Change{}, "", refused
	}
	won, err := tx.Spend(ctx, t.ID, subject)
	if err != nil {
		return keyfold.Change{}, "", err
	}
	if !won {
		now, err := tx.TokenByID(ctx, t.ID)
		g, _ := now.Grant(subject)
		return keyfold.Change{}, g.Ended, err
	}
	if refused != nil {
		return change, store.Spent, tx.Record(ctx, keyfold.Event{Act: by, Kind: "account.disputed_again", Account: account.ID})
	}
	return change, store.Spent, s.freeze(ctx, tx, change)
}

// FreezeFor freezes an account by the word of who is not its customer, and tells
// all that is told of a dispute.
func (s *Service) FreezeFor(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account) error {
	change, err := a.Freeze(by)
	if err != nil {
		return err
	}
	if err := s.freeze(ctx, tx, change); err != nil {
		return err
	}
	return s.tellFrozen(ctx, tx, []keyfold.Account{change.Account()})
}

func (s *Service) freeze(ctx context.Context, tx *store.Tx, c keyfold.Change) error {
	a := c.Account()
	if err := tx.Apply(ctx, c); err != nil {
		return err
	}
	err := tx.EndGrants(ctx, store.OfAccount(a.ID), store.Void,
		store.Reset, store.Confirm, store.Link, store.Stop, store.Return, store.Recover, store.Veto)
	if err != nil {
		return err
	}
	if err := tx.EndAccountSessions(ctx, a.ID); err != nil {
		return err
	}
	// A notice can still object to a key that is so young. Older ones go on
	// working, as all that the customer runs does.
	return tx.EndKeysSince(ctx, c.Event().Act, a.ID, tx.Now().Add(-s.Times.Dispute))
}

// tellFrozen tells each mailbox once, of all accounts that were frozen.
func (s *Service) tellFrozen(ctx context.Context, tx *store.Tx, frozen []keyfold.Account) error {
	boxes, err := tx.ToldOf(ctx, frozen)
	if err != nil {
		return err
	}
	for _, box := range boxes {
		if err := s.teller().To(ctx, tx, box, store.Mail{Template: "frozen"}); err != nil {
			return err
		}
	}
	return nil
}
