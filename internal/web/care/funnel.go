package care

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/funnel"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

func (d *Desk) funnelRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /care/funnel", Guarded: d.may(keyfold.SeeFunnel, d.showFunnel)},
		{Pattern: "GET /care/funnel.csv", Guarded: d.may(keyfold.SeeFunnel, d.funnelFile)},
	}
}

const (
	fieldFrom   = "from"
	fieldUntil  = "until"
	fieldEntity = "entity"
)

// A FunnelView is the page of how many accounts stand where.
type FunnelView struct {
	Page
	ui.Form
	funnel.Report

	Query funnel.Query // as it was asked
	Today string
	Chart Chart
}

func (d *Desk) showFunnel(w http.ResponseWriter, r *http.Request, at Visit) error {
	v := FunnelView{Page: d.page(r, at), Query: funnelQuery(r), Today: funnel.Day(d.Now(), d.Funnel.Zone)}
	var err error
	v.Report, err = d.Funnel.Read(r.Context(), v.Query)
	if err != nil {
		return again(w, r, err, &v.Form, func() templ.Component { return FunnelPage(v) })
	}
	v.Query.From, v.Query.To = v.From, v.To
	v.Chart = chartOf(v.Days)
	return show(w, r, FunnelPage(v))
}

// funnelFile is every day, for a spreadsheet.
func (d *Desk) funnelFile(w http.ResponseWriter, r *http.Request, at Visit) error {
	page := d.page(r, at)
	names := funnel.Names{
		Day: page.Text("care.funnel_day"), Entity: page.Text("care.funnel_entity"),
		Stood: func(s funnel.Stage) string { return page.Text("care.funnel_stage_" + string(s)) },
		Entered: func(s funnel.Stage) string {
			return page.Text("care.funnel_csv_entered", "Stage", page.Text("care.funnel_stage_"+string(s)))
		},
	}
	q := funnelQuery(r)
	name := "funnel-" + funnel.Day(d.Now(), d.Funnel.Zone) + ".csv"
	err := web.Attach(w, name, "text/csv; charset=utf-8; header=present", d.Funnel.File(r.Context(), q, names))
	if len(keyfold.Refused(err)) > 0 { // the page says what is wrong
		http.Redirect(w, r, funnelPath("/care/funnel", q), http.StatusSeeOther)
		return nil
	}
	return err
}

func funnelQuery(r *http.Request) funnel.Query {
	q := r.URL.Query()
	return funnel.Query{From: q.Get(fieldFrom), To: q.Get(fieldUntil), Entity: q.Get(fieldEntity)}
}

func funnelPath(path string, q funnel.Query) string {
	values := url.Values{}
	for name, value := range map[string]string{fieldFrom: q.From, fieldUntil: q.To, fieldEntity: q.Entity} {
		if value != "" {
			values.Set(name, value)
		}
	}
	if len(values) == 0 {
		return path
	}
	return path + "?" + values.Encode()
}

// recent are the days that one click shows.
func (v FunnelView) recent() []int { return []int{7, 30, 90} }

// last leads to the days until today.
func (v FunnelView) last(n int) string { return funnelPath("/care/funnel", v.lastDays(n)) }

func (v FunnelView) lastDays(n int) funnel.Query {
	today, err := time.Parse(time.DateOnly, v.Today)
	if err != nil {
		return funnel.Query{Entity: v.Query.Entity}
	}
	return funnel.Query{From: today.AddDate(0, 0, 1-n).Format(time.DateOnly), To: v.Today, Entity: v.Query.Entity}
}

// entities are those that can be chosen: what accounts were counted in.
func (v FunnelView) entities() []string {
	all := slices.Clone(v.Entities)
	if v.Query.Entity != "" && !slices.Contains(all, v.Query.Entity) {
		all = append(all, v.Query.Entity)
	}
	return all
}

// open and done are the accounts that the headline is about.
func (v FunnelView) open() int64 {
	return v.After().Of(slices.DeleteFunc(funnel.Stages(), func(s funnel.Stage) bool { return s == funnel.Closed })...)
}
func (v FunnelView) done() int64 { return v.After().Of(funnel.Registered, funnel.Linked) }
func (v FunnelView) way() int64 {
	return v.After().Of(funnel.Asked, funnel.PasswordSet, funnel.EmailPending)
}
func (v FunnelView) all() int64 { return v.After().Of(funnel.Stages()...) }

func (v FunnelView) number(n int64) string { return v.Lang.Number(n) }

// change is a number with its sign, as what is more and what is less.
func (v FunnelView) change(s funnel.Stage) string {
	n := v.After()[s] - v.Before[s]
	if n > 0 {
		return "+" + v.number(n)
	}
	return v.number(n)
}

func (v FunnelView) share(part, whole int64) string { return v.Lang.Share(part, whole) }

func (v FunnelView) stage(s funnel.Stage) string { return v.Text("care.funnel_stage_" + string(s)) }

// date is a day in full.
func (v FunnelView) date(day string) string {
	at, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return v.Lang.Date(at)
}

// described is the chart in words: its first and its last column.
func (v FunnelView) described() string {
	column := func(d funnel.DayCount) string {
		var parts []string
		for _, s := range drawn() {
			if n := d.Stood[s]; n > 0 {
				parts = append(parts, v.Text("care.funnel_chart_part", "Stage", v.stage(s), "Number", v.number(n)))
			}
		}
		return cmp.Or(strings.Join(parts, "; "), v.Text("care.funnel_chart_nobody"))
	}
	first, last := v.Days[0], v.Days[len(v.Days)-1]
	return v.Text("care.funnel_chart_desc", "From", v.date(first.Day), "First", column(first), "To", v.date(last.Day), "Last", column(last))
}

// before is the step that a step follows.
func (v FunnelView) before(s funnel.Stage) (funnel.Stage, bool) {
	all := funnel.Reaching()
	i := slices.Index(all, s)
	return all[max(0, i-1)], i > 0 && s != funnel.Linked
}

// rowsUpTo is how many days stand in the table one by one. Of more, one of each
// week does, so that the page stays one; the file has them all.
const rowsUpTo = 92

func (v FunnelView) weekly() bool { return len(v.Days) > rowsUpTo }

// rows are the days of the table, the newest first.
func (v FunnelView) rows() (rows []funnel.DayCount) {
	step := 1
	if v.weekly() {
		step = 7
	}
	for i := len(v.Days) - 1; i >= 0; i -= step {
		rows = append(rows, v.Days[i])
	}
	return rows
}

// bar is how long the bar of a step is, of a hundred.
func (v FunnelView) bar(s funnel.Stage) string {
	return tenth(100 * float64(v.Reached[s]) / float64(max(1, v.Reached[funnel.Asked])))
}
