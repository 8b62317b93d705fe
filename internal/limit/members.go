package limit

import "time"

// Members are the counters of invitations and of requests for access.
type Members struct {
	InviteHour, InviteDay      Rule // one account
	InviteMail, InviteMailDay  Rule // one mailbox
	AccessUser, AccessUserDay  Rule
	AccessAddress, AcceptAgain Rule
}

// What a busy company needs in a day, and no more than a nuisance to others.
const (
	invitesHour, invitesDay = 20, 60
	accessHour, accessDay   = 10, 20
)

func makeMembers(c Config) Members {
	const day = 24 * time.Hour
	return Members{
		InviteHour:    Rule{"invite", invitesHour, time.Hour, "invitation.slow", "one account", "An account is no way to send mails to strangers."},
		InviteDay:     Rule{"invite-day", invitesDay, day, "invitation.slow", "one account", "As above, over a day."},
		InviteMail:    Rule{"invite-mail", c.VerifyMailsHour, time.Hour, "invitation.mail_slow", "one mailbox, from all accounts together", "Nobody's mailbox is flooded by invitations."},
		InviteMailDay: Rule{"invite-mail-day", 4 * c.VerifyMailsHour, day, "invitation.mail_slow", "one mailbox, from all accounts together", "As above, over a day."},
		AcceptAgain:   Rule{"accept-again", againTries, 15 * time.Minute, "login.slow", "one invitation that has been accepted", "As with any link that has been used."},
		AccessUser:    Rule{"access", accessHour, time.Hour, "access.slow", "one user", "Nobody walks through customer IDs, or bothers their owners."},
		AccessUserDay: Rule{"access-day", accessDay, day, "access.slow", "one user", "As above, over a day."},
		AccessAddress: Rule{"access-address", c.RequestsAddress, time.Minute, "access.slow", "one client address (IPv6: its /64)", "Slows down who has many logins."},
	}
}

func (m Members) all() []Rule {
	return []Rule{
		m.InviteHour, m.InviteDay, m.InviteMail, m.InviteMailDay, m.AcceptAgain, m.AccessUser, m.AccessUserDay, m.AccessAddress,
	}
}
