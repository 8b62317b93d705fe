package portal_test

import (
	"io/fs"
	"os"
	"regexp"
	"testing/fstest"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// sampleArticles are the articles of the tests: few, and about little.
func sampleArticles() fs.FS { return os.DirFS("../../help/testdata/articles") }

// sampleHelp is what the help has for a page, and for all that can go wrong.
func sampleHelp() ui.Help {
	return ui.Help{Path: "/help/log-in", Answer: func(id string) (ui.HelpLink, bool) {
		return ui.HelpLink{Title: "What to do about it", Path: "/help/no-mail"}, id != "password.special"
	}}
}

func sampleLibrary() *help.Library {
	entities := keyfold.Entities{{Code: "NL", Name: "Polder Hosting Netherlands", Pattern: regexp.MustCompile("^NL[0-9]+$")}}
	return help.Load(help.Options{Brand: "Polder Hosting", Support: "care@polderhosting.example", Entities: entities}, sampleArticles())
}

func helpSamples(p ui.Page) map[string]templ.Component {
	library, lang := sampleLibrary(), p.Lang.Language()
	p.Help = ui.Help{}
	p.Canonical = "https://my.polderhosting.example/help/no-mail"
	a, _ := library.Article(lang, "no-mail")
	other, _ := library.Article(lang, "what-changes")
	read := portal.ArticleView{Page: p, Article: a, Related: library.Related(a), Address: p.Canonical, Today: noon}
	yes, no, mine := read, read, read
	yes.Helped, no.Helped, mine.Entity = "yes", "no", "NL"
	mine.Person = "Sanne Veldkamp"
	foreign := read
	only := help.Load(help.Options{}, fstest.MapFS{"en/x.md": {Data: []byte("---\ntitle: Only here\nsummary: In English.\n---\nText.\n")}})
	foreign.Article, _ = only.Article(lang, "x")
	foreign.Related = nil
	topic, _ := library.Topic(lang, "spam")
	desks := []portal.CareDesk{{Email: "care@polderhosting.example"}, {Name: "Polder Hosting Germany", Email: "kunden@polderhosting.example"}}
	stuck := portal.StuckView{Page: p, Article: a, Care: desks}
	mayAsk, asked, slow := stuck, stuck, stuck
	mayAsk.LoggedIn, asked.LoggedIn, asked.Code, slow.LoggedIn = true, true, "K7QF-2M4X", true
	slow.Form = waiting("care.slow")
	return map[string]templ.Component{
		"help": portal.HelpPage(portal.HelpView{
			Page: p, Topics: library.Topics(lang),
			Groups: []portal.HelpGroup{{Name: "move", Articles: []*help.Article{a, other}}, {Name: "accounts", Articles: library.Articles(lang)}, {Name: "more", Articles: []*help.Article{other}}},
		}),
		"help-none":           portal.HelpPage(portal.HelpView{Page: p}),
		"help-found":          portal.HelpPage(portal.HelpView{Page: p, Query: "spam", Hits: library.Search(lang, "spam")}),
		"help-nothing":        portal.HelpPage(portal.HelpView{Page: p, Query: "<b>zzzz</b>"}),
		"help-keywords":       portal.KeywordsPage(portal.KeywordsView{Page: p, Topics: library.Topics(lang)}),
		"help-keyword":        portal.KeywordPage(portal.KeywordView{Page: p, Topic: topic}),
		"help-article":        portal.ArticlePage(read),
		"help-article-yes":    portal.ArticlePage(yes),
		"help-article-no":     portal.ArticlePage(no),
		"help-article-mine":   portal.ArticlePage(mine),
		"help-article-only":   portal.ArticlePage(foreign),
		"help-print":          portal.PaperPage(read),
		"help-stuck":          portal.StuckPage(stuck),
		"help-stuck-nowhere":  portal.StuckPage(portal.StuckView{Page: p, Article: a}),
		"help-stuck-may-ask":  portal.StuckPage(mayAsk),
		"help-stuck-asked":    portal.StuckPage(asked),
		"help-stuck-too-many": portal.StuckPage(slow),
	}
}
