package registration_test

import (
	"slices"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestARequestThatFailsKeepsNobodyElseWaiting: what it is about cannot be read. It
// is not lost, and tried less often each time.
func TestARequestThatFailsKeepsNobodyElseWaiting(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, id := range []string{"NL123421341", "NL123421342"} {
			storetest.Import(t, w.DB, id, id+"@veldkamp.example")
			w.must(w.RequestReset(t.Context(), visitor, id, keyfold.English))
		}
		storetest.Exec(t, w.DB, `update accounts set language = 'tlh' where customer_id = 'NL123421341'`)
		tried := func() bool { return w.AnswerRequests(t.Context()) != nil }
		if !tried() {
			t.Error("a request cannot be answered, and that is no error")
		}
		if mails := w.deliver(); len(mails) != 1 || mails[0].To.String() != "NL123421342@veldkamp.example" {
			t.Errorf("mails: %v", templates(mails))
		}
		var got []bool
		for _, wait := range []time.Duration{0, 5 * time.Second, 5 * time.Second, 15 * time.Second} {
			w.clock.Pass(wait)
			got = append(got, tried())
		}
		if want := []bool{false, true, false, true}; !slices.Equal(got, want) {
			t.Errorf("tried %v, want %v", got, want)
		}
		storetest.Exec(t, w.DB, `update accounts set language = 'en' where customer_id = 'NL123421341'`)
		w.clock.Pass(time.Hour)
		w.must(w.AnswerRequests(t.Context()))
		if mails := w.deliver(); len(mails) != 1 || mails[0].To.String() != "NL123421341@veldkamp.example" {
			t.Errorf("mails: %v", templates(mails))
		}
	})
}
