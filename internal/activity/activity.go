// Package activity notes who takes the trail of an account away. To read it
// changes nothing, and is the surface's business.
package activity

import (
	"context"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A Service notes.
type Service struct {
	DB *store.DB
}

// Export notes that a user takes the activity of an account away as a file. Who
// may not do so any more is refused: it is the last look before the file leaves.
func (s *Service) Export(ctx context.Context, by keyfold.Act, user keyfold.UserID, id keyfold.CustomerID) error {
	return s.DB.Update(ctx, func(tx *store.Tx) error {
		m, err := tx.Member(ctx, id, user)
		if err != nil {
			return err
		}
		if !m.Roles.May(keyfold.ExportActivity) {
			return keyfold.Refuse(keyfold.NotFound, "account.unknown")
		}
		return tx.Record(ctx, keyfold.Event{Act: by, Kind: "activity.exported", Account: id, User: user})
	})
}
