package contacts_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

const (
	office = "office@veldkamp.example"
	day    = 24 * time.Hour
)

// propose asks that the office becomes the main contact.
func (w *world) propose() string {
	w.t.Helper()
	id := w.add(keyfold.GeneralContact, office)
	w.must(w.Propose(w.t.Context(), w.as(keyfold.Admin), id))
	return id
}

func (w *world) due(want int) {
	w.t.Helper()
	if n, err := w.Due(w.t.Context()); err != nil || n != want {
		w.t.Errorf("%d main contacts changed, want %d: %v", n, want, err)
	}
}

func (w *world) main(want string) {
	w.t.Helper()
	if got := w.account().Contact.Email.String(); got != want {
		w.t.Errorf("the main contact is %s, want %s", got, want)
	}
}

func TestAnotherMainContactWaitsADay(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		cert := w.add(keyfold.SecurityContact, "cert@x.example")
		w.propose()
		reset := w.resetLink(mailbox)
		w.clock.Pass(day - time.Millisecond)
		w.due(0)
		w.main(mailbox)
		w.clock.Pass(time.Millisecond)
		w.due(1)
		w.due(0)
		w.main(office)
		if diff := cmp.Diff([]string{"general " + mailbox, "security cert@x.example primary"}, w.words()); diff != "" {
			t.Error(diff)
		}
		w.replays()
		if a := w.account(); a.Former.String() != mailbox || !a.Coming.At.IsZero() || a.Sourced.Email.String() != mailbox {
			t.Errorf("got %+v", a)
		}
		if link, err := w.DB.Reader().TokenByID(t.Context(), reset); err != nil || len(link.Live()) > 0 {
			t.Errorf("a link for the former main contact works: %v", err)
		}
		for to, templates := range map[string][]string{
			mailbox: {"contact-proposed", "contact-changed"}, office: {"contact-to-be", "contact-now"},
			"cert@x.example": {"contact-proposed-told"}, "owner@nl123421341.example": {"contact-proposed-told"},
		} {
			for _, template := range templates {
				if m, ok := w.mail(to, template); !ok || (m.Token == "") != strings.HasPrefix(to, "owner@") {
					t.Errorf("%s to %s: %t, with the link %q", template, to, ok, m.Token)
				}
			}
		}
		w.must(w.Remove(t.Context(), w.as(keyfold.Owner), keyfold.SecurityContact, cert))
	})
}

// resetLink is a live link for a new password in a mailbox.
func (w *world) resetLink(to string) string {
	w.t.Helper()
	var id string
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) (err error) {
		id, err = w.Teller.Link(w.t.Context(), tx, store.Reset, w.email(to), tx.Now().Add(2*day), store.OfAccount(w.id))
		return err
	}))
	return id
}

func TestReplicasChangeAMainContactOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.propose()
		w.clock.Pass(day)
		due := func() error { _, err := w.Due(t.Context()); return err }
		for _, err := range race(due, due, due, due) {
			w.must(err)
		}
		if n, m := w.count("account.contact_changed"), w.count("contact.removed"); n != 1 || m != 1 {
			t.Errorf("changed %d times, and taken off the list %d times", n, m)
		}
		w.main(office)
		w.replays()
	})
}

func TestTheMainContactStopsAChange(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.propose()
		link, toBe := w.link(mailbox, "contact-proposed"), w.link(office, "contact-to-be")
		for range 2 { // the second click finds the same success
			id, err := w.StopByLink(t.Context(), visitor, link)
			if err != nil || id != w.id {
				t.Errorf("%v: %v", id, err)
			}
		}
		_, err := w.StopByLink(t.Context(), visitor, toBe)
		w.refused(err, "link.void")
		w.clock.Pass(2 * day)
		w.due(0)
		w.main(mailbox)
		_, err = w.StopByLink(t.Context(), visitor, link)
		w.must(err)
		if n := w.count("account.contact_stopped"); n != 1 {
			t.Errorf("stopped %d times", n)
		}
	})
}

// TestWhichLinksStopNothing: an old link is no way to stop a newer change, nor
// are links of another purpose, made-up ones and none.
func TestWhichLinksStopNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.propose()
		old := w.link(mailbox, "contact-proposed")
		w.clock.Pass(time.Second)
		w.must(w.Propose(t.Context(), w.as(keyfold.Owner), w.add(keyfold.GeneralContact, "ceo@veldkamp.example")))
		dispute := w.link(mailbox, "contacts-changed")
		for secret, want := range map[token.Secret]string{old: "link.void", dispute: "link.unknown", {}: "link.unknown", token.New(): "link.unknown"} {
			_, err := w.StopByLink(t.Context(), visitor, secret)
			w.refused(err, want)
		}
		w.clock.Pass(day)
		_, err := w.StopByLink(t.Context(), visitor, w.link(mailbox, "contact-proposed"))
		w.refused(err, "link.expired")
		w.due(1)
		w.main("ceo@veldkamp.example")
		_, err = w.StopByLink(t.Context(), visitor, w.link(mailbox, "contact-proposed"))
		w.refused(err, "link.expired")
	})
}

