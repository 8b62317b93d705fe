package portal

import (
	"strings"

	"github.com/keyfold/keyfold"
)

// An ActivityGroup is what the activity of an account can be narrowed down to.
type ActivityGroup string

// The groups. The texts of their names have the ID "activity.group_" + group.
const (
	GroupAll       ActivityGroup = "all"
	GroupLogin     ActivityGroup = "login" // and password
	GroupUsers     ActivityGroup = "users" // and roles
	GroupContacts  ActivityGroup = "contacts"
	GroupOwnership ActivityGroup = "ownership"
	GroupMails     ActivityGroup = "mails"
)

// activityGroups are all of them, in the order in which they are shown.
func activityGroups() []ActivityGroup {
	return []ActivityGroup{GroupAll, GroupLogin, GroupUsers, GroupContacts, GroupOwnership, GroupMails}
}

// untold are the events of an account that its users do not read about. Those of
// users are no account's business.
var untold = map[string]bool{
	"mail.void":             true, // it never left, and what it was about has an event of its own
	"session.ended":         true, // of a registration session, whose beginning is told
	"invitation.superseded": true, // the newer one is told
	"care.refused":          true, // it is about a door, and about no account
	"care.account_opened":   true, // each time that one of the staff looks
	"care.leafed":           true,
	"care.search_refused":   true,
	"care.searched":         true,
}

// nouns are the groups of events by what they are about, the word before the
// dot.
var nouns = map[string]ActivityGroup{
	"login": GroupLogin, "registration": GroupLogin, "reset": GroupLogin, "verification": GroupLogin, "key": GroupLogin,
	"link": GroupOwnership, "member": GroupUsers, "invitation": GroupUsers, "access": GroupUsers, "request": GroupUsers,
	"contact": GroupContacts, "mail": GroupMails,
	"activity": GroupAll, "account": GroupAll, "care": GroupAll,
}

// ofAccount are the events of the account itself that belong into a group.
var ofAccount = map[string]ActivityGroup{
	"account.password_set": GroupLogin, "account.legacy_accepted": GroupLogin,
	"account.email_pending": GroupLogin, "account.reminded": GroupLogin, "account.pending_dropped": GroupLogin,
	"account.contact_changed": GroupContacts, "account.contact_proposed": GroupContacts, "account.contact_stopped": GroupContacts,
	"account.registered": GroupOwnership, "account.linked": GroupOwnership, "account.claimed": GroupOwnership,
	"account.unlinked": GroupOwnership, "account.link_undone": GroupOwnership, "account.frozen": GroupOwnership,
	"account.disputed_again": GroupOwnership, "account.needs_care": GroupOwnership,
	"account.ownership_offered": GroupOwnership, "account.ownership_withdrawn": GroupOwnership, "account.ownership_declined": GroupOwnership,
	"account.ownership_moved": GroupOwnership, "account.ownership_returned": GroupOwnership,
	"account.recovery_asked": GroupOwnership, "account.recovery_vetoed": GroupOwnership, "account.recovered": GroupOwnership,
	"account.unfrozen": GroupOwnership, "account.given_to_contact": GroupOwnership, "account.care_done": GroupOwnership,
}

// groupOf is where a kind of event belongs. What no group is known for is told
// to nobody, and a test asks for one.
func groupOf(kind string) (group ActivityGroup, told bool) {
	noun, _, _ := strings.Cut(kind, ".")
	group, told = nouns[noun]
	if narrower, ok := ofAccount[kind]; ok {
		group = narrower
	}
	return group, told && !untold[kind]
}

// kinds are the kinds of events in a group that there is a text for.
func (p *Portal) kinds(wanted ActivityGroup) (kinds []string) {
	for _, k := range keyfold.EventKinds() {
		group, told := groupOf(k.Kind)
		if told && (wanted == GroupAll || group == wanted) && p.Texts.Has("event."+k.Kind) {
			kinds = append(kinds, k.Kind)
		}
	}
	return kinds
}
