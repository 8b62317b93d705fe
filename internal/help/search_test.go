package help_test

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
)

func TestTheRightArticleComesFirst(t *testing.T) {
	t.Parallel()
	l := sampled(t)
	for _, lang := range keyfold.Languages() { // whatever the language of the page
		for query, want := range map[string]string{
			"no mail": "no-mail", "No e-mail!": "no-mail", "no email": "no-mail", "geen e-mail ontvangen": "no-mail", "keine E-Mail erhalten": "no-mail",
			"keine Mail": "no-mail", "geen mail": "no-mail", "where is my mail": "no-mail", "SPAM": "no-mail", "spma": "",
			"NL123421341": "what-changes", "nl-123 421 341": "what-changes", "DE245344254": "what-changes", "CDN1010101010": "what-changes",
			"klantnummer": "what-changes", "Kundennummer": "what-changes", "klantnumer": "what-changes", "Kundenummer": "what-changes",
			"password": "log-in", "passwort": "log-in", "passw": "log-in", "wachtwoord": "log-in", "wachtwoort": "log-in", "Munchen": "log-in", "münchen": "log-in",
			"zzzz": "", "": "", "   ": "", "''; drop table": "", "\x00\xff": "", "AND OR NOT *": "",
		} {
			got := ""
			if hits := l.Search(lang, query); len(hits) > 0 {
				got = hits[0].Slug
			}
			if want != "" && got != want {
				t.Errorf("%q in %s finds %q first, and not %q", query, lang, got, want)
			}
			if want == "" && query == "zzzz" && got != "" {
				t.Errorf("%q in %s finds %q", query, lang, got)
			}
		}
	}
}

func TestASnippetShowsWhatWasAskedFor(t *testing.T) {
	t.Parallel()
	l := sampled(t)
	hits := l.Search(keyfold.German, "munchen")
	if len(hits) != 1 {
		t.Fatalf("%d hits", len(hits))
	}
	var all, found string
	for _, s := range hits[0].Snippet {
		all += s.Text
		if s.Found {
			found += s.Text
		}
	}
	if found != "München" || !strings.Contains(all, "Grüße aus München!") || !strings.HasPrefix(all, "… ") {
		t.Errorf("found %q in %q", found, all)
	}
	// In another language than that of the question, the summary says what it is.
	hits = l.Search(keyfold.English, "munchen")
	if len(hits) != 1 || hits[0].Language != keyfold.English || hits[0].Snippet[0].Text != "One page for customer IDs and email addresses." {
		t.Errorf("got %v", hits)
	}
}

// thousand is a library with so many articles of ordinary length.
func thousand(tb testing.TB) *help.Library {
	tb.Helper()
	files := fstest.MapFS{}
	for i := range 1000 {
		var text strings.Builder
		for j := range 45 {
			fmt.Fprintf(&text, "word%d of the account%d gets a mail%d.\n", (i*j)%9000, j%700, (i+j)%3000)
		}
		for _, lang := range keyfold.Languages() {
			name := fmt.Sprintf("%s/article-%d.md", lang, i)
			files[name] = &fstest.MapFile{Data: fmt.Appendf(nil, "---\ntitle: Article %d about mail\nsummary: It is about %d.\nkeywords: [mail, key%d]\n---\n%s", i, i, i%90, text.String())}
		}
	}
	return help.Load(options(tb), files)
}

// What the worst questions cost: all words in all articles, slips in long words,
// and as much as can be typed.
func worst() []string {
	return []string{
		"no mail", "accuont mial", "wrod1234 acount55", "a b c d e f g h i j", "the account gets a mail of word",
		strings.Repeat("wordxyzw ", 11), strings.Repeat("mial ", 20),
	}
}

func BenchmarkSearch(b *testing.B) {
	l := thousand(b)
	for _, query := range worst() {
		b.Run(strings.ReplaceAll(query[:min(len(query), 24)], " ", "_"), func(b *testing.B) {
			for b.Loop() {
				l.Search(keyfold.Dutch, query)
			}
		})
	}
}

func FuzzSearch(f *testing.F) {
	l := sampled(f)
	for _, query := range []string{"no mail", "nl-123 421 341", "ß", "é\u0301", "\xff"} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		for _, h := range l.Search(keyfold.English, query) {
			if len(h.Snippet) == 0 {
				t.Errorf("%q: %s has no snippet", query, h.Slug)
			}
		}
	})
}
