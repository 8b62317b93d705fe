package walk_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/contacts"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/store"
)

// contacting are the steps about the contacts of an account.
func contacting() []step {
	return []step{
		{"add contact", 5, (*world).addContact},
		{"remove contact", 2, (*world).removeContact},
		{"promote contact", 3, (*world).promoteContact},
		{"propose contact", 4, (*world).proposeContact},
		{"stop contact", 1, (*world).stopContact},
		{"stop by link", 1, (*world).stopByLink},
		{"contacts are due", 2, (*world).contactsDue},
	}
}

func (w *world) contacts() *contacts.Service {
	limits := limit.Make(wide())
	limits.Contacts.Tries = wide().LoginTries
	return &contacts.Service{DB: w.db, Teller: notice.Teller{Key: w.key, Dispute: registration.DefaultTimes().Dispute}, Limits: limits}
}

// who is most often the owner of an account.
func (w *world) who(id keyfold.CustomerID) contacts.Who {
	u := w.ownerOf(id)
	return contacts.Who{Act: actOf(u), User: u, Account: id}
}

func (w *world) addContact() (string, error) {
	id := w.owned()
	if id.IsZero() {
		return "", nil
	}
	kind, to := pick(w, keyfold.ContactKinds()), w.address()
	return fmt.Sprint(id, kind, to), w.contacts().Add(w.ctx, w.who(id), kind, keyfold.Contact{Name: pick(w, []string{"", "Ann"}), Email: to})
}

// listed is one of the contacts that there are, as the events tell: most often
// one of an account with an owner, and of those that are wanted.
func (w *world) listed(wanted func(keyfold.ContactState) bool) (id keyfold.CustomerID, c keyfold.ContactState) {
	type one struct {
		id keyfold.CustomerID
		c  keyfold.ContactState
	}
	var all, likely []one
	for _, id := range w.ids {
		a := w.trail.accounts[id]
		if a == nil {
			continue
		}
		for _, name := range slices.Sorted(maps.Keys(a.contacts)) {
			all = append(all, one{id, a.contacts[name]})
			if a.Owner != "" && !a.Frozen && !a.Closed && wanted(a.contacts[name]) {
				likely = append(likely, one{id, a.contacts[name]})
			}
		}
	}
	if w.chance(80) && len(likely) > 0 {
		all = likely
	}
	got := pick(w, all)
	return got.id, got.c
}

func (w *world) removeContact() (string, error) {
	id, c := w.listed(func(keyfold.ContactState) bool { return true })
	if c.ID == "" {
		return "", nil
	}
	return fmt.Sprint(id, c), w.contacts().Remove(w.ctx, w.who(id), c.Kind, c.ID)
}

func (w *world) promoteContact() (string, error) {
	id, c := w.listed(func(c keyfold.ContactState) bool { return c.Kind != keyfold.GeneralContact && !c.Primary })
	if c.ID == "" {
		return "", nil
	}
	return fmt.Sprint(id, c), w.contacts().Promote(w.ctx, w.who(id), c.Kind, c.ID)
}

func (w *world) proposeContact() (string, error) {
	id, c := w.listed(func(c keyfold.ContactState) bool { return c.Kind == keyfold.GeneralContact })
	if c.ID == "" {
		return "", nil
	}
	return fmt.Sprint(id, c), w.contacts().Propose(w.ctx, w.who(id), c.ID)
}

func (w *world) stopContact() (string, error) {
	id := w.account()
	for _, waits := range w.ids {
		if a := w.trail.accounts[waits]; a != nil && a.Succeeds && w.chance(60) {
			id = waits
		}
	}
	if id.IsZero() {
		return "", nil
	}
	return id.String(), w.contacts().Stop(w.ctx, w.who(id))
}

func (w *world) stopByLink() (string, error) {
	l, ok := w.mailed(store.Stop)
	if !ok {
		return "", nil
	}
	_, err := w.contacts().StopByLink(w.ctx, visitor, l.secret)
	return l.Grants[0].Subject.String() + " by " + l.Email.String(), err
}

func (w *world) contactsDue() (string, error) {
	n, err := w.contacts().Due(w.ctx)
	return fmt.Sprint(n), err
}
