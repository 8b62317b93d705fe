package mailtext

// The mails about what two persons of customer care did. The comment says who reads
// it.
const (
	ContactByCare     Template = "care-contact"       // main contact: another one is to be
	ContactByCareToBe Template = "care-contact-to-be" // who is to be main contact, perhaps a stranger
	ContactByCareTold Template = "care-contact-told"  // owner and other contacts: the same
	UnlinkedByCare    Template = "care-unlinked"      // contacts and former owner: an account has none any more
	UnfrozenByCare    Template = "care-unfrozen"      // contacts and owner: a dispute is over
	GivenByCare       Template = "care-given"         // main contact: the dispute was decided for it, and the way in
	GivenByCareUsers  Template = "care-given-users"   // owner and users: their access has ended
)

func secondTemplates() []Template {
	return []Template{ContactByCare, ContactByCareToBe, ContactByCareTold, UnlinkedByCare, UnfrozenByCare, GivenByCare, GivenByCareUsers}
}

func (t Template) secondNeeds() (needs, bool) {
	switch t {
	case ContactByCare, ContactByCareToBe:
		return needs{accounts: always, link: always, contact: always}, true
	case ContactByCareTold:
		return needs{accounts: always, link: maybe, contact: always}, true
	case UnlinkedByCare:
		return needs{accounts: always, user: always}, true
	case GivenByCare:
		return needs{accounts: always, link: always}, true
	case UnfrozenByCare, GivenByCareUsers:
		return needs{accounts: always}, true
	default:
		return needs{}, false
	}
}

func (w *writer) composeSecond() {
	switch w.Template {
	case ContactByCare, ContactByCareToBe:
		w.news()
		w.link(w.own("act"))
		w.until()
		w.question()
	case ContactByCareTold:
		w.notice()
	case UnlinkedByCare:
		w.para("what")
		if w.Did == "account.link_undone" {
			w.para("next_undone")
		} else {
			w.para("next")
		}
		w.question()
		w.origin("done")
	case GivenByCare:
		w.news()
		w.link(w.own("act"))
		w.origin("done")
	case UnfrozenByCare, GivenByCareUsers:
		w.news()
		w.question()
		w.origin("done")
	default: // is composed elsewhere
	}
}
