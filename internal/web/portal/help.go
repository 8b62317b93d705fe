package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/ui"
)

func (p *Portal) helpRoutes() []web.Route {
	return []web.Route{
		{Pattern: "GET /help", Guarded: web.Anyone(p.showHelp)},
		{Pattern: "GET /help/keywords", Guarded: web.Anyone(p.showKeywords)},
		{Pattern: "GET /help/keyword/{word}", Guarded: web.Anyone(p.showKeyword)},
		{Pattern: "GET /help/print/{slug}", Guarded: web.Anyone(p.printArticle)},
		{Pattern: "GET /help/stuck/{slug}", Guarded: web.Anyone(p.showStuck)},
		{Pattern: "POST /help/stuck/{slug}", Guarded: web.Anyone(p.askCare)},
		{Pattern: "GET /help/{slug}", Guarded: web.Anyone(p.showArticle)},
		{Pattern: "POST /help/{slug}", Guarded: web.Anyone(p.vote)},
		{Pattern: "GET /static/help/{lang}/{file}", Guarded: web.Anyone(p.showPicture)},
	}
}

// helpFor is what the help has for the page of a request. Where no article is
// about it, the first page of the help is.
func (p *Portal) helpFor(r *http.Request, lang keyfold.Language) ui.Help {
	if p.Help == nil || strings.HasPrefix(r.URL.Path, "/help") {
		return ui.Help{}
	}
	library := p.Help.Library()
	h := ui.Help{Path: "/help", Answer: func(id string) (ui.HelpLink, bool) {
		a, ok := library.ForError(lang, id)
		if !ok {
			return ui.HelpLink{}, false
		}
		return ui.HelpLink{Title: a.Title, Path: articlePath(a.Slug, "")}, true
	}}
	if a, ok := library.ForPage(lang, r.Pattern); ok {
		h.Path = articlePath(a.Slug, "")
	}
	return h
}

// ofEntity is the help for customers of one entity.
func ofEntity(h ui.Help, entity string) ui.Help {
	if slug, ok := strings.CutPrefix(h.Path, "/help/"); ok {
		h.Path = articlePath(slug, entity)
	}
	return h
}

// helpPage is a page of the help. Who is logged in sees that, but the help is
// there when the database is not.
func (p *Portal) helpPage(w http.ResponseWriter, r *http.Request) ui.Page {
	page := p.page(w, r)
	if p.cookies().Get(r, userCookie) == "" {
		return page
	}
	if session, err := p.session(r, userCookie); err == nil {
		page.Person = session.Email.String()
	}
	return page
}

// groupsOfHelp are the articles by what one wants to do.
func groupsOfHelp(articles []*help.Article) []HelpGroup {
	groups := []HelpGroup{{Name: "move"}, {Name: "accounts"}, {Name: "more"}}
	for _, a := range articles {
		i := 2
		switch {
		case a.FirstStep() > 0:
			i = 0
		case a.OfAccounts():
			i = 1
		}
		groups[i].Articles = append(groups[i].Articles, a)
	}
	return slices.DeleteFunc(groups, func(g HelpGroup) bool { return len(g.Articles) == 0 })
}

// topicsOnHelp is how many keywords the first page has.
const topicsOnHelp = 12

func (p *Portal) showHelp(w http.ResponseWriter, r *http.Request) error {
	view := HelpView{Page: p.helpPage(w, r), Query: strings.TrimSpace(r.URL.Query().Get("q"))}
	library, lang := p.Help.Library(), view.Lang.Language()
	if view.Query == "" {
		view.Groups = groupsOfHelp(library.Articles(lang))
		view.Topics = slices.SortedStableFunc(slices.Values(library.Topics(lang)), func(a, b help.Topic) int {
			return cmp.Compare(len(b.Articles), len(a.Articles))
		})
		view.Topics = view.Topics[:min(len(view.Topics), topicsOnHelp)]
		return show(w, r, HelpPage(view))
	}
	view.Query = strings.ToValidUTF8(view.Query[:min(len(view.Query), maxSearch)], "")
	view.Path = "/help?" + url.Values{"q": {view.Query}}.Encode()
	if view.Hits = library.Search(lang, view.Query); len(view.Hits) == 0 {
		p.Feedback.Missed(act(r), lang, view.Query)
	}
	return show(w, r, HelpPage(view))
}

