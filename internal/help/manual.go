package help

import (
	"bytes"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/spelling"
)

// ManualPath is where the pages of the operator's manual are served.
const ManualPath = "/care/manual/"

// A Manual is the operator's manual: the same engine with other readers. It is in
// English.
type Manual struct {
	library *Library
	first   []*Article // the pages of the manual, the one to begin with first
	texts   map[string]string
}

// reference begins the slugs of the pages beside the manual, as some have the same
// name as one in it.
const reference = "reference-"

// LoadManual reads the manual, which is in the folder manual, and the reference
// beside it. What is wrong with it is in Faults of its library.
func LoadManual(files fs.FS) *Manual {
	m := &Manual{library: &Library{books: map[keyfold.Language]*book{}, files: []fs.FS{files}}, texts: map[string]string{}}
	for _, lang := range keyfold.Languages() {
		m.library.books[lang] = newBook()
	}
	var names []string
	for _, pattern := range []string{"manual/*.md", "*.md"} {
		found, err := fs.Glob(files, pattern)
		if err != nil { // only a bad pattern gives one
			m.library.broken(pattern, err)
		}
		names = append(names, found...)
	}
	b := m.library.books[keyfold.English]
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			m.library.broken(name, err)
			continue
		}
		f, text, line, err := manualFront(name, content)
		if err != nil {
			m.library.broken(name, err)
			continue
		}
		p := press{Article: f.article(manualSlug(name), keyfold.English, name), leads: func(to string) string { return manualTarget(names, name, to) }}
		p.print(text, line)
		b.articles[p.Slug], m.texts[p.Slug] = p.Article, strings.TrimSpace(string(text))
		if !strings.HasPrefix(p.Slug, reference) {
			m.first = append(m.first, p.Article)
		}
	}
	b.arrange(keyfold.English, Options{}, func(*Article) bool { return true })
	slices.SortStableFunc(m.first, func(a, b *Article) int {
		return strings.Compare(startFirst(a), startFirst(b))
	})
	return m
}

func startFirst(a *Article) string {
	if a.Slug == "start" {
		return ""
	}
	return spelling.Fold(a.Title)
}

func manualSlug(file string) string {
	slug := strings.TrimSuffix(path.Base(file), ".md")
	if path.Dir(file) != "manual" {
		slug = reference + slug
	}
	return slug
}

// manualFront is the head of a page. One of the reference has none: its title is
// its heading, and its summary its first sentence.
func manualFront(name string, content []byte) (f front, text []byte, line int, err error) {
	if path.Dir(name) == "manual" {
		return cutFront(content)
	}
	heading, rest, _ := bytes.Cut(content, []byte("\n"))
	f = front{Title: strings.TrimPrefix(string(heading), "# "), Audience: ofOperator}
	f.Summary = f.Title
	if sentence := firstSentence.FindString(strings.TrimSpace(string(rest))); sentence != "" {
		f.Summary = unmarked.ReplaceAllString(sentence, "$1")
	}
	return f, rest, 2, f.check()
}

var (
	firstSentence = regexp.MustCompile(`^[^#|` + "`" + `\n-][^\n]*?\.(?:\s|$)`)
	unmarked      = regexp.MustCompile("[*`]+|\\[([^\\]]*)\\]\\([^)]*\\)")
)

// manualTarget is where a link of a page leads: to another page, to a place in this
// one, or out. Files that are no pages lead nowhere.
func manualTarget(names []string, from, to string) string {
	if scheme.MatchString(to) {
		return to
	}
	file, anchor, _ := strings.Cut(to, "#")
	if anchor != "" {
		anchor = "#a-" + anchor
	}
	if file == "" {
		return anchor
	}
	if name := path.Join(path.Dir(from), file); slices.Contains(names, name) {
		return ManualPath + manualSlug(name) + anchor
	}
	return ""
}

// Pages are those of the manual, in the order in which they are listed.
func (m *Manual) Pages() []*Article { return slices.Clone(m.first) }

// Page is a page of the manual, or of the reference.
func (m *Manual) Page(slug string) (*Article, bool) {
	a, ok := m.library.books[keyfold.English].articles[slug]
	return a, ok
}

// Text is a page as it was written, for a terminal.
func (m *Manual) Text(slug string) string { return m.texts[slug] }

// Related are the pages that one names.
func (m *Manual) Related(a *Article) (found []*Article) {
	for _, slug := range a.Related {
		if other, ok := m.Page(slug); ok {
			found = append(found, other)
		}
	}
	return found
}

// Search finds pages as [Library.Search] finds articles.
func (m *Manual) Search(query string) []Hit {
	x := m.library.books[keyfold.English].index
	asked := x.asked(cut(query, maxQuery))
	var hits []Hit
	for _, f := range x.find(asked) {
		hits = append(hits, Hit{Article: x.articles[f.article], score: f.score, index: x, asked: asked})
	}
	return top(hits)
}

// Faults are what is wrong with the pages.
func (m *Manual) Faults() []Fault {
	faults := slices.Clone(m.library.faults)
	for _, a := range m.library.books[keyfold.English].ordered {
		faults = append(faults, a.faults...)
	}
	return faults
}
