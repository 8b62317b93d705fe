package members_test

import (
	"context"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

func TestWhoInvitesMayGiveTheRoles(t *testing.T) {
	each(t, func(_ *testing.T, w *world) {
		admin, finance := w.member("admin", keyfold.Admin), w.member("finance", keyfold.Finance)
		stranger := w.user("stranger")
		w.must(w.invite(boss, "a@veldkamp.example", keyfold.Admin), w.invite(admin, "b@veldkamp.example", keyfold.Technical, keyfold.Abuse))
		w.refused(w.invite(admin, "c@veldkamp.example", keyfold.Technical, keyfold.Admin), "roles.not_yours")
		w.refused(w.invite(finance, "c@veldkamp.example", keyfold.Finance), "roles.not_yours")
		w.refused(w.invite(stranger, "c@veldkamp.example", keyfold.Finance), "account.unknown")
		w.refused(w.invite(boss, "c@veldkamp.example"), "roles.none")
		w.refused(w.invite(boss, "c@veldkamp.example", keyfold.Owner), "roles.owner")
		w.refused(w.invite(boss, "FINANCE@veldkamp.example", keyfold.Finance), "invitation.has_access")
		w.refused(w.invite(boss, "A@veldkamp.example", keyfold.Finance), "invitation.pending")
		// Nor does an admin send again, or take back, what only the owner can give.
		to := w.invitation("a@veldkamp.example").ID
		w.refused(w.InviteAgain(w.t.Context(), by, w.id, admin, to), "roles.not_yours")
		w.refused(w.Revoke(w.t.Context(), by, w.id, admin, to), "roles.not_yours")
		w.refused(w.Revoke(w.t.Context(), by, w.id, stranger, to), "account.unknown")
		// Nor does the owner of another account.
		other := w.account("DE245344254", "other")
		w.refused(w.InviteAgain(w.t.Context(), by, other, "other", to), "invitation.unknown")
		w.refused(w.Revoke(w.t.Context(), by, other, "other", to), "invitation.unknown")
		w.replayed()
	})
}

// TestAnInvitationIsWorthTheWordOfItsInviter, as long as that is nothing for a while:
// who has lost the right to send it has taken it along.
func TestAnInvitationIsWorthTheWordOfItsInviter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		heir := w.member("heir", keyfold.Admin)
		for name, c := range map[string]struct {
			by   keyfold.UserID
			lose func()
		}{
			"suspended": {"admin", func() { w.suspend("admin") }},
			"former":    {boss, func() { w.handOver(heir) }},
		} {
			to := name + "@veldkamp.example"
			if c.by != boss {
				w.member(c.by, keyfold.Admin)
			}
			role := keyfold.Finance
			if c.by == boss {
				role = keyfold.Admin
			}
			w.must(w.invite(c.by, to, role))
			c.lose()
			w.refused(w.acceptNew(to), "invitation.void")
			// Whoever sends it again stands for it from then on.
			w.must(w.InviteAgain(t.Context(), by, w.id, w.owner(), w.invitation(to).ID))
			w.must(w.acceptNew(to))
		}
		w.replayed()
	})
}

func (w *world) owner() keyfold.UserID {
	w.t.Helper()
	a, err := w.DB.Reader().Account(w.t.Context(), w.id)
	w.must(err)
	return a.Owner
}

// handOver makes a user of the account its owner.
func (w *world) handOver(to keyfold.UserID) {
	w.t.Helper()
	for _, step := range []func(*store.Tx, keyfold.Account, keyfold.Member, keyfold.User) (keyfold.Change, error){
		func(tx *store.Tx, a keyfold.Account, m keyfold.Member, u keyfold.User) (keyfold.Change, error) {
			return a.OfferTo(by, tx.Now(), m, u)
		},
		func(tx *store.Tx, a keyfold.Account, m keyfold.Member, u keyfold.User) (keyfold.Change, error) {
			return a.AcceptOffer(by, tx.Now(), m, u)
		},
	} {
		w.change(w.id, func(tx *store.Tx, a keyfold.Account) (keyfold.Change, error) {
			m, err := tx.Member(w.t.Context(), w.id, to)
			if err != nil {
				return keyfold.Change{}, err
			}
			u, err := tx.User(w.t.Context(), to)
			if err != nil {
				return keyfold.Change{}, err
			}
			return step(tx, a, m, u)
		})
	}
}

