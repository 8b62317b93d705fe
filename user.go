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

// A User is a person with a login, named by one verified address.
type User struct {
	ID        UserID
	Email     Email
	Name      string
	Language  Language
	Password  Hash
	Suspended bool
	Version   int64
}

// A Role is what a user may do in an account.
type Role string

// The roles. Each registered account has exactly one owner.
const (
	Owner     Role = "owner"
	Admin     Role = "admin"
	Technical Role = "technical"
	Finance   Role = "finance"
	Abuse     Role = "abuse"
)

// A Membership is a user's role in an account.
type Membership struct {
	Account Account
	Role    Role
	Since   time.Time
	Used    time.Time // last opened by this user; zero: never
}

// ParseName reads the name of a person or a company: one line, in NFC, at most
// 120 characters. It is shown and mailed, so what could break out of a line is
// refused.
func ParseName(typed string) (string, error) {
	name := norm.NFC.String(strings.TrimSpace(typed))
	switch {
	case strings.ContainsFunc(name, func(r rune) bool { return r == unicode.ReplacementChar || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }):
		return "", Refuse(Invalid, "name.control_characters")
	case len([]rune(name)) > 120:
		return "", Refuse(Invalid, "name.too_long")
	}
	return name, nil
}
