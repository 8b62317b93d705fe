// Package apikey makes the API keys of an account, ends them, and says who
// comes with one. What is read with a key is the surface's business.
package apikey

import (
	"context"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Service makes, ends and opens keys.
type Service struct {
	DB     *store.DB
	Teller notice.Teller
	Limits limit.Rules
}

const (
	// usedEvery is how often the use of a key is written down.
	usedEvery = time.Minute
	// sameFor is how long a form that is sent once more shows the same secret:
	// long enough for a second click, too short to come back for it.
	sameFor = time.Minute
)

// A Wish is what a user wants a key for. The form is a secret that was drawn for
// the page; sent twice, it makes one key.
type Wish struct {
	Form   token.Secret
	Name   string // as typed
	Scopes keyfold.Scopes
}

// Make gives a program access to an account. Nobody can show the secret that it
// returns once more.
func (s *Service) Make(ctx context.Context, by keyfold.Act, user keyfold.UserID, id keyfold.CustomerID, w Wish) (token.Secret, keyfold.APIKey, error) {
	if w.Form.IsZero() {
		return token.Secret{}, keyfold.APIKey{}, keyfold.Refuse(keyfold.Invalid, "key.form")
	}
	name, err := keyfold.ParseName(w.Name)
	if err != nil {
		return token.Secret{}, keyfold.APIKey{}, keyfold.Refuse(keyfold.Invalid, "key.name").On("key-name")
	}
	keyID, err := notice.NewID()
	if err != nil {
		return token.Secret{}, keyfold.APIKey{}, err
	}
	secret := s.Teller.Key.APIKey(w.Form, id.String(), string(user))
	if err := s.allow(ctx, user, id, secret); err != nil {
		return token.Secret{}, keyfold.APIKey{}, err
	}
	wanted := keyfold.APIKey{ID: keyID, Name: name, Hash: secret.Hash(), Hint: secret.Hint(), Scopes: w.Scopes, Maker: user}
	var made keyfold.APIKey
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		account, err := managed(ctx, tx, user, id)
		if err != nil {
			return err
		}
		again, err := tx.KeyOfSecret(ctx, secret)
		if err == nil {
			made = again
			return same(again, tx.Now())
		}
		if keyfold.Refused(err) == nil {
			return err
		}
		made, err = s.add(ctx, tx, by, account, wanted)
		return err
	})
	if err != nil {
		return token.Secret{}, keyfold.APIKey{}, err
	}
	s.Teller.Hurry()
	return secret, made, nil
}

// allow counts a try to make a key. A form that has made one is no new try: who
// clicks once more sees its secret, or why not.
func (s *Service) allow(ctx context.Context, user keyfold.UserID, id keyfold.CustomerID, secret token.Secret) error {
	if _, err := s.DB.Reader().KeyOfSecret(ctx, secret); keyfold.Refused(err) == nil {
		return err
	}
	return s.DB.Allow(ctx, store.Try{Rule: s.Limits.KeyMake, Tag: s.tag("keys of:" + id.String())},
		store.Try{Rule: s.Limits.KeyMaker, Tag: s.tag("keys by:" + string(user))})
}

// same lets a form be sent again at once, as a second click does.
func same(k keyfold.APIKey, now time.Time) error {
	if !k.Ended.IsZero() || now.Sub(k.Created) > sameFor {
		return keyfold.Refuse(keyfold.Conflict, "key.made_already")
	}
	return nil
}

// managed locks an account whose keys a user may manage. What was true when the
// page was asked for may have ended since.
func managed(ctx context.Context, tx *store.Tx, user keyfold.UserID, id keyfold.CustomerID) (keyfold.Account, error) {
	account, err := tx.Account(ctx, id)
	if err != nil {
		return keyfold.Account{}, err
	}
	member, err := tx.Member(ctx, id, user)
	if err != nil {
		return keyfold.Account{}, err
	}
	if !member.Roles.May(keyfold.ManageKeys) {
		return keyfold.Account{}, keyfold.Refuse(keyfold.NotFound, "account.unknown")
	}
	return account, nil
}

func (s *Service) add(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account, wanted keyfold.APIKey) (keyfold.APIKey, error) {
	live, err := tx.LiveKeys(ctx, a.ID)
	if err != nil {
		return keyfold.APIKey{}, err
	}
	change, err := a.NewKey(by, tx.Now(), wanted, live)
	if err != nil {
		return keyfold.APIKey{}, err
	}
	if err := tx.ApplyKey(ctx, change); err != nil {
		return keyfold.APIKey{}, err
	}
	err = s.Teller.Contacts(ctx, tx, a, store.Mail{Template: "key-created", User: wanted.Maker, Data: store.MailData{Origin: by.From}})
	return change.Key(), err
}

// End takes the access of a program away. To end a key twice is the same
// success.
func (s *Service) End(ctx context.Context, by keyfold.Act, user keyfold.UserID, id keyfold.CustomerID, key string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		if _, err := managed(ctx, tx, user, id); err != nil {
			return err
		}
		k, err := tx.Key(ctx, id, key)
		if err != nil {
			return err
		}
		change, err := k.End(by, tx.Now())
		if keyfold.RefusedAs(err, "key.ended") {
			return nil
		} else if err != nil {
			return err
		}
		return tx.ApplyKey(ctx, change)
	})
}

// A Visit is a program that came with a key, and the account that it may read.
type Visit struct {
	Account keyfold.Account
	Key     keyfold.APIKey
}

// errUnknown is the one answer to a key that opens nothing, whatever is wrong
// with it.
var errUnknown = keyfold.Refuse(keyfold.NotFound, "key.unknown")

// Open lets a program in that may read something. The header is that of
// Authorization.
func (s *Service) Open(ctx context.Context, from, header string, scope keyfold.Scope) (Visit, error) {
	tries := []store.Try{{Rule: s.Limits.KeyAddress, Tag: s.tag("address:" + limit.Client(from))}}
	key, account, err := s.DB.Reader().OpenKey(ctx, bearer(header))
	unknown := keyfold.Refused(err) != nil
	if err != nil && !unknown {
		return Visit{}, err
	}
	if !unknown {
		tries = append(tries, store.Try{Rule: s.Limits.KeyUse, Tag: s.tag("key:" + key.ID)})
	}
	if err := s.DB.Allow(ctx, tries...); err != nil {
		return Visit{}, err
	}
	switch {
	case unknown:
		return Visit{}, errUnknown
	case account.Closed || account.State != keyfold.Registered:
		return Visit{}, keyfold.Refuse(keyfold.Denied, "account.closed")
	case !key.Scopes.Has(scope):
		return Visit{}, keyfold.Refuse(keyfold.Denied, "key.scope").With("Scope", string(scope))
	}
	if s.DB.Reader().Now().Sub(key.Used) > usedEvery {
		err = s.DB.Update(ctx, func(tx *store.Tx) error { return tx.UseKey(ctx, key.ID) })
	} else {
		err = nil
	}
	return Visit{Account: account, Key: key}, err
}

// bearer is the key in a header of Authorization. The scheme has no case; what
// follows it is taken as it is.
func bearer(header string) token.Secret {
	scheme, key, ok := strings.Cut(header, " ")
	if !ok || !strings.EqualFold(scheme, "Bearer") {
		return token.Secret{}
	}
	return token.ParseAPIKey(key)
}

func (s *Service) tag(who string) string { return s.Teller.Key.Tag("limit", who) }
