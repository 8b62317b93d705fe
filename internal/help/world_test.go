package help_test

import (
	"os"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

func options(tb testing.TB) help.Options {
	tb.Helper()
	return help.Options{Brand: "Polder & Co", Support: "care@polder.example", Home: "https://my.polder.example", Entities: storetest.Entities(tb)}
}

// sampled is a library of the three articles in testdata.
func sampled(tb testing.TB) *help.Library {
	tb.Helper()
	l := help.Load(options(tb), os.DirFS("testdata/articles"))
	if broken := l.Broken(); len(broken) > 0 {
		tb.Fatal(broken)
	}
	return l
}

func article(tb testing.TB, l *help.Library, lang keyfold.Language, slug string) *help.Article {
	tb.Helper()
	a, ok := l.Article(lang, slug)
	if !ok {
		tb.Fatalf("no article %s in %s", slug, lang)
	}
	return a
}

// page is all that an article shows to customers of an entity.
func page(a *help.Article, entity string) (all string) {
	for _, p := range a.Passages(entity) {
		all += p.HTML
	}
	return all
}
