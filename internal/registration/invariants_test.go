package registration_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

func TestTheTenSteps(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", "info@veldkamp.example")
		link := w.secret(w.of(w.request(" nl-123 421 341"), "reset"))
		w.must(w.set(link, store.OfAccount(id), first))
		w.of(w.deliver(), "password-set")
		session, err := w.LogIn(t.Context(), visitor, id, first, registration.Browser{})
		w.must(err)
		w.must(w.SubmitEmail(t.Context(), visitor, id, w.address("ann@veldkamp.example")))
		link = w.secret(w.of(w.deliver(), "confirm"))
		w.must(w.complete(link, registration.Proof{Session: id}, second))
		w.of(w.deliver(), "registered")
		a := w.account(id)
		m, err := w.DB.Reader().Membership(t.Context(), a.Owner, id)
		if err != nil || a.State != keyfold.Registered || !m.Roles.Has(keyfold.Owner) {
			t.Errorf("%+v, role %q, %v", a.State, m.Roles, err)
		}
		_, err = w.DB.Reader().Session(t.Context(), session)
		w.refused(err, "session.over")
		_, err = w.LogIn(t.Context(), visitor, id, first, registration.Browser{})
		w.refused(err, "account.moved")
	})
}

// Invariant 1.
func TestATokenIsSpentOnceHoweverManyClick(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 5 {
			typed := fmt.Sprintf("NL10000%d", round)
			id := storetest.Import(t, w.DB, typed, typed+"@veldkamp.example")
			link := w.secret(w.of(w.request(typed), "reset"))
			for _, err := range race(16, func(int) error { return w.set(link, store.OfAccount(id), first) }) {
				w.must(err)
			}
			w.must(w.SubmitEmail(t.Context(), visitor, id, w.address("ann"+typed+"@veldkamp.example")))
			confirm := w.secret(w.of(w.deliver(), "confirm"))
			for _, err := range race(16, func(int) error { return w.complete(confirm, registration.Proof{Session: id}, second) }) {
				w.must(err)
			}
			if p, r := w.count(id, "account.password_set"), w.count(id, "account.registered"); p != 1 || r != 1 {
				t.Fatalf("the password was set %d times, the account registered %d times", p, r)
			}
			w.refused(w.set(link, store.OfAccount(id), third), "link.used")
			w.refused(w.complete(confirm, registration.Proof{Session: id}, third), "link.used")
		}
	})
}

func TestRacingClicksLinkOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, user := w.user("NL123421341", "info@veldkamp.example", "ann@veldkamp.example")
		id, link := w.waiting("DE245344254", "buero@veldkamp.example", "ann@veldkamp.example")
		proof := registration.LinkProof{Proof: registration.Proof{Session: id}, LoggedIn: user.ID}
		for _, err := range race(16, func(int) error {
			_, err := w.LinkAccount(t.Context(), visitor, link, proof)
			return err
		}) {
			w.must(err)
		}
		if n := w.count(id, "account.linked"); n != 1 || w.account(id).Owner != user.ID {
			t.Errorf("linked %d times, to %s", n, w.account(id).Owner)
		}
	})
}

// Invariant 2.
func TestAnAcceptedRequestIsNotLostThoughTheWorkerFails(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		storetest.Import(t, w.DB, "NL123421341", "info@veldkamp.example")
		w.must(w.RequestReset(t.Context(), visitor, "NL123421341", keyfold.English))
		killed, stop := context.WithCancel(t.Context())
		stop()
		if err := w.AnswerRequests(killed); err == nil {
			t.Fatal("a worker that was stopped has answered")
		}
		w.must(w.AnswerRequests(t.Context()))
		if mails := w.deliver(); len(mails) != 1 {
			t.Errorf("mails: %v", templates(mails))
		}
	})
}

func TestUnknownNamesGiveNoMail(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, typed := range []string{"NL999999999", "nobody@example.com"} {
			if mails := w.request(typed); len(mails) != 0 {
				t.Errorf("%s: %v", typed, templates(mails))
			}
		}
	})
}

func TestARequestThatJoinsAnOldMailIsNotLost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", "info@veldkamp.example")
		ask := func() {
			w.must(w.RequestReset(t.Context(), visitor, "NL123421341", keyfold.English))
			w.must(w.AnswerRequests(t.Context()))
		}
		ask()
		w.clock.Pass(2 * time.Hour) // the outbox stands still
		ask()
		w.must(w.set(w.secret(w.of(w.deliver(), "reset")), store.OfAccount(id), first))
	})
}

