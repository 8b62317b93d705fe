package articles_test

import (
	"bytes"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/help/articles"
)

var languages = []string{"en", "nl", "de"}

// An article is one file: what stands before its text, and the text.
type article struct {
	Title, Summary  string
	Keywords, Asked []string
	Steps           []int
	Audience        string
	Related         []string
	Pages, Errors   []string
	Slug, Lang, Raw string `yaml:"-"`
}

func (a article) String() string { return a.Lang + "/" + a.Slug }

// read is all articles, by language and slug.
func read(t *testing.T) map[string]map[string]article {
	t.Helper()
	all := map[string]map[string]article{}
	for _, lang := range languages {
		all[lang] = map[string]article{}
		files, err := fs.Glob(articles.FS, lang+"/*.md")
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no articles (%v)", lang, err)
		}
		for _, file := range files {
			content, err := articles.FS.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			a := article{Lang: lang, Slug: strings.TrimSuffix(path.Base(file), ".md")}
			parts := strings.SplitN(string(content), "---\n", 3)
			if len(parts) != 3 || parts[0] != "" {
				t.Fatalf("%s does not begin with its front matter", file)
			}
			if err := yaml.NewDecoder(bytes.NewReader([]byte(parts[1])), yaml.Strict()).Decode(&a); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
			a.Raw = parts[2]
			all[lang][a.Slug] = a
		}
	}
	return all
}

// each calls f for every article in every language.
func each(t *testing.T, f func(a article)) {
	t.Helper()
	for _, of := range read(t) {
		for _, a := range of {
			f(a)
		}
	}
}

// list reads a YAML file of the package.
func list(t *testing.T, file string, into any) {
	t.Helper()
	content, err := articles.FS.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.NewDecoder(bytes.NewReader(content), yaml.Strict()).Decode(into); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
}

func TestEachArticleSaysWhatItIsAbout(t *testing.T) {
	t.Parallel()
	slug := regexp.MustCompile(`^[a-z]+(-[a-z]+)*$`)
	each(t, func(a article) {
		switch {
		case !slug.MatchString(a.Slug):
			t.Errorf("%s: the slug is not made of words and dashes", a)
		case a.Title == "" || len([]rune(a.Title)) > 90:
			t.Errorf("%s: the title is missing, or has more than 90 characters", a)
		case a.Summary == "" || len([]rune(a.Summary)) > 160:
			t.Errorf("%s: the summary is missing, or has more than 160 characters", a)
		case a.Audience != "customer":
			t.Errorf("%s is for %q; those for operators are in docs/manual", a, a.Audience)
		case len(a.Related) < 2 || slices.Contains(a.Related, a.Slug):
			t.Errorf("%s: related are %v, want two others at least", a, a.Related)
		case strings.TrimSpace(a.Raw) == "":
			t.Errorf("%s has no text", a)
		}
		if !slices.IsSorted(a.Steps) || len(a.Steps) > 0 && (a.Steps[0] < 1 || a.Steps[len(a.Steps)-1] > 10) {
			t.Errorf("%s: the steps are %v, of ten", a, a.Steps)
		}
	})
}

// shape is what an article has in common with itself in other languages.
type shape struct {
	Steps                  []int
	Related, Pages, Errors []string
	Keywords               []string // as line numbers of keywords.yaml, so to say
	Outline, Links, Shots  []string
	Asked                  bool // people ask in their own words
}

func TestEachArticleIsTheSameInAllLanguages(t *testing.T) {
	t.Parallel()
	all, words := read(t), keywords(t)
	for _, lang := range languages[1:] {
		if diff := cmp.Diff(slices.Sorted(maps.Keys(all["en"])), slices.Sorted(maps.Keys(all[lang]))); diff != "" {
			t.Errorf("articles in English (-) and %s (+):\n%s", lang, diff)
		}
		for slug, a := range all[lang] {
			if diff := cmp.Diff(shapeOf(all["en"][slug], words), shapeOf(a, words)); diff != "" {
				t.Errorf("%s: English (-), here (+):\n%s", a, diff)
			}
		}
	}
}

var (
	linkTo  = regexp.MustCompile(`\]\(([^)]+)\)`)
	outline = regexp.MustCompile(`(?m)^(#+|[0-9]+\.|-) `)
)

func shapeOf(a article, words []map[string]string) shape {
	s := shape{Asked: len(a.Asked) > 0, Steps: a.Steps, Related: a.Related, Pages: a.Pages, Errors: a.Errors}
	for _, k := range a.Keywords {
		i := slices.IndexFunc(words, func(w map[string]string) bool { return w[a.Lang] == k })
		if i < 0 {
			s.Keywords = append(s.Keywords, "not in the list: "+k)
			continue
		}
		s.Keywords = append(s.Keywords, words[i]["en"])
	}
	for _, m := range outline.FindAllStringSubmatch(a.Raw, -1) {
		s.Outline = append(s.Outline, m[1])
	}
	for _, m := range linkTo.FindAllStringSubmatch(a.Raw, -1) {
		if strings.HasPrefix(m[1], "shot:") {
			s.Shots = append(s.Shots, m[1])
		} else {
			s.Links = append(s.Links, m[1])
		}
	}
	slices.Sort(s.Links) // sentences have another order in other languages
	return s
}

