package keyfold

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
	return []EventKind{
		{"account.claimed", "A user had the account linked because its main contact is the user's mailbox.", true},
		{"account.closed", "The customer database says that the account is closed. What was pending is void.", true},
		{"account.contact_changed", "The account has another main contact. What was pending is void, and the former contact is told.", true},
		{"account.disputed_again", "One more \"This was not me\" for an account that is frozen already.", false},
		{"account.email_pending", "Step 5: an address waits for its mailbox to answer.", true},
		{"account.frozen", "\"This was not me\": owner and contacts stay as they are until customer care has looked.", true},
		{"account.imported", "The account came in from the customer database.", true},
		{"account.link_undone", "The main contact took the account back within 14 days: all is as it was before its link.", true},
		{"account.linked", "The account became one more of a user who has a login already.", true},
		{"account.needs_care", "Only customer care can help the account on. The note says why.", true},
		{"account.password_set", "Step 3: a password for the customer ID.", true},
		{"account.registered", "Step 8: the account has its owner, and the password of the customer ID is sealed.", true},
		{"account.reopened", "The customer database says that a closed account is open again.", true},
		{"account.unlinked", "Its owner took the account off the login. It can be reset by its customer ID.", true},
		{"account.updated", "The customer database changed a name, a language or another detail.", true},
		{"login.failed", "Somebody tried to log in, and the password was wrong or the name unknown.", false},
		{"mail.failed", "A mail was given up. The note names its template.", false},
		{"mail.sent", "The mail server took a mail. The note names its template.", false},
		{"mail.void", "A mail was not sent, because what it was about had ended.", false},
		{"registration.session_opened", "Step 4: a login with the customer ID.", false},
		{"reset.refused", "Somebody asked for a reset that cannot be. The note says why.", false},
		{"reset.requested", "Step 1: a reset was asked for, and a mail is promised. The note names it when it carries no link.", false},
		{"session.ended", "Somebody logged out.", false},
		{"user.created", "A mailbox has answered, and there is a user with its address.", true},
		{"user.logged_in", "Step 10: a login by email.", false},
		{"user.password_rehashed", "The same password is stored in a stronger form.", true},
		{"user.password_set", "A user has a new password.", true},
		{"user.resumed", "A suspended user may log in again.", true},
		{"user.suspended", "A user may not log in until resumed.", true},
		{"verification.sent_again", "Step 6: the verification mail was asked for once more.", false},
	}
}
