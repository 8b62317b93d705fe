package staff

import (
	"context"
	"encoding/base64"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/totp"
)

// An Enrolment is what an enrolment link leads to.
type Enrolment struct {
	Token store.Token
	Staff keyfold.Staff
	Why   error // a refusal: the link opens nothing; nil: it does
}

// Enrolment looks at what a link leads to and changes nothing. One that we never
// made is refused as link.unknown.
func (s *Service) Enrolment(ctx context.Context, link token.Secret) (e Enrolment, err error) {
	if link.IsZero() {
		return e, keyfold.Refuse(keyfold.NotFound, "link.unknown")
	}
	read := s.DB.Reader()
	if e.Token, err = read.Token(ctx, store.Enrol, link); err != nil {
		return e, err
	}
	if e.Staff, err = read.Staff(ctx, e.Token.Grants[0].Subject.Staff); err != nil {
		return e, err
	}
	e.Why = closed(e.Token, read.Now())
	return e, nil
}

func closed(t store.Token, now time.Time) error {
	switch g := t.Grants[0]; {
	case g.Ended == store.Spent:
		return keyfold.Refuse(keyfold.Gone, "staff.link_used")
	case g.Ended != "":
		return keyfold.Refuse(keyfold.Gone, "staff.link_void")
	case !now.Before(t.Expires):
		return keyfold.Refuse(keyfold.Gone, "staff.link_expired")
	}
	return nil
}

// A Factor is a second factor that somebody is about to take: drawn for the page
// that shows it, and for nobody else who looks at the same link. Nothing of it is
// stored before it is proven.
type Factor struct {
	secret []byte
	Sealed string // for the form, to bring back
}

// NewFactor draws the second factor that a page offers.
func (s *Service) NewFactor(e Enrolment) (Factor, error) {
	random, err := base64.RawURLEncoding.DecodeString(token.New().Reveal())
	if err != nil {
		return Factor{}, err
	}
	secret := random[:totp.Length]
	return Factor{secret, s.Teller.Key.Seal(offerPurpose, e.Token.ID, secret)}, nil
}

// offerPurpose seals a second factor on its way to a page and back, for one link.
const offerPurpose = "staff factor offered"

// Offered is the second factor that a form brought back. One that we did not
// offer at this link is refused.
func (s *Service) Offered(e Enrolment, sealed string) (Factor, error) {
	secret, err := s.Teller.Key.Unseal(offerPurpose, e.Token.ID, sealed)
	if err != nil || len(secret) != totp.Length {
		return Factor{}, keyfold.Refuse(keyfold.Invalid, "staff.factor_lost").On("code")
	}
	return Factor{secret, sealed}, nil
}

// Text is the factor as one types it into an app.
func (f Factor) Text() string { return totp.Text(f.secret) }

// URI is the factor as an app reads it from a picture.
func (f Factor) URI(issuer, account string) string { return totp.URI(f.secret, issuer, account) }

// Chosen is what somebody chose to log in with.
type Chosen struct {
	Password, Repeat string
	Factor           Factor
	Code             string // of the factor, to prove that the app has it
}

// Enrol gives somebody both proofs of a login, once for each link.
func (s *Service) Enrol(ctx context.Context, by keyfold.Act, e Enrolment, c Chosen) error {
	if e.Why != nil {
		return e.Why
	}
	if err := s.DB.Allow(ctx, s.client(by)); err != nil { // a hash is dear
		return err
	}
	step, err := s.check(e, c)
	if err != nil {
		return err
	}
	hash, err := s.Gate.Hash(ctx, c.Password)
	if err != nil {
		return err
	}
	by.By = e.Staff.ID.Actor()
	sealed := keyfold.Sealed(s.Teller.Key.Seal(factorPurpose, string(e.Staff.ID), c.Factor.secret))
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		f, err := tx.LockStaff(ctx, e.Staff.ID)
		if err != nil {
			return err
		}
		won, err := tx.Spend(ctx, e.Token.ID, store.OfStaff(f.ID))
		if err != nil {
			return err
		}
		if !won {
			return s.lost(ctx, tx, e)
		}
		change, err := f.Enrol(by, hash, sealed)
		if err != nil {
			return err
		}
		if err := tx.ApplyStaff(ctx, change); err != nil {
			return err
		}
		// The code that proved the app is used with it.
		if won, err = tx.TakeStep(ctx, f.ID, sealed, step); err == nil && !won {
			err = keyfold.Refuse(keyfold.Invalid, "staff.code_wrong").On("code")
		}
		return err
	})
}

// lost says why a link that opened a moment ago does not any more.
func (s *Service) lost(ctx context.Context, tx *store.Tx, e Enrolment) error {
	t, err := tx.TokenByID(ctx, e.Token.ID)
	if err != nil {
		return err
	}
	if err := closed(t, tx.Now()); err != nil {
		return err
	}
	return keyfold.Refuse(keyfold.Gone, "staff.link_void")
}

// check names all that is wrong with what was typed.
func (s *Service) check(e Enrolment, c Chosen) (step int64, err error) {
	reasons := s.Policy.Check(c.Password, password.Context{Words: []string{e.Staff.Email.String(), e.Staff.Name, s.Brand}})
	if c.Password != c.Repeat {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "password.repeat").On("repeat-password"))
	}
	step, ok := totp.Match(c.Factor.secret, c.Code, s.DB.Reader().Now())
	if len(c.Factor.secret) != totp.Length || !ok {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "staff.code_wrong").On("code"))
	}
	return step, reasons.OrNil()
}
