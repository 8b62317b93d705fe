package keyfold

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// A SourcedContact is a contact as the customer database has it.
type SourcedContact struct {
	Contact

	Kind    ContactKind
	Primary bool
}

// A ContactList is what the customer database says of the contacts of an
// account beside its main contact. Two lists that say the same are equal. The
// zero ContactList has nobody in it.
type ContactList struct{ text string }

// sourcedText is a SourcedContact as it is stored.
type sourcedText struct {
	Kind    ContactKind `json:"kind"`
	Email   string      `json:"email"`
	Name    string      `json:"name,omitempty"`
	Primary bool        `json:"primary,omitempty"`
}

// NewContactList makes a list. Where no contact of a kind is said to be the
// primary one, the first of that kind is.
func NewContactList(contacts []SourcedContact) (ContactList, error) {
	if len(contacts) == 0 {
		return ContactList{}, nil
	}
	var texts []sourcedText
	for _, kind := range ContactKinds() {
		same := slices.DeleteFunc(slices.Clone(contacts), func(c SourcedContact) bool { return c.Kind != kind })
		if err := checkSourced(kind, same); err != nil {
			return ContactList{}, err
		}
		if kind != GeneralContact && len(same) > 0 && !slices.ContainsFunc(same, SourcedContact.primary) {
			same[0].Primary = true
		}
		slices.SortFunc(same, func(a, b SourcedContact) int { return cmp.Compare(a.Email.Key(), b.Email.Key()) })
		for _, c := range same {
			texts = append(texts, sourcedText{c.Kind, c.Email.String(), c.Name, c.Primary})
		}
	}
	text, err := json.Marshal(texts)
	if err != nil {
		return ContactList{}, fmt.Errorf("contact list: %w", err)
	}
	return ContactList{string(text)}, nil
}

func (c SourcedContact) primary() bool { return c.Primary }

// checkSourced refuses what no list of contacts of one kind can be.
func checkSourced(kind ContactKind, same []SourcedContact) error {
	primary := 0
	for i, c := range same {
		if c.Primary {
			primary++
		}
		if slices.ContainsFunc(same[:i], func(d SourcedContact) bool { return c.Email.Same(d.Email) }) {
			return Refuse(Invalid, "contact.once").On("email")
		}
	}
	switch {
	case len(same) > MaxContacts:
		return Refuse(Invalid, "contact.too_many").With("Count", MaxContacts)
	case primary > 0 && kind == GeneralContact:
		return Refuse(Invalid, "contact.main_waits")
	case primary > 1:
		return Refuse(Invalid, "contact.promote_first")
	}
	return nil
}

// IsZero reports whether nobody is in the list.
func (l ContactList) IsZero() bool { return l.text == "" }

// String is the form that is stored: JSON, or nothing.
func (l ContactList) String() string { return l.text }

// Equal reports whether both say the same.
func (l ContactList) Equal(other ContactList) bool { return l == other }

// Contacts are those of the list, by kind.
func (l ContactList) Contacts() []SourcedContact {
	contacts, _ := l.read() // never fails: it was checked when the list was made
	return contacts
}

func (l ContactList) read() (contacts []SourcedContact, err error) {
	if l.text == "" {
		return nil, nil
	}
	var texts []sourcedText
	if err := json.Unmarshal([]byte(l.text), &texts); err != nil {
		return nil, fmt.Errorf("contact list: %w", err)
	}
	for _, t := range texts {
		email, err := ParseEmail(t.Email)
		if err != nil {
			return nil, err
		}
		contacts = append(contacts, SourcedContact{Contact: Contact{Name: t.Name, Email: email}, Kind: t.Kind, Primary: t.Primary})
	}
	return contacts, nil
}

// UnmarshalText reads a stored list; the empty text is the empty list.
func (l *ContactList) UnmarshalText(b []byte) error {
	read := ContactList{string(b)}
	if _, err := read.read(); err != nil {
		return err
	}
	*l = read
	return nil
}

