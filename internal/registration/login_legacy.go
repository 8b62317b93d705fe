package registration

import (
	"context"
	"time"
	"unicode/utf8"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A LegacySystem is an old system that is asked whether a password is right. It
// refuses when it gives no answer.
type LegacySystem interface {
	Check(ctx context.Context, id keyfold.CustomerID, pw string) (keyfold.Verdict, error)
}

// DefaultPace is longer than old systems take to answer.
const DefaultPace = time.Second

// A match is what a password was compared with, and whether it was right.
type match struct {
	id                 keyfold.CustomerID
	ok                 bool
	password, imported keyfold.Hash // of the account, as they were read
	hash               keyfold.Hash // of ours, if it was the password of the old system that was right
}

// compare finds out whether a password is right for a customer ID. What it does
// depends on the entity, and not on the account: who is told no does not learn
// from the time whether there is one.
func (s *Service) compare(ctx context.Context, id keyfold.CustomerID, pw string) (match, error) {
	m := match{id: id}
	e, _ := s.Entities.Of(id)
	if e.Legacy != keyfold.Accept {
		var err error
		if m.password, err = s.DB.Reader().AccountPassword(ctx, id); err != nil {
			return m, err
		}
		result, err := s.Gate.Verify(ctx, m.password, pw)
		m.ok = result.OK
		return m, err
	}
	read, err := s.DB.Reader().LegacyLogin(ctx, id, e.Code)
	if err != nil {
		return m, err
	}
	m.password, m.imported = read.Password, read.Imported
	result, err := s.Gate.Verify(ctx, read.Password, pw)
	if m.ok = result.OK; err != nil || m.ok {
		return m, err
	}
	if system := s.Legacy[e.Code]; system != nil {
		m.ok, err = s.ask(ctx, system, e, read.Takes, id, pw)
	} else {
		m.ok, err = s.compareImported(ctx, read, pw)
	}
	if err == nil && m.ok {
		m.hash, err = s.Gate.Hash(ctx, pw)
	}
	return m, err
}

// compareImported compares with the hash that was imported. Who has none, or
// does not take it any more, pays for that of a neighbour.
func (s *Service) compareImported(ctx context.Context, read store.LegacyLogin, pw string) (bool, error) {
	hash, counts := read.Imported, read.Takes && read.Imported != ""
	if !counts {
		hash = read.Decoy
	}
	result, err := s.Gate.Verify(ctx, hash, pw)
	return result.OK && counts, err
}

// ask asks the old system, always. What was typed for an account that does not
// take its legacy password, or that we do not have, is not the old system's
// business: then the question is about nobody.
func (s *Service) ask(ctx context.Context, system LegacySystem, e keyfold.Entity, takes bool, id keyfold.CustomerID, pw string) (bool, error) {
	pace := time.NewTimer(s.Pace)
	defer pace.Stop()
	counts := takes && pw != "" && len(pw) <= password.MaxBytes && utf8.ValidString(pw)
	if !counts {
		id, pw = nobody(e), token.New().Reveal()
	}
	verdict, err := system.Check(ctx, id, pw)
	if err != nil {
		return false, err
	}
	if counts && verdict == keyfold.VerdictRight {
		return true, nil
	}
	select {
	case <-pace.C:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// nobody is the customer ID that an entity has made up.
func nobody(e keyfold.Entity) keyfold.CustomerID {
	id, _ := keyfold.ParseCustomerID(e.Example) // the zero one is as good
	return id
}

// accept makes the password of the old system that of the customer ID. Links to
// a new password stay: who reads the main contact outranks who knows an old
// password.
func (s *Service) accept(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account, hash keyfold.Hash) error {
	change, err := a.AcceptLegacy(by, tx.Now(), hash)
	if err != nil {
		return err
	}
	if err := tx.Apply(ctx, change); err != nil {
		return err
	}
	return s.teller().Contacts(ctx, tx, change.Account(), store.Mail{Template: "legacy-accepted", Data: store.MailData{Origin: by.From}})
}

// unanswered takes back the try when nobody could say whether it was right. The
// old system being away is no failed login. It is counted apart, and the same
// for everybody: a password of ours could still be guessed at.
func (s *Service) unanswered(ctx context.Context, t store.LoginTry, why error) error {
	if !keyfold.RefusedAs(why, "legacy.down") && !keyfold.RefusedAs(why, "legacy.busy") {
		return why
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error { return tx.ForgiveLogin(ctx, s.Limits, t) })
	if err != nil {
		return err
	}
	if err := s.DB.Allow(ctx, store.Try{Rule: s.Limits.LoginUnanswered, Tag: t.Name}); err != nil {
		return err
	}
	return why
}
