package members_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestARequestThatFailsKeepsNobodyElseWaiting: what it is about cannot be read. It
// is answered when it can be, and what has waited too long is forgotten still.
func TestARequestThatFailsKeepsNobodyElseWaiting(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		broken := w.account("DE245344254", "sanne")
		w.must(w.ask(w.user("old"), "SG234124123"))
		w.clock.Pass(29 * 24 * time.Hour)
		w.must(w.ask(w.user("first"), broken.String()), w.ask(w.user("second"), w.id.String()))
		w.clock.Pass(24 * time.Hour)
		storetest.Exec(t, w.DB, `update accounts set language = 'tlh' where customer_id = 'DE245344254'`)
		if err := w.AnswerRequests(t.Context()); err == nil {
			t.Error("a request cannot be answered, and that is no error")
		}
		if !w.mailed("boss@veldkamp.example", "access-requested") {
			t.Error("who asked behind it waits")
		}
		if got := w.waits("old"); len(got) > 0 {
			t.Errorf("after 30 days %v waits", got)
		}
		storetest.Exec(t, w.DB, `update accounts set language = 'en' where customer_id = 'DE245344254'`)
		w.clock.Pass(5 * time.Second)
		w.must(w.AnswerRequests(t.Context()))
		if n := storetest.Texts(t, w.DB, `select user_id from events where kind = 'access.asked' and customer_id = 'DE245344254'`); len(n) != 1 {
			t.Errorf("asked by %v", n)
		}
	})
}
