package desk

import (
	"slices"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/store"
)

// Advice is where an account stands in the ten steps, and what its customer should
// do next, in words to read aloud. The text has the ID "care.say_" and Say.
type Advice struct {
	Step int
	Say  string
	When time.Time // for the words, where they name one
}

// ofLate is how long a reset of an email login is what its owner calls about.
const ofLate = 24 * time.Hour

// Advise looks at an account, at the login of its owner, if there is one, and at the
// mails to them, newest first.
func Advise(a keyfold.Account, owner keyfold.Email, mails []store.AccountMail, now time.Time) Advice {
	switch {
	case a.Closed:
		return Advice{Step: 1, Say: "closed"}
	case a.Frozen:
		return Advice{Step: stepOf(a), Say: "frozen"}
	case a.State == keyfold.Registered:
		return adviseOwned(a, owner, mails, now)
	case !a.Coming.At.IsZero():
		return Advice{Step: stepOf(a), Say: "coming", When: a.Coming.At}
	case a.State == keyfold.EmailPending:
		say, when := fate(newest(mails, mailtext.Confirm, a.Pending), now)
		return Advice{Step: 6, Say: "confirm_" + say, When: when}
	case a.Contact.Email.IsZero():
		return Advice{Step: 1, Say: "no_contact"}
	case a.State == keyfold.PasswordSet:
		return Advice{Step: 4, Say: "give_email"}
	}
	say, when := fate(newest(mails, mailtext.Reset, a.Contact.Email), now)
	step := 2
	if say == "none" {
		step = 1
	}
	return Advice{Step: step, Say: "reset_" + say, When: when}
}

// adviseOwned is for an account that belongs to a login. What waits to change its
// main contact is nothing to whoever waits for a mail to the login.
func adviseOwned(a keyfold.Account, owner keyfold.Email, mails []store.AccountMail, now time.Time) Advice {
	m := newest(mails, mailtext.Reset, owner)
	switch {
	case !a.Reclaim.IsZero():
		return Advice{Step: 10, Say: "reclaim", When: a.Reclaim}
	case m != nil && now.Sub(m.Created) <= ofLate:
		say, when := fate(m, now)
		return Advice{Step: 10, Say: "login_" + say, When: when}
	case !a.Coming.At.IsZero():
		return Advice{Step: 10, Say: "coming", When: a.Coming.At}
	}
	return Advice{Step: 10, Say: "registered"}
}

// stepOf is the step that a state stands for.
func stepOf(a keyfold.Account) int {
	switch a.State {
	case keyfold.PasswordSet:
		return 4
	case keyfold.EmailPending:
		return 6
	case keyfold.Registered:
		return 10
	case keyfold.Legacy:
	}
	return 1
}

func newest(mails []store.AccountMail, template mailtext.Template, to keyfold.Email) *store.AccountMail {
	i := slices.IndexFunc(mails, func(m store.AccountMail) bool {
		return m.Template == string(template) && m.To.Same(to) && m.Status != store.Voided
	})
	if i < 0 {
		return nil
	}
	return &mails[i]
}

// Fates are what can have become of a mail with a link, as [Advise] tells them
// apart.
func Fates() []string {
	return []string{"none", "queued", "deferred", "failed", "bounced", "late", "used", "replaced", "expired", "sent"}
}

// fate is what has become of a mail and its link.
func fate(m *store.AccountMail, now time.Time) (say string, when time.Time) {
	switch {
	case m == nil:
		return "none", time.Time{}
	case m.Status == store.Failed:
		return "failed", m.Ended
	case m.Status == store.Bounced:
		return "bounced", m.Ended
	case m.Status != store.Sent && m.LastError != "":
		return "deferred", m.Next
	case m.Status != store.Sent:
		return "queued", m.Next
	case m.LinkEnd == store.Spent:
		return "used", m.Ended
	case m.LinkEnd != "":
		return "replaced", m.Ended
	case m.Purpose != "" && !now.Before(m.Expires):
		return "expired", m.Expires
	case m.LastError != "":
		return "late", m.Ended
	}
	return "sent", m.Ended
}
