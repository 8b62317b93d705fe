package store

import (
	"context"
	"slices"

	"github.com/keyfold/keyfold"
)

// Told are the mailboxes that are told of what happens to an account: those of
// [keyfold.Account.Notices], and the primary contacts of each kind.
func (r Reader) Told(ctx context.Context, a keyfold.Account) ([]keyfold.Email, error) {
	told := a.Notices(r.now())
	err := r.each(ctx, "primary contacts", func(row row) error {
		var e keyfold.Email
		if err := row.Scan(text(&e)); err != nil {
			return err
		}
		if !slices.ContainsFunc(told, e.Same) {
			told = append(told, e)
		}
		return nil
	}, `select email from contacts where customer_id = $1 and is_primary order by kind`, a.ID.String())
	return told, err
}
