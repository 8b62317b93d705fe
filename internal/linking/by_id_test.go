package linking_test

import (
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

// asked has the user ask, and gives the link that the mailbox was mailed.
func (w *world) asked(to string, typed string) token.Secret {
	w.t.Helper()
	w.must(w.AskToLink(w.t.Context(), visitor, w.user.ID, typed, keyfold.English))
	w.must(w.AnswerRequests(w.t.Context()))
	return w.newest(to)
}

// newest is the link of the newest mail of that kind to a mailbox, the zero
// secret without one.
func (w *world) newest(to string) (link token.Secret) {
	w.t.Helper()
	email, err := keyfold.ParseEmail(to)
	w.must(err)
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		mails, err := tx.ClaimMails(w.t.Context(), "test", time.Minute, 100)
		for _, m := range mails {
			if m.Template == "link-asked" && m.To.Same(email) {
				link = w.Teller.Key.Derive(m.Token, string(store.Link), email.Key())
			}
			if _, err := tx.EndMail(w.t.Context(), m.ID, "test", store.Sent, ""); err != nil {
				return err
			}
		}
		return err
	}))
	return link
}

func TestTheMainContactAgreesInTheBrowserOfTheUser(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := storetest.Import(t, w.DB, "DE245344254", "buero@veldkamp.example")
		stranger := w.newUser("u2", "stranger@elsewhere.example")
		link := w.asked("buero@veldkamp.example", "DE245344254")
		for who, want := range map[keyfold.UserID]string{"": "login_password.wrong", stranger.ID: "login_password.wrong"} {
			if _, err := w.Agree(t.Context(), visitor, link, who, "wrong"); !keyfold.RefusedAs(err, want) {
				t.Errorf("%q agrees: %v", who, err)
			}
		}
		if a := w.account(id); a.Owner != "" {
			t.Fatalf("linked to %q without the user", a.Owner)
		}
		var group sync.WaitGroup
		for range 8 {
			group.Go(func() {
				if _, err := w.Agree(t.Context(), visitor, link, w.user.ID, ""); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if a := w.account(id); a.Owner != w.user.ID || a.Version != 2 {
			t.Errorf("owned by %q after %d changes", a.Owner, a.Version)
		}
		if _, err := w.Agree(t.Context(), visitor, link, "", "right"); !keyfold.RefusedAs(err, "link.used") {
			t.Errorf("once more, elsewhere: %v", err)
		}
	})
}

func TestALinkToAgreeEndsWithWhatItWasAbout(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		for name, ends := range map[string]func(id keyfold.CustomerID) string{
			"the contact changes": func(id keyfold.CustomerID) string {
				w.change(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
					to, err := keyfold.ParseEmail("new@veldkamp.example")
					return a.Update(visitor, now, keyfold.Details{ID: id, Entity: a.Entity, Name: a.Name, Contact: keyfold.Contact{Email: to}}), err
				})
				return "link.void"
			},
			"it is frozen": func(id keyfold.CustomerID) string {
				w.change(id, func(a keyfold.Account, _ time.Time) (keyfold.Change, error) { return a.Freeze(visitor) })
				return "link.void"
			},
			"somebody else gets it": func(id keyfold.CustomerID) string {
				other := w.newUser("u-"+keyfold.UserID(id.String()), id.String()+"@elsewhere.example")
				w.change(id, func(a keyfold.Account, now time.Time) (keyfold.Change, error) { return a.LinkBy(visitor, now, other) })
				return "link.void"
			},
		} {
			id := storetest.Import(t, w.DB, "DE24534425"+string(rune('0'+len(name)%10)), name[:2]+"@veldkamp.example")
			link := w.asked(name[:2]+"@veldkamp.example", id.String())
			want := ends(id)
			owner := w.account(id).Owner
			if _, err := w.Agree(t.Context(), visitor, link, w.user.ID, ""); !keyfold.RefusedAs(err, want) {
				t.Errorf("%s: %v, want %s", name, err, want)
			}
			if got := w.account(id).Owner; got != owner {
				t.Errorf("%s: the owner became %q", name, got)
			}
		}
	})
}

func TestAskingToLinkTellsNobodyWhichAccountsThereAre(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		moved := storetest.Import(t, w.DB, "DE245344254", mailbox)
		_, err := w.claim()
		w.must(err)
		storetest.Import(t, w.DB, "DE245344255", "")
		for _, typed := range []string{"US523453454", moved.String(), "DE245344255"} {
			if link := w.asked(mailbox, typed); !link.IsZero() {
				t.Errorf("%s: a mail", typed)
			}
		}
		for _, typed := range []string{"", " , \n", "nonsense"} {
			if err := w.AskToLink(t.Context(), visitor, w.user.ID, typed, keyfold.English); keyfold.Refused(err) == nil {
				t.Errorf("%q: %v", typed, err)
			}
		}
	})
}
