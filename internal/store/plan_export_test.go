package store_test

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// exportQuestions are what exports ask: each page by itself has to be quick, or a
// million of rows takes a day.
func exportQuestions(r store.Reader, id keyfold.CustomerID) []func(context.Context) error {
	return []func(context.Context) error{
		func(ctx context.Context) error { _, err := r.AccountsPage(ctx, id, 10); return err },
		func(ctx context.Context) error { _, err := r.ContactsOf(ctx, id, id); return err },
		func(ctx context.Context) error { _, err := r.UsersPage(ctx, "u", 10); return err },
		func(ctx context.Context) error {
			_, err := r.AllMembersPage(ctx, keyfold.Member{Account: id, User: "u"}, 10)
			return err
		},
		func(ctx context.Context) error { _, err := r.TrailPage(ctx, 1, 10); return err },
	}
}
