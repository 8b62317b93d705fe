package readiness

import (
	"errors"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
)

// A Row is a customer of the source who is, or would be, in.
type Row struct {
	Line    int
	ID      keyfold.CustomerID
	Entity  string // its code
	Contact keyfold.Contact
	Hosted  []string // domains that the provider hosts for this customer; see Domains
	Hash    Hash

	Closed       bool
	Registered   bool // has a login by email already: nothing is left to do
	SecondFactor bool
}

// A Hash is what is known of the legacy password of a row.
type Hash struct {
	Given  bool
	Format string // as package password names it: bcrypt, recipe
	Weak   bool   // a digest that is soon guessed
}

// A Defect is a row, or a part of it, that does not go in.
type Defect struct {
	Line   int
	Typed  string // the customer ID as it stands in the source, safe to print; empty: there is none
	Column string // empty: the row as a whole
	Kind   Kind
	Reason string // in plain words, for the operator
	// LeftOut says that the whole row stays out. Otherwise it comes as a [Row]
	// as well, without that part.
	LeftOut bool
}

// KindOf says what kind of defect it is that what was typed in a column could
// not be read. Columns that this package does not know are fields like others.
func KindOf(column, typed string, err error) Kind {
	switch column {
	case "customer_id":
		if typed == "" {
			return IDMissing
		}
		if keyfold.RefusedAs(err, "customer_id.no_entity") {
			return EntityUnknown
		}
		return IDMalformed
	case "name", "contact_name":
		switch {
		case keyfold.RefusedAs(err, "name.too_long"):
			return NameLong
		case keyfold.RefusedAs(err, "name.control_characters"):
			return NameControl
		}
		return NameMissing
	case "contact_email":
		return ContactInvalid
	case "locale":
		return LocaleUnknown
	case "status":
		return StatusUnknown
	case "password_hash", "password_salt", "password_username":
		return kindOfHash(err)
	}
	return FieldUnknown
}

func kindOfHash(err error) Kind {
	switch {
	case errors.Is(err, password.ErrCostly):
		return HashCostly
	case errors.Is(err, password.ErrNoPepper), errors.Is(err, password.ErrNoSalt), errors.Is(err, password.ErrNoUsername):
		return HashIncomplete
	}
	return HashUnknown
}
