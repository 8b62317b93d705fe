package mailtext

// The mails about contacts, and to contacts. The comment says who reads it.
const (
	ClaimedContacts     Template = "claimed-contacts"      // other contacts: these accounts were linked
	ContactsChanged     Template = "contacts-changed"      // main contact and who is concerned: the list of contacts
	ContactListed       Template = "contact-listed"        // who was listed, perhaps a stranger
	ContactProposed     Template = "contact-proposed"      // main contact: another one is to be
	ContactToBe         Template = "contact-to-be"         // who is to be main contact, perhaps a stranger
	ContactProposedTold Template = "contact-proposed-told" // owner and other contacts: the same
	ContactNow          Template = "contact-now"           // who is main contact since
)

func contactTemplates() []Template {
	return []Template{ClaimedContacts, ContactsChanged, ContactListed, ContactProposed, ContactToBe, ContactProposedTold, ContactNow}
}

func (t Template) contactNeeds() (needs, bool) {
	switch t {
	case ClaimedContacts:
		return needs{accounts: always, user: always, link: maybe, many: true}, true
	case ContactsChanged, ContactProposedTold:
		return needs{accounts: always, link: maybe, contact: always}, true
	case ContactListed:
		return needs{accounts: always, contact: always}, true
	case ContactProposed, ContactToBe:
		return needs{accounts: always, link: always, contact: always}, true
	case ContactNow:
		return needs{accounts: always, link: maybe}, true
	default:
		return needs{}, false
	}
}

func (w *writer) composeContacts() {
	switch w.Template {
	case ClaimedContacts, ContactProposedTold, ContactNow:
		w.notice()
	case ContactsChanged:
		w.contactsChanged()
	case ContactListed:
		w.news()
		w.doNothing("mail.not_yours")
	case ContactProposed, ContactToBe:
		w.news()
		w.link(w.own("act"))
		w.until()
		w.question()
		if w.Template == ContactProposed { // the other may be a stranger
			w.origin("asked")
		}
	default: // is composed elsewhere
	}
}

// contactsChanged is a notice that says of which contact it is.
func (w *writer) contactsChanged() {
	switch w.Did {
	case "contact.added":
		w.para("what_added")
	case "contact.removed":
		w.para("what_removed")
	default:
		w.para("what_promoted")
	}
	w.para("next")
	w.origin("done")
	w.warning("mail.not_you", w.say.Text("mail.tell_link"), w.say.Text("mail.not_me"))
}