func TestARequestThatJoinsAMailWhoseLinkWasEndedIsNotLost(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "NL123421341", "info@veldkamp.example")
		var last []store.Mail
		for range 3 {
			last = w.request("NL123421341")
		}
		if more := w.request("NL123421341"); len(more) != 0 { // waits for the hour to end
			t.Fatalf("a fourth mail: %v", templates(more))
		}
		w.must(w.set(w.secret(w.of(last, "reset")), store.OfAccount(id), first))
		w.request("NL123421341") // forgot it again
		w.clock.Pass(time.Hour)
		w.must(w.set(w.secret(w.of(w.deliver(), "reset")), store.OfAccount(id), second))
	})
}

// Invariant 3.
func TestTwoAccountsRaceToOneAddress(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for round := range 8 {
			name := fmt.Sprintf("ann%d@veldkamp.example", round)
			ids, links := make([]keyfold.CustomerID, 2), make([]token.Secret, 2)
			for i := range ids {
				ids[i], links[i] = w.waiting(fmt.Sprintf("NL20000%d%d", round, i), fmt.Sprintf("info%d%d@veldkamp.example", round, i), name)
			}
			errs := race(2, func(i int) error { return w.complete(links[i], registration.Proof{Session: ids[i]}, second) })
			loser := 0
			if errs[0] == nil {
				loser = 1
			}
			w.must(errs[1-loser])
			w.refused(errs[loser], "email.taken")
			user, err := w.DB.Reader().UserByEmail(t.Context(), w.address(name))
			w.must(err)
			_, err = w.LinkAccount(t.Context(), visitor, links[loser], registration.LinkProof{
				Proof: registration.Proof{Session: ids[loser]}, Password: second,
			})
			w.must(err)
			for _, id := range ids {
				if w.account(id).Owner != user.ID {
					t.Errorf("%s has the owner %q", id, w.account(id).Owner)
				}
			}
		}
	})
}

// Invariant 4.
func TestTheMailAloneReachesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id, link := w.waiting("NL123421341", "info@veldkamp.example", "strange@example.com")
		other := storetest.Import(t, w.DB, "DE245344254", "")
		before := w.account(id)
		w.refused(w.complete(link, registration.Proof{}, second), "proof.missing")
		w.refused(w.complete(link, registration.Proof{Session: other}, second), "proof.missing")
		w.refused(w.complete(link, registration.Proof{Password: third}, second), "proof.wrong")
		if a := w.account(id); a.Version != before.Version {
			t.Errorf("changed to %s", a.State)
		}
		for range 10 {
			_ = w.complete(link, registration.Proof{Password: third}, second)
		}
		w.refused(w.complete(link, registration.Proof{Password: first}, second), "login.slow")
		w.must(w.complete(link, registration.Proof{Session: id}, second))
	})
}

func TestThePasswordOfStepThreeIsAProof(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, link := w.waiting("NL123421341", "info@veldkamp.example", "ann@veldkamp.example")
		w.refused(w.complete(link, registration.Proof{Password: first}, first), "password.same_as_customer_id")
		w.must(w.complete(link, registration.Proof{Password: first}, second))
	})
}

func TestALinkNeedsTheLoginToo(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		_, user := w.user("NL123421341", "info@veldkamp.example", "ann@veldkamp.example")
		id, link := w.waiting("DE245344254", "buero@veldkamp.example", "ann@veldkamp.example")
		try := func(p registration.LinkProof) error {
			_, err := w.LinkAccount(t.Context(), visitor, link, p)
			return err
		}
		session := registration.Proof{Session: id}
		w.refused(w.complete(link, session, third), "email.taken")
		w.refused(try(registration.LinkProof{Proof: session}), "login_password.missing")
		w.refused(try(registration.LinkProof{Proof: session, Password: first}), "login_password.wrong")
		w.refused(try(registration.LinkProof{Proof: session, LoggedIn: "another"}), "login_password.missing")
		w.refused(try(registration.LinkProof{LoggedIn: user.ID}), "proof.missing")
		w.must(try(registration.LinkProof{Proof: session, Password: second}))
	})
}

func TestTheRightPasswordLinksAsManyAccountsAsThereAre(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Limits.VerifyMail.Tries, w.Limits.VerifyMailDay.Tries = 100, 100
		w.user("NL123421341", "info@veldkamp.example", "ann@veldkamp.example")
		for i := range w.Limits.LoginName.Tries + 2 {
			id, link := w.waiting(fmt.Sprintf("NL3000%02d", i), fmt.Sprintf("info%d@veldkamp.example", i), "ann@veldkamp.example")
			_, err := w.LinkAccount(t.Context(), visitor, link, registration.LinkProof{Proof: registration.Proof{Session: id}, Password: second})
			w.must(err)
		}
	})
}
