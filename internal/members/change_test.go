package members_test

import (
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/store"
)

func TestWhoChangesRolesMayDoSoNow(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin, finance, stranger := w.member("admin", keyfold.Admin), w.member("finance", keyfold.Finance), w.user("stranger")
		change := func(actor, user keyfold.UserID, roles ...keyfold.Role) error {
			return w.ChangeRoles(t.Context(), by, w.id, actor, user, keyfold.RolesOf(roles...))
		}
		w.refused(change(finance, admin, keyfold.Technical), "roles.not_yours")
		w.refused(change(finance, finance, keyfold.Admin), "roles.not_yours")
		w.refused(change(admin, finance, keyfold.Admin), "roles.not_yours")
		w.refused(change(admin, admin, keyfold.Finance), "roles.not_yours")
		w.refused(change(admin, boss, keyfold.Finance), "member.owner")
		w.refused(change(boss, boss, keyfold.Finance), "member.owner")
		w.refused(change(boss, finance, keyfold.Owner), "roles.owner")
		w.refused(change(boss, stranger, keyfold.Finance), "member.gone")
		w.refused(change(stranger, finance, keyfold.Technical), "account.unknown")
		w.must(change(admin, finance, keyfold.Technical, keyfold.Abuse), change(admin, finance, keyfold.Technical, keyfold.Abuse))
		if w.roles(finance) != "technical,abuse" || !w.mailed("finance@veldkamp.example", "member-roles") {
			t.Errorf("the roles are %q", w.roles(finance))
		}
		w.must(change(boss, finance, keyfold.Admin))
		w.refused(w.Remove(t.Context(), by, w.id, admin, finance), "roles.not_yours")
		w.must(w.Remove(t.Context(), by, w.id, boss, finance))
		w.refused(w.Remove(t.Context(), by, w.id, boss, finance), "member.gone")
		w.refused(change(finance, admin, keyfold.Finance), "account.unknown")
		w.refused(w.Leave(t.Context(), by, w.id, finance), "account.unknown")
		w.refused(w.Leave(t.Context(), by, w.id, boss), "member.owner")
		w.must(w.Leave(t.Context(), by, w.id, admin))
		if !w.mailed("finance@veldkamp.example", "member-removed") || w.mailed("admin@veldkamp.example", "member-removed") {
			t.Error("who was removed was not told, or who left was")
		}
		w.replayed()
	})
}

// TestAnOfferEndsWithTheAccess: who comes back later finds no old offer of the
// ownership.
func TestAnOfferEndsWithTheAccess(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, end := range map[string]func(keyfold.UserID) error{
			"left":    func(u keyfold.UserID) error { return w.Leave(t.Context(), by, w.id, u) },
			"removed": func(u keyfold.UserID) error { return w.Remove(t.Context(), by, w.id, boss, u) },
			"deleted": func(u keyfold.UserID) error { return w.DeleteLogin(t.Context(), by, u) },
		} {
			user := w.member(keyfold.UserID(name), keyfold.Technical)
			w.change(w.id, func(tx *store.Tx, a keyfold.Account) (keyfold.Change, error) {
				return a.OfferTo(by, tx.Now(), keyfold.Member{User: user, Roles: keyfold.RolesOf(keyfold.Technical)}, keyfold.User{ID: user})
			})
			w.must(end(user))
			a, err := w.DB.Reader().Account(t.Context(), w.id)
			if err != nil || a.Offer.To != "" {
				t.Errorf("%s: the offer is to %q, %v", name, a.Offer.To, err)
			}
		}
		w.replayed()
	})
}

