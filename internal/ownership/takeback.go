package ownership

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Returning is what a link to take an account back can do.
type Returning struct {
	Account keyfold.Account
	Owner   keyfold.User // of now
	Former  keyfold.User // who gets it back; zero when it is done
	Done    bool         // with this link
	When    time.Time    // the link ends, or ended
}

// Returning looks at a link to take an account back. Looking changes nothing.
func (s *Service) Returning(ctx context.Context, link token.Secret) (Returning, error) {
	t, err := s.token(ctx, store.Return, link)
	if err != nil {
		return Returning{}, err
	}
	read := s.DB.Reader()
	account, err := read.Account(ctx, t.Grants[0].Subject.Account)
	if err != nil {
		return Returning{}, err
	}
	return returning(ctx, read, t, account)
}

// returning judges a link by what is true now. It is for the mailbox of who
// owned the account before, whether or not they are a user of it still.
func returning(ctx context.Context, read store.Reader, t store.Token, a keyfold.Account) (r Returning, err error) {
	r = Returning{Account: a, When: t.Expires}
	if a.Owner != "" {
		if r.Owner, err = read.User(ctx, a.Owner); err != nil {
			return r, err
		}
	}
	g := t.Grants[0]
	switch {
	case g.Ended == store.Spent && a.Owner != "" && r.Owner.Email.Same(t.Email):
		r.Done, r.When = true, g.EndedAt
		return r, nil
	case g.Ended == store.Spent:
		r.When = g.EndedAt
		return r, keyfold.Refuse(keyfold.Gone, "link.used")
	case !read.Now().Before(t.Expires):
		return r, keyfold.Refuse(keyfold.Gone, "link.expired")
	case g.Ended != "" || !a.Returnable(read.Now(), a.Return.To):
		return r, keyfold.Refuse(keyfold.Gone, "link.void")
	}
	if r.Former, err = read.User(ctx, a.Return.To); err != nil {
		return r, err
	}
	if !r.Former.Email.Same(t.Email) { // nor has a deleted login an address
		return r, keyfold.Refuse(keyfold.Gone, "link.void")
	}
	return r, nil
}

// TakeBack gives an account back to who owned it before, by the link in the mail
// that told of the hand-over. Whoever owns the account now may have removed them
// in the meantime. A second click finds the same success.
func (s *Service) TakeBack(ctx context.Context, by keyfold.Act, link token.Secret) (r Returning, err error) {
	t, err := s.token(ctx, store.Return, link)
	if err != nil {
		return Returning{}, err
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
		if r, err = returning(ctx, tx.Reader, now, account); err != nil || r.Done {
			return err
		}
		if won, err := tx.Spend(ctx, t.ID, subject); err != nil || !won {
			return orVoid(err)
		}
		return s.takeBack(ctx, tx, by, account, r.Former.ID)
	})
	return r, err
}

// TakeBackAs is TakeBack by the former owner who is logged in and has proven it.
func (s *Service) TakeBackAs(ctx context.Context, by keyfold.Act, former keyfold.UserID, id keyfold.CustomerID) error {
	return s.change(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, id)
		if err != nil || account.Owner == former { // the second click
			return err
		}
		return s.takeBack(ctx, tx, by, account, former)
	})
}

func (s *Service) takeBack(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account, who keyfold.UserID) error {
	former, err := tx.LockUser(ctx, who) // a login that has no access may be about to end
	if err != nil {
		return err
	}
	change, err := a.TakeBack(by, tx.Now(), former)
	if err != nil {
		return err
	}
	other, err := tx.User(ctx, a.Owner)
	if err != nil {
		return err
	}
	if err := tx.Apply(ctx, change); err != nil {
		return err
	}
	if err := tx.EndGrants(ctx, store.OfAccount(a.ID), store.Void, store.Return, store.Veto, store.Stop); err != nil {
		return err
	}
	handed := a.Return.Until.Add(-keyfold.ReturnFor)
	a = change.Account()
	if err := s.endGranted(ctx, tx, by, a, handed); err != nil {
		return err
	}
	if err := s.Teller.User(ctx, tx, a, former, about("ownership-back", by, other.ID)); err != nil {
		return err
	}
	if err := s.Teller.User(ctx, tx, a, other, about("ownership-returned", by, former.ID)); err != nil {
		return err
	}
	if err := s.Teller.Contacts(ctx, tx, a, about("ownership-returned-contacts", by, former.ID)); err != nil {
		return err
	}
	return s.askOwner(ctx, tx, by, a, former)
}

// orVoid is the answer to who could not spend a link.
func orVoid(err error) error {
	if err == nil {
		err = keyfold.Refuse(keyfold.Gone, "link.void")
	}
	return err
}
