package outbox_test

import (
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/store"
)

// deleted is a user who is there no more.
func (w *world) deleted() keyfold.UserID {
	w.Helper()
	act := keyfold.Act{By: "test"}
	c := keyfold.NewUser(act, "gone", w.email("gone@veldkamp.example"), "", keyfold.English, "h")
	w.update(func(tx *store.Tx) error {
		if err := tx.ApplyUser(w.Context(), c); err != nil {
			return err
		}
		user, err := tx.User(w.Context(), "gone")
		if err != nil {
			return err
		}
		deleted, err := user.Delete(act, 0)
		if err != nil {
			return err
		}
		return tx.ApplyUser(w.Context(), deleted)
	})
	return "gone"
}

// TestADeletedLoginBreaksNoMail: notices to others go out and do not name it, and
// what is for the login itself does not.
func TestADeletedLoginBreaksNoMail(t *testing.T) {
	each(t, func(w *world) {
		user, account := w.deleted(), w.customer(contact)
		for i, template := range mailtext.Templates() {
			m := store.Mail{
				ID: "mail-" + string(template), Template: string(template), To: w.email(contact), Entity: "NL", Account: account, User: user,
				Data: store.MailData{Roles: "finance", Invited: "i1"}, Next: w.clock.Now().Add(time.Duration(i) * time.Millisecond),
			}
			if template == mailtext.UserPasswordSet || template == mailtext.LoginDeleted {
				m.Account, m.Data = keyfold.CustomerID{}, store.MailData{}
			}
			switch template {
			case mailtext.Reset, mailtext.Confirm, mailtext.ConfirmLink, mailtext.ConfirmSuspended, mailtext.Moved, mailtext.PasswordSet,
				mailtext.ContactChanged, mailtext.Frozen, mailtext.Invitation, mailtext.InvitationAccepted, mailtext.OwnershipWithdrawn,
				mailtext.RecoveryAsked, mailtext.RecoveryAskedContacts, mailtext.RecoveryVetoed, mailtext.Recovered, mailtext.RecoveryDone,
				mailtext.ContactsChanged, mailtext.ContactListed, mailtext.ContactProposed, mailtext.ContactToBe, mailtext.ContactProposedTold, mailtext.ContactNow,
				mailtext.StaffEnrol, mailtext.StaffGuessed,
				mailtext.ContactByCare, mailtext.ContactByCareToBe, mailtext.ContactByCareTold, mailtext.UnfrozenByCare, mailtext.GivenByCare,
				mailtext.GivenByCareUsers, mailtext.ContactRevealed, mailtext.LegacyAccepted:
				continue // name no user by ID, or need more than this
			default:
			}
			w.update(func(tx *store.Tx) error { return tx.Enqueue(w.Context(), m) })
		}
		w.clock.Pass(time.Second)
		if _, err := w.out.SendDue(w.Context()); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(w.log.String(), "cannot be written") {
			t.Errorf("a mail breaks:\n%s", w.log)
		}
		for _, m := range w.sink.Mails() {
			if !strings.Contains(m.Text, "•••") && !strings.Contains(m.Subject, "deleted") {
				t.Errorf("%q went out:\n%s", m.Subject, m.Text)
			}
		}
		w.got(10) // registered, linked, claimed, unlinked (by care, too), ownership moved and returned (contacts), key-created, member-added, login-deleted
	})
}

// TestAnInvitationThatHasEndedIsNotMailed, even when its link is alive.
func TestAnInvitationThatHasEndedIsNotMailed(t *testing.T) {
	each(t, func(w *world) {
		act, account := keyfold.Act{By: "test"}, w.customer(contact)
		w.user("inviter@veldkamp.example", false)
		inviter, err := w.db.Reader().UserByEmail(t.Context(), w.email("inviter@veldkamp.example"))
		if err != nil {
			t.Fatal(err)
		}
		w.update(func(tx *store.Tx) error {
			for _, id := range []string{"waits", "ended"} {
				a := keyfold.Account{ID: account, State: keyfold.Registered}
				i := keyfold.Invitation{ID: id, Email: w.email(id + "@veldkamp.example"), Roles: keyfold.RolesOf(keyfold.Finance)}
				m := keyfold.Member{User: inviter.ID, Roles: keyfold.RolesOf(keyfold.Owner)}
				c, err := a.Invite(act, tx.Now(), m, i)
				if err != nil {
					return err
				}
				if err := tx.ApplyInvitation(w.Context(), c); err != nil {
					return err
				}
				if id == "ended" {
					if c, err = a.Revoke(act, tx.Now(), m.Roles, c.Invitation()); err != nil {
						return err
					}
					if err := tx.ApplyInvitation(w.Context(), c); err != nil {
						return err
					}
				}
			}
			return nil
		})
		for _, id := range []string{"waits", "ended"} {
			p := w.promise("invitation", store.Invite, id+"@veldkamp.example", account)
			w.update(func(tx *store.Tx) error { return tx.Rewrite(w.Context(), p.ID, store.MailData{Invited: id}) })
		}
		w.send(2)
		m := w.got(1)[0]
		if m.To != "waits@veldkamp.example" || !strings.Contains(m.Text, "inviter@veldkamp.example invites you") || strings.Contains(m.Text, account.String()) {
			t.Errorf("to %s:\n%s", m.To, m.Text)
		}
	})
}
