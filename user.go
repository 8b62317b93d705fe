package keyfold

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// UserID names a person with a login.
type UserID string

// Hash is a stored password hash, never a password. The empty Hash matches no
// password.
type Hash string

// Sealed is a secret of a person that rests encrypted. Its key is not in the
// database.
type Sealed string

// A User is a person with a login, named by one verified address. Its fields
// change only through the transitions below.
type User struct {
	ID        UserID
	Email     Email
	Name      string
	Language  Language
	Password  Hash
	Suspended bool
	Deleted   bool  // by themselves; what they did stays in the trail
	Version   int64 // 0: not stored yet
}

// A UserChange is a new state of a user together with the event that says so.
type UserChange struct {
	user  User
	event Event
}

// User is the user after the change.
func (c UserChange) User() User { return c.user }

// Event is the row to write with it.
func (c UserChange) Event() Event { return c.event }

func (u User) change(by Act, kind string) UserChange {
	became := UserState{Suspended: u.Suspended, Deleted: u.Deleted}
	return UserChange{user: u, event: Event{Act: by, Kind: kind, User: u.ID, Became: Became{User: &became}}}
}

// NewUser makes a person with a login out of a mailbox that has answered.
func NewUser(by Act, id UserID, email Email, name string, lang Language, h Hash) UserChange {
	return User{ID: id, Email: email, Name: name, Language: lang, Password: h}.change(by, "user.created")
}

// SetPassword is the end of a user's reset.
func (u User) SetPassword(by Act, h Hash) (UserChange, error) {
	switch {
	case u.Deleted:
		return UserChange{}, Refuse(NotFound, "user.unknown")
	case u.Suspended:
		return UserChange{}, Refuse(Denied, "user.suspended")
	}
	u.Password = h
	return u.change(by, "user.password_set"), nil
}

// Rehash keeps the password and strengthens how it is stored.
func (u User) Rehash(by Act, h Hash) UserChange {
	u.Password = h
	return u.change(by, "user.password_rehashed")
}

// Suspend stops a user's login until Resume.
func (u User) Suspend(by Act) UserChange {
	u.Suspended = true
	return u.change(by, "user.suspended")
}

// Resume lets a suspended user log in again.
func (u User) Resume(by Act) UserChange {
	u.Suspended = false
	return u.change(by, "user.resumed")
}

// Delete ends a login for good: address, name and password are gone, and the
// address is free. Owned is the number of accounts that the user owns; each
// needs another owner, or none, first.
func (u User) Delete(by Act, owned int) (UserChange, error) {
	switch {
	case u.Deleted:
		return UserChange{}, Refuse(Gone, "user.deleted")
	case owned > 0:
		return UserChange{}, Refuse(Conflict, "user.owns").With("Count", owned)
	}
	u.Email, u.Name, u.Password, u.Deleted = Email{}, "", "", true
	return u.change(by, "user.deleted"), nil
}

// A Membership is what a user may do in an account.
type Membership struct {
	Account Account
	Roles   Roles
	Since   time.Time
	Used    time.Time // last opened by this user; zero: never
}

// maxName is the longest name of a person or company, in characters.
const maxName = 120

// ParseName reads the name of a person or a company: one line, in NFC. It is
// shown and mailed, so what could break out of a line is refused.
func ParseName(typed string) (string, error) {
	name := norm.NFC.String(strings.TrimSpace(typed))
	switch {
	case strings.ContainsFunc(name, func(r rune) bool {
		return r == unicode.ReplacementChar || unicode.Is(unicode.C, r) || r == '\u2028' || r == '\u2029'
	}):
		return "", Refuse(Invalid, "name.control_characters")
	case len([]rune(name)) > maxName:
		return "", Refuse(Invalid, "name.too_long")
	}
	return name, nil
}
