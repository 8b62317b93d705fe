package help

import (
	"cmp"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/spelling"
)

// An Article is a page of help in one language.
type Article struct {
	Slug     string
	Language keyfold.Language
	Title    string
	Summary  string
	Keywords []Keyword
	Asked    []string // what people type who look for it; it is not shown
	Steps    []int    // of the ten steps that it is about
	Related  []string // slugs
	Pages    []string // patterns of the routes that it explains
	Errors   []string // IDs of the texts that it answers

	passages []Passage
	text     string   // without markup, a line for each block
	flat     string   // the same in one line
	headings []string // their text
	anchors  []string // their IDs, and those of passages
	links    []link
	pictures []string
	file     string
	faults   []Fault
	operator bool // for the operator's manual
}

// A Keyword is a word or phrase that leads to all articles that have it.
type Keyword struct {
	Word string // as it is shown
	Slug string // in addresses
}

// A Passage is a part of an article. HTML is made here from Markdown and may be
// shown as it is.
type Passage struct {
	HTML     string
	Entities []keyfold.Entity // for their customers only; none: for everybody
}

// Passages are the parts of an article for a customer of an entity, whose code
// may be empty: then those of all entities are among them.
func (a *Article) Passages(entity string) []Passage {
	var out []Passage
	for _, p := range a.passages {
		mine := slices.ContainsFunc(p.Entities, func(e keyfold.Entity) bool { return e.Code == entity })
		switch {
		case len(p.Entities) == 0 || entity == "":
			out = append(out, p)
		case mine:
			out = append(out, Passage{HTML: p.HTML})
		}
	}
	return out
}

// FirstStep is the first of the ten steps that the article is about; 0: none.
func (a *Article) FirstStep() int {
	if len(a.Steps) == 0 {
		return 0
	}
	return slices.Min(a.Steps)
}

// reaches is the last of the ten steps that the article is about; 0: none.
func (a *Article) reaches() int {
	if len(a.Steps) == 0 {
		return 0
	}
	return slices.Max(a.Steps)
}

// OfAccounts reports whether the article explains pages of accounts.
func (a *Article) OfAccounts() bool {
	return slices.ContainsFunc(a.Pages, func(p string) bool { return strings.Contains(p, " /accounts") })
}

// A link is where an article leads.
type link struct {
	to   string // slug, "/path" of the portal, or an address elsewhere
	at   string // anchor in it
	line int
}

func (f front) article(slugOf string, lang keyfold.Language, file string) *Article {
	a := &Article{
		Slug: slugOf, Language: lang, Title: strings.TrimSpace(f.Title), Summary: strings.TrimSpace(f.Summary),
		Steps: f.Steps, Asked: f.Asked, Related: f.Related, Pages: f.Pages, Errors: f.Errors, file: file, operator: f.Audience == ofOperator,
	}
	a.addKeywords(f.Keywords)
	return a
}

func (a *Article) addKeywords(more []string) {
	for _, typed := range more {
		k := Keyword{Word: strings.Join(strings.Fields(typed), " "), Slug: slug(typed)}
		if !slices.ContainsFunc(a.Keywords, func(have Keyword) bool { return have.Slug == k.Slug }) {
			a.Keywords = append(a.Keywords, k)
		}
	}
}

// byOrder sorts articles as a reader looks for them: the ten steps first, in
// their order, and of those that begin at the same one what leads further before
// what goes wrong there.
func byOrder(a, b *Article) int {
	first := func(a *Article) int { return cmp.Or(a.FirstStep(), lastStep+1) }
	return cmp.Or(cmp.Compare(first(a), first(b)), cmp.Compare(b.reaches(), a.reaches()), cmp.Compare(len(a.Steps), len(b.Steps)), strings.Compare(spelling.Fold(a.Title), spelling.Fold(b.Title)), strings.Compare(a.Slug, b.Slug))
}