func TestASecondClickDoesNotBeginTheDayAnew(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.propose()
		w.clock.Pass(23 * time.Hour)
		link := w.link(mailbox, "contact-proposed")
		w.must(w.Propose(t.Context(), w.as(keyfold.Owner), id))
		if n := w.count("account.contact_proposed"); n != 1 {
			t.Errorf("asked for %d times", n)
		}
		if w.link(mailbox, "contact-proposed") != link {
			t.Error("there is another link")
		}
		w.clock.Pass(time.Hour)
		w.due(1)
	})
}

// TestWhateverIsFasterTheAccountIsWhole: a change that is due meets those who
// stop it, freeze the account, or bring in another main contact.
func TestWhateverIsFasterTheAccountIsWhole(t *testing.T) {
	for name, rival := range map[string]func(w *world) error{
		"stop": func(w *world) error { return w.Stop(w.t.Context(), w.as(keyfold.Owner)) },
		"freeze": func(w *world) error {
			return w.tryChange(w.id, func(a keyfold.Account, _ time.Time) (keyfold.Change, error) { return a.Freeze(visitor) })
		},
		"import": func(w *world) error { _, err := w.bring("third@veldkamp.example"); return err },
		"propose": func(w *world) error {
			for _, c := range w.listed() {
				if c.Email.String() == "ceo@veldkamp.example" {
					return w.Propose(w.t.Context(), w.as(keyfold.Owner), c.ID)
				}
			}
			return errors.New("the CEO is not on the list")
		},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				w.add(keyfold.GeneralContact, "ceo@veldkamp.example")
				w.propose()
				w.clock.Pass(day)
				for _, err := range race(
					func() error { _, err := w.Due(t.Context()); return err },
					func() error { return rival(w) },
					func() error { _, err := w.Due(t.Context()); return err },
				) {
					if err != nil && keyfold.Refused(err) == nil {
						t.Error(err)
					}
				}
				w.whole(name)
				w.replays()
			})
		})
	}
}

// whole says that what was faster came about whole, and then the other.
func (w *world) whole(rival string) {
	w.t.Helper()
	a := w.account()
	listed := strings.Join(w.words(), ", ")
	changed := w.count("contact.removed") == 1
	if changed != strings.Contains(listed, mailbox) || changed == strings.Contains(listed, office) {
		w.t.Errorf("changed: %t, and listed are %s", changed, listed)
	}
	want := mailbox
	if changed {
		want = office
	}
	if rival == "import" {
		want = "third@veldkamp.example"
	}
	w.main(want)
	if waits := !a.Coming.At.IsZero(); waits != (rival == "propose") {
		w.t.Errorf("waits for %s: %t", a.Coming.Contact.Email, waits)
	}
	if a.Frozen != (rival == "freeze") {
		w.t.Errorf("frozen: %t", a.Frozen)
	}
}

// bring imports the account with a main contact, as the customer database says.
func (w *world) bring(contact string) (importer.Result, error) {
	s := &importer.Service{DB: w.DB, Entities: storetest.Entities(w.t)}
	file := "customer_id,name,contact_email,contact_name\n" + w.id.String() + ",Veldkamp Media B.V.," + contact + ",Sanne Veldkamp\n"
	in, err := source.Open(strings.NewReader(file))
	if err != nil {
		return importer.Result{}, err
	}
	return s.Customers(w.t.Context(), in, "test.csv", nil)
}

func TestAnImportDoesNotBringBackTheFormerMainContact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.propose()
		w.clock.Pass(day)
		w.due(1)
		for range 2 {
			r, err := w.bring(mailbox)
			if err != nil || r.Same != 1 {
				t.Errorf("the same once more: %+v, %v", r, err)
			}
			w.main(office)
		}
	})
}

func TestAnImportOfAnotherMainContactWins(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.propose()
		stop := w.link(mailbox, "contact-proposed")
		for _, same := range []int{0, 1} {
			r, err := w.bring("third@veldkamp.example")
			if err != nil || r.Same != same || r.Changed != 1-same {
				t.Errorf("%+v, %v", r, err)
			}
		}
		w.main("third@veldkamp.example")
		if _, ok := w.mail(mailbox, "contact-changed"); !ok {
			t.Error("the former main contact does not know")
		}
		if _, err := w.StopByLink(t.Context(), visitor, stop); !keyfold.RefusedAs(err, "link.void") {
			t.Errorf("it can be stopped: %v", err)
		}
		w.clock.Pass(2 * day)
		w.due(0)
		w.main("third@veldkamp.example")
	})
}

// TestAFrozenAccountKeepsItsMainContact: neither a change that waits nor a new
// one, and an import is left out.
func TestAFrozenAccountKeepsItsMainContact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		id := w.propose()
		w.change(w.id, func(a keyfold.Account, _ time.Time) (keyfold.Change, error) { return a.Freeze(visitor) })
		w.refused(w.Propose(t.Context(), w.as(keyfold.Owner), id), "account.frozen")
		r, err := w.bring("third@veldkamp.example")
		if err != nil || r.Bad != 1 {
			t.Errorf("%+v, %v", r, err)
		}
		w.clock.Pass(2 * day)
		w.due(0)
		w.main(mailbox)
	})
}

func TestManyAreDueAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		const n = 130 // more than are looked up at once
		for i := range n {
			w.id = w.register("SG"+strings.Repeat("1", 6)+string(rune('0'+i/100))+string(rune('0'+i/10%10))+string(rune('0'+i%10)), mailbox)
			w.propose()
		}
		w.clock.Pass(day)
		w.due(n)
		w.main(office)
	})
}
