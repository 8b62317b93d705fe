package second

import (
	"context"
	"slices"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// pinHolds is how long a number is evidence after it was checked: as long as a call
// with what has to be written down.
const pinHolds = time.Hour

// proven refuses evidence that the trail does not know of: a number that who asks
// did not check, or that was wrong. What else there is, the second person has to
// believe.
func proven(ctx context.Context, tx *store.Tx, who Who, id keyfold.CustomerID, evidence []keyfold.Evidence) error {
	if !slices.Contains(evidence, keyfold.ByPIN) {
		return nil
	}
	checked, err := tx.CheckedPIN(ctx, id, who.Staff, tx.Now().Add(-pinHolds))
	if err != nil || checked {
		return err
	}
	return keyfold.Refuse(keyfold.Invalid, "approval.pin_unchecked").On("evidence")
}
