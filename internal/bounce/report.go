package bounce

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
)

// An Action is what became of a mail, in the words of RFC 3464.
type Action string

// The actions that mean something here. Relayed and expanded are as good as
// delivered: nobody has given up.
const (
	Failed    Action = "failed"
	Delayed   Action = "delayed"
	Delivered Action = "delivered"
)

// Actions are all of them.
func Actions() []Action { return []Action{Failed, Delayed, Delivered} }

// A Report is what somebody says of one mail to one mailbox.
type Report struct {
	Mails      []string        // IDs of mails that it may be about, the surest first
	Recipients []keyfold.Email // the mailbox, by each of its names
	Action     Action
	Status     string // such as 5.1.1; empty: not told
	Diagnostic string // in the words of the server that had the mail last
}

// code is the status that it comes down to.
func (r Report) code() string {
	if r.Action == Delayed {
		return cmp.Or(r.Status, "4.0.0")
	}
	return cmp.Or(r.Status, "5.0.0")
}

// words are what the mail's row says of it.
func (r Report) words() string {
	said := keyfold.Said(r.Diagnostic)
	if !strings.Contains(said, r.code()) {
		said = strings.TrimSpace(r.code() + " " + said)
	}
	switch {
	case r.Action == Delayed:
		return "delayed on the way: " + said
	case strings.HasPrefix(r.code(), "4"):
		return "did not arrive in time: " + said
	}
	return "did not arrive: " + said
}

// names reports whether a mailbox is the one that it is about.
func (r Report) names(to keyfold.Email) bool { return slices.ContainsFunc(r.Recipients, to.Same) }

var mailID = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)

// MailID is the ID of the mail with a Message-ID, with its brackets and its domain
// or without; empty: none of ours.
func MailID(messageID string) string {
	id, _, _ := strings.Cut(strings.Trim(strings.TrimSpace(messageID), "<> \t"), "@")
	if !mailID.MatchString(id) {
		return ""
	}
	return id
}

var statusCode = regexp.MustCompile(`^[245]\.[0-9]{1,3}\.[0-9]{1,3}$`)

// IsStatus reports whether s is a status as RFC 3463 has it.
func IsStatus(s string) bool { return statusCode.MatchString(s) }

var (
	statusWithin = regexp.MustCompile(`(?:^|[^0-9.])([245]\.[0-9]{1,3}\.[0-9]{1,3})(?:[^0-9.]|\.(?:[^0-9]|$)|$)`)
	replyWithin  = regexp.MustCompile(`(?:^|[^0-9.])([45])[0-9]{2}[ -]`)
)

// statusIn finds the status in what a server said.
func statusIn(said string) string {
	if m := statusWithin.FindStringSubmatch(said); m != nil {
		return m[1]
	}
	if m := replyWithin.FindStringSubmatch(said); m != nil {
		return m[1] + ".0.0"
	}
	return ""
}
