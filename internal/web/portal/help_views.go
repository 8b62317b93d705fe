package portal

import (
	"net/url"
	"time"

	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A HelpView is the first page of the help, and what was searched for there.
type HelpView struct {
	ui.Page
	Query  string
	Hits   []help.Hit
	Groups []HelpGroup
	Topics []help.Topic // those that most articles have
}

// A HelpGroup is articles for one kind of task.
type HelpGroup struct {
	Name     string // its text has the ID "help.group_" + name
	Articles []*help.Article
}

// A KeywordsView is all keywords.
type KeywordsView struct {
	ui.Page
	Topics []help.Topic
}

// A KeywordView is the articles of one keyword.
type KeywordView struct {
	ui.Page
	help.Topic
}

// An ArticleView is one article.
type ArticleView struct {
	ui.Page
	Article *help.Article
	Related []*help.Article
	Entity  string // code of the entity whose customer is reading; empty: not known
	Helped  string // what the reader has just said: yes, no or nothing
	Address string // of the article, for paper
	Today   time.Time
}

// A StuckView is whom to ask when the help did not help.
type StuckView struct {
	ui.Page
	Article  *help.Article
	Entity   string
	Care     []CareDesk
	Code     string // that customer care finds this by; empty: there is none yet
	LoggedIn bool   // so that there can be one
	Form     ui.Form
}

// A CareDesk is where customers of an entity find customer care.
type CareDesk struct {
	Name  string // of the entity; empty: for all
	Email string
}

func articlePath(slug, entity string) string {
	path := "/help/" + slug
	if entity != "" {
		path += "?" + url.Values{"entity": {entity}}.Encode()
	}
	return path
}

func stuckPath(slug, entity string) string {
	return "/help/stuck/" + articlePath(slug, entity)[len("/help/"):]
}

func names(p help.Passage) (list []string) {
	for _, e := range p.Entities {
		list = append(list, e.Name)
	}
	return list
}

func keywordsOf(topics []help.Topic) []help.Keyword {
	list := make([]help.Keyword, len(topics))
	for i, t := range topics {
		list[i] = t.Keyword
	}
	return list
}

func deskName(p ui.Page, d CareDesk) string {
	if d.Name == "" {
		return p.Text("care.desk")
	}
	return d.Name
}
