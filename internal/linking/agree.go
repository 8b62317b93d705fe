package linking

import (
	"context"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// An Asked is what the link in a mail to a main contact leads to.
type Asked struct {
	Token    store.Token
	User     keyfold.User      // who asked
	Accounts []keyfold.Account // that can still be linked
}

// Asked looks at such a link and changes nothing. A link that can do nothing any
// more is refused with the reason.
func (s *Service) Asked(ctx context.Context, link token.Secret) (Asked, error) {
	read := s.DB.Reader()
	if link.IsZero() {
		return Asked{}, keyfold.Refuse(keyfold.NotFound, "link.unknown")
	}
	t, err := read.Token(ctx, store.Link, link)
	if err != nil {
		return Asked{}, err
	}
	asked := Asked{Token: t}
	for _, g := range t.Grants {
		if g.Subject.User != "" {
			if asked.User, err = read.User(ctx, g.Subject.User); err != nil {
				return asked, err
			}
		}
	}
	for _, id := range subjects(t.Live()) {
		a, err := read.Account(ctx, id)
		if err != nil {
			return asked, err
		}
		if s.agrees(ctx, t, a, asked.User) == nil {
			asked.Accounts = append(asked.Accounts, a)
		}
	}
	if len(asked.Accounts) > 0 && read.Now().Before(t.Expires) {
		return asked, nil
	}
	return asked, s.overBecause(ctx, t)
}

// agrees refuses an account that this link cannot link: its main contact must
// still be the mailbox that the mail went to.
func (s *Service) agrees(_ context.Context, t store.Token, a keyfold.Account, user keyfold.User) error {
	if !a.Contact.Email.Same(t.Email) {
		return keyfold.Refuse(keyfold.Gone, "link.void")
	}
	_, err := a.LinkBy(keyfold.Act{}, s.DB.Reader().Now(), user)
	return err
}

// overBecause says why a link can do nothing any more. The token is read anew: a
// click at the same moment may have used it since.
func (s *Service) overBecause(ctx context.Context, read store.Token) error {
	t, err := s.DB.Reader().TokenByID(ctx, read.ID)
	if err != nil {
		return err
	}
	used := func(g store.Grant) bool { return g.Ended == store.Spent }
	switch {
	case slices.ContainsFunc(t.Grants, used):
		return keyfold.Refuse(keyfold.Gone, "link.used")
	case !s.DB.Reader().Now().Before(t.Expires):
		return keyfold.Refuse(keyfold.Gone, "link.expired")
	}
	return keyfold.Refuse(keyfold.Gone, "link.void")
}

// subjects are the accounts that grants are about, sorted: all who lock many
// lock them in the same order.
func subjects(grants []store.Grant) (ids []keyfold.CustomerID) {
	for _, g := range grants {
		if g.Subject.User == "" {
			ids = append(ids, g.Subject.Account)
		}
	}
	slices.SortFunc(ids, func(a, b keyfold.CustomerID) int { return strings.Compare(a.String(), b.String()) })
	return ids
}

// Agree links the accounts of such a link to who asked. The link alone is the
// word of the main contact; the browser, or the password, has to be that of the
// user. So nobody is talked into giving an account to somebody else's login.
func (s *Service) Agree(ctx context.Context, by keyfold.Act, link token.Secret, loggedIn keyfold.UserID, pw string) (Asked, error) {
	asked, err := s.Asked(ctx, link)
	if keyfold.RefusedAs(err, "link.used") && loggedIn == asked.User.ID {
		return s.agreedBefore(ctx, asked)
	}
	if err != nil {
		return asked, err
	}
	if loggedIn != asked.User.ID {
		if err := s.Prove(ctx, by, asked.User, pw); err != nil {
			return asked, err
		}
	}
	err = s.DB.Update(ctx, func(tx *store.Tx) error { return s.agree(ctx, tx, by, asked) })
	s.Teller.Hurry()
	return asked, err
}

// agreedBefore is the second click: a success for as long as the user has what
// the first one linked.
func (s *Service) agreedBefore(ctx context.Context, asked Asked) (Asked, error) {
	read := s.DB.Reader()
	t, err := read.TokenByID(ctx, asked.Token.ID)
	if err != nil {
		return asked, err
	}
	spent := slices.DeleteFunc(t.Grants, func(g store.Grant) bool { return g.Ended != store.Spent })
	for _, id := range subjects(spent) {
		a, err := read.Account(ctx, id)
		if err != nil {
			return asked, err
		}
		if a.Owner == asked.User.ID {
			asked.Accounts = append(asked.Accounts, a)
		}
	}
	if len(asked.Accounts) == 0 {
		return asked, keyfold.Refuse(keyfold.Gone, "link.used")
	}
	return asked, nil
}

func (s *Service) agree(ctx context.Context, tx *store.Tx, by keyfold.Act, asked Asked) error {
	user, err := tx.User(ctx, asked.User.ID)
	if err != nil {
		return err
	}
	if user.Password != asked.User.Password || user.Suspended {
		return keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	}
	for _, read := range asked.Accounts {
		a, err := tx.Account(ctx, read.ID)
		if err != nil {
			return err
		}
		won, err := tx.Spend(ctx, asked.Token.ID, store.OfAccount(a.ID))
		if err != nil {
			return err
		}
		if !won && a.Owner == user.ID { // another click was faster
			continue
		}
		if !won { // what it was about ended in the meantime
			return keyfold.Refuse(keyfold.Gone, "link.void")
		}
		if err := s.agrees(ctx, asked.Token, a, user); err != nil {
			return err
		}
		if err := s.linkOne(ctx, tx, by, a, user); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) linkOne(ctx context.Context, tx *store.Tx, by keyfold.Act, a keyfold.Account, user keyfold.User) error {
	change, err := a.LinkBy(by, tx.Now(), user)
	if err != nil {
		return err
	}
	if err := settle(ctx, tx, change); err != nil {
		return err
	}
	return s.Teller.Contacts(ctx, tx, change.Account(), store.Mail{Template: "linked", User: user.ID})
}
