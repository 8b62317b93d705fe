// Package contacts is about whom an account communicates with: its listed
// contacts, and how another mailbox becomes its main contact. What the customer
// database says of the main contact is importer's business.
package contacts

import (
	"context"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// A Service changes contacts.
type Service struct {
	DB     *store.DB
	Teller notice.Teller
	Limits limit.Rules
}

// A Who is a user who changes the contacts of an account. Whether they may is
// looked at again when nothing can change it any more.
type Who struct {
	keyfold.Act

	User    keyfold.UserID
	Account keyfold.CustomerID
}

// Add lists a contact. The same once more changes nothing.
func (s *Service) Add(ctx context.Context, who Who, kind keyfold.ContactKind, c keyfold.Contact) error {
	id, err := notice.NewID()
	if err != nil {
		return err
	}
	return s.change(ctx, who, kind, func(a keyfold.Account, listed []keyfold.ListedContact) (keyfold.ContactChange, error) {
		return a.AddContact(who.Act, listed, keyfold.ListedContact{Contact: c, ID: id, Kind: kind})
	})
}

// Remove takes a contact off the list. One that is not there changes nothing.
func (s *Service) Remove(ctx context.Context, who Who, kind keyfold.ContactKind, id string) error {
	return s.change(ctx, who, kind, func(a keyfold.Account, listed []keyfold.ListedContact) (keyfold.ContactChange, error) {
		c, ok := find(listed, kind, id)
		if !ok {
			return keyfold.ContactChange{}, nil // the second click
		}
		return a.RemoveContact(who.Act, listed, c)
	})
}

// Promote makes a contact the primary one of its kind.
func (s *Service) Promote(ctx context.Context, who Who, kind keyfold.ContactKind, id string) error {
	return s.change(ctx, who, kind, func(a keyfold.Account, listed []keyfold.ListedContact) (keyfold.ContactChange, error) {
		c, ok := find(listed, kind, id)
		if !ok {
			return keyfold.ContactChange{}, keyfold.Refuse(keyfold.Gone, "contact.gone")
		}
		return a.PromoteContact(who.Act, c)
	})
}

// find looks for a contact among those of a kind: who may change one kind may
// not change another by its ID.
func find(listed []keyfold.ListedContact, kind keyfold.ContactKind, id string) (keyfold.ListedContact, bool) {
	i := slices.IndexFunc(listed, func(c keyfold.ListedContact) bool { return c.ID == id && c.Kind == kind })
	if i < 0 {
		return keyfold.ListedContact{}, false
	}
	return listed[i], true
}

func (s *Service) change(
	ctx context.Context, who Who, kind keyfold.ContactKind,
	do func(keyfold.Account, []keyfold.ListedContact) (keyfold.ContactChange, error),
) error {
	if err := s.allow(ctx, who); err != nil {
		return err
	}
	err := s.DB.Update(ctx, func(tx *store.Tx) error {
		account, listed, err := lock(ctx, tx, who, kind.Need())
		if err != nil {
			return err
		}
		c, err := do(account, listed)
		if err != nil || c.IsZero() {
			return err
		}
		if err := tx.ApplyContact(ctx, c); err != nil {
			return err
		}
		return s.tell(ctx, tx, who, account, listed, c)
	})
	s.Teller.Hurry()
	return err
}

// allow counts changes, so that nobody makes us mail whole address books.
func (s *Service) allow(ctx context.Context, who Who) error {
	return s.DB.Allow(ctx, store.Try{Rule: s.Limits.Contacts, Tag: s.Teller.Key.Tag("limit", "contacts:"+who.Account.String())})
}

// lock reads an account that the user may do something in. To everybody else it
// is unknown.
func lock(ctx context.Context, tx *store.Tx, who Who, what keyfold.Permission) (keyfold.Account, []keyfold.ListedContact, error) {
	account, err := tx.Account(ctx, who.Account)
	if err != nil {
		return keyfold.Account{}, nil, err
	}
	m, err := tx.Member(ctx, who.Account, who.User)
	if err != nil {
		return keyfold.Account{}, nil, err
	}
	if !m.Roles.May(what) {
		return keyfold.Account{}, nil, keyfold.Refuse(keyfold.NotFound, "account.unknown")
	}
	listed, err := tx.Contacts(ctx, who.Account)
	return account, listed, err
}

// tell tells the main contact, and who it is about. Whoever was told of all
// changes until now, and is not any more, can say that this was not them.
func (s *Service) tell(ctx context.Context, tx *store.Tx, who Who, a keyfold.Account, listed []keyfold.ListedContact, c keyfold.ContactChange) error {
	contact, trusted := c.Contact(), a.Notices(tx.Now())
	var others []keyfold.Email
	switch {
	case c.Added():
	case c.Removed() && contact.Primary:
		trusted = append(trusted, contact.Email)
	case c.Removed():
		others = append(others, contact.Email)
	default:
		others = append(others, contact.Email)
		for _, former := range listed {
			if former.Kind == contact.Kind && former.Primary {
				trusted = append(trusted, former.Email)
			}
		}
	}
	mail := store.Mail{Template: "contacts-changed", Data: store.MailData{
		Did: c.Event().Kind, Kind: contact.Kind, Contact: contact.Email.String(), Origin: who.From,
	}}
	if err := s.tellEach(ctx, tx, a, mail, trusted, others); err != nil || !c.Added() {
		return err
	}
	if slices.ContainsFunc(trusted, contact.Email.Same) {
		return nil
	}
	mail.Template = "contact-listed"
	return s.Teller.To(ctx, tx, store.Mailbox{To: contact.Email, Accounts: []keyfold.Account{a}}, mail)
}

// tellEach tells each mailbox once; the trusted ones have a link for "this was
// not me".
func (s *Service) tellEach(ctx context.Context, tx *store.Tx, a keyfold.Account, mail store.Mail, trusted, others []keyfold.Email) error {
	var done []keyfold.Email
	for i, to := range slices.Concat(trusted, others) {
		if slices.ContainsFunc(done, to.Same) {
			continue
		}
		done, mail.Token = append(done, to), ""
		if i < len(trusted) {
			var err error
			if mail.Token, err = s.Teller.Link(ctx, tx, store.Dispute, to, tx.Now().Add(s.Teller.Dispute), store.OfAccount(a.ID)); err != nil {
				return err
			}
		}
		if err := s.Teller.To(ctx, tx, store.Mailbox{To: to, Accounts: []keyfold.Account{a}}, mail); err != nil {
			return err
		}
	}
	return nil
}
