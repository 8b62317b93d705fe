package keyfold

// A ContactKind is what a contact is asked about.
type ContactKind string

// The kinds. The primary general contact is the main contact, and part of the
// account; the others are listed.
const (
	GeneralContact   ContactKind = "general"
	BillingContact   ContactKind = "billing"
	TechnicalContact ContactKind = "technical"
	SecurityContact  ContactKind = "security"
)

// ContactKinds are all kinds, in the order in which they are shown.
func ContactKinds() []ContactKind {
	return []ContactKind{GeneralContact, BillingContact, TechnicalContact, SecurityContact}
}

// A ListedContact is a contact of an account beside its main contact.
type ListedContact struct {
	Contact

	ID      string
	Account CustomerID
	Kind    ContactKind
	Primary bool // of its kind; never a general one
}