func (w *world) suspend(id keyfold.UserID) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		u, err := tx.User(w.t.Context(), id)
		if err != nil {
			return err
		}
		return tx.ApplyUser(w.t.Context(), u.Suspend(by))
	})
}

// TestAnInvitationOfAFormerOwner: who handed the account over stays as an admin, and
// can no longer make admins.
func TestAnInvitationOfAFormerOwner(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		next := w.member("next", keyfold.Technical)
		w.must(w.invite(boss, "a@veldkamp.example", keyfold.Admin), w.invite(boss, "b@veldkamp.example", keyfold.Finance))
		w.change(w.id, func(tx *store.Tx, a keyfold.Account) (keyfold.Change, error) {
			return a.OfferTo(by, tx.Now(), keyfold.Member{User: next, Roles: keyfold.RolesOf(keyfold.Technical)}, keyfold.User{ID: next})
		})
		w.change(w.id, func(tx *store.Tx, a keyfold.Account) (keyfold.Change, error) {
			return a.AcceptOffer(by, tx.Now(), keyfold.Member{User: next, Roles: keyfold.RolesOf(keyfold.Technical)}, keyfold.User{ID: next})
		})
		w.refused(w.acceptNew("a@veldkamp.example"), "invitation.void")
		w.must(w.acceptNew("b@veldkamp.example"))
		w.replayed()
	})
}

func TestEachEndOfAnInvitationIsExplained(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.refused(w.acceptLink(token.Secret{}), "link.unknown")
		w.refused(w.acceptLink(token.New()), "link.unknown")
		w.must(w.invite(boss, mirjam, keyfold.Finance))
		old := w.link(mirjam)
		w.must(w.InviteAgain(t.Context(), by, w.id, boss, w.invitation(mirjam).ID))
		w.refused(w.acceptLink(old), "invitation.superseded")
		w.clock.Pass(keyfold.InvitedFor)
		w.refused(w.acceptNew(mirjam), "invitation.expired")
		expired := w.link(mirjam)
		w.must(w.invite(boss, mirjam, keyfold.Finance))
		w.refused(w.acceptLink(expired), "invitation.superseded")
		w.must(w.Revoke(t.Context(), by, w.id, boss, w.invitation(mirjam).ID), w.Revoke(t.Context(), by, w.id, boss, w.invitation(mirjam).ID))
		w.refused(w.acceptNew(mirjam), "invitation.revoked")
		w.refused(w.InviteAgain(t.Context(), by, w.id, boss, w.invitation(mirjam).ID), "invitation.ended")
		w.must(w.invite(boss, mirjam, keyfold.Finance))
		w.change(w.id, func(_ *store.Tx, a keyfold.Account) (keyfold.Change, error) { return a.Freeze(by) })
		w.refused(w.acceptNew(mirjam), "account.frozen")
		w.refused(w.invite(boss, "x@veldkamp.example", keyfold.Finance), "account.frozen")
		if _, err := w.DB.Reader().UserByEmail(t.Context(), w.email(mirjam)); keyfold.Refused(err) == nil {
			t.Errorf("there is a login: %v", err)
		}
		w.replayed()
	})
}

func (w *world) acceptLink(link token.Secret) error {
	_, err := w.AcceptNew(w.t.Context(), by, link, members.NewLogin{Password: pw, Repeat: pw})
	return err
}

