package registration

import (
	"context"
	"errors"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Browser is what opens a session.
type Browser struct {
	Agent string // what it says that it is
	// Device names a browser that has logged in, or reset, with this name
	// before. Its tries are counted apart, so that who guesses from elsewhere
	// cannot keep it out. Empty: not known.
	Device string
}

// LogIn is step 4. The session that it opens can go on to step 5 and nothing
// else. An unknown ID, one without a password and a wrong password are the same
// refusal after the same work.
//
// Who comes with the right password to an account that has moved, is frozen or
// is closed is told so: account.moved, account.frozen, account.closed. Where the
// password of the old system counts, there are two more: legacy.no_contact, and
// legacy.down when that system is asked and gives no answer.
func (s *Service) LogIn(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, pw string, b Browser) (token.Secret, error) {
	if err := s.Gate.Room(); err != nil {
		return token.Secret{}, err
	}
	if err := s.DB.AllowLogin(ctx, s.Limits, s.loginTry(by, id, b)); err != nil {
		return token.Secret{}, err
	}
	session, err := s.try(ctx, by, id, pw, b)
	if errors.Is(err, errChanged) { // as another click does that makes the password ours
		session, err = s.try(ctx, by, id, pw, b)
	}
	if errors.Is(err, errChanged) {
		err = keyfold.Refuse(keyfold.Denied, "login.failed")
	}
	return session, err
}

// errChanged says that the account was changed while its password was compared.
var errChanged = errors.New("registration: the account was changed meanwhile")

func (s *Service) try(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, pw string, b Browser) (token.Secret, error) {
	m, err := s.compare(ctx, id, pw)
	if err != nil {
		return token.Secret{}, s.unanswered(ctx, s.loginTry(by, id, b), err)
	}
	session := token.New()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if !m.ok {
			return tx.Record(ctx, keyfold.Event{Act: by, Kind: "login.failed", Account: id})
		}
		return s.open(ctx, tx, by, m, session, b)
	})
	switch {
	case err != nil:
		return token.Secret{}, err
	case !m.ok:
		return token.Secret{}, keyfold.Refuse(keyfold.Denied, "login.failed")
	case m.hash != "":
		s.wake()
	}
	return session, nil
}

// loginTry is who tries, as the counters know them.
func (s *Service) loginTry(by keyfold.Act, id keyfold.CustomerID, b Browser) store.LoginTry {
	t := store.LoginTry{Client: s.tag("address:" + limit.Client(by.From)), Name: s.loginTag(id)}
	if b.Device != "" {
		t.Device = s.tag("device:" + b.Device + id.String())
	}
	return t
}

func (s *Service) open(ctx context.Context, tx *store.Tx, by keyfold.Act, m match, session token.Secret, b Browser) error {
	account, err := tx.Account(ctx, m.id)
	if err != nil {
		return err
	}
	switch {
	case account.Password != m.password, m.hash != "" && (!account.Untouched() || account.Imported != m.imported):
		return errChanged
	case account.Closed:
		return keyfold.Refuse(keyfold.Denied, "account.closed")
	case account.State == keyfold.Registered:
		return keyfold.Refuse(keyfold.Conflict, "account.moved")
	case account.Frozen:
		return keyfold.Refuse(keyfold.Denied, "account.frozen")
	}
	if m.hash != "" {
		if err := s.accept(ctx, tx, by, account, m.hash); err != nil {
			return err
		}
	}
	if err := tx.ForgetLogin(ctx, s.Limits, s.loginTry(by, account.ID, b)); err != nil {
		return err
	}
	err = tx.OpenSession(ctx, store.Session{
		Hash: session.Hash(), Account: account.ID, Expires: tx.Now().Add(s.Times.Session), Origin: by.From, Agent: b.Agent,
	})
	if err != nil {
		return err
	}
	return tx.Record(ctx, keyfold.Event{Act: by, Kind: "registration.session_opened", Account: account.ID})
}
