package help_test

import (
	"strings"
	"testing"
	"testing/fstest"

	"golang.org/x/net/html"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
)

const head = "---\ntitle: T\nsummary: S.\nkeywords: [k]\n---\n"

// written is an article with that text.
func written(t *testing.T, text string) (*help.Article, *help.Library) {
	t.Helper()
	l := help.Load(options(t), fstest.MapFS{"en/x.md": {Data: []byte(head + text)}})
	return article(t, l, keyfold.English, "x"), l
}

func TestAnArticleIsMadeForOurPages(t *testing.T) {
	t.Parallel()
	got := page(article(t, sampled(t), keyfold.English, "no-mail"), "NL")
	for _, want := range []string{
		`<h2 id="a-look-in-the-right-mailbox">Look in the right mailbox</h2>`,
		`<ol class="numbers">`,
		`<picture><source media="(prefers-color-scheme: dark)" srcset="/static/help/en/requested.dark.png">` +
			`<img class="shot" src="/static/help/en/requested.light.png" width="160" height="100" loading="lazy" alt="The page after you asked for a link"></picture>`,
		`Ask Polder &amp; Co at <a href="mailto:care@polder.example">care@polder.example</a>`,
		`<a href="/help/what-changes#a-who-it-is-for">`,
		`<a href="/passwordReset/request">`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
	if table := page(article(t, sampled(t), keyfold.English, "log-in"), ""); !strings.Contains(table, `<table class="table">`) {
		t.Errorf("no table in\n%s", table)
	}
	// A picture that is not there leaves no hole.
	if german := page(article(t, sampled(t), keyfold.German, "no-mail"), ""); strings.Contains(german, "<img") || strings.Contains(german, "<p></p>") {
		t.Errorf("there is no picture in German, and the page is\n%s", german)
	}
}

func TestAPassageIsForTheCustomersOfItsEntity(t *testing.T) {
	t.Parallel()
	a := article(t, sampled(t), keyfold.English, "no-mail")
	const passage = "Customers in the Netherlands"
	if strings.Contains(page(a, "DE"), passage) || !strings.Contains(page(a, "NL"), passage) {
		t.Error("the passage for NL is shown to the wrong customers")
	}
	marked := 0
	for _, p := range a.Passages("") {
		if strings.Contains(p.HTML, passage) && len(p.Entities) == 1 && p.Entities[0].Code == "NL" {
			marked++
		}
	}
	if marked != 1 {
		t.Error("for a stranger, the passage does not say whom it is for")
	}
	for _, p := range a.Passages("NL") {
		if len(p.Entities) > 0 {
			t.Error("a customer of NL is told that it is for customers of NL")
		}
	}
}

// Whatever an article says, its page runs no script and asks nobody else.
func TestNoArticleIsDangerous(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`<script>alert(1)</script>`, `<img src=x onerror=alert(1)>`, `a <b onclick=alert(1)>b</b>`, `[x](javascript:alert(1))`,
		`[x](JaVaScRiPt:alert(1))`, `[x](data:text/html;base64,PHNjcmlwdD4=)`, `![x](https://evil.example/x.png)`, `![x](javascript:alert(1))`,
		`[x](//evil.example)`, `![" onerror="alert(1)](shot:requested)`, `[x](https://a.example "\" onmouseover=\"alert(1)")`,
		"## x {#y onclick=alert(1)}", `<javascript:alert(1)>`, `[x](vbscript:x)`, "![x](shot:a\"onerror=alert)", "```\"onclick=alert(1)\nx\n```",
		":::entity <script>\nx\n:::", `[x](http://plain.example)`, "{brand}<script>", "[x](mailto:{support}?x=<script>)",
	} {
		a, _ := written(t, text)
		got := page(a, "")
		doc, err := html.Parse(strings.NewReader(got))
		if err != nil {
			t.Fatal(err)
		}
		for n := range doc.Descendants() {
			if n.Data == "script" && n.Type == html.ElementNode || n.Type == html.CommentNode {
				t.Errorf("%s makes\n%s", text, got)
			}
			for _, attr := range n.Attr {
				bad := strings.HasPrefix(attr.Key, "on") || attr.Key == "style" || attr.Key == "src" && !strings.HasPrefix(attr.Val, "/static/help/")
				for _, scheme := range []string{"javascript:", "data:", "vbscript:", "http:", "//"} {
					bad = bad || strings.HasPrefix(strings.ToLower(attr.Val), scheme)
				}
				if bad {
					t.Errorf("%s makes <%s %s=%q>", text, n.Data, attr.Key, attr.Val)
				}
			}
		}
	}
}

