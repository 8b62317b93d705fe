package ownership

import (
	"context"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// A RecoveryState is how far a main contact is with an account that it wants
// back.
type RecoveryState string

// The states. Only in the first can it be asked for.
const (
	CanAsk       RecoveryState = "ask"
	Asked        RecoveryState = "asked"   // the owner can say no until then
	Vetoed       RecoveryState = "vetoed"  // the owner said no then
	ContactIsNew RecoveryState = "contact" // it can be asked for from then on
	Anew         RecoveryState = "anew"    // it has no owner: a reset is the way in
	Stopped      RecoveryState = "stopped" // frozen or closed
	Over         RecoveryState = "void"    // this link is not good for it any more
	Late         RecoveryState = "expired" // nor this one, since then
)

// A Recovery is an account that a link to get accounts back is about.
type Recovery struct {
	Account keyfold.Account
	State   RecoveryState
	When    time.Time // as the state says

	why error // it cannot be asked for
}

// Readable reports whether who has the link may read how far the account is.
func (r Recovery) Readable() bool { return r.State != Over && r.State != Late }

// Why is the refusal of what cannot be asked for.
func (r Recovery) Why() error { return r.why }

// Recoveries looks at a link to get accounts back. Looking changes nothing.
func (s *Service) Recoveries(ctx context.Context, link token.Secret) ([]Recovery, error) {
	t, err := s.token(ctx, store.Recover, link)
	if err != nil {
		return nil, err
	}
	read := s.DB.Reader()
	all := make([]Recovery, 0, len(t.Grants))
	for _, g := range t.Grants {
		account, err := read.Account(ctx, g.Subject.Account)
		if err != nil {
			return nil, err
		}
		all = append(all, recovery(read.Now(), t, g, account))
	}
	return all, nil
}

// recovery judges one grant of a link by what is true now. Only who is main
// contact now learns anything of the account.
func recovery(now time.Time, t store.Token, g store.Grant, a keyfold.Account) Recovery {
	r := Recovery{Account: a, State: CanAsk, When: t.Expires, why: a.Reclaimable(now)}
	over := !now.Before(t.Expires)
	switch {
	case !a.Contact.Email.Same(t.Email):
		r.State, r.why = Over, keyfold.Refuse(keyfold.Gone, "link.void")
	case over && g.Ended != store.Spent:
		r.State, r.why = Late, keyfold.Refuse(keyfold.Gone, "link.expired")
	case keyfold.RefusedAs(r.why, "recovery.asked_already"):
		r.State, r.When = Asked, a.Reclaim
	case keyfold.RefusedAs(r.why, "recovery.vetoed"):
		r.State, r.When = Vetoed, a.Vetoed
	case keyfold.RefusedAs(r.why, "recovery.contact_changed"):
		r.State, r.When = ContactIsNew, a.ContactSettles()
	case keyfold.RefusedAs(r.why, "account.not_registered"):
		r.State = Anew
	case r.why != nil:
		r.State = Stopped
	case g.Ended != "":
		r.State, r.why = Over, keyfold.Refuse(keyfold.Gone, "link.used")
	}
	return r
}

// grant finds what a link promises about an account.
func (s *Service) grant(ctx context.Context, link token.Secret, id keyfold.CustomerID) (t store.Token, g store.Grant, err error) {
	if t, err = s.token(ctx, store.Recover, link); err != nil {
		return t, g, err
	}
	g, ok := t.Grant(store.OfAccount(id))
	if !ok {
		err = keyfold.Refuse(keyfold.NotFound, "link.unknown")
	}
	return t, g, err
}

// recovering runs a step on an account of a link, which is locked and judged.
func (s *Service) recovering(ctx context.Context, link token.Secret, id keyfold.CustomerID, do func(tx *store.Tx, t store.Token, r Recovery) error) error {
	t, _, err := s.grant(ctx, link, id)
	if err != nil {
		return err
	}
	return s.change(ctx, func(tx *store.Tx) error {
		account, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		now, err := tx.TokenByID(ctx, t.ID) // others may have used it until we had the account
		if err != nil {
			return err
		}
		g, _ := now.Grant(store.OfAccount(id))
		return do(tx, now, recovery(tx.Now(), now, g, account))
	})
}

// AskBack is the wish of a main contact to have an account back. The owner is
// told, and has 72 hours to say no with one click. A second click finds the same
// success.
func (s *Service) AskBack(ctx context.Context, by keyfold.Act, link token.Secret, id keyfold.CustomerID) error {
	t, g, err := s.grant(ctx, link, id)
	if err != nil {
		return err
	}
	account, err := s.DB.Reader().Account(ctx, id)
	if err != nil {
		return err
	}
	if r := recovery(s.DB.Reader().Now(), t, g, account); r.State == CanAsk { // the others are no try
		if err := s.allow(ctx, s.Limits.Recover, id); err != nil {
			return err
		}
	}
	return s.recovering(ctx, link, id, func(tx *store.Tx, t store.Token, r Recovery) error {
		if r.State == Asked {
			return nil
		}
		if r.why != nil {
			return r.why
		}
		if won, err := tx.Spend(ctx, t.ID, store.OfAccount(id)); err != nil || !won {
			return orVoid(err)
		}
		return s.askBack(ctx, tx, by, r.Account)
	})
}

// Insist brings the no of an owner before customer care, at the wish of the main
// contact. To wish it twice changes nothing.
func (s *Service) Insist(ctx context.Context, by keyfold.Act, link token.Secret, id keyfold.CustomerID) error {
	return s.recovering(ctx, link, id, func(tx *store.Tx, _ store.Token, r Recovery) error {
		if r.State != Vetoed {
			if r.why == nil {
				return keyfold.Refuse(keyfold.Conflict, "recovery.not_vetoed")
			}
			return r.why
		}
		change, err := r.Account.Insist(by, tx.Now())
		if err != nil || change.IsZero() {
			return err
		}
		return tx.Apply(ctx, change)
	})
}

func (s *Service) askBack(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account) error {
	change, err := a.AskBack(by, tx.Now())
	if err != nil {
		return err
	}
	if err := tx.Apply(ctx, change); err != nil {
		return err
	}
	if err := tx.EndGrants(ctx, store.OfAccount(a.ID), store.Void, store.Recover, store.Veto); err != nil {
		return err
	}
	owner, err := tx.User(ctx, a.Owner)
	if err != nil {
		return err
	}
	if err := s.askOwner(ctx, tx, by, change.Account(), owner); err != nil {
		return err
	}
	return s.Teller.Contacts(ctx, tx, change.Account(), about("recovery-asked-contacts", by, ""))
}

// askOwner gives the owner of an account that is asked back a link to say no.
func (s *Service) askOwner(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account, owner keyfold.User) error {
	if a.Reclaim.IsZero() {
		return nil
	}
	m := about("recovery-asked", by, owner.ID)
	var err error
	if m.Token, err = s.Teller.Link(ctx, tx, store.Veto, owner.Email, a.Reclaim, store.OfAccount(a.ID)); err != nil {
		return err
	}
	return s.Teller.User(ctx, tx, a, owner, m)
}
