package mailtext

import (
	"html/template"
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/locale"
)

// maxListed is how many accounts a mail lists; the page behind the link has
// them all.
const maxListed = 20

// A writer puts one mail together.
type writer struct {
	Mail
	say   *locale.Printer
	page  *template.Template // of the HTML part
	name  string             // of who writes
	title line               // heading; without its marks, the subject
	body  []block
	foot  []block // small print
}

func (w *writer) compose() {
	w.name = clean(w.Entity.Name)
	if w.name == "" {
		w.name = clean(w.Brand.Name)
	}
	w.head("subject")
	w.body = append(w.body, block{Line: parse(w.say.Text("mail.hello"))})
	w.content()
	w.foot = append(w.foot,
		block{Line: parse(w.say.Text("mail.never"))},
		block{Line: parse(w.say.Text("mail.sign", "Entity", w.name))})
}

// content is what a mail is about.
func (w *writer) content() {
	switch w.Template {
	case Reset:
		w.reset()
	case Moved:
		w.about()
		w.question()
		w.wayBack()
		w.origin("asked")
		w.doNothing("mail.not_you")
	case MovedOwner:
		w.about()
		w.question()
		w.link(w.own("act"))
		w.origin("asked")
		w.doNothing("mail.not_you_alone")
	case Claimed:
		w.list("done", "mail.not_you_alone")
	case LinkAsked:
		w.list("asked", "mail.not_asked")
	case UserPasswordSet:
		w.para("what")
		w.origin("done")
		w.warning("mail.not_you_alone", w.own("tell_link"), w.own("act"))
	case Confirm, ConfirmLink:
		w.para("what")
		w.para("next")
		w.link(w.own("act"))
		w.until()
		w.doNothing("mail.not_asked")
	case ConfirmSuspended:
		w.para("what")
		w.question()
		w.doNothing("mail.not_asked")
	case PasswordSet, LegacyAccepted, ContactRevealed, Registered, Linked, LinkedUser, Unlinked, ContactChanged, KeyCreated:
		w.notice()
	case Reminder, PendingDropped:
		w.reminder()
	case Frozen:
		w.about()
		w.para("next")
		w.question()
		w.origin("done")
	default:
		w.ownership()
		w.composeMembers()
		w.composeContacts()
		w.composeSecond()
		w.composeStaff()
	}
}

// news is what happened, and what it means.
func (w *writer) news() {
	w.para("what")
	w.para("next")
}

// list says of some accounts what is next, and what to do when it was somebody
// else.
func (w *writer) list(origin, nothing string) {
	w.about()
	w.para("next")
	w.link(w.own("act"))
	if w.Template == LinkAsked {
		w.until()
	}
	w.origin(origin)
	w.doNothing(nothing)
}

func (w *writer) reset() {
	accounts, user := len(w.Accounts), !w.User.IsZero()
	next := "next"
	switch {
	case accounts == 0:
		w.head("subject_user")
		w.para("what_user")
		next = "next_user"
	case user:
		w.head("subject_both")
		w.about()
		w.para("what_user_too")
		next = "next_both"
	default:
		w.about()
	}
	if accounts > 1 || (accounts == 1 && user) {
		w.para("choose")
	}
	w.link(w.own("act"))
	w.until()
	w.para(next)
	count := accounts
	if user {
		count++
	}
	w.foot = append(w.foot, block{
		Ask:  parse(w.say.Text("mail.not_you")),
		Line: parse(w.say.Text("mail.reset.nothing", "Count", count)),
	})
	w.origin("asked")
}

// notice tells of a change that somebody may want to object to.
func (w *writer) notice() {
	w.about()
	w.para("next")
	w.origin("done")
	ask := "mail.not_you"
	if w.Template == LinkedUser {
		ask = "mail.not_you_alone"
	}
	w.warning(ask, w.say.Text("mail.tell_link"), w.say.Text("mail.not_me"))
}

