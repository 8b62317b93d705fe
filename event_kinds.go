package keyfold

import (
	"slices"
	"strings"
)

// An EventKind is one kind of event with what it says, for docs/events.md.
type EventKind struct {
	Kind    string
	Meaning string
	// Changes says that the event is written with a new state of its account
	// or user. The others are visits, tries and the fate of mails.
	Changes bool
}

// EventKinds are all kinds of events, sorted by name.
func EventKinds() []EventKind {
	return slices.SortedFunc(slices.Values(slices.Concat(accountKinds(), otherKinds(), deskKinds(), staffKinds(), bounceKinds(), findKinds(), caseKinds(), trailKinds())), func(a, b EventKind) int {
		return strings.Compare(a.Kind, b.Kind)
	})
}

// accountKinds are those of an account itself.
func accountKinds() []EventKind {
	return []EventKind{
		{"account.claimed", "A user had the account linked because its main contact is the user's mailbox.", true},
		{"account.closed", "The customer database says that the account is closed. What was pending is void.", true},
		{"account.contact_changed", "The account has another main contact. What was pending is void, and the former contact is told.", true},
		{"account.contact_proposed", "Another main contact was asked for. It waits for 24 hours, in which the present one can stop it.", true},
		{"account.contact_stopped", "The change of the main contact was stopped.", true},
		{"account.disputed_again", "One more \"This was not me\" for an account that is frozen already.", false},
		{"account.email_pending", "Step 5: an address waits for its mailbox to answer.", true},
		{"account.frozen", "\"This was not me\": owner and contacts stay as they are until customer care has looked.", true},
		{"account.imported", "The account came in from the customer database.", true},
		{"account.legacy_accepted", "Step 3 by a login: the password of the old system was right, and is the password of the customer ID now.", true},
		{"account.link_undone", "The link was undone within 14 days of it: the account is as it was before, or begins anew where its main contact or owner has changed since.", true},
		{"account.linked", "The account became one more of a user who has a login already.", true},
		{"account.needs_care", "Only customer care can help the account on. The note says why.", true},
		{"account.ownership_declined", "The user who was asked said no.", true},
		{"account.ownership_moved", "The account has another owner. The one before stays as an admin, and can take it back for 24 hours.", true},
		{"account.ownership_offered", "The owner offered the ownership to another user of the account.", true},
		{"account.ownership_returned", "The former owner took the account back. A main contact that waits to come is void.", true},
		{"account.ownership_withdrawn", "The owner withdrew the offer.", true},
		{"account.password_set", "Step 3: a password for the customer ID.", true},
		{"account.pending_dropped", "The mailbox of the pending address has not answered for too long.", true},
		{"account.recovered", "The owner did not say no: the account has none any more, and can be reset by its customer ID.", true},
		{"account.recovery_asked", "The main contact asked to get the account back. Its owner has 72 hours to say no.", true},
		{"account.recovery_vetoed", "The owner said no: the account stays. Who insists asks customer care.", true},
		{"account.registered", "Step 8: the account has its owner, and the password of the customer ID is sealed.", true},
		{"account.reminded", "The main contact was reminded of an account that is half-way.", true},
		{"account.reopened", "The customer database says that a closed account is open again.", true},
		{"account.unlinked", "Its owner took the account off the login. It can be reset by its customer ID.", true},
		{"account.updated", "The customer database changed a name, a language or another detail.", true},
	}
}

// otherKinds are those of what belongs to an account, of users and of mails.
func otherKinds() []EventKind {
	return []EventKind{
		{"access.asked", "A user asked for access to the account, and its owner was told.", false},
		{"access.declined", "The owner said no to a user who had asked for access.", false},
		{"access.withdrawn", "A user takes a request for access back, be there such an account or not.", false},
		{"activity.exported", "A user took the activity of the account away as a file.", false},
		{"care.asked", "Somebody was still stuck after reading the help, and got a code to tell customer care. The note has the code, the article, and the state of an account on its way.", false},
		{"contact.added", "A contact was listed. The note says of which kind.", true},
		{"contact.promoted", "A contact is the primary one of its kind; the one before stays as an ordinary one.", true},
		{"contact.removed", "A contact is not listed any more.", true},
		{"contact.renamed", "The customer database has another name for a listed contact.", true},
		{"invitation.accepted", "Somebody accepted an invitation: with which login, the event names. The access is in the event beside it.", true},
		{"invitation.revoked", "An invitation was taken back, or ended with the right of who sent it.", true},
		{"invitation.sent", "Somebody was invited to the account. The note names the roles.", true},
		{"invitation.sent_again", "An invitation was sent once more, with a new link. It stands for the word of who sent it last.", true},
		{"invitation.superseded", "An invitation whose time was over made room for a newer one to the same address.", true},
		{"key.created", "The account has one more API key. The note says what it may read.", true},
		{"key.ended", "An API key works no more.", true},
		{"link.requested", "A user asked the main contact to link the account to their login.", false},
		{"login.failed", "Somebody tried to log in, or typed the password of the customer ID in step 8, and it was wrong or the name unknown.", false},
		{"mail.failed", "A mail was given up. The note names its template.", false},
		{"mail.sent", "The mail server took a mail. The note names its template.", false},
		{"mail.void", "A mail was not sent, because what it was about had ended.", false},
		{"member.added", "A user has access to the account. The note says how: invited, or asked.", true},
		{"member.left", "A user ended their own access.", true},
		{"member.removed", "A user has no access any more.", true},
		{"member.roles_changed", "A user has other roles in the account.", true},
		{"registration.session_opened", "Step 4: a login with the customer ID.", false},
		{"reset.refused", "Somebody asked for a reset that cannot be. The note says why.", false},
		{"reset.requested", "Step 1: a reset was asked for, and a mail is promised. The note names it when it carries no link.", false},
		{"session.ended", "Somebody logged out.", false},
		{"user.created", "A mailbox has answered, and there is a user with its address.", true},
		{"user.deleted", "A user deleted the login: its address, name and password are gone.", true},
		{"user.logged_in", "Step 10: a login by email.", false},
		{"user.password_rehashed", "The same password is stored in a stronger form.", true},
		{"user.password_set", "A user has a new password.", true},
		{"user.proof_failed", "A wrong password was typed where that of a login is asked once more: in an open browser, or at a link.", false},
		{"user.resumed", "A suspended user may log in again.", true},
		{"user.suspended", "A user may not log in until resumed.", true},
		{"verification.sent_again", "Step 6: the verification mail was asked for once more.", false},
	}
}
