package registration

import (
	"context"

	"github.com/google/uuid"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Proof shows that whoever opens the confirm link also holds the account:
// by the session of step 4, or by the password of step 3. The mail alone
// proves a mailbox, and mail addresses get mistyped.
type Proof struct {
	Session  keyfold.CustomerID // of the browser; zero without a session
	Password string
}

// Given reports whether the session proves it, so that no password is asked.
func (p Proof) Given(account keyfold.CustomerID) bool {
	return p.Session == account && !account.IsZero()
}

// A Completion is what a person typed in step 8.
type Completion struct {
	NewPassword
	Proof    Proof
	Name     string
	Language keyfold.Language // of the page: it becomes the user's
}

// Confirmed is what a live confirm link leads to.
type Confirmed struct {
	Link    Link
	Account keyfold.Account
	// User has the address already; zero: nobody has, and step 8 makes one.
	User keyfold.User
}

// Confirm is step 7: it looks at what the link leads to and changes nothing.
// The link may be in any state; the account and the user are as they are now.
func (s *Service) Confirm(ctx context.Context, link token.Secret) (Confirmed, error) {
	l, err := s.Link(ctx, store.Confirm, link)
	if err != nil {
		return Confirmed{}, err
	}
	c := Confirmed{Link: l}
	read := s.DB.Reader()
	if c.Account, err = read.Account(ctx, l.Token.Grants[0].Subject.Account); err != nil {
		return Confirmed{}, err
	}
	c.User, err = read.UserByEmail(ctx, l.Token.Email)
	if err != nil && keyfold.Refused(err) == nil {
		return Confirmed{}, err
	}
	return c, nil
}

// Complete is step 8: the link is spent, the user exists, and the account is
// theirs. A second click with the same password finds the same success. When
// the address has become a user's in the meantime, the refusal is email.taken,
// and [Service.LinkAccount] is the way to go.
func (s *Service) Complete(ctx context.Context, by keyfold.Act, link token.Secret, typed Completion) (keyfold.Account, error) {
	c, err := s.Confirm(ctx, link)
	if err != nil {
		return keyfold.Account{}, err
	}
	if c.Link.State == LinkUsed {
		return c.Account, s.completedAgain(ctx, c, typed.Password)
	}
	if err := c.Link.refuse(); err != nil {
		return c.Account, err
	}
	if c.User.ID != "" {
		return s.raced(ctx, link, typed.Password)
	}
	if err := s.checkCompletion(ctx, by, c, &typed); err != nil {
		return c.Account, err
	}
	hash, err := s.Gate.Hash(ctx, typed.Password)
	if err != nil {
		return c.Account, err
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return c.Account, err
	}
	user := keyfold.NewUser(by, keyfold.UserID(id.String()), c.Link.Token.Email, typed.Name, typed.Language, hash)
	won, err := s.settle(ctx, c, func(ctx context.Context, tx *store.Tx, account keyfold.Account) error {
		return s.register(ctx, tx, by, account, user)
	})
	if err == nil && !won { // another click was faster
		return s.raced(ctx, link, typed.Password)
	}
	return c.Account, err
}

// settle is the one transaction of step 8 and of linking: the account is as it
// was when the proof was checked, the link is spent, and then comes do. Without
// a live link nothing happens, and won is false.
func (s *Service) settle(ctx context.Context, c Confirmed, do func(context.Context, *store.Tx, keyfold.Account) error) (won bool, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, c.Account.ID)
		if err != nil {
			return err
		}
		if won, err = tx.Spend(ctx, c.Link.Token.ID, store.OfAccount(account.ID)); err != nil || !won {
			return err
		}
		if account.Password != c.Account.Password || !account.Pending.Same(c.Link.Token.Email) {
			return keyfold.Refuse(keyfold.Conflict, "account.moved_on")
		}
		return do(ctx, tx, account)
	})
	if won && err == nil {
		s.wake()
	}
	return won, err
}

