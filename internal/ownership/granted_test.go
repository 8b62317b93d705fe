package ownership_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// sent is an invitation of somebody that waits.
func (w *world) sent(id string, inviter keyfold.UserID, role keyfold.Role) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), w.id)
		if err != nil {
			return err
		}
		m, err := tx.Member(w.t.Context(), w.id, inviter)
		if err != nil {
			return err
		}
		c, err := a.Invite(act, tx.Now(), m, keyfold.Invitation{ID: id, Email: address(w.t, id+"@elsewhere.example"), Roles: keyfold.RolesOf(role)})
		if err != nil {
			return err
		}
		if err := tx.ApplyInvitation(w.t.Context(), c); err != nil {
			return err
		}
		_, err = w.Teller.Link(w.t.Context(), tx, store.Invite, c.Invitation().Email, c.Invitation().Until, store.OfInvitation(id))
		return err
	})
}

// regrant gives a user of the account other roles.
func (w *world) regrant(u keyfold.UserID, roles ...keyfold.Role) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), w.id)
		if err != nil {
			return err
		}
		m, err := tx.Member(w.t.Context(), w.id, u)
		if err != nil {
			return err
		}
		c, err := a.ChangeRoles(act, keyfold.RolesOf(keyfold.Owner), m, keyfold.RolesOf(roles...))
		if err != nil {
			return err
		}
		return tx.ApplyMember(w.t.Context(), c)
	})
}

func (w *world) invitation(id string) keyfold.InvitationStatus {
	w.t.Helper()
	i, err := w.DB.Reader().Invitation(w.t.Context(), id)
	w.must(err)
	return i.Status
}

// TestTakingBackEndsWhatWasGrantedInBetween: whoever had the account for a day
// keeps nobody in it, and nobody in a role.
func TestTakingBackEndsWhatWasGrantedInBetween(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.sent("before", "u1", keyfold.Admin)
		w.clock.Pass(time.Hour)
		w.handOver()
		w.clock.Pass(time.Hour)
		w.admit("u4", keyfold.Admin)
		w.sent("between", "u2", keyfold.Admin)
		w.key("key", "u4")
		w.regrant("u3", keyfold.Admin)
		w.regrant("u3", keyfold.Admin, keyfold.Technical)
		w.regrant("u1", keyfold.Technical) // who was the owner
		w.clock.Pass(22 * time.Hour)
		storetest.Exec(t, w.DB, `delete from events where kind = 'member.added'`) // their time is over
		w.must(w.TakeBackAs(t.Context(), act, "u1", w.id))
		for u, want := range map[keyfold.UserID]string{"u1": "owner", "u2": "admin", "u3": "finance", "u4": ""} {
			if got := w.roles(u); got != want {
				t.Errorf("%s has the roles %q, want %q", u, got, want)
			}
		}
		if w.owner() != "u1" || w.invitation("before") != keyfold.Invited || w.invitation("between") != keyfold.Revoked {
			t.Errorf("the owner is %q, the invitations are %s and %s", w.owner(), w.invitation("before"), w.invitation("between"))
		}
		if k, err := w.DB.Reader().Key(t.Context(), w.id, "key"); err != nil || k.Ended.IsZero() {
			t.Errorf("the key works: %v", err)
		}
		for kind, want := range map[string]int{"member.removed": 1, "invitation.revoked": 1, "key.ended": 1, "member.roles_changed": 4} {
			if got := w.count(kind); got != want {
				t.Errorf("%d events %s, want %d", got, kind, want)
			}
		}
		if !w.told("u4@veldkamp.example", "member-removed") || !w.told("u3@veldkamp.example", "member-roles") || w.told("u2@veldkamp.example", "member-roles") {
			t.Error("not all were told, or too many")
		}
	})
}

// TestARecoveryEndsAllThatWasGranted: the account begins anew, with nobody in it.
func TestARecoveryEndsAllThatWasGranted(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.sent("sent", "u1", keyfold.Admin)
		w.key("key", "u1")
		w.ask()
		w.clock.Pass(72 * time.Hour)
		w.must(w.Due(t.Context()))
		k, err := w.DB.Reader().Key(t.Context(), w.id, "key")
		w.must(err)
		if w.owner() != "" || w.roles("u2") != "" || w.invitation("sent") != keyfold.Revoked || k.Ended.IsZero() {
			t.Errorf("the owner is %q, u2 has the roles %q, the invitation is %s, the key ended at %s",
				w.owner(), w.roles("u2"), w.invitation("sent"), k.Ended)
		}
	})
}