func keywords(t *testing.T) []map[string]string {
	t.Helper()
	var words []map[string]string
	list(t, "keywords.yaml", &words)
	return words
}

func TestKeywordsAreAListAndLeadSomewhere(t *testing.T) {
	t.Parallel()
	all, words := read(t), keywords(t)
	for _, lang := range languages {
		uses := map[string]int{}
		for _, a := range all[lang] {
			if n := len(a.Keywords); n < 4 || n > 8 {
				t.Errorf("%s has %d keywords, want 4 to 8", a, n)
			}
			for _, k := range a.Keywords {
				uses[k]++
			}
		}
		seen := map[string]bool{}
		for _, w := range words {
			k := w[lang]
			if k == "" || seen[k] || len(w) != len(languages) {
				t.Errorf("%v: the keyword is missing in %s, or there twice", w, lang)
			}
			seen[k] = true
			// A keyword leads from one article to others.
			if uses[k] < 2 {
				t.Errorf("%s: %q is a keyword of %d articles, want two at least", lang, k, uses[k])
			}
		}
	}
}

// TestWhatPeopleTypeIsThere is about the words with which people look.
func TestWhatPeopleTypeIsThere(t *testing.T) {
	t.Parallel()
	all := read(t)
	for _, c := range []struct{ lang, typed, slug string }{
		{"en", "NL123421341", "what-changes"},
		{"nl", "NL123421341", "what-changes"},
		{"de", "NL123421341", "what-changes"},
		{"en", "no mail", "no-mail"},
		{"nl", "geen e-mail ontvangen", "no-mail"},
		{"de", "keine E-Mail erhalten", "no-mail"},
		{"en", "forgotten your password", "forgot-password"},
		{"nl", "wachtwoord vergeten", "forgot-password"},
		{"de", "Passwort vergessen", "forgot-password"},
	} {
		a := all[c.lang][c.slug]
		in := func(s string) bool { return strings.Contains(strings.ToLower(s), strings.ToLower(c.typed)) }
		if !in(a.Title) {
			t.Errorf("%s: nobody finds it by %q in its title %q", a, c.typed, a.Title)
		}
		for _, other := range all[c.lang] {
			if other.Slug != c.slug && in(other.Title) {
				t.Errorf("%s has %q in its title, as %s", other, c.typed, c.slug)
			}
		}
	}
}

func TestWhatArticlesReferToIsThere(t *testing.T) {
	t.Parallel()
	all, doors := read(t), doors(t)
	var shots map[string]struct{ Route, Shows string }
	list(t, "shots.yaml", &shots)
	used := map[string]bool{}
	each(t, func(a article) {
		for _, slug := range a.Related {
			if _, ok := all[a.Lang][slug]; !ok {
				t.Errorf("%s: there is no related article %q", a, slug)
			}
		}
		n := 0
		for _, m := range linkTo.FindAllStringSubmatch(a.Raw, -1) {
			slug, isArticle := strings.CutPrefix(m[1], "/help/")
			shot, isShot := strings.CutPrefix(m[1], "shot:")
			switch _, ok := all[a.Lang][slug]; {
			case isArticle && (!ok || slug == a.Slug):
				t.Errorf("%s: the link %s leads nowhere", a, m[1])
			case isShot:
				n++
				used[shot] = true
				if _, ok := shots[shot]; !ok {
					t.Errorf("%s: the picture %s is not in shots.yaml", a, shot)
				}
			case !isArticle && !slices.Contains(doors, "GET "+m[1]):
				t.Errorf("%s: the link %s is neither an article nor a page", a, m[1])
			}
		}
		if n > 3 {
			t.Errorf("%s has %d pictures, want three at most", a, n)
		}
	})
	for name, s := range shots {
		if !used[name] || s.Shows == "" {
			t.Errorf("the picture %s is in no article, or does not say what it shows", name)
		}
		if !slices.Contains(doors, s.Route) {
			t.Errorf("the picture %s: there is no page %s", name, s.Route)
		}
	}
}

// doors are the doors of the portal that are documented, and so there.
func doors(t *testing.T) []string {
	t.Helper()
	content, err := os.ReadFile("../../../docs/routes.md")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, m := range regexp.MustCompile("(?m)^\\| `([A-Z]+ [^`]+)` \\|").FindAllStringSubmatch(string(content), -1) {
		all = append(all, m[1])
	}
	if len(all) < 50 {
		t.Fatalf("docs/routes.md names %d doors", len(all))
	}
	return all
}

// noPage are the doors that show no page of ours to a customer.
func noPage(door string) bool {
	for _, prefix := range []string{"GET /demo", "GET /static/", "GET /.well-known/", "GET /session", "GET /help"} {
		if strings.HasPrefix(door, prefix) {
			return true
		}
	}
	return !strings.HasPrefix(door, "GET ")
}

func TestEachPageHasOneArticle(t *testing.T) {
	t.Parallel()
	count := map[string]int{}
	for _, a := range read(t)["en"] {
		for _, page := range a.Pages {
			count[page]++
		}
	}
	doors := doors(t)
	for _, door := range doors {
		if n := count[door]; !noPage(door) && n != 1 {
			t.Errorf("%s is explained in %d articles, want one: add it to the pages of its article, in all languages", door, n)
		}
	}
	for page := range count {
		if !slices.Contains(doors, page) {
			t.Errorf("there is no page %s", page)
		}
	}
}
