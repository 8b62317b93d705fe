package store

import (
	"context"

	"github.com/keyfold/keyfold"
)

// A stand is where an account stood in one of its versions.
type stand struct {
	version int64
	place   keyfold.Place
}

// note remembers where an account stands that this transaction read or wrote.
func (tx *Tx) note(a keyfold.Account) {
	if tx.stood == nil {
		tx.stood = map[keyfold.CustomerID]stand{}
	}
	tx.stood[a.ID] = stand{a.Version, a.Place()}
}

// from is the place that an account leaves by becoming a; nil when it stays there,
// or is new. Who made the change has mostly read the account in this transaction.
// The update that follows looks for the same version, so what was read holds.
func (tx *Tx) from(ctx context.Context, a keyfold.Account) (*keyfold.Place, error) {
	if a.Version == 0 {
		return nil, nil //nolint:nilnil // a new account comes from nowhere
	}
	was, known := tx.stood[a.ID]
	if !known {
		err := tx.q.QueryRowContext(ctx, `select a.version, a.entity, a.state, a.closed, a.frozen, a.needs_care from accounts a where a.customer_id = $1`, a.ID.String()).
			Scan(&was.version, &was.place.Entity, &was.place.State, &was.place.Closed, &was.place.Frozen, &was.place.NeedsCare)
		if err != nil {
			return nil, missing(err, "account.unknown")
		}
	}
	if was.version != a.Version {
		return nil, keyfold.Refuse(keyfold.Conflict, "account.moved_on")
	}
	if was.place == a.Place() {
		return nil, nil //nolint:nilnil // it stays where it is
	}
	return &was.place, nil
}
