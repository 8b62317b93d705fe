package store_test

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// findQuestions are what the search for customers and its index ask.
func findQuestions(db *store.DB, user keyfold.UserID, id keyfold.CustomerID, email keyfold.Email) []func(context.Context) error {
	r := db.Reader()
	drop := func(_ any, err error) error { return err }
	return []func(context.Context) error{
		func(ctx context.Context) error { return drop(r.Addressed(ctx, email, 20)) },
		func(ctx context.Context) error { return drop(r.Accounts(ctx, []keyfold.CustomerID{id})) },
		func(ctx context.Context) error { return drop(r.AccountsUsed(ctx, user, 20)) },
		func(ctx context.Context) error { return drop(db.Words(ctx, []string{"veldkamp"})) },
		func(ctx context.Context) error { return drop(db.WordsFrom(ctx, "veld", 20)) },
		func(ctx context.Context) error { return drop(db.WordsNear(ctx, []string{"-veldkam"}, 20)) },
		func(ctx context.Context) error { return drop(db.CountWith(ctx, []int64{1, 2}, 20)) },
		func(ctx context.Context) error {
			return drop(db.NamingsWith(ctx, []int64{1, 2}, [2]int64{3, 0}, 20, 20))
		},
		func(ctx context.Context) error { return drop(r.Behind(ctx, "finder")) },
		func(ctx context.Context) error { return drop(r.Ahead(ctx, "finder", 20)) },
		func(ctx context.Context) error { return drop(db.Called(ctx, []keyfold.CustomerID{id})) },
		func(ctx context.Context) error { return drop(db.UsersCalled(ctx, []keyfold.UserID{user})) },
		func(ctx context.Context) error {
			return drop(db.Namings(ctx, []keyfold.CustomerID{id}, []keyfold.UserID{user}))
		},
		func(ctx context.Context) error {
			_, _, err := r.Numbers(ctx)
			return err
		},
	}
}
