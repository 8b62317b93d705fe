// Package linking gives a user the accounts that belong to a mailbox that has
// proven to be theirs, and takes them back. The ten steps, and the linking that
// ends them, are registration's business.
package linking

import (
	"context"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
)

// A Service links and unlinks.
type Service struct {
	DB       *store.DB
	Teller   notice.Teller
	Entities keyfold.Entities
	Limits   limit.Rules
	// Prove refuses who does not know the password of a login.
	Prove func(ctx context.Context, by keyfold.Act, user keyfold.User, pw string) error
}

// MaxOffered is how many accounts are offered at once. What is left is offered
// next time.
const MaxOffered = 2000

// An Offer is an account whose main contact is the mailbox of the user. With a
// reason it cannot be linked now.
type Offer struct {
	Account keyfold.Account
	Why     *keyfold.Refusal // nil: it can be linked
}

// Offers are the accounts that a user can have linked, and those that are left
// out with the reason, sorted by entity and ID.
func (s *Service) Offers(ctx context.Context, id keyfold.UserID, search string) ([]Offer, error) {
	read := s.DB.Reader()
	user, err := read.User(ctx, id)
	if err != nil {
		return nil, err
	}
	accounts, err := read.UnregisteredOfContact(ctx, user.Email, search, MaxOffered)
	if err != nil {
		return nil, err
	}
	offers := make([]Offer, 0, len(accounts))
	for _, a := range accounts {
		o := Offer{Account: a}
		if refused := keyfold.Refused(a.Claimable(read.Now(), user)); len(refused) > 0 {
			o.Why = refused[0]
		}
		offers = append(offers, o)
	}
	slices.SortStableFunc(offers, func(a, b Offer) int { return strings.Compare(a.Account.Entity, b.Account.Entity) })
	return offers, nil
}

// Claim links all accounts that are offered but those that are left out, in one
// transaction. What cannot be linked any more stays as it is. It returns how many
// were linked.
func (s *Service) Claim(ctx context.Context, by keyfold.Act, id keyfold.UserID, search string, leave func(keyfold.CustomerID) bool) (linked int, err error) {
	offers, err := s.Offers(ctx, id, search)
	if err != nil {
		return 0, err
	}
	var wanted []keyfold.CustomerID
	for _, o := range offers {
		if o.Why == nil && !leave(o.Account.ID) {
			wanted = append(wanted, o.Account.ID)
		}
	}
	if len(wanted) == 0 {
		return 0, keyfold.Refuse(keyfold.Invalid, "claim.nothing")
	}
	// All who lock many accounts lock them in the same order.
	slices.SortFunc(wanted, func(a, b keyfold.CustomerID) int { return strings.Compare(a.String(), b.String()) })
	err = s.DB.Update(ctx, func(tx *store.Tx) error {
		linked, err = s.claim(ctx, tx, by, id, wanted)
		return err
	})
	if err == nil && linked > 0 {
		s.Teller.Hurry()
	}
	return linked, err
}

func (s *Service) claim(ctx context.Context, tx *store.Tx, by keyfold.Act, id keyfold.UserID, wanted []keyfold.CustomerID) (int, error) {
	user, err := tx.User(ctx, id)
	if err != nil {
		return 0, err
	}
	var linked []keyfold.Account
	for _, wish := range wanted {
		account, err := tx.Account(ctx, wish)
		if err != nil {
			return 0, err
		}
		change, err := account.Claim(by, tx.Now(), user)
		if keyfold.Refused(err) != nil {
			continue // somebody was faster
		} else if err != nil {
			return 0, err
		}
		if err := settle(ctx, tx, change); err != nil {
			return 0, err
		}
		linked = append(linked, change.Account())
	}
	if len(linked) == 0 {
		return 0, keyfold.Refuse(keyfold.Conflict, "claim.nothing")
	}
	return len(linked), s.claimed(ctx, tx, by, user, linked)
}

// claimed tells the user, and in one mail each, the other contacts of all these
// accounts. The mailbox of the user, which is the main contact, knows already.
func (s *Service) claimed(ctx context.Context, tx *store.Tx, by keyfold.Act, user keyfold.User, accounts []keyfold.Account) error {
	first := accounts[0]
	mail := store.Mail{
		Template: "claimed", To: user.Email, Language: user.Language.Or(first.Language), Entity: first.Entity, Account: first.ID, User: user.ID,
	}
	for _, a := range accounts {
		mail.Data.Accounts = append(mail.Data.Accounts, a.ID.String())
	}
	if err := s.Teller.Mail(ctx, tx, mail); err != nil {
		return err
	}
	news := store.Mail{Template: "claimed-contacts", User: user.ID, Data: store.MailData{Origin: by.From}}
	return s.Teller.ContactsOf(ctx, tx, accounts, news, user.Email)
}

// settle writes a change, and ends what was under way before it.
func settle(ctx context.Context, tx *store.Tx, c keyfold.Change) error {
	id := c.Account().ID
	if err := tx.Apply(ctx, c); err != nil {
		return err
	}
	if err := tx.EndGrants(ctx, store.OfAccount(id), store.Void, store.Reset, store.Confirm, store.Link, store.Stop); err != nil {
		return err
	}
	return tx.EndAccountSessions(ctx, id)
}
