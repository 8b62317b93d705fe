package members

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// Asked is what the link of an invitation leads to.
type Asked struct {
	Token      store.Token
	Invitation keyfold.Invitation
	Account    keyfold.Account
	Inviter    keyfold.User
	// User has the address already; zero: nobody has, and to accept makes one.
	User keyfold.User
	Why  error     // a refusal: it cannot be accepted; nil: it can
	When time.Time // it ended, or ends
}

// Asked looks at what a link leads to and changes nothing. One that we never
// made is refused as link.unknown.
func (s *Service) Asked(ctx context.Context, link token.Secret) (a Asked, err error) {
	if link.IsZero() {
		return a, keyfold.Refuse(keyfold.NotFound, "link.unknown")
	}
	read := s.DB.Reader()
	if a.Token, err = read.Token(ctx, store.Invite, link); err != nil {
		return a, err
	}
	if a.Invitation, err = read.Invitation(ctx, a.Token.Grants[0].Subject.Invitation); err != nil {
		return a, err
	}
	i := a.Invitation
	if a.Account, err = read.Account(ctx, i.Account); err != nil {
		return a, err
	}
	var roles keyfold.Roles
	if a.Inviter, roles, err = inviter(ctx, read, i); err != nil {
		return a, err
	}
	a.User, err = read.UserByEmail(ctx, i.Email)
	if err != nil && keyfold.Refused(err) == nil {
		return a, err
	}
	a.When = i.Until
	if !i.Ended.IsZero() {
		a.When = i.Ended
	}
	a.Why = a.Account.Acceptable(read.Now(), roles, i)
	if i.Status == keyfold.Invited && a.Token.Grants[0].Ended != "" { // a newer mail is out
		a.Why = keyfold.Refuse(keyfold.Gone, "invitation.superseded")
	}
	return a, nil
}

// inviter is who stands for an invitation, with what they may do now: nothing,
// when they may not even log in.
func inviter(ctx context.Context, read store.Reader, i keyfold.Invitation) (keyfold.User, keyfold.Roles, error) {
	user, err := read.User(ctx, i.Inviter)
	if err != nil || user.Suspended || user.Deleted {
		return user, keyfold.Roles{}, err
	}
	m, err := read.Member(ctx, i.Account, i.Inviter)
	return user, m.Roles, err
}

// A NewLogin is what a person typed who has no login yet.
type NewLogin struct {
	Password, Repeat string
	Name             string
	Language         keyfold.Language // of the page: it becomes the user's
}

// AcceptNew accepts an invitation with a login that is made for it: who reads the
// mailbox chooses a password. A second click with the same password finds the
// same success.
func (s *Service) AcceptNew(ctx context.Context, by keyfold.Act, link token.Secret, typed NewLogin) (Asked, error) {
	a, err := s.Asked(ctx, link)
	switch {
	case err != nil:
		return a, err
	case a.Why != nil:
		return a, s.acceptedAgain(ctx, a, typed.Password)
	case a.User.ID != "":
		return s.raced(ctx, link, typed.Password)
	}
	if err := s.check(a, &typed); err != nil {
		return a, err
	}
	hash, err := s.Gate.Hash(ctx, typed.Password)
	if err != nil {
		return a, err
	}
	id, err := uuid.NewRandom()
	if err != nil {
		return a, err
	}
	by.By = "user:" + id.String()
	user := keyfold.NewUser(by, keyfold.UserID(id.String()), a.Invitation.Email, typed.Name, typed.Language, hash)
	won, err := s.accept(ctx, by, a, user.User().ID, func(tx *store.Tx) error { return tx.ApplyUser(ctx, user) })
	if err != nil || won {
		return a, err
	}
	return s.raced(ctx, link, typed.Password)
}

// raced finds out what another click has made of an invitation. One that still
// waits has lost its address: a user has it by now.
func (s *Service) raced(ctx context.Context, link token.Secret, pw string) (Asked, error) {
	a, err := s.Asked(ctx, link)
	switch {
	case err != nil:
		return a, err
	case a.Why == nil:
		return a, keyfold.Refuse(keyfold.Conflict, "email.taken")
	}
	return a, s.acceptedAgain(ctx, a, pw)
}

// check names all that is wrong with what was typed. The passwords of the account
// are not compared: who was invited shall not find out about them.
func (s *Service) check(a Asked, typed *NewLogin) error {
	words := []string{a.Account.ID.String(), a.Invitation.Email.String(), typed.Name, s.Brand}
	if e, ok := s.Entities.Named(a.Account.Entity); ok {
		words = append(words, e.Name)
	}
	reasons := s.Policy.Check(typed.Password, password.Context{Words: words})
	if typed.Password != typed.Repeat {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "password.repeat").On("repeat-password"))
	}
	name, err := keyfold.ParseName(typed.Name)
	for _, r := range keyfold.Refused(err) {
		reasons = append(reasons, r.On("name"))
	}
	typed.Name = name
	return reasons.OrNil()
}

