package members_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

func (w *world) ask(user keyfold.UserID, typed string) error {
	return w.Ask(w.t.Context(), by, user, typed)
}

// request is the one of a user for the account of the world.
func (w *world) request(user keyfold.UserID) string {
	w.t.Helper()
	list, err := w.DB.Reader().AccessRequestsOf(w.t.Context(), user, 100)
	w.must(err)
	for _, r := range list {
		if r.Account == w.id {
			return r.ID
		}
	}
	w.t.Fatalf("%s waits for nothing", user)
	return ""
}

// TestARequestTellsNobodyWhichAccountsThereAre, not even by what is left of it.
func TestARequestTellsNobodyWhichAccountsThereAre(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asker := w.user("asker")
		legacy, closed := w.account("SG234124123", "x"), w.account("US523453454", "y")
		w.change(legacy, func(tx *store.Tx, a keyfold.Account) (keyfold.Change, error) { return a.UndoLink(by, tx.Now()) })
		w.change(closed, func(tx *store.Tx, a keyfold.Account) (keyfold.Change, error) {
			d := keyfold.Details{ID: a.ID, Entity: a.Entity, Name: a.Name, Contact: a.Contact, Closed: true}
			return a.Update(by, tx.Now(), d), nil
		})
		for _, typed := range []string{"nl 123 421 341", "DE777777777", legacy.String(), closed.String(), "NL123421341"} {
			w.must(w.ask(asker, typed))
		}
		waiting := func() int {
			list, err := w.DB.Reader().AccessRequestsOf(t.Context(), asker, 100)
			w.must(err)
			return len(list)
		}
		if n := waiting(); n != 4 {
			t.Errorf("%d requests wait, want 4", n)
		}
		w.must(w.AnswerRequests(t.Context()))
		if n := waiting(); n != 4 {
			t.Errorf("after a look %d wait, want 4", n)
		}
		if !w.mailed("boss@veldkamp.example", "access-requested") || w.mailed("billing@veldkamp.example", "access-requested") {
			t.Error("the owner was not told")
		}
		for _, typed := range []string{"", "  "} {
			w.refused(w.ask(asker, typed), "access.missing")
		}
		w.refused(w.ask(asker, "XX99999999"), "customer_id.no_entity")
		w.clock.Pass(30*24*time.Hour + time.Second)
		w.must(w.AnswerRequests(t.Context()))
		if n := waiting(); n != 0 {
			t.Errorf("after 30 days %d wait", n)
		}
	})
}

func TestOnlyTheOwnerAnswersARequestAndOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin, asker, stranger := w.member("admin", keyfold.Admin), w.user("asker"), w.user("stranger")
		other := w.account("DE245344254", "other")
		w.must(w.ask(asker, w.id.String()), w.AnswerRequests(t.Context()))
		id, roles := w.request(asker), keyfold.RolesOf(keyfold.Technical)
		grant := func(account keyfold.CustomerID, owner keyfold.UserID) error {
			return w.Grant(t.Context(), by, account, owner, id, roles)
		}
		w.refused(grant(w.id, admin), "account.unknown")
		w.refused(grant(w.id, stranger), "account.unknown")
		w.refused(grant(w.id, asker), "account.unknown")
		w.refused(grant(other, "other"), "access.unknown")
		w.refused(w.Decline(t.Context(), by, other, "other", id), "access.unknown")
		w.refused(w.Withdraw(t.Context(), by, stranger, id), "access.unknown")
		w.refused(w.Grant(t.Context(), by, w.id, boss, id, keyfold.Roles{}), "roles.none")
		w.refused(w.Grant(t.Context(), by, w.id, boss, id, keyfold.RolesOf(keyfold.Owner)), "roles.owner")
		w.must(grant(w.id, boss), grant(w.id, boss))
		if w.roles(asker) != "technical" || !w.mailed("asker@veldkamp.example", "access-granted") || !w.mailed("boss@veldkamp.example", "member-added") {
			t.Errorf("the roles are %q", w.roles(asker))
		}
		w.refused(w.Decline(t.Context(), by, w.id, boss, id), "access.ended")
		// Who has access already waits for nothing.
		w.must(w.ask(asker, w.id.String()), w.AnswerRequests(t.Context()))
		if list, err := w.DB.Reader().AccessRequestsOf(t.Context(), asker, 10); err != nil || len(list) > 0 {
			t.Errorf("%d wait, %v", len(list), err)
		}
		w.must(w.ask(stranger, w.id.String()), w.AnswerRequests(t.Context()))
		id = w.request(stranger)
		w.suspend(stranger)
		w.refused(grant(w.id, boss), "member.suspended")
		w.must(w.Decline(t.Context(), by, w.id, boss, id))
		w.replayed()
	})
}

