package registration_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold/internal/store"
)

// TestTheSameAddressAgainVoidsNoLink: a double click sends one mail, and who gives
// the address once more later gets the same link again.
func TestTheSameAddressAgainVoidsNoLink(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, link := w.waiting("NL123421341", "info@veldkamp.example", "jo@veldkamp.example")
		w.must(w.SubmitEmail(t.Context(), visitor, id, w.address("jo@veldkamp.example")))
		if more := w.deliver(); len(more) != 0 {
			t.Errorf("a double click sends %d mails more", len(more))
		}
		w.clock.Pass(time.Minute)
		w.must(w.SubmitEmail(t.Context(), visitor, id, w.address("jo@veldkamp.example")))
		if again := w.secret(w.of(w.deliver(), "confirm")); again.Reveal() != link.Reveal() {
			t.Error("who gives the address once more gets another link")
		}
		if n := w.count(id, "account.email_pending"); n != 1 {
			t.Errorf("the address was given %d times", n)
		}
		w.must(w.SubmitEmail(t.Context(), visitor, id, w.address("other@veldkamp.example")))
		if l, err := w.Link(t.Context(), store.Confirm, link); err != nil || l.Token.Grants[0].Ended != store.Superseded {
			t.Errorf("another address leaves the link as it is: %v, %v", l.Token.Grants, err)
		}
	})
}
