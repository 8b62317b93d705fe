// Package mailtext writes the mails: subject, text part and HTML part, in each
// language. Both parts are made of one list of paragraphs, so they never say
// different things. Whom a mail goes to, and when, is not its business.
package mailtext

import (
	"errors"
	"fmt"
	"html/template"
	"net/url"
	"slices"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
)

// A Template is a kind of mail. What each one needs, [Renderer.Render] checks.
type Template string

// The mails. The comment says who reads it.
const (
	Reset            Template = "reset"             // main contact or user: the link to a new password
	Moved            Template = "moved"             // main contact: a reset was asked for an account that has an owner
	MovedOwner       Template = "moved-owner"       // its owner: the same
	PasswordSet      Template = "password-set"      // main contacts: step 3 is done
	UserPasswordSet  Template = "user-password-set" // user: the login has a new password
	Confirm          Template = "confirm"           // the address of step 5, perhaps a stranger's
	ConfirmLink      Template = "confirm-link"      // the same, when it is a user's already
	ConfirmSuspended Template = "confirm-suspended" // the same, when that user is suspended
	Registered       Template = "registered"        // main contacts: step 8 is done
	Linked           Template = "linked"            // main contacts: linked in its place
	LinkedUser       Template = "linked-user"       // user: an account was added
	LinkAsked        Template = "link-asked"        // main contact: a user wants the account linked
	Claimed          Template = "claimed"           // user: the accounts of the same mailbox were linked
	Unlinked         Template = "unlinked"          // main contacts and former owner: an account has none any more
	ContactChanged   Template = "contact-changed"   // former main contact
	Frozen           Template = "frozen"            // main contact: a dispute is open
	Reminder         Template = "reminder"          // main contact: an account is half-way
	PendingDropped   Template = "pending-dropped"   // main contact: the address of step 5 did not answer

	OwnershipOffered          Template = "ownership-offered"           // user: may become owner
	OwnershipDeclined         Template = "ownership-declined"          // owner: the user said no
	OwnershipWithdrawn        Template = "ownership-withdrawn"         // user: the offer has ended
	OwnershipMoved            Template = "ownership-moved"             // former owner: the link to take the account back
	OwnershipYours            Template = "ownership-yours"             // new owner
	OwnershipMovedContacts    Template = "ownership-moved-contacts"    // contacts: the same
	OwnershipBack             Template = "ownership-back"              // owner again
	OwnershipReturned         Template = "ownership-returned"          // who was owner in between
	OwnershipReturnedContacts Template = "ownership-returned-contacts" // contacts: the same

	RecoveryAsked         Template = "recovery-asked"          // owner: the link to say no
	RecoveryAskedContacts Template = "recovery-asked-contacts" // contacts: the main contact wants the account back
	RecoveryVetoed        Template = "recovery-vetoed"         // contacts: the owner said no
	Recovered             Template = "recovered"               // main contact: the way in
	RecoveryDone          Template = "recovery-done"           // owner and users: their access has ended

	ContactRevealed Template = "contact-revealed" // contacts: customer care looked at the main contact

	LegacyAccepted Template = "legacy-accepted" // contacts: step 3 by the password of the old system

	KeyCreated Template = "key-created" // contacts: the account has one more API key
)

// Templates are all mails.
func Templates() []Template {
	return append([]Template{
		Reset, Moved, MovedOwner, PasswordSet, UserPasswordSet, Confirm, ConfirmLink,
		ConfirmSuspended, Registered, Linked, LinkedUser, LinkAsked, Claimed, Unlinked, ContactChanged, Frozen,
		KeyCreated, LegacyAccepted, ContactRevealed,
		OwnershipOffered, OwnershipDeclined, OwnershipWithdrawn, OwnershipMoved, OwnershipYours, OwnershipMovedContacts,
		OwnershipBack, OwnershipReturned, OwnershipReturnedContacts,
		RecoveryAsked, RecoveryAskedContacts, RecoveryVetoed, Recovered, RecoveryDone,
		Reminder, PendingDropped,
	}, slices.Concat(memberTemplates(), contactTemplates(), secondTemplates(), staffTemplates())...)
}

// ParseTemplate reads the stored name of a mail.
func ParseTemplate(name string) (Template, error) {
	if !slices.Contains(Templates(), Template(name)) {
		return "", fmt.Errorf("mailtext: no mail is called %q", name)
	}
	return Template(name), nil
}

// A Brand is how the button looks, in light and in dark. Colours are #rrggbb;
// an empty one gets a default. The name is for an entity that has none.
type Brand struct {
	Name, Colour, ColourText, ColourDark, ColourDarkText string
}

// An Account is a customer account that a mail is about.
type Account struct {
	ID   keyfold.CustomerID
	Name string // as the customer wrote it: shown in quotes, or not at all
	// Pending says that an address was given and has not answered, in a mail
	// about what is left to do.
	Pending bool
}

// A Mail is what is to be said.
type Mail struct {
	Template Template
	Language keyfold.Language // none: the entity's, or else English
	Entity   keyfold.Entity
	Brand    Brand
	Link     string    // absolute; empty where the mail has none
	Until    time.Time // when the link ends; zero: not said
	When     time.Time // when it was asked for, or done; zero: not said
	Origin   string    // client address behind it; only its first half is shown
	Accounts []Account
	User     keyfold.Email // the login that it is about
	Gone     bool          // that login was deleted since: the mail does not name it
	Other    keyfold.Email // the other address in it: who invites, or where the invitation went
	Roles    keyfold.Roles
	Contact  keyfold.Email // the contact that it is about; only a part of it is shown

	Kind keyfold.ContactKind // what the contact is asked about
	Did  string              // the kind of event that it is: "contact.added"
}

