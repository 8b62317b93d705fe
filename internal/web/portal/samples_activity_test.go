package portal_test

import (
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

func activities(p ui.Page) map[string]templ.Component {
	p.Person = "Sanne Veldkamp"
	someone := []portal.Someone{{Name: "Joris [of] **Pine** <b>"}}
	for _, who := range []string{"you", "former_user", "some_user", "by_visitor", "by_care", "by_database", "by_key", "by_portal", "by_unknown"} {
		someone = append(someone, portal.Someone{Text: "activity." + who})
	}
	var rows []portal.EventRow
	for i, k := range keyfold.EventKinds() {
		if _, told := portal.GroupOf(k.Kind); !told {
			continue
		}
		row := portal.EventRow{Kind: k.Kind, When: noon.Add(-time.Duration(i) * 9 * time.Hour), By: someone[i%len(someone)], About: someone[(i+1)%4]}
		if i%2 == 0 {
			row.From, row.Roles, row.Mail = "2001:db8:7:8:9:a:b:c", keyfold.RolesOf(keyfold.Admin, keyfold.Finance), "mail_about.reset"
		}
		rows = append(rows, row)
	}
	all := portal.ActivityView{AccountHead: head(p, keyfold.Owner), Query: portal.ActivityQuery{Group: portal.GroupAll}, Rows: rows, Older: 17}
	mine := portal.ActivityView{AccountHead: head(p, keyfold.Technical), Query: portal.ActivityQuery{Group: portal.GroupLogin}, Rows: rows[:2], Before: 18}
	narrow := portal.ActivityQuery{Group: portal.GroupUsers, From: "2026-03-01", Until: "2026-03-12"}
	none := portal.ActivityView{AccountHead: head(p, keyfold.Owner), Query: narrow}
	part, end, unused := none, none, none
	part.Older, end.Before, unused.Query = 9, 3, all.Query
	bad := none
	bad.Query.From, bad.Form = "yesterday", refused("activity.day", "from", "activity.order", "until")
	export := portal.ActivityExportView{AccountHead: head(p, keyfold.Admin), Query: portal.ActivityQuery{Group: portal.GroupAll}}
	ask := portal.ActivityExportView{AccountHead: head(p, keyfold.Owner), Query: narrow, AskProof: true}
	wrong := ask
	wrong.Form = refused("login_password.wrong", "login-password")
	return map[string]templ.Component{
		"activity": portal.ActivityPage(all), "activity-technical": portal.ActivityPage(mine), "activity-none": portal.ActivityPage(none),
		"activity-none-here": portal.ActivityPage(part), "activity-none-older": portal.ActivityPage(end), "activity-none-yet": portal.ActivityPage(unused),
		"activity-error": portal.ActivityPage(bad), "activity-export": portal.ActivityExportPage(export),
		"activity-export-proof": portal.ActivityExportPage(ask), "activity-export-error": portal.ActivityExportPage(wrong),
	}
}
