package ownership_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestAccountsThatFailKeepNobodyElseWaiting, and be they more than are looked at
// in one go.
func TestAccountsThatFailKeepNobodyElseWaiting(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var last keyfold.CustomerID
		for i := range 102 {
			last = w.owned(fmt.Sprintf("NL2%05d", i), contact)
			w.change(last, func(now time.Time, a keyfold.Account) (keyfold.Change, error) { return a.AskBack(act, now) })
		}
		storetest.Exec(t, w.DB, `update accounts set language = 'tlh' where customer_id like 'NL200%' and customer_id < 'NL200101'`)
		w.clock.Pass(72 * time.Hour)
		if err := w.Due(t.Context()); err == nil {
			t.Error("accounts cannot be given back, and that is no error")
		}
		if got := w.account(last).Owner; got != "" {
			t.Errorf("who comes last still belongs to %q", got)
		}
	})
}
