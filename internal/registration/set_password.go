package registration

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A NewPassword is what a person typed in step 3 or 8.
type NewPassword struct{ Password, Repeat string }

// SetPassword is step 3: the link is spent for that subject, and everything
// that was pending before it is void. Nobody is logged in. A second click with
// the same password finds the same success.
func (s *Service) SetPassword(ctx context.Context, by keyfold.Act, link token.Secret, subject store.Subject, typed NewPassword) error {
	l, err := s.Link(ctx, store.Reset, link)
	if err != nil {
		return err
	}
	if l, err = l.For(subject, s.DB.Reader().Now()); err != nil {
		return err
	}
	if l.State == LinkUsed {
		return s.sameAgain(ctx, l, subject, typed.Password)
	}
	if err := l.refuse(); err != nil {
		return err
	}
	about, err := s.aboutSubject(ctx, subject)
	if err != nil {
		return err
	}
	if err := s.choose(typed.Password, typed.Repeat, about); err != nil {
		return err
	}
	hash, err := s.Gate.Hash(ctx, typed.Password)
	if err != nil {
		return err
	}
	spent := false
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		spent, err = s.setPassword(ctx, tx, by, l.Token, subject, hash)
		return err
	})
	if err != nil {
		return err
	}
	if !spent { // another click was faster
		return s.again(ctx, link, subject, typed.Password)
	}
	s.wake()
	return nil
}

func (s *Service) setPassword(ctx context.Context, tx *store.Tx, by keyfold.Act, t store.Token, subject store.Subject, hash keyfold.Hash) (spent bool, err error) {
	if subject.User != "" {
		return s.setUserPassword(ctx, tx, by, t, subject, hash)
	}
	account, err := tx.Account(ctx, subject.Account)
	if err != nil {
		return false, err
	}
	if spent, err := tx.Spend(ctx, t.ID, subject); err != nil || !spent {
		return spent, err
	}
	change, err := account.SetPassword(by, tx.Now(), hash)
	if err != nil {
		return false, err
	}
	if err := tx.ForgetLogin(ctx, s.Limits, store.LoginTry{Name: s.loginTag(account.ID)}); err != nil {
		return false, err
	}
	return true, s.conclude(ctx, tx, change, "password-set")
}

func (s *Service) setUserPassword(ctx context.Context, tx *store.Tx, by keyfold.Act, t store.Token, subject store.Subject, hash keyfold.Hash) (spent bool, err error) {
	user, err := tx.User(ctx, subject.User)
	if err != nil {
		return false, err
	}
	if spent, err := tx.Spend(ctx, t.ID, subject); err != nil || !spent {
		return spent, err
	}
	change, err := user.SetPassword(by, hash)
	if err != nil {
		return false, err
	}
	if err := tx.ApplyUser(ctx, change); err != nil {
		return false, err
	}
	if err := tx.EndGrants(ctx, subject, store.Void, store.Reset); err != nil {
		return false, err
	}
	if err := tx.EndUserSessions(ctx, user.ID); err != nil {
		return false, err
	}
	if err := tx.ForgetLogin(ctx, s.Limits, store.LoginTry{Name: s.tag("name:" + user.Email.Key())}); err != nil {
		return false, err
	}
	return true, s.teller().Mail(ctx, tx, store.Mail{Template: "user-password-set", To: user.Email, Language: user.Language, User: user.ID})
}

// sameAgain is the second click: who comes with a used link and the password
// that it set sees the same success, anybody else what became of the link.
func (s *Service) sameAgain(ctx context.Context, l Link, subject store.Subject, pw string) error {
	// A used link is no way to guess at the password that it set.
	if err := s.DB.Allow(ctx, store.Try{Rule: s.Limits.Again, Tag: s.tag("again:" + l.Token.ID)}); err != nil {
		return err
	}
	hash, err := s.passwordOf(ctx, subject)
	if err != nil {
		return err
	}
	result, err := s.Gate.Verify(ctx, hash, pw)
	if err != nil {
		return err
	}
	if !result.OK {
		return l.refuse()
	}
	return nil
}

func (s *Service) again(ctx context.Context, link token.Secret, subject store.Subject, pw string) error {
	l, err := s.Link(ctx, store.Reset, link)
	if err != nil {
		return err
	}
	if l, err = l.For(subject, s.DB.Reader().Now()); err != nil {
		return err
	}
	if l.State != LinkUsed {
		return l.refuse()
	}
	return s.sameAgain(ctx, l, subject, pw)
}

func (s *Service) passwordOf(ctx context.Context, subject store.Subject) (keyfold.Hash, error) {
	if subject.User != "" {
		user, err := s.DB.Reader().User(ctx, subject.User)
		return user.Password, err
	}
	account, err := s.DB.Reader().Account(ctx, subject.Account)
	return account.Password, err
}

func (s *Service) aboutSubject(ctx context.Context, subject store.Subject) (password.Context, error) {
	if subject.User != "" {
		user, err := s.DB.Reader().User(ctx, subject.User)
		return password.Context{Words: []string{user.Email.String(), user.Name, s.Brand}}, err
	}
	account, err := s.DB.Reader().Account(ctx, subject.Account)
	return s.context(account), err
}

// ResendReset answers "Send a new link": what the old link was for and is still
// to be done goes to the mailbox of the old link, and to no other.
func (s *Service) ResendReset(ctx context.Context, by keyfold.Act, link token.Secret) error {
	l, err := s.Link(ctx, store.Reset, link)
	if err != nil {
		return err
	}
	if err := s.DB.Allow(ctx, store.Try{Rule: s.Limits.Resend, Tag: s.tag(l.Token.ID)}); err != nil {
		return err
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		m := resetMail{to: l.Token.Email, request: store.ResetRequest{Asked: tx.Now(), Origin: by.From}}
		for _, g := range l.Token.Grants {
			if err := m.renew(ctx, tx.Reader, g.Subject); err != nil {
				return err
			}
		}
		if len(m.subjects()) == 0 {
			return keyfold.Refuse(keyfold.Gone, "link.void")
		}
		return s.mailReset(ctx, tx, m)
	})
	s.wake()
	return err
}

// renew adds a subject that a new link can still be for.
func (m *resetMail) renew(ctx context.Context, read store.Reader, subject store.Subject) error {
	if subject.User != "" {
		user, err := read.User(ctx, subject.User)
		if err == nil && user.Email.Same(m.to) && !user.Suspended {
			m.user, m.language = user.ID, user.Language
		}
		return err
	}
	a, err := read.Account(ctx, subject.Account)
	if err == nil && a.Contact.Email.Same(m.to) && a.State != keyfold.Registered && !a.Closed && !a.Frozen {
		m.accounts = append(m.accounts, a)
	}
	return err
}

// Renewable reports whether "Send a new link" would send one.
func (s *Service) Renewable(ctx context.Context, l Link) (bool, error) {
	m := resetMail{to: l.Token.Email}
	for _, g := range l.Token.Grants {
		if err := m.renew(ctx, s.DB.Reader(), g.Subject); err != nil {
			return false, err
		}
	}
	return len(m.subjects()) > 0, nil
}
