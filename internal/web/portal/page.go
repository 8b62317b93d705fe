package portal

import (
	"net/http"
	"time"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// The cookies. A registration session and a user session are two doors: who
// walks through the ten steps is not thrown out of another login.
const (
	userCookie         = "keyfold"
	registrationCookie = "keyfold-registration"
	deviceCookie       = "keyfold-device"
	languageCookie     = "keyfold-language"
)

const yearOfCookie = 365 * 24 * time.Hour

func (p *Portal) cookies() web.Cookies { return web.Cookies{HTTPS: p.Site.PublicURL.Scheme == "https"} }

// page is what every page of this request has in common.
func (p *Portal) page(w http.ResponseWriter, r *http.Request) ui.Page {
	lang := p.language(w, r)
	page := ui.Page{
		Lang: p.Texts.Printer(lang), Help: p.helpFor(r, lang), Brand: p.Brand, Assets: p.Assets, Path: r.URL.RequestURI(),
		HelpURL: p.Site.HelpURL, PrivacyURL: p.Site.PrivacyURL, SupportEmail: p.Site.SupportEmail,
		Now: p.Now(), Zone: p.Site.Zone, Cookie: p.cookies().Get(r, userCookie) != "",
	}
	if p.Demo != nil {
		page.Demo = &ui.Demo{Mails: p.Demo.count()}
	}
	return page
}

// language is what the person chose on a page, or else what the browser wants.
func (p *Portal) language(w http.ResponseWriter, r *http.Request) keyfold.Language {
	if lang, err := keyfold.ParseLanguage(r.URL.Query().Get("lang")); err == nil && lang != (keyfold.Language{}) {
		p.cookies().Set(w, languageCookie, lang.String(), p.Now().Add(yearOfCookie))
		return lang
	}
	if lang, err := keyfold.ParseLanguage(p.cookies().Get(r, languageCookie)); err == nil && lang != (keyfold.Language{}) {
		return lang
	}
	return locale.Match(r.Header.Get("Accept-Language"), p.Site.Language.Or(keyfold.English))
}

// show writes a page.
func show(w http.ResponseWriter, r *http.Request, page templ.Component) error {
	return web.Render(w, r, http.StatusOK, page)
}

// again shows a form once more, with the reasons why, if err is a refusal that
// the person can do something about here. Being too fast or our being busy are
// pages of their own.
func again(w http.ResponseWriter, r *http.Request, err error, form *ui.Form, page func() templ.Component) error {
	reasons := keyfold.Refused(err)
	if len(reasons) == 0 || reasons[0].Kind == keyfold.Busy {
		return err
	}
	form.Refusals = reasons
	retryAfter(w, reasons)
	return web.Render(w, r, web.Status(err), page())
}

// act is who does something when nobody is logged in.
func act(r *http.Request) keyfold.Act {
	return keyfold.Act{By: "visitor", From: web.From(r).String()}
}

// actOf is who does something in a user session.
func actOf(r *http.Request, s store.Session) keyfold.Act {
	a := act(r)
	if s.User != "" {
		a.By = "user:" + string(s.User)
	}
	return a
}

// policy shows the rules for a new password, and after a refusal which of them
// are kept.
func (p *Portal) policy(refused keyfold.Refusals) ui.Policy {
	return ui.PolicyOf(p.Policy, refused)
}
