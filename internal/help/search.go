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
	index   *index // in which it was found
	asked   []word // as it sees them
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
	exactly   = 60  // for a phrase of the article as a whole
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
		asked := x.asked(query)
		for _, f := range x.find(asked) {
			slug, score := x.articles[f.article].Slug, worth*f.score
			if here, ok := l.Article(lang, slug); ok && score > best[slug].score {
				best[slug] = Hit{Article: here, score: score, index: x, asked: asked}
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
	meant := map[*index]map[string]bool{}
	for i, h := range hits {
		if h.Language == h.index.language {
			if meant[h.index] == nil {
				meant[h.index] = h.index.meant(h.asked)
			}
			hits[i].Snippet = snippetOf(h.Article, meant[h.index])
		}
		if len(hits[i].Snippet) == 0 {
			hits[i].Snippet = []Span{{Text: h.Summary}}
		}
	}
	return hits
}

// asked are the words of a question, each once.
func (x *index) asked(query string) []word {
	var asked []word
	for _, w := range x.words(query) {
		if !slices.ContainsFunc(asked, func(have word) bool { return have.key == w.key }) {
			asked = append(asked, w)
		}
	}
	return asked[:min(len(asked), maxAsked)]
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

// A finding is how well an article fits.
type finding struct {
	article int
	score   float64
}

// find looks all words up, and gives the articles that fit best. An article that has more of the words that say
// something is worth much more than one that has a common one often.
func (x *index) find(asked []word) (found []finding) {
	score, share := make([]float64, len(x.articles)), make([]float64, len(x.articles))
	points, sure := make([]float64, len(x.articles)), make([]float64, len(x.articles))
	all := 0.0
	var touched []int
	for _, w := range asked {
		rarest := 0.0
		touched = touched[:0]
		for _, m := range x.matches(w.key) {
			rarest = max(rarest, m.rare)
			for _, p := range m.in {
				if sure[p.article] == 0 {
					touched = append(touched, p.article)
				}
				points[p.article] = max(points[p.article], m.sure*m.rare*p.weight)
				sure[p.article] = max(sure[p.article], m.rare)
			}
		}
		if rarest == 0 {
			rarest = x.unknown
		}
		all += rarest
		for _, i := range touched {
			score[i] += points[i]
			share[i] += min(sure[i], rarest)
			points[i], sure[i] = 0, 0
		}
	}
	question := " " + joined(asked) + " "
	for i := range score {
		if score[i] > 0 {
			part := share[i] / all
			found = append(found, finding{i, score[i]*part*part + x.bonus(i, question)})
		}
	}
	slices.SortFunc(found, func(a, b finding) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.article, b.article))
	})
	return found[:min(len(found), 2*maxHits)]
}

// bonus is for an article that has what was asked as a keyword, as its title or
// among what people ask, or has a part of it there. One word that is part of many says too little.
func (x *index) bonus(i int, question string) (most float64) {
	several := strings.Count(question, " ") > 2
	for _, p := range x.phrases[i] {
		switch {
		case p == question:
			return exactly
		case strings.Count(p, " ") > 2 && strings.Contains(question, p), several && strings.Contains(p, question):
			most = within
		}
	}
	return most
}

// meant are the words of an index that a question may mean.
func (x *index) meant(asked []word) map[string]bool {
	terms := map[string]bool{}
	for _, w := range asked {
		for _, m := range x.matches(w.key) {
			terms[m.word] = true
		}
	}
	return terms
}

// maxRead is how much of an article is looked through for a snippet, in bytes:
// more than most have.
const maxRead = 8 << 10

// snippetOf is the part of an article that says most of what was asked.
func snippetOf(a *Article, terms map[string]bool) []Span {
	text := a.flat[:len(cut(a.flat, maxRead))]
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
	times := map[string]int{} // of the words between i and j
	for i, j := 0, 0; i < len(at) && most < len(terms); i++ {
		for ; j < len(at) && at[j].to-at[i].from <= snippet*3/4; j++ {
			times[at[j].key]++
		}
		if len(times) > most {
			first, most = i, len(times)
		}
		if times[at[i].key]--; times[at[i].key] <= 0 {
			delete(times, at[i].key)
		}
	}
	return spans(a.flat, at, at[first].from)
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
