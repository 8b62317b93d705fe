package registration

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// doubleClick is within what time the same address once more is the same click.
const doubleClick = 10 * time.Second

// SubmitEmail is step 5: the address waits for its mailbox to answer. It
// reserves nothing and makes no user. Whether it is a user's already shows in
// the mail only, and is found out when the mail is sent. The same address once
// more voids no link: the mail that is there may be the one that is read.
func (s *Service) SubmitEmail(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, to keyfold.Email) error {
	if err := s.allowVerify(ctx, to); err != nil {
		return err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		change, err := account.PendEmail(by, tx.Now(), to)
		if err != nil {
			return err
		}
		if account.State == keyfold.EmailPending && account.Pending.String() == to.String() {
			return s.waitsAlready(ctx, tx, by, account)
		}
		if err := tx.Apply(ctx, change); err != nil {
			return err
		}
		if err := tx.EndGrants(ctx, store.OfAccount(id), store.Superseded, store.Confirm); err != nil {
			return err
		}
		return s.mailConfirm(ctx, tx, change.Account())
	})
	s.wake()
	return err
}

// waitsAlready is for who gives the address again that waits already.
func (s *Service) waitsAlready(ctx context.Context, tx *store.Tx, by keyfold.Act, account keyfold.Account) error {
	old, err := tx.LiveConfirm(ctx, account.ID, account.Pending)
	switch {
	case err == nil && tx.Now().Sub(old.Issued) < doubleClick:
		return nil
	case err != nil && keyfold.Refused(err) == nil:
		return err
	}
	return s.sendAgain(ctx, tx, by, account)
}

// SendAgain is the button of step 6: the same address gets the same link once
// more, or a new one when the old one has little time left.
func (s *Service) SendAgain(ctx context.Context, by keyfold.Act, id keyfold.CustomerID) error {
	account, err := s.DB.Reader().Account(ctx, id)
	if err != nil {
		return err
	}
	if account.State != keyfold.EmailPending {
		return keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	}
	if err := s.allowVerify(ctx, account.Pending); err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error { return s.sendAgain(ctx, tx, by, account) })
	s.wake()
	return err
}

func (s *Service) sendAgain(ctx context.Context, tx *store.Tx, by keyfold.Act, read keyfold.Account) error {
	account, err := tx.Account(ctx, read.ID)
	if err != nil {
		return err
	}
	if account.State != keyfold.EmailPending || !account.Pending.Same(read.Pending) || account.Frozen || account.Closed {
		return keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	}
	if err := tx.Record(ctx, keyfold.Event{Act: by, Kind: "verification.sent_again", Account: account.ID}); err != nil {
		return err
	}
	old, err := tx.LiveConfirm(ctx, account.ID, account.Pending)
	switch {
	case err == nil && old.Expires.Sub(tx.Now()) > s.Times.Confirm/2:
		return s.teller().Mail(ctx, tx, s.confirmMail(account, old.ID))
	case err != nil && keyfold.Refused(err) == nil:
		return err
	}
	if err := tx.EndGrants(ctx, store.OfAccount(account.ID), store.Superseded, store.Confirm); err != nil {
		return err
	}
	return s.mailConfirm(ctx, tx, account)
}

func (s *Service) mailConfirm(ctx context.Context, tx *store.Tx, a keyfold.Account) error {
	id, err := s.teller().Link(ctx, tx, store.Confirm, a.Pending, tx.Now().Add(s.Times.Confirm), store.OfAccount(a.ID))
	if err != nil {
		return err
	}
	return s.teller().Mail(ctx, tx, s.confirmMail(a, id))
}

func (s *Service) confirmMail(a keyfold.Account, token string) store.Mail {
	return store.Mail{Template: "confirm", To: a.Pending, Language: a.Language, Entity: a.Entity, Account: a.ID, Token: token}
}

func (s *Service) allowVerify(ctx context.Context, to keyfold.Email) error {
	tag := s.tag("mailbox:" + to.Key())
	return on(s.DB.Allow(ctx, store.Try{Rule: s.Limits.VerifyMail, Tag: tag}, store.Try{Rule: s.Limits.VerifyMailDay, Tag: tag}), "email")
}

// ResendConfirm answers "Send a new link" on an expired link of step 7: the
// same mailbox gets a new one, if it is still the one that the account waits
// for.
func (s *Service) ResendConfirm(ctx context.Context, by keyfold.Act, link token.Secret) error {
	l, err := s.Link(ctx, store.Confirm, link)
	if err != nil {
		return err
	}
	account, ok, err := s.awaits(ctx, l)
	if err != nil {
		return err
	}
	if !ok {
		return keyfold.Refuse(keyfold.Gone, "link.void")
	}
	if err := s.allowVerify(ctx, l.Token.Email); err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error { return s.sendAgain(ctx, tx, by, account) })
	s.wake()
	return err
}

// Awaited reports whether the account of a confirm link still waits for the
// mailbox that the link went to.
func (s *Service) Awaited(ctx context.Context, l Link) (bool, error) {
	_, ok, err := s.awaits(ctx, l)
	return ok, err
}

func (s *Service) awaits(ctx context.Context, l Link) (keyfold.Account, bool, error) {
	account, err := s.DB.Reader().Account(ctx, l.Token.Grants[0].Subject.Account)
	if err != nil {
		return keyfold.Account{}, false, err
	}
	return account, account.State == keyfold.EmailPending && account.Pending.Same(l.Token.Email), nil
}
