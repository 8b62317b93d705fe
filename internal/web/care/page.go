package care

import (
	"net/http"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A Page is what every page of the desk has in common, for who is logged in.
type Page struct {
	ui.Page

	Staff       keyfold.Staff
	findsItself bool // the page has a find box of its own
	sections    []section
}

// May reports whether who looks at the page has a duty.
func (p Page) May(duty keyfold.Duty) bool { return p.Staff.Role.May(duty) }

// finds reports whether there is a find box for who looks at the page.
func (p Page) finds() bool { return len(p.sections) > 0 && p.sections[0].name == "find" }

// Titled is the page with its title, a message ID.
func (p Page) Titled(id string, args ...any) Page {
	p.Page = p.Page.Titled(id, args...)
	return p
}

// Named is the page with a title that is a name.
func (p Page) Named(title string) Page {
	p.Title = title
	return p
}

// Failed is the page as one that says what went wrong, if there is anything.
func (p Page) Failed(f ui.Form) Page {
	p.Page = p.Page.Failed(f)
	return p
}

// page is a page for who is at a door. The desk speaks their language.
func (d *Desk) page(r *http.Request, at Visit) Page {
	p := Page{Page: d.base(r, at.Staff.Language.Or(d.Site.Language)), Staff: at.Staff, sections: d.sections(at.Staff.Role)}
	p.Person = at.Staff.Name
	return p
}

// door is a page for who is not logged in.
func (d *Desk) door(r *http.Request) ui.Page { return d.base(r, d.language(r)) }

func (d *Desk) base(r *http.Request, lang keyfold.Language) ui.Page {
	return ui.Page{
		Lang: d.Texts.Printer(lang), Brand: d.Brand, Assets: d.Assets, Path: r.URL.RequestURI(), NoReferrer: true,
		Now: d.Now(), Zone: d.Site.Zone,
	}
}

// language is what the person chose on a page, or else what the browser wants.
func (d *Desk) language(r *http.Request) keyfold.Language {
	if lang, err := keyfold.ParseLanguage(r.URL.Query().Get("lang")); err == nil && lang != (keyfold.Language{}) {
		return lang
	}
	return locale.Match(r.Header.Get("Accept-Language"), d.Site.Language.Or(keyfold.English))
}

// show writes a page.
func show(w http.ResponseWriter, r *http.Request, page templ.Component) error {
	return web.Render(w, r, http.StatusOK, page)
}

// again shows a form once more, with the reasons why, if err is a refusal that
// the person can do something about here.
func again(w http.ResponseWriter, r *http.Request, err error, form *ui.Form, page func() templ.Component) error {
	reasons := keyfold.Refused(err)
	if len(reasons) == 0 || reasons[0].Kind == keyfold.Busy {
		return err
	}
	form.Refusals = reasons
	if wait := reasons[0].RetryAfter; wait > 0 {
		w.Header().Set("Retry-After", web.Seconds(wait))
	}
	return web.Render(w, r, web.Status(err), page())
}

// onField says which field a refusal belongs to.
func onField(err error, field string) error {
	if reasons := keyfold.Refused(err); len(reasons) == 1 {
		return reasons[0].On(field)
	}
	return err
}
