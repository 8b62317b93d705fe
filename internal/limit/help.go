package limit

import "time"

// Help are the counters of what readers of the help say.
type Help struct {
	Vote, VoteAgain, Care Rule
}

// What a reader does, and no more than a nuisance could.
const (
	votesHour = 30
	caresDay  = 10
)

func makeHelp() Help {
	return Help{
		Vote:      Rule{"help-vote", votesHour, time.Hour, "request.slow", "one client address (IPv6: its /64)", "More votes are thanked for and not counted."},
		VoteAgain: Rule{"help-vote-again", 1, 10 * time.Minute, "request.slow", "one client address and article", "A double click is one vote."},
		Care:      Rule{"care", caresDay, 24 * time.Hour, "care.slow", "one user, or one account on the way to an email login", "A code for customer care is a row for them to look at."},
	}
}

func (h Help) all() []Rule { return []Rule{h.Vote, h.VoteAgain, h.Care} }
