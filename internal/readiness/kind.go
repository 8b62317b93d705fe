package readiness

// A Kind is what can be found about a customer before the first mail. The zero
// Kind is none.
type Kind uint8

// Kinds of rows, or parts of them, that do not go in.
const (
	RowUnreadable Kind = iota + 1
	RowFields
	IDMissing
	IDMalformed
	EntityUnknown
	IDTwice
	NameMissing
	NameControl
	NameLong
	ContactInvalid
	ContactFrozen
	LocaleUnknown
	StatusUnknown
	FieldUnknown
	HashUnknown
	HashCostly
	HashIncomplete

	// Kinds of customers who are in.

	ContactMissing
	ContactNoReply
	ContactReserved
	ContactUnreachable
	ContactDisposable
	ContactTypo
	ContactHosted
	ContactRole
	ContactShared
	ContactUnchecked
	HashWeak
	HashMissing
	SecondFactor

	endOfKinds
)

// A Severity is how much a finding stands in the way.
type Severity uint8

// The severities, the worst first.
const (
	Stops     Severity = iota + 1 // these customers cannot, or should not, go the ten steps alone
	NeedsWork                     // they can, and something should be mended before
	Know                          // nothing has to be done
)

func (s Severity) String() string {
	switch s {
	case Stops:
		return "not ready"
	case NeedsWork:
		return "needs work"
	case Know:
		return "good to know"
	}
	return "unknown"
}

// About is what there is to say about a kind. docs/readiness.md is made of it.
type About struct {
	Name     string // in files for programs, like contact.missing
	Column   string // where to mend it; empty: the row as a whole
	Severity Severity
	Title    string
	Happens  string // what will become of these customers
	Cure     string // what the operator does
	Fix      string // what to do with one row; empty: it is not for the list of rows to fix
}

// About says what k means.
func (k Kind) About() About { return catalogue[k] }

// String is the name of the kind.
func (k Kind) String() string { return catalogue[k].Name }

// Kinds are all kinds, in the order in which they are explained.
func Kinds() []Kind {
	all := make([]Kind, 0, endOfKinds-1)
	for k := RowUnreadable; k < endOfKinds; k++ {
		all = append(all, k)
	}
	return all
}
