package limit

import "time"

// Desk are the counters of what staff do to accounts.
type Desk struct {
	OpenHour, OpenDay            Rule
	ConfirmAccount, ConfirmStaff Rule
	RevealAccount, RevealStaff   Rule
	PINAccount, PINStaff         Rule
	ActAccount, ActStaff         Rule
	AskStaff, ListHour           Rule
}

// What a busy day at the telephone needs, and no more than that.
const (
	opensHour    = 240
	opensDay     = 1500
	confirmsHour = 3
	confirmsDay  = 100
	revealsDay   = 3
	revealsStaff = 10
	pinsHour     = 5
	pinsDay      = 200
	actsHour     = 10
	actsDay      = 300
	asksDay      = 60
	listsHour    = 60
)

func makeDesk() Desk {
	const day = 24 * time.Hour
	return Desk{
		OpenHour:       Rule{"desk-open", opensHour, time.Hour, "desk.slow_open", "one of the staff who opens the pages of accounts", "Who helps callers opens a few, and sees each again after each step. Who counts through the customer IDs is stopped."},
		OpenDay:        Rule{"desk-open-day", opensDay, day, "desk.slow_day", "one of the staff who opens the pages of accounts", "As above, for who does it slowly."},
		ConfirmAccount: Rule{"desk-confirm", confirmsHour, time.Hour, "desk.slow", "one account whose main contact is asked about", "Nobody finds an address out by asking."},
		ConfirmStaff:   Rule{"desk-confirm-staff", confirmsDay, day, "desk.slow_day", "one of the staff who asks so", "As above, for many accounts."},
		RevealAccount:  Rule{"desk-reveal", revealsDay, day, "desk.slow_day", "one account whose main contact is looked at", "Each look is a mail to all its contacts."},
		RevealStaff:    Rule{"desk-reveal-staff", revealsStaff, day, "desk.slow_day", "one of the staff who looks at main contacts", "Whole addresses are for the few calls that need one."},
		PINAccount:     Rule{"desk-pin", pinsHour, time.Hour, "desk.slow", "one account for which a caller's number is checked", "Six digits are soon guessed by who may guess."},
		PINStaff:       Rule{"desk-pin-staff", pinsDay, day, "desk.slow_day", "one of the staff who checks such numbers", "As above, for many accounts."},
		ActAccount:     Rule{"desk-act", actsHour, time.Hour, "desk.slow", "one account to which one of the staff does something", "Most of it is a mail to the customer; each of the staff has a counter of their own, so that nobody keeps a colleague from it."},
		ActStaff:       Rule{"desk-act-staff", actsDay, day, "desk.slow_day", "one of the staff who does something to accounts", "A stolen login of the staff cannot write to everybody."},
		AskStaff:       Rule{"desk-ask-staff", asksDay, day, "desk.slow_day", "one of the staff who asks for a second person", "Who decides is not flooded. To ask for another main contact counts as asking about the one there is."},
		ListHour:       Rule{"desk-list", listsHour, time.Hour, "desk.slow_open", "one of the staff who leafs through lists of cases and approvals", "A list names 25 customers a page."},
	}
}

func (d Desk) all() []Rule {
	return []Rule{d.OpenHour, d.OpenDay, d.ConfirmAccount, d.ConfirmStaff, d.RevealAccount, d.RevealStaff, d.PINAccount, d.PINStaff, d.ActAccount, d.ActStaff, d.AskStaff, d.ListHour}
}
