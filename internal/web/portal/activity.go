package portal

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

const activityOnPage = 25

// showActivity is what happened to an account, a page at a time.
func (p *Portal) showActivity(w http.ResponseWriter, r *http.Request, at visit) error {
	view := ActivityView{AccountHead: p.headOf(w, r, at), Query: activityQuery(r)}
	filter, err := p.activityFilter(at, view.Query)
	if err != nil {
		return again(w, r, err, &view.Form, func() templ.Component { return ActivityPage(view) })
	}
	if before, err := strconv.ParseInt(r.FormValue("before"), 10, 64); err == nil && before > 0 {
		view.Before = before
	}
	filter.Older, filter.Limit = view.Before, activityOnPage
	page, err := p.Read.Activity(r.Context(), filter)
	if err != nil {
		return err
	}
	view.Older = page.Older
	for _, e := range page.Events {
		view.Rows = append(view.Rows, p.eventRow(e, at))
	}
	return show(w, r, ActivityPage(view))
}

// activityQuery is what a request asks for. A group that there is not is all.
func activityQuery(r *http.Request) ActivityQuery {
	q := ActivityQuery{Group: ActivityGroup(r.FormValue("group"))}
	if !slices.Contains(activityGroups(), q.Group) {
		q.Group = GroupAll
	}
	for field, to := range map[string]*string{FieldFrom: &q.From, FieldUntil: &q.Until} {
		typed := strings.TrimSpace(r.FormValue(field))
		*to = typed[:min(len(typed), 40)]
	}
	return q
}

// activityFilter reads what was asked for. Days begin and end in the zone of the
// operator, as all times of the page are in it.
func (p *Portal) activityFilter(at visit, q ActivityQuery) (store.ActivityFilter, error) {
	f := store.ActivityFilter{Account: at.Account.ID, Kinds: p.kinds(q.Group)}
	var reasons keyfold.Refusals
	for _, day := range []struct {
		field, typed string
		to           *time.Time
		plus         int
	}{{FieldFrom, q.From, &f.From, 0}, {FieldUntil, q.Until, &f.To, 1}} {
		if day.typed == "" {
			continue
		}
		t, err := time.ParseInLocation(time.DateOnly, day.typed, p.zone())
		if err != nil {
			reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "activity.day").On(day.field))
			continue
		}
		*day.to = t.AddDate(0, 0, day.plus)
	}
	if len(reasons) == 0 && !f.To.IsZero() && !f.From.Before(f.To) {
		reasons = append(reasons, keyfold.Refuse(keyfold.Invalid, "activity.order").On(FieldUntil))
	}
	return f, reasons.OrNil()
}

func (p *Portal) zone() *time.Location {
	return cmp.Or(p.Site.Zone, time.UTC)
}

// eventRow is an event as a visitor may read it.
func (p *Portal) eventRow(e store.Activity, at visit) EventRow {
	row := EventRow{Kind: e.Kind, When: e.At, By: by(e, at.session.User)}
	if e.User != "" {
		row.About = user(e, e.About, at.session.User)
	}
	if m := e.Became.Member; m != nil {
		_ = row.Roles.UnmarshalText([]byte(m.Roles)) // a role that there was once has no name any more
	}
	if id := "mail_about." + e.Note; strings.HasPrefix(e.Kind, "mail.") && p.Texts.Has(id) {
		row.Mail = id
	}
	if at.Roles.May(keyfold.ExportActivity) && fromOutside(e) {
		row.From = e.From
	}
	return row
}

// fromOutside reports whether an act came from a client whose address is worth
// something to who looks after the account. Where staff sits is not.
func fromOutside(e store.Activity) bool {
	kind, _, _ := strings.Cut(e.By, ":")
	return slices.Contains([]string{"visitor", "user", "key"}, kind)
}

// by is who did something.
func by(e store.Activity, viewer keyfold.UserID) Someone {
	switch kind, _, _ := strings.Cut(e.By, ":"); kind {
	case "user":
		return user(e, e.Actor, viewer)
	case "visitor":
		return Someone{Text: "activity.by_visitor"}
	case "staff":
		return Someone{Text: "activity.by_care"}
	case "import":
		return Someone{Text: "activity.by_database"}
	case "key":
		return Someone{Text: "activity.by_key"}
	case "system":
		return Someone{Text: "activity.by_portal"}
	}
	return Someone{Text: "activity.by_unknown"}
}

// ofMembers are the nouns of events in which only who has, or had, access to the
// account can come up. In others there may be strangers, and a name is nobody's
// business that one does not share an account with.
var ofMembers = []string{"account", "member", "contact", "key", "activity"}

// user names a user to the users of an account: a member as on the page with all
// users, a former one by name only.
func user(e store.Activity, who store.Person, viewer keyfold.UserID) Someone {
	noun, _, _ := strings.Cut(e.Kind, ".")
	switch {
	case viewer != "" && who.ID == viewer:
		return Someone{Text: "activity.you"}
	case who.Member:
		return Someone{Name: cmp.Or(who.Name, who.Email.String())}
	case slices.Contains(ofMembers, noun):
		return Someone{Name: who.Name, Text: "activity.former_user"}
	}
	return Someone{Text: "activity.some_user"}
}
