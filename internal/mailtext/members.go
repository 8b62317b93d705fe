package mailtext

import "strings"

// The mails about who has access. The comment says who reads it.
const (
	Invitation         Template = "invitation"          // an address, perhaps a stranger's: the link to accept
	InvitationAccepted Template = "invitation-accepted" // inviter
	MemberAdded        Template = "member-added"        // contacts: somebody else has access
	MemberRoles        Template = "member-roles"        // user: other roles
	MemberRemoved      Template = "member-removed"      // user: no access any more
	AccessRequested    Template = "access-requested"    // owner: somebody asks for access
	AccessGranted      Template = "access-granted"      // who asked
	AccessDeclined     Template = "access-declined"     // who asked
	LoginDeleted       Template = "login-deleted"       // the address of the login that was
)

func memberTemplates() []Template {
	return []Template{
		Invitation, InvitationAccepted, MemberAdded, MemberRoles, MemberRemoved, AccessRequested, AccessGranted, AccessDeclined, LoginDeleted,
	}
}

func (t Template) memberNeeds() (needs, bool) {
	switch t {
	case Invitation:
		return needs{accounts: always, link: always, other: always, roles: always}, true
	case InvitationAccepted:
		return needs{accounts: always, user: always, link: always, other: always}, true
	case MemberAdded:
		return needs{accounts: always, user: maybe, link: maybe, roles: always}, true
	case MemberRoles, AccessGranted:
		return needs{accounts: always, user: always, link: always, roles: always}, true
	case MemberRemoved, AccessDeclined:
		return needs{accounts: always, user: always}, true
	case AccessRequested:
		return needs{accounts: always, user: always, link: always}, true
	case LoginDeleted:
		return needs{}, true
	default:
		return needs{}, false
	}
}

func (w *writer) composeMembers() {
	switch w.Template {
	case Invitation:
		w.para("what")
		w.para("next")
		w.link(w.own("act"))
		w.until()
		w.doNothing("mail.invitation.ask")
	case InvitationAccepted:
		w.para("what")
		w.para("next")
		w.link(w.own("act"))
		w.origin("done")
	case AccessRequested:
		w.para("what")
		w.para("next")
		w.link(w.own("act"))
		w.origin("asked")
	case MemberAdded:
		w.notice()
	case MemberRoles, AccessGranted:
		w.para("what")
		w.link(w.own("act"))
		w.origin("done")
	case MemberRemoved, AccessDeclined:
		w.para("what")
		w.question()
		w.origin("done")
	case LoginDeleted:
		w.para("what")
		w.para("next")
		w.origin("done")
		w.body = append(w.body, block{Ask: parse(w.say.Text("mail.not_you_alone")), Line: parse(w.say.Text("mail.tell_answer"))})
	default: // is composed elsewhere
	}
}

// roles are the roles that the mail names, as people read them.
func (w *writer) roles() string {
	var names []string
	for _, role := range w.Roles.List() {
		names = append(names, w.say.Text("role."+string(role)))
	}
	return strings.Join(names, ", ")
}
