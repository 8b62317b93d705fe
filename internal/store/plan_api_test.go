package store_test

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// programQuestions are what the programs of customers ask, and the pages of
// their keys.
func programQuestions(r store.Reader, id keyfold.CustomerID) []func(context.Context) error {
	drop := func(_ any, err error) error {
		if keyfold.Refused(err) != nil {
			return nil //nolint:nilerr // that there is none is an answer
		}
		return err
	}
	secret := token.NewKey("of the test").APIKey(token.New(), id.String(), "u1")
	return []func(context.Context) error{
		func(ctx context.Context) error {
			_, _, err := r.OpenKey(ctx, secret)
			return drop(nil, err)
		},
		func(ctx context.Context) error { return drop(r.Key(ctx, id, "k1")) },
		func(ctx context.Context) error { return drop(r.KeyOfSecret(ctx, secret)) },
		func(ctx context.Context) error { return drop(r.LiveKeys(ctx, id)) },
		func(ctx context.Context) error { return drop(r.Keys(ctx, id, 10)) },
		func(ctx context.Context) error { return drop(r.Contacts(ctx, id)) },
		func(ctx context.Context) error { return drop(r.MembersPage(ctx, id, "u1", 10)) },
		func(ctx context.Context) error { return drop(r.EventsPage(ctx, id, 5, 10)) },
	}
}