func TestGrantDeclineAndWithdrawRaceAndOneWins(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asker := w.user("asker")
		w.Limits.Members.AccessUser.Tries, w.Limits.Members.AccessUserDay.Tries = 1000, 1000
		for range rounds {
			w.must(w.ask(asker, w.id.String()), w.AnswerRequests(t.Context()))
			id := w.request(asker)
			errs := w.together(
				func() error { return w.Grant(t.Context(), by, w.id, boss, id, keyfold.RolesOf(keyfold.Finance)) },
				func() error { return w.Decline(t.Context(), by, w.id, boss, id) },
				func() error { return w.Withdraw(t.Context(), by, asker, id) },
			)
			if errs[0] == nil && errs[1] == nil || (errs[0] == nil) != (w.roles(asker) != "") {
				t.Fatalf("%v, and the roles are %q", errs, w.roles(asker))
			}
			if errs[0] == nil {
				w.must(w.Leave(t.Context(), by, w.id, asker))
			}
		}
		w.replayed()
	})
}

func TestOwnersAreNotFlooded(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for _, name := range []keyfold.UserID{"a", "b", "c"} {
			w.must(w.ask(w.user(name), w.id.String()), w.AnswerRequests(t.Context()))
		}
		due, err := w.due()
		if err != nil || due != 1 {
			t.Errorf("%d mails, %v", due, err)
		}
		if list, err := w.DB.Reader().Askers(t.Context(), w.id, 10, 0); err != nil || len(list) != 3 {
			t.Errorf("%d ask, %v", len(list), err)
		}
		var slow error
		for range 11 {
			slow = w.ask("a", "DE777777777")
		}
		w.refused(slow, "access.slow")
	})
}

// due counts the mails to the owner about requests, and ends them.
func (w *world) due() (n int, err error) {
	for {
		var found bool
		err = w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
			mails, err := tx.ClaimMails(w.t.Context(), "w", time.Minute, 1)
			if err != nil || len(mails) == 0 {
				found = false
				return err
			}
			if found = true; mails[0].Template == "access-requested" {
				n++
			}
			_, err = tx.EndMail(w.t.Context(), mails[0].ID, "w", store.Sent, "")
			return err
		})
		if err != nil || !found {
			return n, err
		}
	}
}

// TestAnInvitationDoesNotOutliveTheAccessThatCameByAnotherWay: whoever is let in on
// request and then removed is not let in again by an older mail.
func TestAnInvitationDoesNotOutliveTheAccessThatCameByAnotherWay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		asker := w.user("asker")
		u, err := w.DB.Reader().User(t.Context(), asker)
		w.must(err)
		w.must(w.invite(boss, u.Email.String(), keyfold.Admin), w.ask(asker, "NL123421341"))
		w.must(w.Grant(t.Context(), by, w.id, boss, w.request(asker), keyfold.RolesOf(keyfold.Finance)))
		w.must(w.Remove(t.Context(), by, w.id, boss, asker))
		w.refused(w.acceptAs(u.Email.String(), asker), "invitation.revoked")
		if got := w.roles(asker); got != "" {
			t.Errorf("they came back as %q", got)
		}
		w.replayed()
	})
}
