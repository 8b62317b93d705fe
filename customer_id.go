package keyfold

import "strings"

// A CustomerID is the legacy login of one customer account, like NL123421341,
// and its name for ever. The zero CustomerID names no account.
type CustomerID struct{ s string }

var customerIDNoise = strings.NewReplacer(" ", "", "\t", "", "\u00a0", "", "-", "", "\u2011", "", "\u2013", "", ".", "")

// NormaliseCustomerID takes away what does not matter in a customer ID as
// people type it: case, spaces, dots and dashes.
func NormaliseCustomerID(typed string) string {
	return strings.ToUpper(customerIDNoise.Replace(strings.TrimSpace(typed)))
}

// ParseCustomerID reads a customer ID of any entity. Whether the entity exists
// is for [Entities.CustomerID] to say.
func ParseCustomerID(typed string) (CustomerID, error) {
	if canonical(typed) { // as the store has it, which reads many
		return CustomerID{typed}, nil
	}
	if len(typed) > 100 {
		return CustomerID{}, Refuse(Invalid, "customer_id.malformed")
	}
	s := NormaliseCustomerID(typed)
	if !canonical(s) {
		return CustomerID{}, Refuse(Invalid, "customer_id.malformed")
	}
	return CustomerID{s}, nil
}

// canonical reports whether s is 2 to 32 capital letters and digits, with a digit
// at least.
func canonical(s string) bool {
	digits := 0
	for i := range len(s) {
		switch c := s[i]; {
		case '0' <= c && c <= '9':
			digits++
		case c < 'A' || c > 'Z':
			return false
		}
	}
	return digits > 0 && 2 <= len(s) && len(s) <= 32
}

// String is the canonical form, and the one that is stored.
func (id CustomerID) String() string { return id.s }

// IsZero reports whether id names no account.
func (id CustomerID) IsZero() bool { return id.s == "" }

// Masked is what a stranger may read: NL•••••1341. The prefix and the last four
// characters are enough for its holder to recognise it.
func (id CustomerID) Masked() string {
	prefix := len(id.s) - len(strings.TrimLeft(id.s, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
	tail := 4
	if len(id.s)-prefix <= 6 {
		tail = 2
	}
	hidden := len(id.s) - prefix - tail
	if hidden < 1 {
		return strings.Repeat("•", len(id.s))
	}
	return id.s[:prefix] + strings.Repeat("•", hidden) + id.s[len(id.s)-tail:]
}

// UnmarshalText lets the store read an ID back through the same rules. The
// empty text is no ID.
func (id *CustomerID) UnmarshalText(b []byte) (err error) {
	if len(b) == 0 {
		*id = CustomerID{}
		return nil
	}
	*id, err = ParseCustomerID(string(b))
	return err
}