func TestWhoAcceptsProvesTheLogin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		user := w.user("mirjam")
		w.must(w.invite(boss, mirjam, keyfold.Finance))
		for _, login := range []members.Login{{}, {Password: "wrong"}} {
			_, err := w.Accept(t.Context(), by, w.link(mirjam), login)
			w.refused(err, "login_password.wrong")
		}
		w.refused(w.acceptNew(mirjam), "email.taken")
		w.suspend(user)
		_, err := w.Accept(t.Context(), by, w.link(mirjam), members.Login{Password: "right"})
		w.refused(err, "user.suspended")
		w.refused(w.acceptAs(mirjam, user), "user.suspended")
		w.refused(w.acceptAs(mirjam, boss), "member.already")
		if w.roles(user) != "" || w.roles(boss) != "owner" {
			t.Errorf("the roles are %q and %q", w.roles(user), w.roles(boss))
		}
		w.update(func(tx *store.Tx) error {
			u, err := tx.User(t.Context(), user)
			if err != nil {
				return err
			}
			return tx.ApplyUser(t.Context(), u.Resume(by))
		})
		for range 2 { // the second click
			_, err = w.Accept(t.Context(), by, w.link(mirjam), members.Login{Password: "right"})
			w.must(err)
		}
		_, err = w.Accept(t.Context(), by, w.link(mirjam), members.Login{Password: "wrong"})
		w.refused(err, "invitation.accepted")
		w.refused(w.acceptAs(mirjam, w.user("stranger")), "invitation.accepted")
		if !w.mailed("boss@veldkamp.example", "invitation-accepted") || !w.mailed("boss@veldkamp.example", "member-added") {
			t.Error("who invited, or the contacts, were not told")
		}
		w.replayed()
	})
}

// TestAPasswordThatChangedMeanwhileAcceptsNothing: what was proven is not the
// password any more.
func TestAPasswordThatChangedMeanwhileAcceptsNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		user := w.user("mirjam")
		w.must(w.invite(boss, mirjam, keyfold.Finance))
		w.Prove = func(ctx context.Context, _ keyfold.Act, _ keyfold.User, _ string) error {
			return w.DB.Update(ctx, func(tx *store.Tx) error {
				u, err := tx.User(ctx, user)
				if err != nil {
					return err
				}
				c, err := u.SetPassword(by, "another")
				if err != nil {
					return err
				}
				return tx.ApplyUser(ctx, c)
			})
		}
		_, err := w.Accept(t.Context(), by, w.link(mirjam), members.Login{Password: "old"})
		w.refused(err, "account.moved_on")
		if w.roles(user) != "" {
			t.Errorf("has the roles %q", w.roles(user))
		}
	})
}

func TestASecondClickWithAnotherPasswordIsTold(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.must(w.invite(boss, mirjam, keyfold.Finance))
		w.must(w.acceptNew(mirjam), w.acceptNew(mirjam))
		_, err := w.AcceptNew(t.Context(), by, w.link(mirjam), members.NewLogin{Password: "Guess-2026", Repeat: "Guess-2026"})
		w.refused(err, "invitation.accepted")
		for range 50 {
			_, err = w.AcceptNew(t.Context(), by, w.link(mirjam), members.NewLogin{Password: "Guess-2026", Repeat: "Guess-2026"})
		}
		w.refused(err, "login.slow")
	})
}

func TestNobodyIsFloodedByInvitations(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Limits.Members.InviteMail.Tries = 5
		w.must(w.invite(boss, mirjam, keyfold.Finance))
		for range 4 {
			w.must(w.InviteAgain(t.Context(), by, w.id, boss, w.invitation(mirjam).ID))
		}
		w.refused(w.InviteAgain(t.Context(), by, w.id, boss, w.invitation(mirjam).ID), "invitation.mail_slow")
		w.clock.Pass(time.Hour + time.Second)
		w.must(w.InviteAgain(t.Context(), by, w.id, boss, w.invitation(mirjam).ID))
		var err error
		for i := range 30 {
			err = w.invite(boss, string(rune('a'+i%26))+"x@veldkamp.example", keyfold.Finance)
		}
		w.refused(err, "invitation.slow")
	})
}
