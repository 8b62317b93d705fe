package contacts_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/contacts"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store"
)

// TestWhoMayChangeWhichContacts asks the service itself, past all doors.
func TestWhoMayChangeWhichContacts(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		other := w.register("DE245344254", "buero@veldkamp.example")
		for _, kind := range keyfold.ContactKinds() {
			first, second := w.add(kind, "first@x.example"), w.add(kind, "second@x.example")
			who := map[string]contacts.Who{"another account's owner": {Act: visitor, User: userOf(other, keyfold.Owner), Account: w.id}, "nobody": {Act: visitor, Account: w.id}}
			for _, role := range keyfold.AllRoles() {
				who[string(role)] = w.as(role)
			}
			for name, who := range who {
				may := slices.Contains([]string{"owner", "admin", "technical", "finance", "abuse"}, name) && keyfold.RolesOf(keyfold.Role(name)).May(kind.Need())
				before := w.words()
				added := w.Add(t.Context(), who, kind, keyfold.Contact{Email: w.email(name[:5] + "@x.example")})
				promoted := w.Promote(t.Context(), who, kind, second)
				if may {
					w.must(added)
					w.must(w.Remove(t.Context(), who, kind, w.add(kind, name[:5]+"@x.example")))
					if kind != keyfold.GeneralContact {
						w.must(promoted)
						w.must(w.Promote(t.Context(), who, kind, first))
					}
				} else {
					w.refused(added, "account.unknown")
					w.refused(promoted, "account.unknown")
					w.refused(w.Remove(t.Context(), who, kind, second), "account.unknown")
				}
				if diff := cmp.Diff(before, w.words()); diff != "" {
					t.Errorf("%s and %s contacts:\n%s", name, kind, diff)
				}
			}
		}
	})
}

// TestTheDoorOfOneKindIsNoneToAnother: finance may change billing contacts, and
// not a security contact whose ID it puts into that form; nor one of another
// account.
func TestTheDoorOfOneKindIsNoneToAnother(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, security := w.add(keyfold.SecurityContact, "cert@x.example"), w.add(keyfold.SecurityContact, "two@x.example")
		finance := w.as(keyfold.Finance)
		before := w.words()
		w.refused(w.Promote(t.Context(), finance, keyfold.BillingContact, security), "contact.gone")
		w.must(w.Remove(t.Context(), finance, keyfold.BillingContact, security)) // as if it were gone
		ours := w.id
		w.id = w.register("DE245344254", "buero@veldkamp.example")
		w.refused(w.Promote(t.Context(), w.as(keyfold.Owner), keyfold.SecurityContact, security), "contact.gone")
		w.must(w.Remove(t.Context(), w.as(keyfold.Owner), keyfold.SecurityContact, first))
		w.refused(w.Propose(t.Context(), w.as(keyfold.Owner), security), "contact.gone")
		w.id = ours
		if diff := cmp.Diff(before, w.words()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAccessThatHasEndedChangesNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		admin := w.as(keyfold.Admin)
		general := w.add(keyfold.GeneralContact, "office@x.example")
		w.update(w.id, func(ctx context.Context, tx *store.Tx, a keyfold.Account) error {
			m, err := tx.Member(ctx, w.id, admin.User)
			if err != nil {
				return err
			}
			c, err := a.Leave(visitor, m)
			if err != nil {
				return err
			}
			return tx.ApplyMember(ctx, c)
		})
		w.refused(w.Add(t.Context(), admin, keyfold.BillingContact, keyfold.Contact{Email: w.email("thief@x.example")}), "account.unknown")
		w.refused(w.Remove(t.Context(), admin, keyfold.GeneralContact, general), "account.unknown")
		w.refused(w.Propose(t.Context(), admin, general), "account.unknown")
		w.refused(w.Stop(t.Context(), admin), "account.unknown")
	})
}

func TestOfPromotionsAtOnceOnePrimaryIsLeft(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all []func() error
		for i := range 5 {
			id := w.add(keyfold.BillingContact, fmt.Sprintf("n%d@x.example", i))
			for range 3 {
				all = append(all, func() error { return w.Promote(t.Context(), w.as(keyfold.Admin), keyfold.BillingContact, id) })
			}
		}
		for _, err := range race(all...) {
			w.must(err)
		}
		w.onePrimary()
		w.replays()
	})
}

