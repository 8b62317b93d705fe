package contacts

import (
	"context"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// Propose asks that one of the general contacts becomes the main contact. It
// waits for 24 hours, in which the one of now, and others, can stop it. The same
// once more changes nothing: not the time either.
func (s *Service) Propose(ctx context.Context, who Who, contact string) error {
	if err := s.allow(ctx, who); err != nil {
		return err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		account, listed, err := lock(ctx, tx, who, keyfold.ChangeMainContact)
		if err != nil {
			return err
		}
		c, ok := find(listed, keyfold.GeneralContact, contact)
		if !ok {
			return keyfold.Refuse(keyfold.Gone, "contact.gone")
		}
		change, err := account.ProposeContact(who.Act, tx.Now(), c.Contact)
		if err != nil || c.Email.Same(account.Coming.Contact.Email) {
			return err
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
		if err := tx.EndGrants(ctx, store.OfAccount(account.ID), store.Superseded, store.Stop); err != nil {
			return err
		}
		return s.tellProposed(ctx, tx, who, change.Account())
	})
	s.Teller.Hurry()
	return err
}

// tellProposed tells everybody who could know better, each mailbox once. The
// main contact of now can stop it with one click, and so can the one to be: the
// address may be mistyped.
func (s *Service) tellProposed(ctx context.Context, tx *store.Tx, who Who, a keyfold.Account) error {
	mail := store.Mail{Data: store.MailData{Contact: a.Coming.Contact.Email.String(), Origin: who.From}}
	told := []keyfold.Email{a.Coming.Contact.Email}
	if !a.Contact.Email.IsZero() {
		told = append(told, a.Contact.Email)
	}
	for _, to := range told {
		mail.Template = "contact-proposed"
		if to.Same(a.Coming.Contact.Email) {
			mail.Template = "contact-to-be"
		}
		var err error
		if mail.Token, err = s.Teller.Link(ctx, tx, store.Stop, to, a.Coming.At, store.OfAccount(a.ID)); err != nil {
			return err
		}
		if err := s.Teller.To(ctx, tx, store.Mailbox{To: to, Accounts: []keyfold.Account{a}}, mail); err != nil {
			return err
		}
	}
	mail.Template, mail.Token = "contact-proposed-told", ""
	if err := s.Teller.ContactsOf(ctx, tx, []keyfold.Account{a}, mail, told...); err != nil {
		return err
	}
	owner, err := tx.User(ctx, a.Owner)
	if err != nil {
		return err
	}
	others, err := tx.Told(ctx, a)
	if err != nil || slices.ContainsFunc(append(others, told...), owner.Email.Same) {
		return err
	}
	return s.Teller.User(ctx, tx, a, owner, mail)
}

// Stop keeps the main contact as it is, by a user of the account.
func (s *Service) Stop(ctx context.Context, who Who) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		account, _, err := lock(ctx, tx, who, keyfold.ChangeMainContact)
		if err != nil {
			return err
		}
		return stop(ctx, tx, who.Act, account)
	})
}

// StopByLink is the same by who was mailed a link for it. A second click finds
// the same success.
func (s *Service) StopByLink(ctx context.Context, by keyfold.Act, link token.Secret) (keyfold.CustomerID, error) {
	if link.IsZero() {
		return keyfold.CustomerID{}, keyfold.Refuse(keyfold.NotFound, "link.unknown")
	}
	read := s.DB.Reader()
	t, err := read.Token(ctx, store.Stop, link)
	if err != nil {
		return keyfold.CustomerID{}, err
	}
	subject := t.Grants[0].Subject
	switch {
	case t.Grants[0].Ended == store.Spent:
		return subject.Account, nil
	case !read.Now().Before(t.Expires):
		return subject.Account, keyfold.Refuse(keyfold.Gone, "link.expired")
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, subject.Account)
		if err != nil {
			return err
		}
		won, err := tx.Spend(ctx, t.ID, subject)
		if err != nil {
			return err
		}
		if !won {
			return stoppedMeanwhile(ctx, tx, t.ID)
		}
		return stop(ctx, tx, by, account)
	})
	if keyfold.RefusedAs(err, "contact.nothing_waits") {
		err = keyfold.Refuse(keyfold.Gone, "link.void")
	}
	return subject.Account, err
}

// stoppedMeanwhile is nil when another click on the same link was faster.
func stoppedMeanwhile(ctx context.Context, tx *store.Tx, id string) error {
	t, err := tx.TokenByID(ctx, id)
	if err == nil && t.Grants[0].Ended != store.Spent {
		err = keyfold.Refuse(keyfold.Gone, "link.void")
	}
	return err
}

func stop(ctx context.Context, tx *store.Tx, by keyfold.Act, account keyfold.Account) error {
	change, err := account.StopContact(by)
	if err != nil {
		return err
	}
	if err := tx.Apply(ctx, change); err != nil {
		return err
	}
	return tx.EndGrants(ctx, store.OfAccount(account.ID), store.Void, store.Stop)
}
