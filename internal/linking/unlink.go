package linking

import (
	"context"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// Unlink takes an account off the login of its owner, who proves once more that
// the login is theirs: an open browser is not enough. Nobody else may have access
// by then: they would lose it unasked. Within 14 days all is as
// it was before the link; later, the way in is a reset by the customer ID.
func (s *Service) Unlink(ctx context.Context, by keyfold.Act, owner keyfold.UserID, id keyfold.CustomerID, pw string) error {
	user, err := s.DB.Reader().User(ctx, owner)
	if err != nil {
		return err
	}
	if err := s.Prove(ctx, by, user, pw); err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		if account.Owner != owner {
			return keyfold.Refuse(keyfold.NotFound, "account.unknown")
		}
		now, err := tx.User(ctx, owner)
		if err != nil {
			return err
		}
		if now.Password != user.Password { // what was proven is not the password any more
			return keyfold.Refuse(keyfold.Conflict, "account.moved_on")
		}
		others, err := tx.HasOthers(ctx, id)
		if err != nil {
			return err
		}
		if others {
			return keyfold.Refuse(keyfold.Conflict, "account.has_users")
		}
		change, err := account.Unlink(by, tx.Now())
		if err != nil {
			return err
		}
		return s.unlinked(ctx, tx, change, user)
	})
	s.Teller.Hurry()
	return err
}

// Undo takes the account back to where it was before its link, by the word of
// who reads its main contact. Who read it before, and still has a notice, may
// know a password that would work again: to them the link is void. So is one
// about many accounts: no main contact gets such. A second click finds the same
// success.
func (s *Service) Undo(ctx context.Context, by keyfold.Act, link token.Secret) (keyfold.CustomerID, error) {
	read := s.DB.Reader()
	t, err := read.Token(ctx, store.Dispute, link)
	if err != nil {
		return keyfold.CustomerID{}, err
	}
	subject := t.Grants[0].Subject
	if len(t.Grants) > 1 {
		return subject.Account, keyfold.Refuse(keyfold.Gone, "link.void")
	}
	if !read.Now().Before(t.Expires) {
		return subject.Account, keyfold.Refuse(keyfold.Gone, "link.expired")
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, subject.Account)
		if err != nil {
			return err
		}
		if err := account.UndoableBy(t.Email, tx.Now()); err != nil {
			return err
		}
		won, err := tx.Spend(ctx, t.ID, subject)
		switch {
		case err != nil:
			return err
		case !won:
			return undone(ctx, tx, t.ID, account)
		}
		owner, err := tx.User(ctx, account.Owner)
		if keyfold.Refused(err) != nil {
			return keyfold.Refuse(keyfold.Conflict, "account.not_registered")
		} else if err != nil {
			return err
		}
		change, err := account.UndoLink(by, tx.Now())
		if err != nil {
			return err
		}
		return s.unlinked(ctx, tx, change, owner)
	})
	s.Teller.Hurry()
	return subject.Account, err
}

// undone is the answer to who could not spend a link to undo. The token is read
// anew, now that the account is locked: another click may have spent it since.
func undone(ctx context.Context, tx *store.Tx, id string, a keyfold.Account) error {
	t, err := tx.TokenByID(ctx, id)
	if err != nil {
		return err
	}
	if g, _ := t.Grant(store.OfAccount(a.ID)); g.Ended == store.Spent && a.State != keyfold.Registered {
		return nil // the second click
	}
	return keyfold.Refuse(keyfold.Gone, "link.used")
}

// unlinked writes the change and tells both sides of it, and whoever else had
// access.
func (s *Service) unlinked(ctx context.Context, tx *store.Tx, c keyfold.Change, owner keyfold.User) error {
	a := c.Account()
	members, err := tx.Members(ctx, a.ID)
	if err != nil {
		return err
	}
	if err := settle(ctx, tx, c); err != nil {
		return err
	}
	for _, m := range members {
		if m.ID == owner.ID {
			continue
		}
		if err := s.Teller.User(ctx, tx, a, m.User, store.Mail{Template: "member-removed", User: m.ID}); err != nil {
			return err
		}
	}
	err = tx.EndGrants(ctx, store.OfAccount(a.ID), store.Void, store.Dispute, store.Return, store.Recover, store.Veto)
	if err != nil {
		return err
	}
	told, err := tx.Told(ctx, a)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(told, owner.Email.Same) {
		told = append(told, owner.Email)
	}
	for _, to := range told {
		m := store.Mail{Template: "unlinked", To: to, Language: a.Language, Entity: a.Entity, Account: a.ID, User: owner.ID}
		if err := s.Teller.Mail(ctx, tx, m); err != nil {
			return err
		}
	}
	return nil
}
