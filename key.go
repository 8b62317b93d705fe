package keyfold

import (
	"slices"
	"strings"
	"time"
)

// A Scope is one thing that a program with an API key may read.
type Scope string

// The scopes. None of them changes anything.
const (
	AccountScope  Scope = "account"
	ContactsScope Scope = "contacts"
	UsersScope    Scope = "users"
	ActivityScope Scope = "activity"
)

// AllScopes are the scopes, in the order in which they are shown.
func AllScopes() []Scope { return []Scope{AccountScope, ContactsScope, UsersScope, ActivityScope} }

// Scopes are what one key may read. The zero value is nothing.
type Scopes struct{ set uint8 }

// ScopesOf is a set of scopes.
func ScopesOf(scopes ...Scope) Scopes {
	var s Scopes
	for _, scope := range scopes {
		if i := slices.Index(AllScopes(), scope); i >= 0 {
			s.set |= 1 << i
		}
	}
	return s
}

// Has reports whether scope is among them.
func (s Scopes) Has(scope Scope) bool {
	i := slices.Index(AllScopes(), scope)
	return i >= 0 && s.set&(1<<i) != 0
}

// IsZero reports whether there is none.
func (s Scopes) IsZero() bool { return s.set == 0 }

// List is the scopes in the order in which they are shown.
func (s Scopes) List() []Scope {
	return slices.DeleteFunc(AllScopes(), func(scope Scope) bool { return !s.Has(scope) })
}

// String is how scopes are stored: "account,users".
func (s Scopes) String() string {
	var names []string
	for _, scope := range s.List() {
		names = append(names, string(scope))
	}
	return strings.Join(names, ",")
}

// UnmarshalText reads stored scopes.
func (s *Scopes) UnmarshalText(b []byte) error {
	*s = Scopes{}
	if len(b) == 0 {
		return nil
	}
	for name := range strings.SplitSeq(string(b), ",") {
		if !slices.Contains(AllScopes(), Scope(name)) {
			return Refuse(Invalid, "scopes.unknown").With("Scope", name)
		}
		s.set |= ScopesOf(Scope(name)).set
	}
	return nil
}

// MaxKeys is how many API keys of an account can work at the same time.
const MaxKeys = 20

// An APIKey lets a program read an account. It is the account's, whoever made
// it: roles come and go, and what runs with the key goes on running.
type APIKey struct {
	ID      string
	Account CustomerID
	Name    string // what it is for, as typed
	Hash    string // of its secret
	Hint    string // the last characters of its secret, to tell keys apart
	Scopes  Scopes
	Maker   UserID
	Created time.Time
	Used    time.Time // zero: never
	Ended   time.Time // zero: it works
}

// A KeyChange is a new or an ended API key together with the event that says so.
type KeyChange struct {
	key   APIKey
	event Event
}

// Key is the key after the change.
func (c KeyChange) Key() APIKey { return c.key }

// Event is the row to write with it.
func (c KeyChange) Event() Event { return c.event }

// NewKey gives a program access to the account, which has so many live keys
// already. An account in a dispute gets none: keys outlive who made them.
func (a Account) NewKey(by Act, now time.Time, k APIKey, live int) (KeyChange, error) {
	if err := a.registered(); err != nil {
		return KeyChange{}, err
	}
	var reasons Refusals
	if k.Name == "" {
		reasons = append(reasons, Refuse(Invalid, "key.nameless").On("key-name"))
	}
	if k.Scopes.IsZero() {
		reasons = append(reasons, Refuse(Invalid, "key.no_scope").On("scopes"))
	}
	if err := reasons.OrNil(); err != nil {
		return KeyChange{}, err
	}
	if live >= MaxKeys {
		return KeyChange{}, Refuse(Conflict, "key.too_many").With("Count", MaxKeys)
	}
	k.Account, k.Created, k.Used, k.Ended = a.ID, now, time.Time{}, time.Time{}
	return KeyChange{key: k, event: Event{
		Act: by, Kind: "key.created", Account: a.ID, Note: k.Scopes.String(), Became: Became{Key: &KeyState{ID: k.ID}},
	}}, nil
}

// End takes the access away, whatever state the account is in: less access is
// never a danger to it.
func (k APIKey) End(by Act, now time.Time) (KeyChange, error) {
	if !k.Ended.IsZero() {
		return KeyChange{}, Refuse(Gone, "key.ended")
	}
	k.Ended = now
	return KeyChange{key: k, event: Event{
		Act: by, Kind: "key.ended", Account: k.Account, Became: Became{Key: &KeyState{ID: k.ID, Ended: true}},
	}}, nil
}
