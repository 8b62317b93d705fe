package portal

import (
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// The fields of the period.
const (
	FieldFrom  = "from"
	FieldUntil = "until"
)

// An EventRow is one line of what happened to an account.
type EventRow struct {
	Kind  string // "account.registered"; its text has the ID "event." + Kind
	When  time.Time
	By    Someone // who did it
	About Someone // the user that it is about
	Roles keyfold.Roles
	Mail  string // message ID of what a mail is about; empty: not known
	From  string // client address; empty: not shown
}

// A Someone is a person or a machine as a page names them: by a name, or by a
// message ID.
type Someone struct {
	Name string
	Text string
}

func (s Someone) said(p ui.Page) string {
	if s.Name != "" || s.Text == "" {
		return s.Name
	}
	return p.Text(s.Text)
}

// said is the event in words. Every text may name the same things.
func (e EventRow) said(p ui.Page) string {
	about, mail := e.About, e.Mail
	if about == (Someone{}) {
		about.Text = "activity.former_user"
	}
	if mail == "" {
		mail = "mail_about.other"
	}
	return p.Text("event."+e.Kind, "User", about.said(p), "Roles", roleNames(p, e.Roles), "Mail", p.Text(mail))
}

// An ActivityQuery is what was asked for, as it was typed.
type ActivityQuery struct {
	Group       ActivityGroup
	From, Until string // days like 2026-03-12; empty: open
}

// narrow reports whether there may be events that it leaves out.
func (q ActivityQuery) narrow() bool { return q.Group != GroupAll || q.From != "" || q.Until != "" }

// in is the same period of another group.
func (q ActivityQuery) in(g ActivityGroup) ActivityQuery {
	q.Group = g
	return q
}

// at is a page of the account with the same question, from a place on.
func (q ActivityQuery) at(h AccountHead, page string, before int64) string {
	v := url.Values{}
	for name, value := range map[string]string{"group": string(q.Group), FieldFrom: q.From, FieldUntil: q.Until} {
		if value != "" && value != string(GroupAll) {
			v.Set(name, value)
		}
	}
	if before > 0 {
		v.Set("before", strconv.FormatInt(before, 10))
	}
	return strings.TrimSuffix(h.path(page)+"?"+v.Encode(), "?")
}

// An ActivityView is what happened to an account, newest first.
type ActivityView struct {
	AccountHead
	ui.Form

	Query  ActivityQuery
	Rows   []EventRow
	Before int64 // the place that it begins at; 0: the newest
	Older  int64 // the place where older ones begin; 0: there are none
}

// An ActivityExportView asks whether to take the activity away as a file.
type ActivityExportView struct {
	AccountHead
	ui.Form

	Query    ActivityQuery
	AskProof bool
}

func (v ActivityExportView) fallback() string {
	if v.AskProof {
		return FieldLoginPassword
	}
	return "export"
}
