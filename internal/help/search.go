package help

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/keyfold/keyfold"
)

// A Hit is an article that may answer what was asked.
type Hit struct {
	*Article

	Snippet []Span
	score   float64
	index   *index          // in which it was found
	terms   map[string]bool // by which
}

// A Span is a piece of text. Found says that it is what was asked for.
type Span struct {
	Text  string
	Found bool
}

// What may be asked, and how much is answered.
const (
	maxQuery  = 100 // bytes
	maxAsked  = 10  // words
	maxHits   = 20
	snippet   = 160 // bytes, about
	elsewhere = 0.6 // what a hit in another language is worth
	tooLittle = 0.2 // of the best hit
	exactly   = 60  // for a keyword or a title as a whole
	within    = 12  // for one that is a part of the question, or the other way round
)

// Search finds the articles that fit a question best, best first. What is asked
// in another language than that of the page finds the same article.
func (l *Library) Search(lang keyfold.Language, query string) []Hit {
	lang = lang.Or(keyfold.English)
	query = cut(query, maxQuery)
	best := map[string]Hit{}
	for _, in := range keyfold.Languages() {
		worth := 1.0
		if in != lang {
			worth = elsewhere
		}
		x := l.books[in].index
		asked := x.words(query)
		asked = asked[:min(len(asked), maxAsked)]
		for i, f := range x.find(asked) {
			here, ok := l.Article(lang, x.articles[i].Slug)
			if score := worth * f.score; ok && score > best[here.Slug].score {
				best[here.Slug] = Hit{Article: here, score: score, index: x, terms: f.terms}
			}
		}
	}
	return top(slices.Collect(maps.Values(best)))
}

// top are the best hits, each with a snippet.
func top(hits []Hit) []Hit {
	slices.SortFunc(hits, func(a, b Hit) int { return cmp.Or(cmp.Compare(b.score, a.score), byOrder(a.Article, b.Article)) })
	for i, h := range hits {
		if h.score < tooLittle*hits[0].score {
			hits = hits[:i]
			break
		}
	}
	hits = hits[:min(len(hits), maxHits)]
	for i, h := range hits {
		if h.Language == h.index.language {
			hits[i].Snippet = snippetOf(h.Article, h.terms)
		}
		if len(hits[i].Snippet) == 0 {
			hits[i].Snippet = []Span{{Text: h.Summary}}
		}
	}
	return hits
}

// cut is at most so many bytes of a text, and no half character.
func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// A finding is how well an article fits, and by which words.
type finding struct {
	score float64
	terms map[string]bool
}

// find looks all words up. An article that has more of them is worth much more
// than one that has one of them often.
func (x *index) find(asked []word) map[int]finding {
	found := map[int]finding{}
	hits := map[int]int{}
	for _, w := range asked {
		points := map[int]float64{}
		for _, m := range x.matches(w.key) {
			for _, p := range m.in {
				points[p.article] = max(points[p.article], m.sure*m.rare*p.weight)
				f := found[p.article]
				if f.terms == nil {
					f.terms = map[string]bool{}
				}
				f.terms[m.word] = true
				found[p.article] = f
			}
		}
		for i, score := range points {
			f := found[i]
			f.score += score
			found[i] = f
			hits[i]++
		}
	}
	question := joined(asked)
	for i, f := range found {
		share := float64(hits[i]) / float64(len(asked))
		f.score = f.score*share*share + x.bonus(i, question)
		found[i] = f
	}
	return found
}

// bonus is for an article whose keyword or title is what was asked, or is part
// of it.
func (x *index) bonus(i int, question string) float64 {
	if slices.Contains(x.phrases[question], i) {
		return exactly
	}
	part := func(p string) bool {
		return strings.Contains(p, " ") && strings.Contains(" "+question+" ", " "+p+" ") ||
			strings.Contains(question, " ") && strings.Contains(" "+p+" ", " "+question+" ")
	}
	if slices.ContainsFunc(x.keywords[i], part) || part(x.titles[i]) {
		return within
	}
	return 0
}

// snippetOf is the part of an article that says most of what was asked.
func snippetOf(a *Article, terms map[string]bool) []Span {
	text := strings.Join(strings.Fields(a.text), " ")
	var at []word
	for _, w := range words(text) {
		if terms[w.key] {
			at = append(at, w)
		}
	}
	if len(at) == 0 {
		return nil
	}
	first, most := 0, 0
	for i := range at {
		n := 0
		seen := map[string]bool{}
		for _, w := range at[i:] {
			if w.to-at[i].from > snippet*3/4 {
				break
			}
			if !seen[w.key] {
				n++
			}
			seen[w.key] = true
		}
		if n > most {
			first, most = i, n
		}
	}
	return spans(text, at, at[first].from)
}

// spans cuts a snippet out at words, beginning a little before what was found.
func spans(text string, at []word, from int) []Span {
	var out []Span
	begin := max(0, from-snippet/4)
	if begin > 0 {
		begin = from
		if space := strings.IndexByte(text[from-snippet/4:from], ' '); space >= 0 {
			begin = from - snippet/4 + space + 1
		}
		out = append(out, Span{Text: "… "})
	}
	end := len(text)
	if end > begin+snippet {
		end = begin + snippet
		if space := strings.LastIndexByte(text[begin:end], ' '); space > from-begin {
			end = begin + space
		}
	}
	pos := begin
	for _, w := range at {
		if w.from < pos || w.to > end {
			continue
		}
		out = append(out, Span{Text: text[pos:w.from]}, Span{Text: text[w.from:w.to], Found: true})
		pos = w.to
	}
	if end < len(text) {
		return append(out, Span{Text: strings.ToValidUTF8(text[pos:end], "") + " …"})
	}
	return append(out, Span{Text: text[pos:end]})
}
