package members

import (
	"context"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// DeleteLogin ends a login for good, with all access that it has. An owner has to
// hand over, or take off, each account first.
func (s *Service) DeleteLogin(ctx context.Context, by keyfold.Act, id keyfold.UserID) error {
	return s.endLogin(ctx, by, id, func(ctx context.Context, tx *store.Tx, user keyfold.User) error {
		return s.Teller.Mail(ctx, tx, store.Mail{Template: "login-deleted", To: user.Email, Language: user.Language})
	})
}

// EraseLogin is DeleteLogin for who is to be erased: no mail goes to an address
// that is to be kept nowhere. What else there is of the user goes in the same
// transaction.
func (s *Service) EraseLogin(ctx context.Context, by keyfold.Act, id keyfold.UserID, also func(context.Context, *store.Tx) error) error {
	return s.endLogin(ctx, by, id, func(ctx context.Context, tx *store.Tx, _ keyfold.User) error { return also(ctx, tx) })
}

func (s *Service) endLogin(ctx context.Context, by keyfold.Act, id keyfold.UserID, last func(context.Context, *store.Tx, keyfold.User) error) error {
	return s.update(ctx, func(tx *store.Tx) error {
		user, accounts, err := s.lock(ctx, tx, id)
		if err != nil {
			return err
		}
		owned, err := tx.Owned(ctx, id)
		if err != nil {
			return err
		}
		change, err := user.Delete(by, owned)
		if err != nil {
			return err
		}
		for _, account := range accounts {
			m, err := tx.Member(ctx, account.ID, id)
			if err != nil {
				return err
			}
			if err := s.leave(ctx, tx, by, actor{Member: m, account: account}); err != nil {
				return err
			}
		}
		if err := s.end(ctx, tx, by, user, change); err != nil {
			return err
		}
		return last(ctx, tx, user)
	})
}

// lock locks the accounts of a user and then the user, so that nothing is given
// to a login that is about to end.
func (s *Service) lock(ctx context.Context, tx *store.Tx, id keyfold.UserID) (user keyfold.User, accounts []keyfold.Account, err error) {
	ids, err := tx.AccessOf(ctx, id)
	if err != nil {
		return user, nil, err
	}
	for _, one := range ids {
		account, err := tx.Account(ctx, one)
		if err != nil {
			return user, nil, err
		}
		accounts = append(accounts, account)
	}
	if user, err = tx.LockUser(ctx, id); err != nil {
		return user, nil, err
	}
	now, err := tx.AccessOf(ctx, id)
	if err == nil && !slices.Equal(now, ids) {
		err = keyfold.Refuse(keyfold.Conflict, "user.changed")
	}
	return user, accounts, err
}

// end writes that a login is no more, and voids what is under way for it.
func (s *Service) end(ctx context.Context, tx *store.Tx, by keyfold.Act, user keyfold.User, c keyfold.UserChange) error {
	if err := tx.ApplyUser(ctx, c); err != nil {
		return err
	}
	requests, err := tx.EndAccessRequests(ctx, user.ID)
	if err != nil {
		return err
	}
	for _, r := range requests {
		if err := withdrawn(ctx, tx, by, r); err != nil {
			return err
		}
	}
	if err := tx.EndGrants(ctx, store.OfUser(user.ID), store.Void, store.Reset, store.Return, store.Veto); err != nil {
		return err
	}
	return tx.EndUserSessions(ctx, user.ID)
}