// A Message is a mail as written. It holds a live link: do not log it.
type Message struct {
	Language            keyfold.Language
	Subject, Text, HTML string
}

// A Renderer writes mails.
type Renderer struct {
	texts *locale.Catalog
	page  *template.Template
}

// New makes a renderer that takes its sentences from texts.
func New(texts *locale.Catalog) *Renderer {
	return &Renderer{texts: texts, page: template.Must(template.New("mail").Parse(page))}
}

// Render writes a mail. It fails when the mail lacks what its template needs,
// so that no customer reads half a sentence.
func (r *Renderer) Render(m Mail) (Message, error) {
	if err := m.check(); err != nil {
		return Message{}, fmt.Errorf("mailtext: %s: %w", m.Template, err)
	}
	lang := m.Language.Or(m.Entity.Language).Or(keyfold.English)
	w := &writer{Mail: m, say: r.texts.Printer(lang), page: r.page}
	w.compose()
	html, err := w.html()
	if err != nil {
		return Message{}, fmt.Errorf("mailtext: %s: %w", m.Template, err)
	}
	return Message{Language: lang, Subject: w.title.plain(), Text: w.text(), HTML: html}, nil
}

type need int

const (
	never need = iota
	maybe
	always
)

// needs are what a template must have, may have and must not have.
type needs struct {
	accounts, user, link, other, roles need
	many                               bool // more than one account
	contact                            need
}

func (t Template) needs() (needs, bool) {
	switch t {
	case Reset:
		return needs{accounts: maybe, user: maybe, link: always, many: true}, true
	case Moved:
		return needs{accounts: always, link: maybe, many: true}, true
	case MovedOwner, Claimed, LinkAsked:
		return needs{accounts: always, user: always, link: always, many: true}, true
	case Reminder, PendingDropped:
		return needs{accounts: always, link: always, many: true}, true
	case Unlinked, OwnershipDeclined, OwnershipBack, OwnershipReturned:
		return needs{accounts: always, user: always}, true
	case OwnershipOffered, OwnershipMoved, OwnershipYours:
		return needs{accounts: always, user: always, link: always}, true
	case PasswordSet, LegacyAccepted, ContactRevealed, ContactChanged, RecoveryAskedContacts, RecoveryVetoed:
		return needs{accounts: always, link: maybe}, true
	case StaffEnrol:
		return needs{link: always}, true
	case StaffGuessed:
		return needs{}, true
	case UserPasswordSet:
		return needs{user: always, link: maybe}, true
	case Confirm, RecoveryAsked, Recovered:
		return needs{accounts: always, link: always}, true
	case ConfirmLink:
		return needs{accounts: always, user: always, link: always}, true
	case ConfirmSuspended, OwnershipWithdrawn, RecoveryDone:
		return needs{accounts: always}, true
	case Frozen:
		return needs{accounts: always, many: true}, true
	case Registered, Linked, LinkedUser, KeyCreated, OwnershipMovedContacts, OwnershipReturnedContacts:
		return needs{accounts: always, user: always, link: maybe}, true
	default:
		if n, ok := t.contactNeeds(); ok {
			return n, true
		}
		if n, ok := t.secondNeeds(); ok {
			return n, true
		}
		return t.memberNeeds()
	}
}

// NamesUser reports whether the mail of a template says whose login it is about.
func (t Template) NamesUser() bool {
	n, _ := t.needs()
	return n.user == always
}

func (m Mail) check() error {
	n, ok := m.Template.needs()
	switch {
	case !ok:
		return errors.New("no such mail")
	case m.Entity.Name == "" && m.Brand.Name == "":
		return errors.New("neither entity nor brand has a name")
	case len(m.Accounts) > 1 && !n.many:
		return errors.New("it is about one account only")
	case slices.ContainsFunc(m.Accounts, func(a Account) bool { return a.ID.IsZero() }):
		return errors.New("an account without a customer ID")
	case m.Template == Reset && len(m.Accounts) == 0 && m.User.IsZero():
		return errors.New("neither an account nor a user to reset")
	}
	for _, part := range []struct {
		name string
		need need
		has  bool
	}{
		{"account", n.accounts, len(m.Accounts) > 0},
		{"user", n.user, !m.User.IsZero() || m.Gone && m.Template.Masks()},
		{"link", n.link, m.Link != ""},
		{"second address", n.other, !m.Other.IsZero()},
		{"role", n.roles, !m.Roles.IsZero()},
		{"contact", n.contact, !m.Contact.IsZero()},
	} {
		if part.need == always && !part.has {
			return fmt.Errorf("it needs a %s", part.name)
		}
		if part.need == never && part.has {
			return fmt.Errorf("it must not have a %s", part.name)
		}
	}
	return checkLink(m.Link)
}

// maxLink keeps the line that holds the link within what SMTP carries.
const maxLink = 900

// checkLink refuses what a mail client would open in another way than we mean.
func checkLink(link string) error {
	if link == "" {
		return nil
	}
	u, err := url.Parse(link)
	if err != nil {
		return errors.New("the link is not a URL") // the URL error would hold the link
	}
	if (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.User != nil || len(link) > maxLink {
		return errors.New("the link is not an absolute https URL, or too long")
	}
	for _, r := range link {
		if r <= ' ' || r > '~' || r == '"' || r == '<' || r == '>' || r == '\\' {
			return errors.New("the link has characters that a URL cannot have")
		}
	}
	return nil
}
