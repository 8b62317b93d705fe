// Package limit says how often things may be asked for, in one table: the
// program and the page of the documentation read the same.
package limit

import (
	"net/netip"
	"slices"
	"time"

	"github.com/keyfold/keyfold"
)

// A Rule is how many tries one name has in a window of time. Tries beyond it
// are refused until the window ends.
type Rule struct {
	Name   string // of the counter
	Tries  int
	Window time.Duration
	Text   string // message ID of the refusal; it may use Wait
	Counts string // what one counter is for, in plain words
	Why    string
}

// Check refuses the try that was one too many.
func (r Rule) Check(tries int64, until, now time.Time) error {
	if tries <= int64(r.Tries) {
		return nil
	}
	wait := max(time.Second, until.Sub(now))
	return keyfold.Refuse(keyfold.Slow, r.Text).With("Wait", wait).After(wait)
}

// Config are the limits that an operator can change.
type Config struct {
	ResetMailsHour  int // to one mailbox
	ResetMailsDay   int
	RequestsIDHour  int // resets asked for with one customer ID or address
	LoginTries      int // in 15 minutes, with one name
	LoginTriesDay   int
	VerifyMailsHour int // to one mailbox
	RequestsAddress int // posts of one client address in a minute, over all replicas
	RequestsAll     int // resets asked for in a minute by everybody together
	KeyRequests     int // of one API key in a minute
}

// Default are the limits that hold when the operator says nothing.
func Default() Config {
	return Config{
		ResetMailsHour: 3, ResetMailsDay: 10, RequestsIDHour: 20, LoginTries: 10, LoginTriesDay: 50,
		VerifyMailsHour: 5, RequestsAddress: 300, RequestsAll: 3000, KeyRequests: 300,
	}
}

// Rules are all counters.
type Rules struct {
	RequestID, RequestAddress, RequestAll      Rule
	LoginName, LoginNameDay, LoginDevice       Rule
	LoginAddress, Proof, Again                 Rule
	LoginUnanswered                            Rule
	VerifyMail, Resend, LinkUser               Rule
	VerifyMailDay, ResetMailHour, ResetMailDay Rule
	Offer, Recover                             Rule
	Contacts                                   Rule
	Members                                    Members
	KeyUse, KeyAddress                         Rule
	KeyMake, KeyMaker                          Rule
	Help                                       Help
	Staff                                      Staff
	Desk                                       Desk
	Find                                       Find
}

// contactChanges is more than it takes to list the contacts of a company.
const contactChanges = 30

// againTries is more than anybody's finger does, and less than a guesser needs.
const againTries = 40

// handOvers is how often the owner of an account can be about to change: more
// often than anybody changes their mind.
const handOvers = 10

// keysMade are more than all keys of an account made anew in one go.
const keysMade = keyfold.MaxKeys + 10

