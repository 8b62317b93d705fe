package registration_test

import (
	"slices"
	"testing"

	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestWrongPasswordsAreInTheTrail wherever one is asked for: whoever sits at an
// open browser, or holds a link, leaves a trace like who guesses at the login.
func TestWrongPasswordsAreInTheTrail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, user := w.user("NL123421341", "info@veldkamp.example", "ann@veldkamp.example")
		id, link := w.waiting("DE245344254", "buero@veldkamp.example", "ann@veldkamp.example")
		w.must(w.ProveLogin(t.Context(), visitor, user, second))
		w.refused(w.ProveLogin(t.Context(), visitor, user, third), "login_password.wrong")
		_, err := w.LinkAccount(t.Context(), visitor, link, registration.LinkProof{Proof: registration.Proof{Password: third}})
		w.refused(err, "proof.wrong")
		_, err = w.LinkAccount(t.Context(), visitor, link, registration.LinkProof{Proof: registration.Proof{Session: id}, Password: first})
		w.refused(err, "login_password.wrong")
		got := storetest.Texts(t, w.DB, `select kind || ' ' || coalesce(customer_id, '') || coalesce(user_id, '') || ' ' || origin
			from events where kind in ('login.failed', 'user.proof_failed') order by seq`)
		of := " " + string(user.ID) + " " + visitor.From
		want := []string{"user.proof_failed" + of, "login.failed DE245344254 " + visitor.From, "user.proof_failed" + of}
		if !slices.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})
}
