package registration

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A LinkProof shows both sides of a link: that of the account, and that of the
// user whose address it is.
type LinkProof struct {
	Proof
	LoggedIn keyfold.UserID // of the browser; zero without a session
	Password string         // of the login
}

// LinkAccount stands in the place of step 8 when the address has a login: the
// account becomes one more of that user's. No password is set.
func (s *Service) LinkAccount(ctx context.Context, by keyfold.Act, link token.Secret, proof LinkProof) (keyfold.Account, error) {
	c, err := s.Confirm(ctx, link)
	if err != nil {
		return keyfold.Account{}, err
	}
	if c.Link.State == LinkUsed && c.User.ID != "" && c.Account.Owner == c.User.ID {
		return c.Account, s.proveLogin(ctx, by, c.User, proof) // the second click
	}
	if err := c.Link.refuse(); err != nil {
		return c.Account, err
	}
	switch {
	case c.User.ID == "":
		return c.Account, keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	case c.User.Suspended:
		return c.Account, keyfold.Refuse(keyfold.Denied, "user.suspended")
	}
	if err := s.prove(ctx, by, c, proof.Proof); err != nil {
		return c.Account, err
	}
	if err := s.proveLogin(ctx, by, c.User, proof); err != nil {
		return c.Account, err
	}
	won, err := s.settle(ctx, c, func(ctx context.Context, tx *store.Tx, account keyfold.Account) error {
		return s.link(ctx, tx, by, account, c.User)
	})
	if err == nil && !won {
		return c.Account, s.linkedMeanwhile(ctx, link, c.User.ID)
	}
	return c.Account, err
}

func (s *Service) link(ctx context.Context, tx *store.Tx, by keyfold.Act, account keyfold.Account, read keyfold.User) error {
	user, err := tx.User(ctx, read.ID)
	if err != nil {
		return err
	}
	if user.Suspended || user.Password != read.Password {
		return keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	}
	change, err := account.Link(by, tx.Now(), user.ID)
	if err != nil {
		return err
	}
	if err := s.conclude(ctx, tx, change, "linked"); err != nil {
		return err
	}
	if err := s.forgetProof(ctx, tx, user); err != nil {
		return err
	}
	return s.teller().Mail(ctx, tx, store.Mail{
		Template: "linked-user", To: user.Email, Language: user.Language.Or(account.Language), Entity: account.Entity, Account: account.ID, User: user.ID,
	})
}

// proveLogin refuses who is not logged in as the user and does not know the
// password either.
func (s *Service) proveLogin(ctx context.Context, by keyfold.Act, user keyfold.User, proof LinkProof) error {
	if proof.LoggedIn == user.ID {
		return nil
	}
	return s.provePassword(ctx, by, user, proof.Password)
}

// ProveLogin refuses who does not know the password of a login, for what an open
// browser alone must not do.
func (s *Service) ProveLogin(ctx context.Context, by keyfold.Act, user keyfold.User, pw string) error {
	if err := s.provePassword(ctx, by, user, pw); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return s.forgetProof(ctx, tx, user) })
}

// forgetProof starts the counter of proofs anew, as a success does.
func (s *Service) forgetProof(ctx context.Context, tx *store.Tx, user keyfold.User) error {
	return tx.Forget(ctx, store.Try{Rule: s.Limits.LoginName, Tag: s.tag("link:" + user.Email.Key())})
}

func (s *Service) provePassword(ctx context.Context, by keyfold.Act, user keyfold.User, pw string) error {
	if pw == "" {
		return keyfold.Refuse(keyfold.Invalid, "login_password.missing").On("login-password")
	}
	err := s.DB.Allow(ctx,
		store.Try{Rule: s.Limits.LoginAddress, Tag: s.tag("address:" + limit.Client(by.From))},
		store.Try{Rule: s.Limits.LoginName, Tag: s.tag("link:" + user.Email.Key())})
	if err != nil {
		return err
	}
	result, err := s.Gate.Verify(ctx, user.Password, pw)
	if err != nil {
		return err
	}
	if result.OK {
		return nil
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		return tx.Record(ctx, keyfold.Event{Act: by, Kind: "user.proof_failed", User: user.ID})
	})
	if err != nil {
		return err
	}
	return keyfold.Refuse(keyfold.Denied, "login_password.wrong").On("login-password")
}

// linkedMeanwhile finds out what another click has made of a link: who has
// proven both sides sees the same success.
func (s *Service) linkedMeanwhile(ctx context.Context, link token.Secret, user keyfold.UserID) error {
	c, err := s.Confirm(ctx, link)
	if err != nil {
		return err
	}
	if c.Link.State == LinkUsed && c.Account.Owner == user {
		return nil
	}
	return c.Link.refuse()
}
