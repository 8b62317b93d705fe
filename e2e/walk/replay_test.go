package walk_test

import (
	"fmt"
	"maps"
	"slices"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// A trail is what one who reads nothing but the events knows.
type trail struct {
	accounts map[keyfold.CustomerID]*accountTrail
	users    map[keyfold.UserID]keyfold.UserState
}

// An accountTrail is an account as its events tell it.
type accountTrail struct {
	keyfold.AccountState

	changes  int64 // of the account itself
	members  map[keyfold.UserID]string
	contacts map[string]keyfold.ContactState
	invited  map[string]keyfold.InvitationStatus
	keys     map[string]bool // true: ended
	lost     string          // how an event does not follow from the ones before
}

func newTrail() *trail {
	return &trail{accounts: map[keyfold.CustomerID]*accountTrail{}, users: map[keyfold.UserID]keyfold.UserState{}}
}

// read goes on by one event.
func (t *trail) read(e store.PastEvent) {
	if u := e.Became.User; u != nil {
		t.users[e.User] = *u
	}
	if e.Account.IsZero() {
		return
	}
	a := t.accounts[e.Account]
	if a == nil {
		a = &accountTrail{
			members: map[keyfold.UserID]string{}, contacts: map[string]keyfold.ContactState{},
			invited: map[string]keyfold.InvitationStatus{}, keys: map[string]bool{},
		}
		t.accounts[e.Account] = a
	}
	a.read(e)
}

func (a *accountTrail) read(e store.PastEvent) {
	b := e.Became
	if b.Account != nil {
		if from := a.Place(); a.changes > 0 && from != b.Account.Place() && (b.From == nil || *b.From != from) {
			a.lost = fmt.Sprintf("event %d says that it comes from %+v, and it was at %+v", e.Seq, b.From, from)
		}
		a.own(*b.Account)
		a.changes++
	}
	if b.Member != nil {
		if a.members[e.User] = b.Member.Roles; b.Member.Roles == "" {
			delete(a.members, e.User)
		}
	}
	if b.Contact != nil {
		a.contact(*b.Contact)
	}
	if b.Invitation != nil {
		a.invited[b.Invitation.ID] = b.Invitation.Status
	}
	if b.Key != nil {
		a.keys[b.Key.ID] = b.Key.Ended
	}
}

// own is what an event says of the account: members follow from its owner.
func (a *accountTrail) own(s keyfold.AccountState) {
	former := a.Owner
	a.AccountState = s
	a.Left = ""
	if s.Owner == former {
		return
	}
	if s.Owner == "" {
		clear(a.members)
		for id, status := range a.invited {
			if status == keyfold.Invited {
				a.invited[id] = keyfold.Revoked
			}
		}
		for id := range a.keys {
			a.keys[id] = true
		}
		return
	}
	delete(a.members, former)
	if s.Left != "" && former != "" {
		a.members[former] = s.Left
	}
	a.members[s.Owner] = string(keyfold.Owner)
}

// contact is a contact as the event has it. A new primary takes the place of the
// one before.
func (a *accountTrail) contact(c keyfold.ContactState) {
	if c.Kind == "" {
		delete(a.contacts, c.ID)
		return
	}
	if c.Primary {
		for id, other := range a.contacts {
			if other.Kind == c.Kind && other.Primary {
				other.Primary = false
				a.contacts[id] = other
			}
		}
	}
	a.contacts[c.ID] = c
}

// living are the users who have not deleted their login, sorted.
func (t *trail) living() []keyfold.UserID {
	var ids []keyfold.UserID
	for id, u := range t.users {
		if !u.Deleted {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

// membersOf are the users of an account, sorted.
func (t *trail) membersOf(id keyfold.CustomerID) []keyfold.UserID {
	if a := t.accounts[id]; a != nil {
		return slices.Sorted(maps.Keys(a.members))
	}
	return nil
}