func (s *Service) register(ctx context.Context, tx *store.Tx, by keyfold.Act, account keyfold.Account, user keyfold.UserChange) error {
	if err := tx.ApplyUser(ctx, user); err != nil {
		return err
	}
	change, err := account.Register(by, tx.Now(), user.User().ID)
	if err != nil {
		return err
	}
	return s.conclude(ctx, tx, change, "registered")
}

// checkCompletion checks all that was typed in step 8, and what is wrong with
// it is said at once. Nothing about the password is compared with the account's
// before the proof holds.
func (s *Service) checkCompletion(ctx context.Context, by keyfold.Act, c Confirmed, typed *Completion) error {
	if err := s.prove(ctx, by, c, typed.Proof); err != nil {
		return err
	}
	reasons := keyfold.Refused(s.choose(typed.Password, typed.Repeat, s.context(c.Account, c.Link.Token.Email.String(), typed.Name)))
	name, err := keyfold.ParseName(typed.Name)
	for _, r := range keyfold.Refused(err) {
		reasons = append(reasons, r.On("name"))
	}
	typed.Name = name
	if len(reasons) > 0 {
		return reasons
	}
	for _, old := range []struct {
		hash keyfold.Hash
		text string
	}{{c.Account.Password, "password.same_as_customer_id"}, {c.Account.Imported, "password.same_as_legacy"}} {
		if old.hash == "" {
			continue
		}
		result, err := s.Gate.Verify(ctx, old.hash, typed.Password)
		if err != nil {
			return err
		}
		if result.OK {
			return keyfold.Refuse(keyfold.Invalid, old.text).On("new-password")
		}
	}
	return nil
}

// prove refuses who holds the link and not the account.
func (s *Service) prove(ctx context.Context, by keyfold.Act, c Confirmed, p Proof) error {
	if p.Given(c.Account.ID) {
		return nil
	}
	if p.Password == "" {
		return keyfold.Refuse(keyfold.Invalid, "proof.missing").On("proof")
	}
	if err := s.DB.Allow(ctx, store.Try{Rule: s.Limits.Proof, Tag: s.tag("proof:" + c.Link.Token.ID)}); err != nil {
		return err
	}
	result, err := s.Gate.Verify(ctx, c.Account.Password, p.Password)
	if err != nil {
		return err
	}
	if result.OK {
		return nil
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error { // as any other guess at that password
		return tx.Record(ctx, keyfold.Event{Act: by, Kind: "login.failed", Account: c.Account.ID})
	})
	if err != nil {
		return err
	}
	return keyfold.Refuse(keyfold.Denied, "proof.wrong").On("proof")
}

// completedAgain is the second click on a used link: with the password that
// the first one set it shows the same success.
func (s *Service) completedAgain(ctx context.Context, c Confirmed, pw string) error {
	if c.User.ID == "" || c.Account.Owner != c.User.ID {
		return c.Link.refuse()
	}
	// Nor is a used link a way to guess at the login that it made.
	if err := s.DB.Allow(ctx, store.Try{Rule: s.Limits.Again, Tag: s.tag("again:" + c.Link.Token.ID)}); err != nil {
		return err
	}
	result, err := s.Gate.Verify(ctx, c.User.Password, pw)
	if err != nil {
		return err
	}
	if !result.OK {
		return c.Link.refuse()
	}
	return nil
}

// raced finds out what another click has made of a link. One that is still
// alive has lost its address: a user has it by now.
func (s *Service) raced(ctx context.Context, link token.Secret, pw string) (keyfold.Account, error) {
	c, err := s.Confirm(ctx, link)
	if err != nil {
		return keyfold.Account{}, err
	}
	switch c.Link.State {
	case LinkUsed:
		return c.Account, s.completedAgain(ctx, c, pw)
	case LinkLive:
		return c.Account, keyfold.Refuse(keyfold.Conflict, "email.taken")
	default:
		return c.Account, c.Link.refuse()
	}
}
