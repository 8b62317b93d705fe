package keyfold

// caseKinds are those of cases, and of what takes two persons of the staff.
func caseKinds() []EventKind {
	return []EventKind{
		{"account.care_done", "Customer care saw to what was wrong: customers can help themselves again.", true},
		{"account.given_to_contact", "Two persons of customer care decided a dispute for the main contact: the account begins anew.", true},
		{"account.unfrozen", "Two persons of customer care ended a dispute: all stays as it is.", true},
		{"approval.approved", "A second person said yes. What was done is in the event beside it.", true},
		{"approval.asked", "One of the staff asked for what takes two. The note says what for.", true},
		{"approval.declined", "The second person said no.", true},
		{"approval.void", "What was asked of a second person is void. The note says why.", true},
		{"approval.withdrawn", "Who had asked for a second person took it back.", true},
		{"case.awaited", "A customer has come for an account that has a case already, and waits.", true},
		{"case.closed", "A case is closed. The note says how it ended.", true},
		{"case.handed_over", "A case takes a supervisor.", true},
		{"case.noted", "One of the staff wrote a note. What it says is in the case.", false},
		{"case.opened", "Only customer care can help here. The note says why.", true},
		{"case.taken", "One of the staff sees to a case.", true},
	}
}
