package help

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/keyfold/keyfold"
)

// A Library is all articles in all languages. It does not change.
type Library struct {
	books  map[keyfold.Language]*book
	files  []fs.FS // the later ones go before
	faults []Fault
}

// A book is the articles of one language.
type book struct {
	articles map[string]*Article
	ordered  []*Article
	keywords map[string][]*Article // by slug
	words    map[string]Keyword
	pages    map[string]*Article // by pattern
	errors   map[string]*Article // by the ID of a text
	pictures map[string]Picture
	index    *index
}

// What an operator's folder may hold.
const maxArticles = 2000

// articleFile is en/forgot-password.md.
var articleFile = regexp.MustCompile(`^[a-z0-9]+(?:-[a-z0-9]+)*\.md$`)

// Load reads the articles of some sources. What is in a later one takes the place
// of what an earlier one has of the same name. What is wrong with files is in
// Faults; the other files are in the library all the same.
func Load(o Options, sources ...fs.FS) *Library {
	l := &Library{books: map[keyfold.Language]*book{}, files: sources}
	for _, lang := range keyfold.Languages() {
		b := newBook()
		for _, files := range sources {
			l.faults = append(l.faults, readPictures(files, lang, b.pictures)...)
		}
		for _, files := range sources {
			l.read(files, lang, b, o)
		}
		l.books[lang] = b
	}
	for _, files := range sources {
		l.readKeywords(files)
	}
	for lang, b := range l.books {
		b.arrange(lang, o, func(a *Article) bool { return !a.operator })
	}
	return l
}

func newBook() *book {
	return &book{
		articles: map[string]*Article{}, keywords: map[string][]*Article{}, words: map[string]Keyword{},
		pages: map[string]*Article{}, errors: map[string]*Article{}, pictures: map[string]Picture{},
	}
}

func (l *Library) read(files fs.FS, lang keyfold.Language, b *book, o Options) {
	names, err := fs.Glob(files, lang.String()+"/*")
	if err != nil { // only a bad pattern gives one
		l.broken(lang.String(), err)
	}
	for _, name := range names {
		base := path.Base(name)
		if strings.HasPrefix(base, ".") || strings.HasSuffix(base, "~") {
			continue // an editor's
		}
		if !articleFile.MatchString(base) {
			l.broken(name, errors.New("an article is called like its address: small letters, digits and dashes, then .md"))
			continue
		}
		if len(b.articles) >= maxArticles {
			l.broken(name, fmt.Errorf("there are more than %d articles", maxArticles))
			return
		}
		content, err := fs.ReadFile(files, name)
		if err != nil {
			l.broken(name, err)
			continue
		}
		f, text, line, err := cutFront(content)
		if err != nil {
			l.broken(name, err)
			continue
		}
		p := press{Article: f.article(strings.TrimSuffix(base, ".md"), lang, name), options: o, pictures: b.pictures}
		p.print(text, line)
		b.articles[p.Slug] = p.Article
	}
}

func (l *Library) broken(file string, err error) {
	for line := range strings.Lines(err.Error()) {
		l.faults = append(l.faults, Fault{Kind: Broken, File: file, Text: strings.TrimSuffix(strings.TrimSpace(line), ".")})
	}
}

