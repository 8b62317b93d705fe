package linking_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestARequestThatFailsKeepsNobodyElseWaiting, be it that what it is about cannot
// be read, or the request itself. It is answered when it can be.
func TestARequestThatFailsKeepsNobodyElseWaiting(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var ids []keyfold.CustomerID
		for _, id := range []string{"DE245344254", "DE245344255", "DE245344256"} {
			ids = append(ids, storetest.Import(t, w.DB, id, id+"@veldkamp.example"))
			w.must(w.AskToLink(t.Context(), visitor, w.user.ID, id, keyfold.English))
		}
		storetest.Exec(t, w.DB, `update accounts set language = 'tlh' where customer_id = 'DE245344254'`)
		storetest.Exec(t, w.DB, `update link_requests set typed = 'DE-' where typed = 'DE245344255'`)
		if err := w.AnswerRequests(t.Context()); err == nil {
			t.Error("two requests cannot be answered, and that is no error")
		}
		if w.count(ids[2], "link.requested") != 1 {
			t.Error("who asked behind them waits")
		}
		storetest.Exec(t, w.DB, `update accounts set language = 'en' where customer_id = 'DE245344254'`)
		storetest.Exec(t, w.DB, `update link_requests set typed = 'DE245344255' where typed = 'DE-'`)
		w.must(w.AnswerRequests(t.Context())) // not tried all the time
		if w.count(ids[0], "link.requested") > 0 {
			t.Error("a request that failed just now is tried once more at once")
		}
		w.clock.Pass(5 * time.Second)
		w.must(w.AnswerRequests(t.Context()))
		for _, id := range ids {
			if n := w.count(id, "link.requested"); n != 1 {
				t.Errorf("%s was asked for %d times", id, n)
			}
		}
	})
}