func TestOfFirstContactsAtOnceOneIsPrimary(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		var all []func() error
		for i := range 12 {
			c := keyfold.Contact{Email: w.email(fmt.Sprintf("n%d@x.example", i%4))}
			all = append(all, func() error { return w.Add(t.Context(), w.as(keyfold.Owner), keyfold.TechnicalContact, c) })
		}
		for _, err := range race(all...) {
			w.must(err)
		}
		if got := w.words(); len(got) != 4 {
			t.Errorf("got %q", got)
		}
		w.onePrimary()
		w.replays()
	})
}

// TestARemovalAndAPromotionAtOnce: whoever is faster, a kind that has contacts
// has a primary one.
func TestARemovalAndAPromotionAtOnce(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		first, second := w.add(keyfold.BillingContact, "one@x.example"), w.add(keyfold.BillingContact, "two@x.example")
		owner := w.as(keyfold.Owner)
		for _, err := range race(
			func() error { return w.Remove(t.Context(), owner, keyfold.BillingContact, first) },
			func() error { return w.Promote(t.Context(), owner, keyfold.BillingContact, second) },
			func() error { return w.Remove(t.Context(), owner, keyfold.BillingContact, second) },
			func() error { return w.Remove(t.Context(), owner, keyfold.BillingContact, first) },
		) {
			if err != nil && keyfold.Refused(err) == nil {
				t.Error(err)
			}
		}
		if len(w.listed()) > 0 {
			w.onePrimary()
		}
		w.replays()
	})
}

// onePrimary says that each kind that has contacts has one primary contact.
func (w *world) onePrimary() {
	w.t.Helper()
	primary := map[keyfold.ContactKind]int{}
	for _, c := range w.listed() {
		if c.Kind == keyfold.GeneralContact {
			continue
		}
		primary[c.Kind] += 0
		if c.Primary {
			primary[c.Kind]++
		}
	}
	for kind, n := range primary {
		if n != 1 {
			w.t.Errorf("%d primary %s contacts: %q", n, kind, w.words())
		}
	}
}

// replays makes the contacts out of the events, and compares.
func (w *world) replays() {
	w.t.Helper()
	past, err := w.DB.Reader().AccountEvents(w.t.Context(), w.id, 1000)
	w.must(err)
	replayed := map[string]keyfold.ContactState{}
	for _, e := range slices.Backward(past) {
		c := e.Became.Contact
		switch {
		case c == nil:
		case c.Kind == "":
			delete(replayed, c.ID)
		default:
			for id, other := range replayed {
				if c.Primary && other.Kind == c.Kind {
					other.Primary = false
					replayed[id] = other
				}
			}
			replayed[c.ID] = *c
		}
	}
	stored := map[string]keyfold.ContactState{}
	for _, c := range w.listed() {
		stored[c.ID] = keyfold.ContactState{ID: c.ID, Kind: c.Kind, Primary: c.Primary}
	}
	if !maps.Equal(replayed, stored) {
		w.t.Errorf("the events make\n%+v\nand stored is\n%+v", replayed, stored)
	}
}

func TestWhoIsToldOfAChangedContact(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		told := func(to, template string, disputable bool) {
			t.Helper()
			m, ok := w.mail(to, template)
			if !ok || (m.Token != "") != disputable {
				t.Errorf("%s to %s: %t, with the link %q", template, to, ok, m.Token)
			}
		}
		first, second := w.add(keyfold.BillingContact, "one@x.example"), w.add(keyfold.BillingContact, "two@x.example")
		told(mailbox, "contacts-changed", true)
		told("one@x.example", "contact-listed", false)
		w.clock.Pass(1)
		w.must(w.Promote(t.Context(), w.as(keyfold.Owner), keyfold.BillingContact, second))
		told("two@x.example", "contacts-changed", false)
		told("one@x.example", "contacts-changed", true) // it was told of all until now
		w.must(w.Remove(t.Context(), w.as(keyfold.Owner), keyfold.BillingContact, first))
		w.must(w.Remove(t.Context(), w.as(keyfold.Owner), keyfold.BillingContact, second))
		told("two@x.example", "contacts-changed", true)
	})
}

func TestNobodyMailsAnAddressBook(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.Limits = limit.Make(limit.Default())
		var err error
		sent := 0
		for ; sent < 100 && err == nil; sent++ {
			kind := keyfold.ContactKinds()[sent%4]
			err = w.Add(t.Context(), w.as(keyfold.Owner), kind, keyfold.Contact{Email: w.email(fmt.Sprintf("n%d@x.example", sent))})
		}
		w.refused(err, "contact.slow")
		if sent != w.Limits.Contacts.Tries+1 {
			t.Errorf("the try %d was one too many", sent)
		}
	})
}
