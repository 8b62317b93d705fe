package portal

import (
	"bytes"
	"iter"
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold/internal/sheet"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// activityInPart is how many events are fetched, and held, at once.
const activityInPart = 1000

func (p *Portal) showExport(w http.ResponseWriter, r *http.Request, at visit) error {
	view, _, err := p.exportView(w, r, at)
	if err != nil {
		return p.backToActivity(w, r, view)
	}
	return show(w, r, ActivityExportPage(view))
}

func (p *Portal) exportView(w http.ResponseWriter, r *http.Request, at visit) (ActivityExportView, store.ActivityFilter, error) {
	view := ActivityExportView{AccountHead: p.headOf(w, r, at), Query: activityQuery(r), AskProof: !p.SignIn.Fresh(at.session)}
	filter, err := p.activityFilter(at, view.Query)
	filter.Limit = activityInPart
	return view, filter, err
}

// backToActivity leads to the page with the fields that something is wrong with.
func (p *Portal) backToActivity(w http.ResponseWriter, r *http.Request, v ActivityExportView) error {
	http.Redirect(w, r, v.Query.at(v.AccountHead, "/activity", 0), http.StatusSeeOther)
	return nil
}

// export sends the activity as a file. A click more is a file more, and an event
// more.
func (p *Portal) export(w http.ResponseWriter, r *http.Request, at visit) error {
	view, filter, err := p.exportView(w, r, at)
	if err != nil {
		return p.backToActivity(w, r, view)
	}
	if err := p.fresh(r, at); err != nil {
		return again(w, r, err, &view.Form, func() templ.Component { return ActivityExportPage(view) })
	}
	if err := p.Activity.Export(r.Context(), actOf(r, at.session), at.session.User, at.Account.ID); err != nil {
		return err
	}
	at.session.User = "" // who reads the file may be somebody else: nobody in it is "you"
	name := "activity-" + view.CustomerID + "-" + p.Now().In(p.zone()).Format(time.DateOnly) + ".csv"
	return web.Attach(w, name, "text/csv; charset=utf-8; header=present", p.activityFile(r, at, view.Page, filter))
}

// activityFile is the file in parts: a line of names, and a line for each event,
// newest first.
func (p *Portal) activityFile(r *http.Request, at visit, page ui.Page, f store.ActivityFilter) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		var part bytes.Buffer
		part.WriteString(sheet.ByteOrderMark)
		part.WriteString(sheet.Line(page.Text("activity.csv_when"), page.Text("activity.csv_what"), page.Text("activity.csv_who"), page.Text("activity.csv_from"), page.Text("activity.csv_kind")))
		for {
			found, err := p.Read.Activity(r.Context(), f)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, e := range found.Events {
				row := p.eventRow(e, at)
				part.WriteString(sheet.Line(page.Stamp(row.When), row.said(page), row.By.said(page), row.From, row.Kind))
			}
			if !yield(part.Bytes(), nil) || found.Older == 0 {
				return
			}
			part.Reset()
			f.Older = found.Older
		}
	}
}
