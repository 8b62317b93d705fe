package keyfold

import "slices"

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

// Need is what a role must permit to change the contacts of a kind.
func (k ContactKind) Need() Permission {
	switch k {
	case BillingContact:
		return ChangeBillingContacts
	case TechnicalContact:
		return ChangeTechnicalContacts
	case SecurityContact:
		return ChangeSecurityContacts
	case GeneralContact:
	}
	return ChangeGeneralContacts
}

// MaxContacts is how many contacts of one kind an account can list.
const MaxContacts = 20

// A ListedContact is a contact of an account beside its main contact.
type ListedContact struct {
	Contact

	ID      string
	Account CustomerID
	Kind    ContactKind
	Primary bool // of its kind; never a general one
}

// A ContactChange is a listed contact as it is from now on, together with the
// event that says so. The zero ContactChange changes nothing.
type ContactChange struct {
	contact ListedContact
	event   Event
}

// Contact is the contact after the change, or as it was when it is removed.
func (c ContactChange) Contact() ListedContact { return c.contact }

// Event is the row to write with it.
func (c ContactChange) Event() Event { return c.event }

// IsZero reports whether c changes nothing.
func (c ContactChange) IsZero() bool { return c.event.Kind == "" }

// Added reports whether the contact was not listed before.
func (c ContactChange) Added() bool { return c.event.Kind == "contact.added" }

// Removed reports whether the contact is not listed any more.
func (c ContactChange) Removed() bool { return c.event.Kind == "contact.removed" }

// Renamed reports whether the contact has another name now, and is listed as it
// was.
func (c ContactChange) Renamed() bool { return c.event.Kind == "contact.renamed" }

func (a Account) listed(c ListedContact, e Event) ContactChange {
	e.Account, e.Note = a.ID, string(c.Kind)
	e.Became = Became{Contact: &ContactState{ID: c.ID, Kind: c.Kind, Primary: c.Primary}}
	return ContactChange{contact: c, event: e}
}

// AddContact lists a contact. The first of its kind is the primary one. To add
// the same once more changes nothing.
func (a Account) AddContact(by Act, listed []ListedContact, c ListedContact) (ContactChange, error) {
	if err := a.registered(); err != nil {
		return ContactChange{}, err
	}
	if c.Kind == GeneralContact && c.Email.Same(a.Contact.Email) {
		return ContactChange{}, Refuse(Conflict, "contact.is_main").On("email")
	}
	same := ofKind(listed, c.Kind)
	for _, other := range same {
		if !other.Email.Same(c.Email) {
			continue
		}
		if other.Name == c.Name {
			return ContactChange{}, nil // the second click
		}
		return ContactChange{}, Refuse(Conflict, "contact.once").On("email")
	}
	if len(same) >= MaxContacts {
		return ContactChange{}, Refuse(Conflict, "contact.too_many").With("Count", MaxContacts)
	}
	c.Account, c.Primary = a.ID, len(same) == 0 && c.Kind != GeneralContact
	return a.listed(c, Event{Act: by, Kind: "contact.added"}), nil
}

// RemoveContact takes a contact off the list. A primary one goes last of its
// kind, so that it is said who takes its place.
func (a Account) RemoveContact(by Act, listed []ListedContact, c ListedContact) (ContactChange, error) {
	if err := a.registered(); err != nil {
		return ContactChange{}, err
	}
	switch {
	case c.Primary && len(ofKind(listed, c.Kind)) > 1:
		return ContactChange{}, Refuse(Conflict, "contact.promote_first")
	case c.Kind == GeneralContact && c.Email.Same(a.Coming.Contact.Email):
		return ContactChange{}, Refuse(Conflict, "contact.stop_first")
	}
	return a.unlisted(by, c), nil
}

func (a Account) unlisted(by Act, c ListedContact) ContactChange {
	change := a.listed(c, Event{Act: by, Kind: "contact.removed"})
	change.event.Became.Contact = &ContactState{ID: c.ID}
	return change
}

// PromoteContact makes a contact the primary one of its kind, in place of the
// one before, which stays as an ordinary one. It is one event for both: a kind
// has one primary contact.
func (a Account) PromoteContact(by Act, c ListedContact) (ContactChange, error) {
	if err := a.registered(); err != nil {
		return ContactChange{}, err
	}
	switch {
	case c.Kind == GeneralContact:
		return ContactChange{}, Refuse(Invalid, "contact.main_waits")
	case c.Primary:
		return ContactChange{}, nil // the second click
	}
	c.Primary = true
	return a.listed(c, Event{Act: by, Kind: "contact.promoted"}), nil
}

// Relist is what another main contact does to the list: who was listed and is
// main contact now leaves it, and who was main contact before stays as an
// ordinary general contact, under the ID.
func (a Account) Relist(by Act, listed []ListedContact, former Contact, id string) []ContactChange {
	var changes []ContactChange
	stays := former.Email.IsZero()
	for _, c := range ofKind(listed, GeneralContact) {
		if c.Email.Same(a.Contact.Email) {
			changes = append(changes, a.unlisted(by, c))
		}
		stays = stays || c.Email.Same(former.Email)
	}
	if !stays {
		c := ListedContact{Contact: former, ID: id, Account: a.ID, Kind: GeneralContact}
		changes = append(changes, a.listed(c, Event{Act: by, Kind: "contact.added"}))
	}
	return changes
}

func ofKind(listed []ListedContact, k ContactKind) []ListedContact {
	return slices.DeleteFunc(slices.Clone(listed), func(c ListedContact) bool { return c.Kind != k })
}
