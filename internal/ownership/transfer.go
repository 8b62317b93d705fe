package ownership

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// Offer offers the ownership of an account to another of its users. Nothing
// changes hands before that user accepts. To offer it once more to who is
// thinking about it changes nothing; to offer it to another user withdraws it.
func (s *Service) Offer(ctx context.Context, by keyfold.Act, owner keyfold.UserID, id keyfold.CustomerID, to keyfold.UserID) error {
	if err := s.allow(ctx, s.Limits.Offer, id); err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx) error {
		account, err := owned(ctx, tx, owner, id)
		if err != nil {
			return err
		}
		member, user, err := person(ctx, tx, id, to)
		if err != nil || account.Offered(tx.Now(), member) {
			return err
		}
		change, err := account.OfferTo(by, tx.Now(), member, user)
		if err != nil {
			return err
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
		if err := s.tellWithdrawn(ctx, tx, by, account); err != nil {
			return err
		}
		return s.Teller.User(ctx, tx, account, user, about("ownership-offered", by, owner))
	})
}

// Withdraw ends an offer that nobody has accepted.
func (s *Service) Withdraw(ctx context.Context, by keyfold.Act, owner keyfold.UserID, id keyfold.CustomerID) error {
	return s.change(ctx, func(tx *store.Tx) error {
		account, err := owned(ctx, tx, owner, id)
		if err != nil {
			return err
		}
		change, err := account.WithdrawOffer(by)
		if err != nil {
			return err
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
		return s.tellWithdrawn(ctx, tx, by, account)
	})
}

// tellWithdrawn tells who could have accepted the offer that an account had
// until now.
func (s *Service) tellWithdrawn(ctx context.Context, tx *store.Tx, by keyfold.Act, before keyfold.Account) error {
	member, user, err := person(ctx, tx, before.ID, before.Offer.To)
	if err != nil || !before.Offered(tx.Now(), member) {
		return err
	}
	return s.Teller.User(ctx, tx, before, user, about("ownership-withdrawn", by, before.Owner))
}

// Decline is the no of who was asked.
func (s *Service) Decline(ctx context.Context, by keyfold.Act, who keyfold.UserID, id keyfold.CustomerID) error {
	return s.change(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		member, _, err := person(ctx, tx, id, who)
		if err != nil {
			return err
		}
		if !account.Offered(tx.Now(), member) {
			return keyfold.Refuse(keyfold.Gone, "ownership.no_offer")
		}
		change, err := account.DeclineOffer(by, member)
		if err != nil {
			return err
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
		owner, err := tx.User(ctx, account.Owner)
		if err != nil {
			return err
		}
		return s.Teller.User(ctx, tx, account, owner, about("ownership-declined", by, who))
	})
}

// Accept makes the user owner who was asked. Who owned the account stays as an
// admin, and gets a link to take it back. A second click finds the same success.
func (s *Service) Accept(ctx context.Context, by keyfold.Act, who keyfold.UserID, id keyfold.CustomerID) error {
	return s.change(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, id)
		if err != nil || account.Owner == who {
			return err
		}
		member, user, err := person(ctx, tx, id, who)
		if err != nil {
			return err
		}
		change, err := account.AcceptOffer(by, tx.Now(), member, user)
		if err != nil {
			return err
		}
		former, err := tx.User(ctx, account.Owner)
		if err != nil {
			return err
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
		if err := tx.EndGrants(ctx, store.OfAccount(id), store.Void, store.Return, store.Veto, store.Stop); err != nil {
			return err
		}
		return s.tellMoved(ctx, tx, by, change.Account(), former, user)
	})
}

// tellMoved tells all sides that an account has another owner.
func (s *Service) tellMoved(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account, from, to keyfold.User) error {
	moved := about("ownership-moved", by, to.ID)
	var err error
	if moved.Token, err = s.Teller.Link(ctx, tx, store.Return, from.Email, a.Return.Until, store.OfAccount(a.ID)); err != nil {
		return err
	}
	if err := s.Teller.User(ctx, tx, a, from, moved); err != nil {
		return err
	}
	if err := s.Teller.User(ctx, tx, a, to, about("ownership-yours", by, from.ID)); err != nil {
		return err
	}
	if err := s.Teller.Contacts(ctx, tx, a, about("ownership-moved-contacts", by, to.ID)); err != nil {
		return err
	}
	return s.askOwner(ctx, tx, by, a, to)
}
