package portal

import (
	"net/http"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/web"
)

// A Demo is the mailbox that a demo shows, and what there is to try.
type Demo struct {
	Mails    func() []DemoMail // oldest first
	HTML     func(id string) (string, bool)
	Accounts []DemoAccount
}

func (d *Demo) count() int { return len(d.Mails()) }

func (p *Portal) demoRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /demo", Guarded: web.Anyone(p.showDemo)},
		{Pattern: "GET /demo/mail", Guarded: web.Anyone(p.showMails)},
		{Pattern: "GET /demo/mail/{id}", Guarded: web.Anyone(p.showMail)},
		{Pattern: "GET /demo/mail/{id}/html", Guarded: web.Anyone(p.showMailHTML)},
	}
}

func (p *Portal) showDemo(w http.ResponseWriter, r *http.Request) error {
	return show(w, r, DemoStartPage(DemoStartView{Page: p.page(w, r), Accounts: p.Demo.Accounts}))
}

func (p *Portal) showMails(w http.ResponseWriter, r *http.Request) error {
	view := DemoMailListView{Page: p.page(w, r)}
	view.Mails = p.Demo.Mails()
	slices.Reverse(view.Mails)
	return show(w, r, DemoMailListPage(view))
}

func (p *Portal) showMail(w http.ResponseWriter, r *http.Request) error {
	mails := p.Demo.Mails()
	i := slices.IndexFunc(mails, func(m DemoMail) bool { return m.ID == r.PathValue("id") })
	if i < 0 {
		return keyfold.Refuse(keyfold.NotFound, "link.unknown")
	}
	return show(w, r, DemoMailPage(DemoMailView{Page: p.page(w, r), Mail: mails[i]}))
}

// showMailHTML is the HTML part in a frame of its own: it may style itself and
// open links, and nothing else.
func (p *Portal) showMailHTML(w http.ResponseWriter, r *http.Request) error {
	html, ok := p.Demo.HTML(r.PathValue("id"))
	if !ok {
		return keyfold.Refuse(keyfold.NotFound, "link.unknown")
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox allow-popups allow-top-navigation-by-user-activation; frame-ancestors 'self'")
	h.Set("X-Frame-Options", "SAMEORIGIN")
	html = strings.Replace(html, "<head>", `<head><base target="_top">`, 1)
	_, _ = w.Write([]byte(html)) // #nosec G705 -- a demo's own mail, in a sandbox without scripts
	return nil
}
