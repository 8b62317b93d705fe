package portal_test

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/keyfold/keyfold"
)

// A phrasebook is what the texts of our pages are in another language, so that
// one story can be told in all of them.
type phrasebook []phrase

// A phrase is a text in English, with a place for each thing that is filled in,
// and in the other language, with their names.
type phrase struct {
	english *regexp.Regexp
	other   string
}

var blank = regexp.MustCompile(`\\?\{\\?\{\\?\.(\w+)\\?\}\\?\}`)

// phrases are the words for a language; none are needed for English.
func phrases(t *testing.T, lang keyfold.Language) phrasebook {
	t.Helper()
	if lang == keyfold.English {
		return nil
	}
	english, other := textsIn(t, keyfold.English), textsIn(t, lang)
	var book phrasebook
	for id, texts := range english {
		for form, text := range texts {
			there := other[id][form]
			book = book.with(text, there)
			book = book.parts(linked.FindAllString(text, -1), linked.FindAllString(there, -1))
			book = book.parts(strings.Split(text, ". "), strings.Split(there, ". "))
		}
	}
	return book
}

// parts is the book with the parts of a text more: its links, its sentences.
func (book phrasebook) parts(english, other []string) phrasebook {
	for i := range min(len(english), len(other)) {
		book = book.with(strings.TrimSuffix(english[i], "."), strings.TrimSuffix(other[i], "."))
	}
	return book
}

// linked is a part of a text that is a link.
var linked = regexp.MustCompile(`\[[^\]]+\]`)

// with is the book with one text more.
func (book phrasebook) with(english, other string) phrasebook {
	bare := strings.NewReplacer("**", "", "[", "", "]", "")
	pattern := blank.ReplaceAllString(regexp.QuoteMeta(bare.Replace(english)), `(?P<$1>.+?)`)
	re, err := regexp.Compile("^" + pattern + "$")
	if err != nil || other == "" { // a name that is there twice
		return book
	}
	return append(book, phrase{re, blank.ReplaceAllString(bare.Replace(other), "$${$1}")})
}

// textsIn are the forms of all texts: "other", and "one" where that differs.
func textsIn(t *testing.T, lang keyfold.Language) map[string]map[string]string {
	t.Helper()
	files, err := filepath.Glob("../../locale/texts/*." + lang.String() + ".yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no texts", err)
	}
	all := map[string]map[string]string{}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var texts map[string]any
		if err := yaml.Unmarshal(content, &texts); err != nil {
			t.Fatal(file, err)
		}
		for id, text := range texts {
			all[id] = map[string]string{}
			switch text := text.(type) {
			case string:
				all[id]["other"] = text
			case map[string]any:
				for form, s := range text {
					all[id][form], _ = s.(string)
				}
			}
		}
	}
	return all
}

// of are the ways to say that in the language of the book. Several texts can be
// the same in English, and a button may go on with whom it is about.
func (book phrasebook) of(english string) (all []string) {
	all = book.whole(english)
	for i, c := range english {
		if c != ' ' {
			continue
		}
		rest := book.whole(english[i+1:])
		if rest == nil {
			rest = []string{english[i+1:]}
		}
		first, space := english[:i], " "
		if s, ok := strings.CutSuffix(first, ":"); ok {
			first, space = s, ": "
		}
		for _, first := range append(book.whole(first), first) {
			for _, second := range rest {
				all = append(all, first+space+second)
			}
		}
	}
	return append(all, english) // a name is the same in all languages
}

func (book phrasebook) whole(english string) (all []string) {
	for _, p := range book {
		at := p.english.FindStringSubmatchIndex(english)
		if at == nil {
			continue
		}
		if s := string(p.english.ExpandString(nil, p.other, english, at)); !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// said does something with a text that is on the page.
func (s *story) said(english string, do func(string) error) error {
	if s.words == nil {
		return do(english)
	}
	ways := s.words.of(english)
	for _, way := range ways {
		if err := do(way); !errors.Is(err, errNotThere) {
			return err
		}
	}
	return errors.Join(errNotThere, errors.New(strings.Join(ways, " / ")))
}