// ImportContacts brings the listed contacts in line with what the customer
// database says otherwise than it did before the account changed into a. What
// was changed here since then stays: who was taken off is not listed again, and
// who was added stays. Whoever is main contact now is not listed as well. New
// contacts take their IDs from id.
func (a Account) ImportContacts(by Act, before Account, listed []ListedContact, id func() string) []ContactChange {
	m := &contactMerge{by: by, account: a, now: slices.Clone(listed), id: id}
	was, is := before.Listed.Contacts(), a.Listed.Contacts()
	for _, c := range listed {
		gone := isSourced(was, c.Kind, c.Email) && !isSourced(is, c.Kind, c.Email) && !c.Email.Same(a.Coming.Contact.Email)
		if gone || c.Kind == GeneralContact && c.Email.Same(a.Contact.Email) {
			m.remove(c)
		}
	}
	for _, c := range is {
		i := slices.IndexFunc(was, func(w SourcedContact) bool { return w.Kind == c.Kind && w.Email.Same(c.Email) })
		switch {
		case i < 0:
			m.add(c)
		case was[i].Name != c.Name:
			m.rename(c, was[i].Name)
		}
	}
	for _, kind := range ContactKinds() {
		if kind != GeneralContact {
			m.promote(primaryOf(is, kind), primaryOf(was, kind), kind)
		}
	}
	return slices.Concat(m.removed, m.added, m.others)
}

// A contactMerge is the list of an account while an import works on it.
type contactMerge struct {
	by      Act
	account Account
	now     []ListedContact
	id      func() string

	removed, added, others []ContactChange
}

func (m *contactMerge) index(kind ContactKind, email Email) int {
	return slices.IndexFunc(m.now, func(c ListedContact) bool { return c.Kind == kind && c.Email.Same(email) })
}

func (m *contactMerge) remove(c ListedContact) {
	m.removed = append(m.removed, m.account.unlisted(m.by, c))
	m.now = slices.DeleteFunc(m.now, func(d ListedContact) bool { return d.ID == c.ID })
}

func (m *contactMerge) add(c SourcedContact) {
	if m.index(c.Kind, c.Email) >= 0 || c.Kind == GeneralContact && c.Email.Same(m.account.Contact.Email) {
		return
	}
	l := ListedContact{Contact: c.Contact, ID: m.id(), Account: m.account.ID, Kind: c.Kind}
	m.added = append(m.added, m.account.listed(l, Event{Act: m.by, Kind: "contact.added"}))
	m.now = append(m.now, l)
}

// rename follows a new name, unless another one was given here.
func (m *contactMerge) rename(c SourcedContact, was string) {
	i := m.index(c.Kind, c.Email)
	if i < 0 || m.now[i].Name != was {
		return
	}
	m.now[i].Contact = c.Contact
	m.others = append(m.others, m.account.listed(m.now[i], Event{Act: m.by, Kind: "contact.renamed"}))
}

// promote follows another primary contact, and sees to it that a kind that has
// contacts has one.
func (m *contactMerge) promote(is, was Email, kind ContactKind) {
	here := slices.IndexFunc(m.now, func(c ListedContact) bool { return c.Kind == kind && c.Primary })
	to := here
	if at := m.index(kind, is); at >= 0 && (here < 0 || !is.Same(was)) {
		to = at
	}
	if to < 0 {
		to = slices.IndexFunc(m.now, func(c ListedContact) bool { return c.Kind == kind })
	}
	if to < 0 || to == here {
		return
	}
	m.now[to].Primary = true
	if at := slices.IndexFunc(m.added, func(c ContactChange) bool { return c.contact.ID == m.now[to].ID }); at >= 0 && here < 0 {
		m.added[at] = m.account.listed(m.now[to], Event{Act: m.by, Kind: "contact.added"})
		return
	}
	m.others = append(m.others, m.account.listed(m.now[to], Event{Act: m.by, Kind: "contact.promoted"}))
}

func isSourced(list []SourcedContact, kind ContactKind, email Email) bool {
	return slices.ContainsFunc(list, func(c SourcedContact) bool { return c.Kind == kind && c.Email.Same(email) })
}

func primaryOf(list []SourcedContact, kind ContactKind) (email Email) {
	for _, c := range list {
		if c.Kind == kind && c.Primary {
			email = c.Email
		}
	}
	return email
}
