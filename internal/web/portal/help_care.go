package portal

import (
	"net/http"
	"net/url"
	"strings"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// showStuck says whom to ask, and the code if one was made.
func (p *Portal) showStuck(w http.ResponseWriter, r *http.Request) error {
	view, session, err := p.stuck(w, r)
	if err != nil {
		return err
	}
	if code := r.URL.Query().Get("code"); code != "" {
		if asked, err := p.Feedback.Asked(r.Context(), session, code); err == nil {
			view.Code = asked.ID
		} else if keyfold.Refused(err) == nil {
			return err
		}
	}
	return show(w, r, StuckPage(view))
}

// stuck is the page without a code, and whose it is. Without the database it is
// nobody's: whom to ask is known all the same.
func (p *Portal) stuck(w http.ResponseWriter, r *http.Request) (view StuckView, session store.Session, err error) {
	read, err := p.article(w, r)
	if err != nil {
		return view, session, err
	}
	view = StuckView{Page: read.Page, Article: read.Article, Entity: read.Entity}
	view.Canonical = ""
	if session, err = p.reader(r); err != nil {
		session = store.Session{}
	}
	view.LoggedIn = !session.IsZero()
	view.Care = p.careDesks(session, read.Entity)
	return view, session, nil
}

// careDesks are where to find customer care: that of the entity whose customer it
// is, or else all.
func (p *Portal) careDesks(session store.Session, entity string) (desks []CareDesk) {
	if e, ok := p.Entities.Of(session.Account); ok && session.Registration() {
		entity = e.Code
	}
	for _, e := range p.Entities {
		email := e.ReplyTo
		if email.IsZero() {
			email = e.Sender
		}
		if !email.IsZero() && (entity == "" || e.Code == entity) {
			desks = append(desks, CareDesk{Name: e.Name, Email: email.String()})
		}
	}
	if p.Site.SupportEmail != "" && (entity == "" || len(desks) == 0) {
		desks = append([]CareDesk{{Email: p.Site.SupportEmail}}, desks...)
	}
	return desks
}

func (p *Portal) askCare(w http.ResponseWriter, r *http.Request) error {
	view, _, err := p.stuck(w, r)
	if err != nil {
		return err
	}
	session, err := p.reader(r)
	if err != nil {
		return err
	}
	to := stuckPath(view.Article.Slug, view.Entity)
	if session.IsZero() {
		http.Redirect(w, r, to, http.StatusSeeOther)
		return nil
	}
	code, err := p.Feedback.AskCare(r.Context(), actOf(r, session), session, view.Article.Language, view.Article.Slug)
	if err != nil {
		return again(w, r, err, &view.Form, func() templ.Component { return StuckPage(view) })
	}
	to += map[bool]string{true: "&", false: "?"}[strings.Contains(to, "?")] + url.Values{"code": {code}}.Encode()
	http.Redirect(w, r, to, http.StatusSeeOther)
	return nil
}
