package help

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
)

// World is what articles may name that is not in them.
type World struct {
	Routes []string               // patterns of the pages
	Text   func(id string) bool   // whether there is such a text
	Leads  func(path string) bool // whether a path leads to a page
}

// Broken are the faults that make a file useless.
func (l *Library) Broken() []Fault {
	return slices.DeleteFunc(slices.Clone(l.faults), func(f Fault) bool { return f.Kind != Broken })
}

// Check is all that is wrong with the files, and what may be: links that lead
// nowhere, languages that are missing, keywords that lead nowhere else.
func (l *Library) Check(w World) []Fault {
	faults := slices.Clone(l.faults)
	for _, lang := range keyfold.Languages() {
		b := l.books[lang]
		for _, a := range slices.SortedFunc(maps.Values(b.articles), func(a, b *Article) int { return strings.Compare(a.Slug, b.Slug) }) {
			faults = append(faults, a.faults...)
			if a.operator {
				continue
			}
			faults = append(faults, l.names(a, w)...)
			for _, s := range a.LongSentences() {
				faults = append(faults, Fault{Kind: Note, File: a.file, Text: fmt.Sprintf("%d words are long for one sentence: %q", len(strings.Fields(s)), s)})
			}
		}
		for _, t := range l.Topics(lang) {
			if len(t.Articles) == 1 {
				faults = append(faults, Fault{Kind: Note, File: t.Articles[0].file, Text: fmt.Sprintf("no other article in %s has the keyword %q", lang, t.Word)})
			}
		}
	}
	return append(faults, l.missing()...)
}

// names are the faults of what an article names.
func (l *Library) names(a *Article, w World) (faults []Fault) {
	wrong := func(line int, format string, args ...any) {
		faults = append(faults, Fault{Kind: Wrong, File: a.file, Line: line, Text: fmt.Sprintf(format, args...)})
	}
	for _, to := range a.links {
		if why := l.dead(a, to, w); why != "" {
			wrong(to.line, "%s", why)
		}
	}
	for _, slug := range a.Related {
		if _, ok := l.Article(a.Language, slug); !ok || slug == a.Slug {
			wrong(0, "related names %q, and there is no other article like that", slug)
		}
	}
	for _, pattern := range a.Pages {
		if !slices.Contains(w.Routes, pattern) {
			wrong(0, "pages names %q, and there is no such page. docs/routes.md has them all", pattern)
		}
	}
	for _, id := range a.Errors {
		if !w.Text(id) {
			wrong(0, "errors names %q, and there is no such text", id)
		}
	}
	return faults
}

// dead says why a link leads nowhere; empty: it does not.
func (l *Library) dead(a *Article, to link, w World) string {
	path, _, _ := strings.Cut(to.to, "?")
	if strings.HasPrefix(path, "/") {
		topic, isTopic := strings.CutPrefix(path, "/help/keyword/")
		if _, ok := l.Topic(a.Language, topic); isTopic && !ok || !isTopic && !w.Leads(path) {
			return fmt.Sprintf("the link %s leads to no page", to.to)
		}
		return ""
	}
	other, ok := l.Article(a.Language, to.to)
	switch {
	case !ok:
		return fmt.Sprintf("the link %s leads to no article", to.to)
	case to.at != "" && !slices.Contains(other.anchors, to.at):
		return fmt.Sprintf("the article %s has no heading #%s. It has %s", to.to, to.at, strings.Join(other.anchors, ", "))
	}
	return ""
}

// missing are the articles that are not in all languages.
func (l *Library) missing() (faults []Fault) {
	in := map[string][]string{}
	for _, lang := range keyfold.Languages() {
		for slug, a := range l.books[lang].articles {
			if !a.operator {
				in[slug] = append(in[slug], lang.String())
			}
		}
	}
	for _, slug := range slices.Sorted(maps.Keys(in)) {
		for _, lang := range keyfold.Languages() {
			if !slices.Contains(in[slug], lang.String()) {
				f := Fault{Kind: Wrong, File: lang.String() + "/" + slug + ".md", Text: "this article is there in " + strings.Join(in[slug], " and ") + " only"}
				faults = append(faults, f)
			}
		}
	}
	return faults
}

// maxSentence is how many words a sentence may have before readers lose its
// beginning.
const maxSentence = 20

// LongSentences are the sentences of an article that are too long to read.
func (a *Article) LongSentences() (long []string) {
	for _, s := range a.Sentences() {
		if len(strings.Fields(s)) > maxSentence {
			long = append(long, s)
		}
	}
	return long
}

// Sentences are those of an article, its summary first.
func (a *Article) Sentences() (all []string) {
	for block := range strings.Lines(a.Summary + "\n" + a.text) {
		for block = strings.TrimSpace(block); block != ""; {
			at := strings.IndexAny(block, ".!?:")
			for at >= 0 && at+1 < len(block) && block[at+1] != ' ' {
				next := strings.IndexAny(block[at+1:], ".!?:")
				if next < 0 {
					at = -1
					break
				}
				at += 1 + next
			}
			if at < 0 {
				at = len(block) - 1
			}
			all = append(all, strings.TrimSpace(block[:at+1]))
			block = strings.TrimSpace(block[at+1:])
		}
	}
	return all
}