// maxSearch is the longest search that is looked at, in bytes.
const maxSearch = 100

func (p *Portal) showKeywords(w http.ResponseWriter, r *http.Request) error {
	page := p.helpPage(w, r)
	return show(w, r, KeywordsPage(KeywordsView{Page: page, Topics: p.Help.Library().Topics(page.Lang.Language())}))
}

func (p *Portal) showKeyword(w http.ResponseWriter, r *http.Request) error {
	page := p.helpPage(w, r)
	topic, ok := p.Help.Library().Topic(page.Lang.Language(), r.PathValue("word"))
	if !ok {
		return keyfold.Refuse(keyfold.NotFound, "help.unknown")
	}
	return show(w, r, KeywordPage(KeywordView{Page: page, Topic: topic}))
}

// article is the article that a request names, in the language of the page.
func (p *Portal) article(w http.ResponseWriter, r *http.Request) (view ArticleView, err error) {
	view.Page = p.helpPage(w, r)
	library := p.Help.Library()
	a, ok := library.Article(view.Lang.Language(), r.PathValue("slug"))
	if !ok {
		return view, keyfold.Refuse(keyfold.NotFound, "help.unknown")
	}
	view.Article, view.Related, view.Entity = a, library.Related(a), p.entityAsked(r)
	view.Canonical = p.Site.PublicURL.JoinPath("help", a.Slug).String()
	view.Address, view.Today = view.Canonical, p.Now()
	return view, nil
}

// entityAsked is the code of the entity in an address, if there is such an entity.
func (p *Portal) entityAsked(r *http.Request) string {
	e, _ := p.Entities.Named(r.FormValue("entity"))
	return e.Code
}

func (p *Portal) showArticle(w http.ResponseWriter, r *http.Request) error {
	view, err := p.article(w, r)
	if err != nil {
		return err
	}
	if said := r.URL.Query().Get("helped"); said == "yes" || said == "no" {
		view.Helped = said
	}
	return show(w, r, ArticlePage(view))
}

func (p *Portal) printArticle(w http.ResponseWriter, r *http.Request) error {
	view, err := p.article(w, r)
	if err != nil {
		return err
	}
	return show(w, r, PaperPage(view))
}

func (p *Portal) vote(w http.ResponseWriter, r *http.Request) error {
	view, err := p.article(w, r)
	if err != nil {
		return err
	}
	said := r.PostFormValue("helped")
	if said != "yes" && said != "no" {
		return web.ErrBadRequest
	}
	if err := p.Feedback.Vote(r.Context(), act(r), view.Article.Language, view.Article.Slug, said == "yes"); err != nil {
		return err
	}
	to := articlePath(view.Article.Slug, view.Entity)
	http.Redirect(w, r, to+map[bool]string{true: "&", false: "?"}[strings.Contains(to, "?")]+"helped="+said+"#helped", http.StatusSeeOther) //nolint:gosec // G710: the slug is that of an article of ours
	return nil
}

// reader is the session of who is logged in, or is on the way to an email login.
func (p *Portal) reader(r *http.Request) (store.Session, error) {
	session, err := p.session(r, userCookie)
	if err != nil || !session.IsZero() {
		return session, err
	}
	return p.session(r, registrationCookie)
}

// pictureFor is how long a browser may keep a screenshot whose address says
// nothing of its content.
const pictureFor = 24 * time.Hour

// keepPicture says how long a picture may be kept. While a new version is rolled
// out, a server can be asked for a picture of another one: nobody keeps that.
func keepPicture(content []byte, asked string) string {
	switch asked {
	case help.PictureSum(content):
		return "public, max-age=31536000, immutable"
	case "":
		return "public, max-age=" + web.Seconds(pictureFor)
	}
	return "no-cache"
}

func (p *Portal) showPicture(w http.ResponseWriter, r *http.Request) error {
	lang, err := keyfold.ParseLanguage(r.PathValue("lang"))
	if err != nil {
		return web.ErrNoRoute
	}
	content, ok := p.Help.Library().Picture(lang, r.PathValue("file"))
	if !ok {
		return web.ErrNoRoute
	}
	kind := "image/png"
	if strings.HasSuffix(r.PathValue("file"), ".webp") {
		kind = "image/webp"
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", keepPicture(content, r.URL.Query().Get("v")))
	_, _ = w.Write(content) // #nosec G705 -- a picture, by a fixed type and nosniff
	return nil
}