// warning says what to do when it was somebody else: to open the link, or to
// answer when there is none.
func (w *writer) warning(ask, tell, label string) {
	if w.Link == "" {
		tell = w.say.Text("mail.tell_answer")
	} else if w.Template == ClaimedContacts && len(w.Accounts) > 1 {
		tell = w.own("tell_link") // it asks which
	}
	w.body = append(w.body, block{Ask: parse(w.say.Text(ask)), Line: parse(tell)})
	if w.Link == "" {
		return
	}
	w.link(label)
	if w.Template != UserPasswordSet { // that page is always there
		w.until()
	}
}

func (w *writer) doNothing(ask string) {
	w.foot = append(w.foot, block{Ask: parse(w.say.Text(ask)), Line: parse(w.own("nothing"))})
}

func (w *writer) head(part string) { w.title = parse(w.own(part)) }

func (w *writer) para(part string) {
	w.body = append(w.body, block{Line: parse(w.own(part))})
}

func (w *writer) question() {
	w.body = append(w.body, block{Ask: parse(w.own("ask")), Line: parse(w.own("answer"))})
}

// about is the paragraph that names the account in its sentence, or lists the
// accounts under it.
func (w *writer) about() {
	w.para("what")
	if len(w.Accounts) < 2 {
		return
	}
	w.each(w.account)
}

func (w *writer) link(label string) {
	w.body = append(w.body, block{Label: label, Copy: w.say.Text("mail.copy"), URL: w.Link})
}

func (w *writer) until() {
	if w.Until.IsZero() {
		return
	}
	text := w.say.Text("mail.until", "Until", markStrong(w.moment(w.Until)), "Zone", w.zone(w.Until))
	w.body = append(w.body, block{Line: parse(text)})
}

// origin says when it was asked for or done, and from where.
func (w *writer) origin(what string) {
	if w.When.IsZero() {
		return
	}
	id, from := "mail."+what, coarse(w.Origin)
	if from != "" {
		id += "_from"
	}
	text := w.say.Text(id, "When", w.moment(w.When), "Zone", w.zone(w.When), "Origin", from)
	w.foot = append(w.foot, block{Line: parse(text)})
}

// own is a text of the mail's template, with all that it may name.
func (w *writer) own(part string) string {
	args := []any{"Entity", w.name, "Count", len(w.Accounts), "Email", w.email(), "Other", w.Other.String(), "Roles", w.roles(), "Contact", w.Contact.Masked()}
	if w.Kind != "" {
		args = append(args, "Kind", w.say.Text("mail.kind."+string(w.Kind)))
	}
	if len(w.Accounts) > 0 {
		a := w.Accounts[0]
		args = append(args, "ID", markID(a.ID.String()), "Masked", markID(a.ID.Masked()), "Account", w.account(a))
	}
	return w.say.Text("mail."+string(w.Template)+"."+part, args...)
}

func (w *writer) account(a Account) string {
	name := quotable(a.Name)
	if name == "" {
		return markID(a.ID.String())
	}
	return w.say.Text("mail.account", "ID", markID(a.ID.String()), "Name", name)
}

// email is the login that the mail is about: whole to its holder, masked to
// the contacts of the account, who may be others.
func (w *writer) email() string {
	if w.Template.Masks() {
		return w.User.Masked()
	}
	return w.User.String()
}

// Masks reports whether the readers of a mail are not the user whom it names.
func (t Template) Masks() bool {
	return t == Registered || t == Linked || t == Unlinked || t == MemberAdded || t == OwnershipMovedContacts || t == OwnershipReturnedContacts ||
		t == KeyCreated || t == ClaimedContacts || t == UnlinkedByCare
}

func (w *writer) moment(t time.Time) string {
	t = t.In(w.location())
	return w.say.Text("mail.time", "Clock", w.say.Clock(t), "Date", w.say.Date(t))
}

func (w *writer) location() *time.Location {
	if w.Entity.Zone == nil {
		return time.UTC
	}
	return w.Entity.Zone
}

// zone is the name of the clock that a time is read from: by its city where it
// has one, as most people do not know what CEST is.
func (w *writer) zone(t time.Time) string {
	name := w.location().String()
	area, city, ok := strings.Cut(name, "/")
	if !ok || area == "Etc" {
		short, _ := t.In(w.location()).Zone()
		return short
	}
	city = city[strings.LastIndex(city, "/")+1:]
	return w.say.Text("mail.zone", "City", strings.ReplaceAll(city, "_", " "))
}
