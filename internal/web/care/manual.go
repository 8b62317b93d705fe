package care

import (
	"net/http"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/web"
)

func (d *Desk) manualRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /care/manual", Guarded: d.may(keyfold.OwnLogin, d.listManual)},
		{Pattern: "GET /care/manual/{page}", Guarded: d.may(keyfold.OwnLogin, d.showManual)},
	}
}

// A ManualView is the list of the pages of the operator's manual, or those in
// which some words were found.
type ManualView struct {
	Page

	Words string
	Pages []*help.Article
	Hits  []help.Hit
}

// A ManualPageView is one page of the manual.
type ManualPageView struct {
	Page

	Article *help.Article
	Related []*help.Article
}

const fieldWords = "words"

func (d *Desk) listManual(w http.ResponseWriter, r *http.Request, at Visit) error {
	manual := d.Manual()
	v := ManualView{Page: d.page(r, at), Words: r.URL.Query().Get(fieldWords), Pages: manual.Pages()}
	if v.Words != "" {
		v.Hits = manual.Search(v.Words)
	}
	return show(w, r, ManualListPage(v))
}

func (d *Desk) showManual(w http.ResponseWriter, r *http.Request, at Visit) error {
	manual := d.Manual()
	a, ok := manual.Page(r.PathValue("page"))
	if !ok {
		return keyfold.Refuse(keyfold.NotFound, "desk.no_page")
	}
	return show(w, r, ManualPage(ManualPageView{Page: d.page(r, at), Article: a, Related: manual.Related(a)}))
}
