// Package signin lets users in who have a login by email, and out again. How a
// person comes to be a user is not its business.
package signin

import (
	"context"
	"errors"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Service opens and closes user sessions.
type Service struct {
	DB      *store.DB
	Gate    *password.Gate
	Key     token.Key
	Limits  limit.Rules
	Session time.Duration // how long a session lives
	Idle    time.Duration // how long one lives that nobody uses
	// Prove refuses a password that is not the user's.
	Prove func(ctx context.Context, by keyfold.Act, user keyfold.User, pw string) error
}

// freshFor is how long a typed password says who sits at the browser. ASVS 5.0,
// 7.5.1 and 7.5.3, ask for it before what matters.
const freshFor = 5 * time.Minute

// touchEvery is how often the use of a session is written down: often enough
// for the idle time, seldom enough to cost nothing.
const touchEvery = 10 * time.Minute

// A Browser is what opens a session. Device names one that has logged in, or
// reset, with this name before: its tries are counted apart, so that who
// guesses from elsewhere cannot keep it out.
type Browser struct {
	Agent  string
	Device string
}

// LogIn is step 10. An unknown address and a wrong password are the same
// refusal after the same work. A suspended user with the right password is told
// so: user.suspended.
func (s *Service) LogIn(ctx context.Context, by keyfold.Act, email keyfold.Email, pw string, b Browser) (token.Secret, error) {
	if err := s.Gate.Room(); err != nil {
		return token.Secret{}, err
	}
	if err := s.DB.AllowLogin(ctx, s.Limits, s.loginTry(by, email, b)); err != nil {
		return token.Secret{}, err
	}
	session, err := s.try(ctx, by, email, pw, b)
	if errors.Is(err, errChanged) { // as another login does that strengthens the hash
		session, err = s.try(ctx, by, email, pw, b)
	}
	if errors.Is(err, errChanged) {
		err = keyfold.Refuse(keyfold.Denied, "login.failed")
	}
	return session, err
}

// errChanged says that the user was changed while the password was compared.
var errChanged = errors.New("signin: the user was changed meanwhile")

func (s *Service) try(ctx context.Context, by keyfold.Act, email keyfold.Email, pw string, b Browser) (token.Secret, error) {
	id, stored, err := s.DB.Reader().Login(ctx, email)
	if err != nil {
		return token.Secret{}, err
	}
	user := keyfold.User{ID: id, Password: stored}
	result, err := s.Gate.Verify(ctx, user.Password, pw)
	if err != nil {
		return token.Secret{}, err
	}
	var stronger keyfold.Hash
	if result.OK && result.Upgrade {
		if stronger, err = s.Gate.Hash(ctx, pw); err != nil {
			return token.Secret{}, err
		}
	}
	session := token.New()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if !result.OK {
			return tx.Record(ctx, keyfold.Event{Act: by, Kind: "login.failed", User: user.ID})
		}
		return s.open(ctx, tx, by, user, stronger, session, b)
	})
	switch {
	case err != nil:
		return token.Secret{}, err
	case !result.OK:
		return token.Secret{}, keyfold.Refuse(keyfold.Denied, "login.failed")
	}
	return session, nil
}

// loginTry is who tries, as the counters know them.
func (s *Service) loginTry(by keyfold.Act, email keyfold.Email, b Browser) store.LoginTry {
	t := store.LoginTry{Client: s.tag("address:" + limit.Client(by.From)), Name: s.tag("name:" + email.Key())}
	if b.Device != "" {
		t.Device = s.tag("device:" + b.Device + email.Key())
	}
	return t
}

func (s *Service) open(ctx context.Context, tx *store.Tx, by keyfold.Act, read keyfold.User, stronger keyfold.Hash, session token.Secret, b Browser) error {
	user, err := tx.User(ctx, read.ID)
	if err != nil {
		return err
	}
	switch {
	case user.Password != read.Password:
		return errChanged
	case user.Suspended:
		return keyfold.Refuse(keyfold.Denied, "user.suspended")
	}
	by.By = "user:" + string(user.ID)
	if stronger != "" {
		err := tx.ApplyUser(ctx, user.Rehash(by, stronger))
		if keyfold.RefusedAs(err, "user.changed") {
			return errChanged
		}
		if err != nil {
			return err
		}
	}
	if err := tx.ForgetLogin(ctx, s.Limits, s.loginTry(by, user.Email, b)); err != nil {
		return err
	}
	err = tx.OpenSession(ctx, store.Session{
		Hash: session.Hash(), User: user.ID, Expires: tx.Now().Add(s.Session), Origin: by.From, Agent: b.Agent,
	})
	if err != nil {
		return err
	}
	return tx.Record(ctx, keyfold.Event{Act: by, Kind: "user.logged_in", User: user.ID})
}

// Current is the session of a cookie or bearer token, if it is not over. One
// that nobody has used for the idle time is.
func (s *Service) Current(ctx context.Context, secret token.Secret) (store.Session, error) {
	session, err := s.DB.Reader().Session(ctx, secret)
	if err != nil || session.Registration() {
		return session, err
	}
	if err := s.use(ctx, session); err != nil {
		return store.Session{}, err
	}
	return session, nil
}

// Visit is [Service.Current] of a user at an account, with what they may do there
// and the accounts that they opened last.
func (s *Service) Visit(ctx context.Context, secret token.Secret, id keyfold.CustomerID) (store.Session, store.Visit, error) {
	session, v, err := s.DB.Reader().Visit(ctx, secret, id)
	if err == nil {
		err = s.use(ctx, session)
	}
	if err != nil {
		return store.Session{}, store.Visit{}, err
	}
	return session, v, nil
}

// use refuses a session that nobody has used for too long, and notes that this
// one is used.
func (s *Service) use(ctx context.Context, session store.Session) error {
	unused := s.DB.Reader().Now().Sub(session.Seen)
	switch {
	case unused > s.Idle:
		return keyfold.Refuse(keyfold.NotFound, "session.over")
	case unused > touchEvery:
		return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.Seen(ctx, session.Hash) })
	}
	return nil
}

// Fresh reports whether the password was typed a short time ago.
func (s *Service) Fresh(session store.Session) bool {
	return s.DB.Reader().Now().Sub(session.Proven) < freshFor
}

// Freshen refuses a session in which the password was not typed for a while, and
// is not typed now.
func (s *Service) Freshen(ctx context.Context, by keyfold.Act, session store.Session, pw string) error {
	if s.Fresh(session) {
		return nil
	}
	user, err := s.DB.Reader().User(ctx, session.User)
	if err != nil {
		return err
	}
	if err := s.Prove(ctx, by, user, pw); err != nil {
		return err
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.Prove(ctx, session.Hash) })
}

// LogOut ends a session of either kind.
func (s *Service) LogOut(ctx context.Context, by keyfold.Act, session store.Session) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if err := tx.EndSession(ctx, session.Hash); err != nil {
			return err
		}
		return tx.Record(ctx, keyfold.Event{Act: by, Kind: "session.ended", Account: session.Account, User: session.User})
	})
}

// OpenAccount notes that a user opens an account, which puts it first in the
// chooser.
func (s *Service) OpenAccount(ctx context.Context, user keyfold.UserID, id keyfold.CustomerID) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error { return tx.UseMembership(ctx, user, id) })
}

func (s *Service) tag(who string) string { return s.Key.Tag("limit", who) }