// Make is the table of the rules.
func Make(c Config) Rules {
	const quarter, day = 15 * time.Minute, 24 * time.Hour
	return Rules{
		RequestID: Rule{
			"request", c.RequestsIDHour, time.Hour, "request.slow", "one customer ID or address, as typed, known or not",
			"Asking more often brings no more mails. Links that are out keep working.",
		},
		RequestAddress: Rule{
			"request-address", c.RequestsAddress, time.Minute, "request.slow", "one client address (IPv6: its /64)",
			"Slows down who walks through all IDs.",
		},
		RequestAll: Rule{
			"request-all", c.RequestsAll, time.Minute, "request.slow", "the whole installation",
			"Keeps a flood from filling the outbox.",
		},
		LoginName: Rule{
			"login", c.LoginTries, quarter, "login.slow", "one username, as typed, known or not; browsers that have logged in or reset before have a counter of their own",
			"Slows down guessing. The reset by mail stays open, and the browser that used it is let in.",
		},
		LoginNameDay: Rule{"login-day", c.LoginTriesDay, day, "login.slow", "one username, as above", "Slows down patient guessing."},
		LoginDevice: Rule{
			"login-device", c.LoginTries, quarter, "login.slow", "one username in one browser that has logged in or reset before",
			"Who guesses from elsewhere cannot keep the holder out.",
		},
		LoginAddress: Rule{
			"login-address", c.RequestsAddress, time.Minute, "login.slow", "one client address (IPv6: its /64)",
			"Slows down who tries one password on all IDs.",
		},
		LoginUnanswered: Rule{
			"login-unanswered", c.LoginTriesDay, day, "login.slow", "one customer ID, known or not, while the old system that knows its password gives no answer",
			"Such a try is no failed login. It is counted apart, so that nobody guesses on while the old system is away.",
		},
		Proof:         Rule{"proof", c.LoginTries, quarter, "login.slow", "one link of step 7", "Slows down who holds a mistyped mail and guesses the password of step 3."},
		Again:         Rule{"again", againTries, quarter, "login.slow", "one link that has been used", "Many clicks on one button all see the same success, and a used link is no way to guess at the password that it set."},
		VerifyMail:    Rule{"verify", c.VerifyMailsHour, time.Hour, "mail.wait", "one mailbox", "Nobody's mailbox is flooded by a registration that is not theirs."},
		VerifyMailDay: Rule{"verify-day", 4 * c.VerifyMailsHour, day, "mail.wait", "one mailbox", "As above, over a day."},
		Resend:        Rule{"resend", c.VerifyMailsHour, time.Hour, "mail.wait", "one expired link", "A click on Send a new link is a mail."},
		LinkUser:      Rule{"link-user", 20, time.Hour, "request.slow", "one user", "Asking main contacts to link an account is a mail to somebody else."},
		ResetMailHour: Rule{"reset-mail", c.ResetMailsHour, time.Hour, "", "one mailbox", "More requests are put into one mail, which goes out when the hour is over."},
		ResetMailDay:  Rule{"reset-mail-day", c.ResetMailsDay, day, "", "one mailbox", "As above, over a day."},
		Offer:         Rule{"offer", handOvers, day, "ownership.slow", "one account whose ownership is offered", "Each offer is a mail to the user who may accept it."},
		Recover:       Rule{"recover", handOvers, 7 * day, "recovery.slow", "one account that its main contact asks back", "Each asking is a mail to the owner and to all contacts. One asking at a time, and none for 14 days after a no, are rules of their own."},
		Members:       makeMembers(c),
		Help:          makeHelp(),
		Staff:         makeStaff(),
		Desk:          makeDesk(),
		Find:          makeFind(),
		KeyUse:        Rule{"key", c.KeyRequests, time.Minute, "key.slow", "one API key", "One program leaves room for the others."},
		KeyAddress:    Rule{"key-address", c.RequestsAddress, time.Minute, "key.slow", "one client address (IPv6: its /64) that asks the API, with a key that works or not", "Slows down who walks through keys."},
		KeyMake:       Rule{"key-make", keysMade, day, "key.made_slow", "one account that gets API keys", "Each key is a mail to all contacts, and a row that stays."},
		KeyMaker:      Rule{"key-maker", 2 * keysMade, day, "key.made_slow", "one user who makes API keys, in all accounts together", "As above, for who has many accounts."},
		Contacts:      Rule{"contacts", contactChanges, time.Hour, "contact.slow", "one account", "Each change of its contacts is a mail, also to an address that was typed."},
	}
}

// All are the rules in the order of the documentation.
func (r Rules) All() []Rule {
	return slices.Concat([]Rule{
		r.RequestID, r.RequestAddress, r.RequestAll, r.ResetMailHour, r.ResetMailDay, r.LoginName, r.LoginNameDay,
		r.LoginDevice, r.LoginAddress, r.LoginUnanswered, r.Proof, r.Again, r.VerifyMail, r.VerifyMailDay, r.Resend,
		r.LinkUser,
		r.Offer, r.Recover, r.Contacts,
		r.KeyUse, r.KeyAddress, r.KeyMake, r.KeyMaker,
	}, r.Members.all(), r.Help.all(), r.Staff.all(), r.Desk.all(), r.Find.all())
}

// Client is what limits count as one client: an address, or the /64 of an IPv6
// address, since one customer has all of it.
func Client(address string) string {
	a, err := netip.ParseAddr(address)
	if err != nil {
		return address
	}
	if a = a.Unmap(); !a.Is6() {
		return a.String()
	}
	p, err := a.Prefix(64)
	if err != nil {
		return address
	}
	return p.String()
}
