package care

import (
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// An AccountView is an account on one screen. No whole address is in it but the one
// that was asked for with a reason, once.
type AccountView struct {
	Page
	ui.Form

	Account    keyfold.Account
	Owner      keyfold.User
	Contacts   []keyfold.ListedContact
	Users      []store.MemberUser
	MoreUsers  bool
	Advice     desk.Advice
	Mails      []store.AccountMail
	Events     []store.Activity
	Colleagues map[keyfold.StaffID]string // names of those of the staff who did some of it
	Cases      []keyfold.Case
	Asked      []keyfold.Approval
	Reveals    []store.Reveal
	Done       string           // message ID
	Answer     *desk.Answer     // after the caller named an address
	Revealed   *keyfold.Contact // after a reason was given
	PIN        string           // "yes" or "no", after the caller read a number out
	PINRoles   keyfold.Roles
	entities   keyfold.Entities
	texts      *locale.Catalog
}

func (v AccountView) name() string {
	if v.Account.Name == "" {
		return v.Account.ID.String()
	}
	return named(v.Account.Name)
}

func (v AccountView) entity() string {
	if e, known := v.entities.Named(v.Account.Entity); known {
		return e.Name
	}
	return v.Account.Entity
}

// known reports whether there is a text.
func (v AccountView) known(id string) bool { return v.texts != nil && v.texts.Has(id) }

// path is where a form of the page goes.
func (v AccountView) path(what string) string { return accountPath(v.Account.ID) + "/" + what }

// A stage is one of the four that a customer goes through.
type stage struct {
	text       string // message ID
	done, here bool
}

// stages are where the account is, as four. The states of accounts are in order.
func (v AccountView) stages() (all []stage) {
	at := slices.Index(keyfold.States(), v.Account.State)
	for i, text := range []string{"care.stage_reset", "care.stage_email", "care.stage_confirm", "care.stage_login"} {
		done := at > i || v.Account.State == keyfold.Registered
		all = append(all, stage{text, done, at == i && !done})
	}
	return all
}

// whose says which of the mailboxes of the account a mail went to.
func (v AccountView) whose(m store.AccountMail) string {
	a := v.Account
	switch {
	case m.To.Same(a.Contact.Email):
		return "care.box_contact"
	case !a.Pending.IsZero() && m.To.Same(a.Pending):
		return "care.box_pending"
	case !v.Owner.Email.IsZero() && m.To.Same(v.Owner.Email):
		return "care.box_owner"
	case !a.Former.IsZero() && m.To.Same(a.Former):
		return "care.box_former"
	}
	return "care.box_other"
}

// A mark is a tag: how it looks, and what it says.
type mark struct{ kind, icon, text string }

// fate is what has become of a mail.
func (v AccountView) fate(m store.AccountMail) mark {
	switch m.Status {
	case store.Queued, store.Sending:
		if m.LastError != "" {
			return mark{"warn", "clock", "care.mail_deferred"}
		}
		return mark{"", "clock", "care.mail_queued"}
	case store.Bounced:
		return mark{"bad", "back", "care.mail_bounced"}
	case store.Failed:
		return mark{"bad", "close", "care.mail_failed"}
	case store.Voided:
		return mark{"", "close", "care.mail_void"}
	case store.Sent:
	}
	if m.LastError != "" {
		return mark{"warn", "clock", "care.mail_late"}
	}
	return mark{"good", "check", "care.mail_sent"}
}

// link is what has become of the link of a mail that was sent; empty: it has none,
// or there is nothing to say.
func (v AccountView) link(m store.AccountMail) string {
	switch {
	case m.Purpose == "" || m.Status != store.Sent:
		return ""
	case m.LinkEnd == store.Spent:
		return "care.link_used"
	case m.LinkEnd != "":
		return "care.link_ended"
	case !v.Now.Before(m.Expires):
		return "care.link_expired"
	}
	return "care.link_works"
}

// about is what a mail is, as the activity of the account calls it.
func (v AccountView) about(m store.AccountMail) string {
	if id := "mail_about." + m.Template; v.known(id) {
		return id
	}
	return "mail_about.other"
}

// said is an event in words. Users are named by their masked addresses.
func (v AccountView) said(e store.Activity) string {
	if words := v.answer(e); words != "" {
		return words
	}
	mail := "mail_about." + e.Note
	if !strings.HasPrefix(e.Kind, "mail.") || !v.known(mail) {
		mail = "mail_about.other"
	}
	var roles keyfold.Roles
	if m := e.Became.Member; m != nil {
		_ = roles.UnmarshalText([]byte(m.Roles)) // a role that there was once has no name any more
	}
	return v.Text("event."+e.Kind, "User", masked(e.About.Email), "Roles", v.roles(roles), "Mail", v.Text(mail))
}

func (v AccountView) roles(r keyfold.Roles) string {
	var names []string
	for _, role := range r.List() {
		names = append(names, v.Text("role."+string(role)))
	}
	return strings.Join(names, ", ")
}

// by is who did something. Customers read of staff as customer care; the staff know
// each other.
func (v AccountView) by(e store.Activity) string {
	switch kind, id, _ := strings.Cut(e.By, ":"); kind {
	case "user":
		return masked(e.Actor.Email)
	case "visitor":
		return v.Text("activity.by_visitor")
	case "staff":
		if name := v.Colleagues[keyfold.StaffID(id)]; name != "" {
			return v.Text("care.account_by_staff", "Name", name)
		}
		return v.Text("activity.by_care")
	case "import":
		return v.Text("activity.by_database")
	case "key":
		return v.Text("activity.by_key")
	case "system":
		return v.Text("activity.by_portal")
	}
	return v.Text("activity.by_unknown")
}

// resets and its like say which of the one-person actions make sense for the account as it is.
func (v AccountView) resets() bool {
	a := v.Account
	return v.May(keyfold.MailReset) && !a.Closed && !a.Frozen && a.State != keyfold.Registered && !a.Contact.Email.IsZero()
}

func (v AccountView) pending() bool {
	return v.Account.State == keyfold.EmailPending && !v.Account.Closed && !v.Account.Frozen
}

func (v AccountView) freezes() bool {
	return v.May(keyfold.FreezeAccount) && !v.Account.Closed && !v.Account.Frozen
}

// answered is how the answer to what a caller named looks: good, only when all of it
// is right.
func (v AccountView) answered() (kind, icon string) {
	if v.Answer.Address && v.Answer.Name != desk.NameWrong {
		return "good", "check"
	}
	return "warn", "alert"
}
