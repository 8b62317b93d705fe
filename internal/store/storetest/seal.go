package storetest

import (
	"testing"

	"github.com/keyfold/keyfold/internal/store"
)

// Seal lets followers read all events that there are. It proves nothing: the seals
// of the product are made with its secret.
func Seal(tb testing.TB, db *store.DB) {
	tb.Helper()
	ctx := tb.Context()
	upTo, err := db.Settled(ctx)
	if err != nil {
		tb.Fatal(err)
	}
	err = db.Update(ctx, func(tx *store.Tx) error {
		last, err := tx.LastSeal(ctx)
		if err != nil || last.Last >= upTo {
			return err
		}
		_, err = tx.AddSeal(ctx, store.Seal{Number: last.Number + 1, After: last.Last, Last: upTo, Events: upTo - last.Last, At: tx.Now()})
		return err
	})
	if err != nil {
		tb.Fatal(err)
	}
}
