package keyfold

// deskKinds are those of what staff do for one caller.
func deskKinds() []EventKind {
	return []EventKind{
		{"account.pending_cancelled", "Customer care took back an address that waits for its mailbox to answer.", true},
		{"care.account_opened", "One of the staff looked at an account: at its page, or at one of its cases or of what was asked about it.", false},
		{"care.contact_asked", "One of the staff asked whether an address, and a name, that a caller said are those of the main contact. The note is the answer.", false},
		{"care.contact_revealed", "One of the staff looked at the whole address of the main contact, with a reason, which is kept but not here. All contacts are told.", false},
		{"care.leafed", "One of the staff went on in a list of cases or approvals, page after page.", false},
		{"care.pin_checked", "One of the staff checked the number that a caller read out. The note is the answer; on a yes, with the roles of the user whose number it was.", false},
		{"care.reset_mailed", "One of the staff had a reset mailed to the main contact.", false},
		{"user.caller_pin", "A user asked for a number to read out to customer care.", false},
	}
}
