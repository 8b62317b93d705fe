package registration

import (
	"context"

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
// is closed is told so: account.moved, account.frozen, account.closed.
func (s *Service) LogIn(ctx context.Context, by keyfold.Act, id keyfold.CustomerID, pw string, b Browser) (token.Secret, error) {
	if err := s.Gate.Room(); err != nil {
		return token.Secret{}, err
	}
	if err := s.DB.AllowLogin(ctx, s.Limits, s.loginTry(by, id, b)); err != nil {
		return token.Secret{}, err
	}
	stored, err := s.DB.Reader().AccountPassword(ctx, id)
	if err != nil {
		return token.Secret{}, err
	}
	result, err := s.Gate.Verify(ctx, stored, pw)
	if err != nil {
		return token.Secret{}, err
	}
	session := token.New()
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		if !result.OK {
			return tx.Record(ctx, keyfold.Event{Act: by, Kind: "login.failed", Account: id})
		}
		return s.open(ctx, tx, by, keyfold.Account{ID: id, Password: stored}, session, b)
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
func (s *Service) loginTry(by keyfold.Act, id keyfold.CustomerID, b Browser) store.LoginTry {
	t := store.LoginTry{Client: s.tag("address:" + limit.Client(by.From)), Name: s.loginTag(id)}
	if b.Device != "" {
		t.Device = s.tag("device:" + b.Device + id.String())
	}
	return t
}

func (s *Service) open(ctx context.Context, tx *store.Tx, by keyfold.Act, read keyfold.Account, session token.Secret, b Browser) error {
	account, err := tx.Account(ctx, read.ID)
	if err != nil {
		return err
	}
	switch {
	case account.Password != read.Password: // changed while it was compared
		return keyfold.Refuse(keyfold.Denied, "login.failed")
	case account.Closed:
		return keyfold.Refuse(keyfold.Denied, "account.closed")
	case account.State == keyfold.Registered:
		return keyfold.Refuse(keyfold.Conflict, "account.moved")
	case account.Frozen:
		return keyfold.Refuse(keyfold.Denied, "account.frozen")
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