// readKeywords adds keywords to articles that are there: more-keywords.yaml has, by
// language and slug, lists of words.
func (l *Library) readKeywords(files fs.FS) {
	const name = "more-keywords.yaml"
	content, err := fs.ReadFile(files, name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	more := map[string]map[string][]string{}
	if err == nil {
		err = yaml.Unmarshal(content, &more)
	}
	if err != nil {
		l.broken(name, fmt.Errorf("it cannot be read: %w. Write en:, below it the name of an article, and a list of words", err))
		return
	}
	for _, tag := range slices.Sorted(maps.Keys(more)) {
		lang, err := keyfold.ParseLanguage(tag)
		if err != nil || l.books[lang] == nil {
			l.broken(name, fmt.Errorf("%q is no language of ours: en, nl or de", tag))
			continue
		}
		for _, to := range slices.Sorted(maps.Keys(more[tag])) {
			a := l.books[lang].articles[to]
			if a == nil {
				l.faults = append(l.faults, Fault{Kind: Wrong, File: name, Text: fmt.Sprintf("there is no article %s in %s, so its words are unused", to, lang)})
				continue
			}
			a.addKeywords(slices.DeleteFunc(more[tag][to], func(w string) bool { return slug(w) == "" }))
		}
	}
}

// arrange makes what is looked things up in, of the articles that are for its
// readers.
func (b *book) arrange(lang keyfold.Language, o Options, theirs func(*Article) bool) {
	b.ordered = slices.SortedFunc(maps.Values(b.articles), byOrder)
	b.ordered = slices.DeleteFunc(b.ordered, func(a *Article) bool { return !theirs(a) })
	for _, a := range b.ordered {
		for _, k := range a.Keywords {
			b.keywords[k.Slug] = append(b.keywords[k.Slug], a)
			if _, ok := b.words[k.Slug]; !ok {
				b.words[k.Slug] = k
			}
		}
		for _, pattern := range a.Pages {
			if b.pages[pattern] == nil {
				b.pages[pattern] = a
			}
		}
		for _, id := range a.Errors {
			if b.errors[id] == nil {
				b.errors[id] = a
			}
		}
	}
	b.index = newIndex(lang, b.ordered, o.Entities)
}

// Article is an article in a language, or else in English.
func (l *Library) Article(lang keyfold.Language, slug string) (*Article, bool) {
	for _, lang := range []keyfold.Language{lang, keyfold.English} {
		if a := l.books[lang.Or(keyfold.English)].articles[slug]; a != nil && !a.operator {
			return a, true
		}
	}
	return nil, false
}

// Articles are all articles of a language in the order of the reader, and those
// that are in English only.
func (l *Library) Articles(lang keyfold.Language) []*Article {
	own := l.books[lang.Or(keyfold.English)]
	all := slices.Clone(own.ordered)
	for _, a := range l.books[keyfold.English].ordered {
		if own.articles[a.Slug] == nil {
			all = append(all, a)
		}
	}
	return slices.SortedStableFunc(slices.Values(all), byOrder)
}

// Related are the articles that one names.
func (l *Library) Related(a *Article) (found []*Article) {
	for _, slug := range a.Related {
		if other, ok := l.Article(a.Language, slug); ok {
			found = append(found, other)
		}
	}
	return found
}

// ForPage is the article that explains a page, by the pattern of its route. What
// a form leads to is explained with the form.
func (l *Library) ForPage(lang keyfold.Language, pattern string) (*Article, bool) {
	method, path, _ := strings.Cut(pattern, " ")
	return l.lookUp(lang, func(b *book) *Article {
		if a := b.pages[pattern]; a != nil || method == "GET" {
			return a
		}
		return b.pages["GET "+path]
	})
}

// ForError is the article that answers a refusal or an error page, by the ID of
// its text.
func (l *Library) ForError(lang keyfold.Language, id string) (*Article, bool) {
	return l.lookUp(lang, func(b *book) *Article { return b.errors[id] })
}

func (l *Library) lookUp(lang keyfold.Language, in func(*book) *Article) (*Article, bool) {
	a := in(l.books[lang.Or(keyfold.English)])
	if a == nil {
		if a = in(l.books[keyfold.English]); a != nil {
			return l.Article(lang, a.Slug)
		}
	}
	return a, a != nil
}

// A Topic is a keyword with the articles that it leads to.
type Topic struct {
	Keyword

	Language keyfold.Language // of the word
	Articles []*Article
}

// Topics are all keywords of a language, as in a dictionary.
func (l *Library) Topics(lang keyfold.Language) (all []Topic) {
	b := l.books[lang.Or(keyfold.English)]
	for slug, word := range b.words {
		all = append(all, Topic{word, lang, b.keywords[slug]})
	}
	slices.SortFunc(all, func(a, b Topic) int { return strings.Compare(a.Slug, b.Slug) })
	return all
}

// Topic is a keyword by its slug. One of another language leads to the same
// articles: who changes the language of the page is not sent away.
func (l *Library) Topic(lang keyfold.Language, slug string) (Topic, bool) {
	lang = lang.Or(keyfold.English)
	for _, in := range append([]keyfold.Language{lang}, keyfold.Languages()...) {
		word, ok := l.books[in].words[slug]
		if !ok {
			continue
		}
		t := Topic{Keyword: word, Language: in}
		for _, a := range l.books[in].keywords[slug] {
			if here, ok := l.Article(lang, a.Slug); ok {
				t.Articles = append(t.Articles, here)
			}
		}
		return t, true
	}
	return Topic{}, false
}

// Picture is the content of a picture's file.
func (l *Library) Picture(lang keyfold.Language, file string) ([]byte, bool) {
	if l.books[lang] == nil || !pictureFile.MatchString(file) {
		return nil, false
	}
	for _, files := range slices.Backward(l.files) {
		if content, err := fs.ReadFile(files, path.Join("shots", lang.String(), file)); err == nil {
			return content, true
		}
	}
	return nil, false
}