// acceptedAgain is the second click on an invitation that made a login.
func (s *Service) acceptedAgain(ctx context.Context, a Asked, pw string) error {
	if a.Invitation.Status != keyfold.Accepted {
		return a.Why
	}
	// Nor is a used link a way to guess at the login that it made.
	if err := s.DB.Allow(ctx, store.Try{Rule: s.Limits.Members.AcceptAgain, Tag: s.tag("again:" + a.Token.ID)}); err != nil {
		return err
	}
	user, err := s.DB.Reader().User(ctx, a.Invitation.AcceptedBy)
	if err != nil {
		return err
	}
	result, err := s.Gate.Verify(ctx, user.Password, pw)
	if err != nil {
		return err
	}
	if !result.OK {
		return a.Why
	}
	return nil
}

// A Login is with which login an invitation is accepted: the one that is logged in
// here, or the one whose address was invited, by its password.
type Login struct {
	LoggedIn keyfold.UserID
	Password string
}

// Accept accepts an invitation with a login that is there. A second click finds
// the same success.
func (s *Service) Accept(ctx context.Context, by keyfold.Act, link token.Secret, login Login) (Asked, error) {
	a, err := s.Asked(ctx, link)
	if err != nil {
		return a, err
	}
	user, err := s.prove(ctx, by, a, login)
	switch {
	case a.Invitation.Status == keyfold.Accepted && err == nil && a.Invitation.AcceptedBy == user.ID:
		return a, nil
	case a.Why != nil:
		return a, a.Why
	case err != nil:
		return a, err
	}
	by.By = "user:" + string(user.ID)
	won, err := s.accept(ctx, by, a, user.ID, func(tx *store.Tx) error { return s.unchanged(ctx, tx, user) })
	if err != nil || won {
		return a, err
	}
	if a, err = s.Asked(ctx, link); err == nil && a.Invitation.AcceptedBy != user.ID {
		err = a.Why // somebody else was faster, or it was taken back
	}
	return a, err
}

func (s *Service) prove(ctx context.Context, by keyfold.Act, a Asked, login Login) (keyfold.User, error) {
	user := a.User
	if login.LoggedIn != "" {
		var err error
		if user, err = s.DB.Reader().User(ctx, login.LoggedIn); err != nil {
			return user, err
		}
	}
	switch {
	case user.ID == "":
		return user, keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	case user.Suspended:
		return user, keyfold.Refuse(keyfold.Denied, "user.suspended")
	case login.LoggedIn != "":
		return user, nil
	}
	return user, s.Prove(ctx, by, user, login.Password)
}

// unchanged refuses a user who is not any more what was proven.
func (s *Service) unchanged(ctx context.Context, tx *store.Tx, read keyfold.User) error {
	user, err := tx.User(ctx, read.ID)
	if err != nil {
		return err
	}
	if user.Suspended || user.Deleted || user.Password != read.Password {
		return keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	}
	return nil
}

// accept is the one transaction of it: the link is spent, the user is there, and
// has access. Without a live link nothing happens, and won is false.
func (s *Service) accept(ctx context.Context, by keyfold.Act, read Asked, user keyfold.UserID, ready func(*store.Tx) error) (won bool, err error) {
	err = s.update(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, read.Account.ID)
		if err != nil {
			return err
		}
		if won, err = tx.Spend(ctx, read.Token.ID, store.OfInvitation(read.Invitation.ID)); err != nil || !won {
			return err
		}
		if err := ready(tx); err != nil {
			return err
		}
		return s.admit(ctx, tx, by, account, read.Invitation.ID, user)
	})
	return won && err == nil, err
}

func (s *Service) admit(ctx context.Context, tx *store.Tx, by keyfold.Act, account keyfold.Account, invitation string, user keyfold.UserID) error {
	i, err := tx.Invitation(ctx, invitation)
	if err != nil {
		return err
	}
	from, roles, err := inviter(ctx, tx.Reader, i)
	if err != nil {
		return err
	}
	had, err := tx.Member(ctx, account.ID, user)
	if err != nil {
		return err
	}
	accepted, admitted, err := account.AcceptInvitation(by, tx.Now(), roles, i, had)
	if err != nil {
		return err
	}
	if err := tx.ApplyInvitation(ctx, accepted); err != nil {
		return err
	}
	if err := s.added(ctx, tx, account, admitted); err != nil {
		return err
	}
	return s.Teller.User(ctx, tx, account, from, store.Mail{Template: "invitation-accepted", User: user, Data: store.MailData{Invited: i.ID}})
}

// added gives access and tells the contacts of the account. An invitation that
// waits for the same address ends: it would let them in again once their access
// has ended.
func (s *Service) added(ctx context.Context, tx *store.Tx, a keyfold.Account, c keyfold.MemberChange) error {
	if err := tx.ApplyMember(ctx, c); err != nil {
		return err
	}
	m := c.Member()
	user, err := tx.User(ctx, m.User)
	if err != nil {
		return err
	}
	i, ok, err := tx.PendingInvitation(ctx, a.ID, user.Email)
	if err != nil {
		return err
	}
	if ok {
		if err := s.revoke(ctx, tx, c.Event().Act, a, keyfold.RolesOf(keyfold.Owner), i); err != nil {
			return err
		}
	}
	return s.Teller.Contacts(ctx, tx, a, store.Mail{Template: "member-added", User: m.User, Data: store.MailData{Roles: m.Roles.String()}})
}