func TestALoginIsDeletedForGood(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.refused(w.DeleteLogin(t.Context(), by, boss), "user.owns")
		user := w.member("mirjam", keyfold.Admin)
		second := w.account("DE245344254", "other")
		w.must(w.invite(user, "a@veldkamp.example", keyfold.Finance), w.Ask(t.Context(), by, user, second.String()))
		session := store.Session{Hash: "h", User: user, Expires: w.clock.Now().Add(time.Hour)}
		w.update(func(tx *store.Tx) error { return tx.OpenSession(t.Context(), session) })
		reset := key.Derive("t", string(store.Reset), w.email(mirjam).Key())
		w.update(func(tx *store.Tx) error {
			return tx.IssueToken(t.Context(), store.Token{
				ID: "t", Hash: reset.Hash(), Purpose: store.Reset, Email: w.email(mirjam), Expires: w.clock.Now().Add(time.Hour),
				Grants: []store.Grant{{Subject: store.OfUser(user)}},
			})
		})
		w.must(w.DeleteLogin(t.Context(), by, user))
		w.refused(w.DeleteLogin(t.Context(), by, user), "user.deleted")
		read := w.DB.Reader()
		u, err := read.User(t.Context(), user)
		w.must(err)
		if !u.Deleted || !u.Email.IsZero() || u.Name != "" || u.Password != "" || w.roles(user) != "" {
			t.Errorf("what is left is %+v with the roles %q", u, w.roles(user))
		}
		if token, err := read.Token(t.Context(), store.Reset, reset); err != nil || len(token.Live()) > 0 {
			t.Errorf("the reset link lives: %v", err)
		}
		if waiting, err := read.AccessRequestsOf(t.Context(), user, 10); err != nil || len(waiting) > 0 {
			t.Errorf("%d requests wait, %v", len(waiting), err)
		}
		w.refused(w.acceptNew("a@veldkamp.example"), "invitation.revoked")
		// The address is free, and whoever takes it is another user.
		w.must(w.invite(boss, mirjam, keyfold.Finance), w.acceptNew(mirjam))
		if again, err := read.UserByEmail(t.Context(), w.email(mirjam)); err != nil || again.ID == user {
			t.Errorf("%s, %v", again.ID, err)
		}
		w.replayed()
	})
}

// TestAnInvitationEndsWithTheRightOfWhoSentIt: it is not good again when they get
// the right back.
func TestAnInvitationEndsWithTheRightOfWhoSentIt(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, lose := range map[keyfold.UserID]func(keyfold.UserID) error{
			"removed": func(u keyfold.UserID) error { return w.Remove(t.Context(), by, w.id, boss, u) },
			"left":    func(u keyfold.UserID) error { return w.Leave(t.Context(), by, w.id, u) },
			"changed": func(u keyfold.UserID) error {
				return w.ChangeRoles(t.Context(), by, w.id, boss, u, keyfold.RolesOf(keyfold.Finance))
			},
		} {
			to, kept := "of-"+string(name)+"@veldkamp.example", "kept-"+string(name)+"@veldkamp.example"
			w.member(name, keyfold.Admin)
			w.must(w.invite(name, to, keyfold.Technical), w.invite(boss, kept, keyfold.Technical))
			link := w.link(to)
			w.must(lose(name))
			w.member(name, keyfold.Admin)
			_, err := w.AcceptNew(t.Context(), by, link, members.NewLogin{Password: pw, Repeat: pw})
			w.refused(err, "invitation.revoked")
			w.must(w.acceptNew(kept))
		}
		w.replayed()
	})
}

// TestAnInvitationStaysThatItsSenderMayStillGive: fewer roles are not none.
func TestAnInvitationStaysThatItsSenderMayStillGive(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.member("admin", keyfold.Admin)
		w.must(w.invite("admin", mirjam, keyfold.Technical))
		w.must(w.ChangeRoles(t.Context(), by, w.id, boss, "admin", keyfold.RolesOf(keyfold.Admin, keyfold.Finance)))
		w.must(w.acceptNew(mirjam))
	})
}

// TestWhoLeavesAFrozenAccountTakesTheInvitationsAlong: less access is no danger.
func TestWhoLeavesAFrozenAccountTakesTheInvitationsAlong(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.member("admin", keyfold.Admin)
		w.must(w.invite("admin", mirjam, keyfold.Technical))
		w.change(w.id, func(_ *store.Tx, a keyfold.Account) (keyfold.Change, error) { return a.Freeze(by) })
		w.must(w.Leave(t.Context(), by, w.id, "admin"))
		if got := w.invitation(mirjam).Status; got != keyfold.Revoked {
			t.Errorf("the invitation is %s", got)
		}
	})
}
