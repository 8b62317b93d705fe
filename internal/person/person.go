// Package person gives a person what there is of them, and erases it: articles 15,
// 17 and 20 of the GDPR. It decides what is theirs, and what belongs to the
// accounts of the provider's customers. Who the person is who asks, the operator
// has to know.
package person

import (
	"context"
	"errors"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A Service knows what there is of people.
type Service struct {
	DB *store.DB
	// Cover is what is left of the origin of an event.
	Cover func(seq int64, origin string) string
	// EndLogin ends a login and all access that it has, and does more in the same
	// transaction.
	EndLogin func(ctx context.Context, by keyfold.Act, id keyfold.UserID, also func(context.Context, *store.Tx) error) error
}

// A Found is what there is under an address.
type Found struct {
	Email keyfold.Email
	User  keyfold.User // the zero one: there is no login
	Owned []keyfold.Account
	Named []store.Named  // accounts that have the address in their own row
	Kinds []store.KindOf // accounts that list it as a contact
}

// mostOwned is how many accounts are named that stand in the way.
const mostOwned = 20

// Find looks for an address.
func (s *Service) Find(ctx context.Context, email keyfold.Email) (Found, error) {
	f := Found{Email: email}
	err := s.DB.Snapshot(ctx, func(r store.Reader) (err error) {
		f.User, err = r.UserByEmail(ctx, email)
		if keyfold.RefusedAs(err, "user.unknown") {
			err = nil
		}
		if err == nil && f.User.ID != "" {
			f.Owned, err = r.OwnedBy(ctx, f.User.ID, mostOwned)
		}
		if err != nil {
			return err
		}
		var also error
		f.Named, err = r.NamedIn(ctx, email)
		f.Kinds, also = r.ListedIn(ctx, email)
		return errors.Join(err, also)
	})
	return f, err
}

// Left are the accounts that have the address as a contact of theirs. What they
// have is the provider's, or their users', and no erasure of ours takes it away.
func (f Found) Left() (all []keyfold.CustomerID) {
	for _, n := range f.Named {
		if n.Main || n.Coming || n.Sourced {
			all = append(all, n.Account)
		}
	}
	for _, k := range f.Kinds {
		all = append(all, k.Account)
	}
	slices.SortFunc(all, func(a, b keyfold.CustomerID) int { return compare(a.String(), b.String()) })
	return slices.Compact(all)
}

func compare(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
