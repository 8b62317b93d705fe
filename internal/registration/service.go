package registration

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A Service does the steps.
type Service struct {
	DB       *store.DB
	Gate     *password.Gate
	Policy   password.Policy
	Key      token.Key
	Entities keyfold.Entities
	Brand    string // nobody's password
	Times    Times
	Limits   limit.Rules
	// Legacy are the old systems that are asked at a login, by the code of their
	// entity. They count where the entity accepts legacy passwords.
	Legacy map[string]LegacySystem
	// Pace is how long a login takes at least that is refused after such a
	// question, so that the time of the old system does not show.
	Pace time.Duration
	// Wake tells the workers that there is something to do. They also look by
	// themselves, so nothing depends on it but speed.
	Wake func()
}

// Times are how long links and sessions live.
type Times struct {
	Reset   time.Duration // link of step 2
	Confirm time.Duration // link of step 7
	Session time.Duration // step 4 to 8
	Dispute time.Duration // "this was not me"
}

// DefaultTimes are those of the contract.
func DefaultTimes() Times {
	return Times{Reset: time.Hour, Confirm: 24 * time.Hour, Session: 2 * time.Hour, Dispute: 14 * 24 * time.Hour}
}

// liveLinks is how many reset links of one account work at the same time: so
// many that asking again does not spoil the mail that is being read.
const liveLinks = 3

// tag names whose try it is in a counter, without naming anybody.
func (s *Service) tag(who string) string { return s.Key.Tag("limit", who) }

// loginTag is the counter tag of a customer ID as a username.
func (s *Service) loginTag(id keyfold.CustomerID) string { return s.tag("name:" + id.String()) }

// context is what an account's password must not be made of.
func (s *Service) context(a keyfold.Account, more ...string) password.Context {
	words := append([]string{a.ID.String(), a.Name, a.Contact.Name, a.Contact.Email.String(), s.Brand}, more...)
	if e, ok := s.Entities.Named(a.Entity); ok {
		words = append(words, e.Name)
	}
	return password.Context{Words: words}
}

// choose checks what was typed as a new password, twice, and names every rule
// that fails at once.
func (s *Service) choose(pw, repeat string, about password.Context) error {
	reasons := s.Policy.Check(pw, about)
	if pw != repeat {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "password.repeat").On("repeat-password"))
	}
	return reasons.OrNil()
}

// teller promises the mails of the steps.
func (s *Service) teller() notice.Teller {
	return notice.Teller{Key: s.Key, Dispute: s.Times.Dispute, Wake: s.Wake}
}

// conclude is how a step ends: the change, the end of what it voids, and the
// mails that tell of it.
func (s *Service) conclude(ctx context.Context, tx *store.Tx, c keyfold.Change, template string) error {
	a := c.Account()
	if err := tx.Apply(ctx, c); err != nil {
		return err
	}
	if err := tx.EndGrants(ctx, store.OfAccount(a.ID), store.Void, store.Reset, store.Confirm, store.Link); err != nil {
		return err
	}
	if err := tx.EndAccountSessions(ctx, a.ID); err != nil {
		return err
	}
	return s.teller().Contacts(ctx, tx, a, store.Mail{Template: template, User: a.Owner})
}

// wake tells the workers, if anybody listens.
func (s *Service) wake() { s.teller().Hurry() }