// A link that leads nowhere leaves its text.
func TestADeadLinkIsText(t *testing.T) {
	t.Parallel()
	l := help.Load(help.Options{}, fstest.MapFS{"en/x.md": {Data: []byte(head + "Ask [**us** now](mailto:{support}) or [x](http://a.example) or <ftp://b.example>.")}})
	if got := page(article(t, l, keyfold.English, "x"), ""); got != "<p>Ask <strong>us</strong> now or x or .</p>\n" {
		t.Errorf("got %s", got)
	}
}

func TestAFaultSaysWhereItIs(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a\n\n# B":             `en/x.md:8: the title is the only heading with one #. Write ##.`,
		"a\n\n<b>x</b>":        `en/x.md:8: HTML is not shown. Write Markdown.`,
		"\n[a](nowhere)":       `en/x.md:7: the link nowhere leads to no article.`,
		"[a](x#b)":             `en/x.md:6: the article x has no heading #b. It has .`,
		"[a](/nowhere)":        `en/x.md:6: the link /nowhere leads to no page.`,
		"{who}":                `{who} stands for nothing`,
		":::entity NL\na":      `en/x.md:6: the passage has no end.`,
		":::entity XX\na\n:::": `en/x.md:6: note: there is no entity XX here`,
		":::note\na\n:::":      `en/x.md:6: ":::note" is not understood here.`,
		"![](shot:a)":          `the picture a does not say what it shows`,
		"![a](shot:a)":         `en/x.md:6: note: there is no picture a in en.`,
		"![a](b.png)":          `pictures are screenshots`,
	} {
		_, l := written(t, text)
		all := ""
		for _, f := range l.Check(world()) {
			all += f.String() + "\n"
		}
		if !strings.Contains(all, want) {
			t.Errorf("%q: no %q in\n%s", text, want, all)
		}
	}
}

func world() help.World {
	return help.World{
		Routes: []string{"GET /login", "GET /accounts", "GET /accounts/{id}", "GET /passwordReset/request", "GET /passwordReset/requested"},
		Text:   func(id string) bool { return id != "no.such" },
		Leads:  func(path string) bool { return path == "/login" || path == "/passwordReset/request" },
	}
}

func TestABrokenHeadIsNamedAndTheOtherArticlesAreThere(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ file, want string }{
		"none":          {"# Hello", "it has no head"},
		"not closed":    {"---\ntitle: x\n", "it has no head"},
		"unknown key":   {"---\ntitle: x\ntitel: y\n---\n", `unknown field "titel"`},
		"no title":      {"---\nsummary: y\n---\n", "no title"},
		"wrong step":    {"---\ntitle: x\nsummary: y\nsteps: [11]\n---\n", "step 11"},
		"no letters":    {"---\ntitle: x\nsummary: y\nkeywords: ['!']\n---\n", `keyword "!"`},
		"audience":      {"---\ntitle: x\nsummary: y\naudience: all\n---\n", `audience is "all"`},
		"far too large": {head + strings.Repeat("a ", 40<<10), "An article has at most"},
	} {
		l := help.Load(options(t), fstest.MapFS{"en/x.md": {Data: []byte(tt.file)}, "en/y.md": {Data: []byte(head)}})
		broken := l.Broken()
		if len(broken) == 0 || !strings.Contains(broken[0].String(), tt.want) || broken[0].File != "en/x.md" {
			t.Errorf("%s: got %v", name, broken)
		}
		if _, ok := l.Article(keyfold.English, "y"); !ok {
			t.Errorf("%s: the other article is gone", name)
		}
	}
}

func TestTheSamplesHaveNoFault(t *testing.T) {
	t.Parallel()
	for _, f := range sampled(t).Check(world()) {
		if f.Kind != help.Note {
			t.Error(f)
		}
	}
}
