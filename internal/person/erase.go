package person

import (
	"context"
	"math"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// An Erasure is what was done, for the operator to tell.
type Erasure struct {
	Rows   []store.Erased
	Events int64 // whose origin is covered
}

// Erase takes away what there is of a person. What belongs to accounts stays, and
// so do the events: they name the user by an ID that says nothing any more, and
// their seals still fit. It can be begun anew when it was broken off, and refuses
// an owner of accounts.
func (s *Service) Erase(ctx context.Context, by keyfold.Act, f Found) (done Erasure, err error) {
	if len(f.Owned) > 0 {
		return done, keyfold.Refuse(keyfold.Conflict, "user.owns").With("Count", len(f.Owned))
	}
	whom := store.Leaver{User: f.User.ID, Email: f.Email, Name: f.User.Name}
	if f.User.ID != "" {
		if whom.Origins, err = s.DB.Reader().OriginsOf(ctx, f.User.ID); err != nil {
			return done, err
		}
	}
	if done.Events, err = s.cover(ctx, whom.Origins); err != nil {
		return done, err
	}
	for _, n := range f.Named {
		if err := s.forget(ctx, by, n, f.Email); err != nil {
			return done, err
		}
	}
	if err := s.lapse(ctx, by, f.Email); err != nil {
		return done, err
	}
	erase := func(ctx context.Context, tx *store.Tx) (err error) {
		done.Rows, err = tx.Erase(ctx, whom)
		return err
	}
	if f.User.ID == "" {
		err = s.DB.Update(ctx, func(tx *store.Tx) error { return erase(ctx, tx) })
	} else {
		err = s.EndLogin(ctx, by, f.User.ID, erase)
	}
	if err != nil {
		return done, err
	}
	more, err := s.cover(ctx, whom.Origins) // of what they did meanwhile
	done.Events += more
	return done, err
}

// coverAtOnce is how many events are covered in one transaction, and originsAtOnce
// how many addresses are looked for at once.
const coverAtOnce, originsAtOnce = 500, 100

// cover takes the addresses of a person away from all events. Who shares one with
// them loses it as well.
func (s *Service) cover(ctx context.Context, origins []string) (n int64, err error) {
	for some := range slices.Chunk(origins, originsAtOnce) {
		for after := int64(math.MinInt64); ; {
			rows, err := s.DB.Reader().TrailFrom(ctx, some, after, coverAtOnce)
			if err != nil {
				return n, err
			}
			if len(rows) == 0 {
				break
			}
			if err := s.coverAll(ctx, rows); err != nil {
				return n, err
			}
			n, after = n+int64(len(rows)), rows[len(rows)-1].Seq
		}
	}
	return n, nil
}

func (s *Service) coverAll(ctx context.Context, rows []store.TrailRow) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		for _, row := range rows {
			if err := tx.SetOrigin(ctx, row.Seq, s.Cover(row.Seq, row.Origin)); err != nil {
				return err
			}
		}
		return nil
	})
}

// forget takes the address out of an account that it was only typed at.
func (s *Service) forget(ctx context.Context, by keyfold.Act, n store.Named, email keyfold.Email) error {
	if !n.Pending && !n.Before && !n.Former {
		return nil
	}
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(ctx, n.Account)
		if err != nil {
			return err
		}
		if a.State == keyfold.EmailPending && a.Pending.Same(email) {
			change, err := a.ErasePending(by, tx.Now())
			if err != nil {
				return err
			}
			if err := tx.Apply(ctx, change); err != nil {
				return err
			}
			if err := tx.EndGrants(ctx, store.OfAccount(a.ID), store.Void, store.Confirm); err != nil {
				return err
			}
		}
		return tx.ForgetAddress(ctx, n.Account, email)
	})
}

// lapse revokes the invitations that wait for the address.
func (s *Service) lapse(ctx context.Context, by keyfold.Act, email keyfold.Email) error {
	invited, err := s.DB.Reader().InvitationsOf(ctx, email, "")
	if err != nil {
		return err
	}
	for _, i := range invited {
		if i.Status != keyfold.Invited {
			continue
		}
		err := s.DB.Update(ctx, func(tx *store.Tx) error {
			if _, err := tx.Account(ctx, i.Account); err != nil {
				return err
			}
			return tx.LapseInvitations(ctx, by, i.Account, func(other keyfold.Invitation) bool { return other.Email.Same(email) })
		})
		if err != nil {
			return err
		}
	}
	return nil
}
