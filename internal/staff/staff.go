// Package staff is the logins of the care desk: who has one, how they come by
// it, and how they get in. What they may do there is their role's business; what
// they do, other features'.
package staff

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

// A Service keeps the logins of the staff.
type Service struct {
	DB     *store.DB
	Gate   *password.Gate
	Policy password.Policy
	Teller notice.Teller
	Limits limit.Rules
	Brand  string // of the provider: no password is to be made of it
}

// How long things live. They are not for operators to change: ASVS 5.0, 7.3, asks
// for limits, and these are those that were promised.
const (
	LinkFor    = 24 * time.Hour // an enrolment link
	SessionFor = 12 * time.Hour
	IdleFor    = time.Hour
)

// A Newcomer is somebody who is to be one of the staff.
type Newcomer struct {
	Email    keyfold.Email
	Name     string
	Role     keyfold.StaffRole
	Language keyfold.Language
}

// An Invited person has a link to enrol with. Whoever holds the link becomes that
// person, once, so it goes to nobody else.
type Invited struct {
	Staff keyfold.Staff
	Link  token.Secret
	Until time.Time
}

// Add makes somebody one of the staff.
func (s *Service) Add(ctx context.Context, by keyfold.Act, n Newcomer) (in Invited, err error) {
	id, err := notice.NewID()
	if err != nil {
		return in, err
	}
	c := keyfold.AddStaff(by, keyfold.Staff{
		ID: keyfold.StaffID(id), Email: n.Email, Name: n.Name, Role: n.Role, Language: n.Language.Or(keyfold.English),
	})
	err = s.DB.Update(ctx, func(tx *store.Tx) (err error) {
		if err = tx.ApplyStaff(ctx, c); err == nil {
			in, err = s.invite(ctx, tx, c.Staff())
		}
		return err
	})
	return in, err
}

// Reset takes both proofs of a login away, ends its sessions, and gives a link to
// enrol anew. It is also how somebody gets another link who let the first expire.
func (s *Service) Reset(ctx context.Context, by keyfold.Act, id keyfold.StaffID) (Invited, error) {
	return s.anew(ctx, id, func(f keyfold.Staff) (keyfold.StaffChange, error) { return f.Reset(by) })
}

// Enable gives somebody a login again who had none any more.
func (s *Service) Enable(ctx context.Context, by keyfold.Act, id keyfold.StaffID) (Invited, error) {
	return s.anew(ctx, id, func(f keyfold.Staff) (keyfold.StaffChange, error) { return f.Enable(by) })
}

func (s *Service) anew(ctx context.Context, id keyfold.StaffID, to func(keyfold.Staff) (keyfold.StaffChange, error)) (in Invited, err error) {
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		f, err := s.change(ctx, tx, id, to)
		if err == nil {
			in, err = s.invite(ctx, tx, f)
		}
		return err
	})
	return in, err
}

// Disable ends a login, from this moment on and everywhere.
func (s *Service) Disable(ctx context.Context, by keyfold.Act, id keyfold.StaffID) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		_, err := s.change(ctx, tx, id, func(f keyfold.Staff) (keyfold.StaffChange, error) { return f.Disable(by) })
		return err
	})
}

// ChangeRole gives somebody another role. They log in anew.
func (s *Service) ChangeRole(ctx context.Context, by keyfold.Act, id keyfold.StaffID, to keyfold.StaffRole) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		f, err := tx.LockStaff(ctx, id)
		if err != nil {
			return err
		}
		c, err := f.ChangeRole(by, to)
		if err != nil {
			return err
		}
		if err := tx.EndStaffSessions(ctx, id); err != nil {
			return err
		}
		if err := voidAsked(ctx, tx, by, id); err != nil {
			return err
		}
		return tx.ApplyStaff(ctx, c)
	})
}

// Speak has the desk speak another language to who asks.
func (s *Service) Speak(ctx context.Context, by keyfold.Act, id keyfold.StaffID, lang keyfold.Language) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		f, err := tx.LockStaff(ctx, id)
		if err != nil || f.Language == lang {
			return err
		}
		return tx.ApplyStaff(ctx, f.Speak(by, lang))
	})
}

// change makes a change after which nothing opens the desk that did before:
// neither a session nor a link.
func (s *Service) change(ctx context.Context, tx *store.Tx, id keyfold.StaffID, to func(keyfold.Staff) (keyfold.StaffChange, error)) (keyfold.Staff, error) {
	f, err := tx.LockStaff(ctx, id)
	if err != nil {
		return f, err
	}
	c, err := to(f)
	if err != nil {
		return f, err
	}
	if err := tx.EndStaffSessions(ctx, id); err != nil {
		return f, err
	}
	if err := tx.EndGrants(ctx, store.OfStaff(id), store.Void, store.Enrol); err != nil {
		return f, err
	}
	if err := voidAsked(ctx, tx, c.Event().Act, id); err != nil {
		return f, err
	}
	return c.Staff(), tx.ApplyStaff(ctx, c)
}

// voidAsked ends what somebody has asked a second person for: it may have been
// asked by who stole their login, and a yes would be to the word of a colleague.
func voidAsked(ctx context.Context, tx *store.Tx, by keyfold.Act, id keyfold.StaffID) error {
	approvals, err := tx.LockAskedBy(ctx, id)
	if err != nil {
		return err
	}
	for _, p := range approvals {
		if err := tx.ApplyApproval(ctx, p.Void(by, tx.Now(), keyfold.VoidAsker)); err != nil {
			return err
		}
	}
	wishes, err := tx.LockWishesBy(ctx, id)
	if err != nil {
		return err
	}
	for _, w := range wishes {
		if err := tx.ApplyStaffWish(ctx, w.Void(by)); err != nil {
			return err
		}
	}
	return nil
}

// invite makes the one link that works for somebody who has yet to enrol.
func (s *Service) invite(ctx context.Context, tx *store.Tx, f keyfold.Staff) (Invited, error) {
	until := tx.Now().Add(LinkFor)
	id, err := s.Teller.Link(ctx, tx, store.Enrol, f.Email, until, store.OfStaff(f.ID))
	if err != nil {
		return Invited{}, err
	}
	return Invited{Staff: f, Link: s.Teller.Key.Derive(id, string(store.Enrol), f.Email.Key()), Until: until}, nil
}

// Refused records that somebody asked at a door for what their role may not do.
func (s *Service) Refused(ctx context.Context, by keyfold.Act, door string) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		return tx.Record(ctx, keyfold.Event{Act: by, Kind: "care.refused", Note: door})
	})
}
