package portal_test

import (
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/help/articles"
)

func withCookie(value string) func(*http.Request) {
	return func(r *http.Request) {
		r.Header.Set("Cookie", "__Host-keyfold="+value+"; __Host-keyfold-registration="+value)
	}
}

// TestACodeIsShownToWhoAskedForIt tries the code of one session in others, and in
// none.
func TestACodeIsShownToWhoAskedForIt(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		user, registering := w.loggedIn(t), w.registering(t)
		ask := func(who func(*http.Request)) string {
			return w.call(http.MethodPost, "/help/stuck/no-mail", nil, who).Header().Get("Location")
		}
		at := ask(withCookie(user))
		code := regexp.MustCompile(`code=([A-Z2-9]{4}-[A-Z2-9]{4})$`).FindStringSubmatch(at)
		if code == nil {
			t.Fatalf("no code in %q", at)
		}
		if again := ask(withCookie(user)); again != at {
			t.Errorf("asked twice: %q and %q", at, again)
		}
		if other := ask(withCookie(registering)); other == at || !strings.Contains(other, "code=") {
			t.Errorf("another session got %q, and the first one %q", other, at)
		}
		if none := ask(func(*http.Request) {}); none != "/help/stuck/no-mail" {
			t.Errorf("a stranger got %q", none)
		}
		for who, cookie := range map[string]func(*http.Request){
			"its own session": withCookie(user), "another session": withCookie(registering), "a stranger": func(*http.Request) {},
		} {
			res := w.call(http.MethodGet, at, nil, cookie)
			if shown := strings.Contains(res.Body.String(), `<span class="id">`+code[1]+"<"); res.Code != http.StatusOK || shown != (who == "its own session") {
				t.Errorf("%s: %d, shown: %t", who, res.Code, shown)
			}
		}
		events := strings.Count(w.dump(t), " care.asked ")
		if events != 2 || !strings.Contains(w.dump(t), code[1]+" no-mail") || !strings.Contains(w.dump(t), "no-mail, password_set") {
			t.Errorf("%d events, in\n%s", events, w.dump(t))
		}
	})
}

func TestAVoteCountsOnce(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		vote := func(slug, said string) int {
			return w.call(http.MethodPost, "/help/"+slug+"?lang=nl", url.Values{"helped": {said}}).Code
		}
		for _, said := range []string{"yes", "yes", "no"} { // a double click, and second thoughts
			if code := vote("no-mail", said); code != http.StatusSeeOther {
				t.Errorf("voting %s: %d", said, code)
			}
		}
		w.clock.Pass(11 * time.Minute)
		vote("no-mail", "no")
		for slug, said := range map[string]string{"no-mail": "perhaps", "no-such": "yes"} {
			if code := vote(slug, said); code < http.StatusBadRequest {
				t.Errorf("voting %s for %s: %d", said, slug, code)
			}
		}
		votes, err := w.db.Reader().HelpVotes(t.Context(), w.clock.Now())
		if err != nil || fmt.Sprint(votes) != "[{no-mail nl 1 1}]" {
			t.Errorf("got %v, %v", votes, err)
		}
	})
}

func TestWhatIsSearchedInVainIsCounted(t *testing.T) {
	t.Parallel()
	storetestEach(t, func(t *testing.T, engine string) {
		w := newWorld(t, engine)
		for _, q := range []string{"Invoice", "invoice", "no mail", "sanne@veldkamp.example invoice", "hunter2", "Zk4!xQ", "correctHorse", "0612345678"} {
			w.call(http.MethodGet, "/help?q="+url.QueryEscape(q), nil)
		}
		if err := w.portal.Feedback.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		w.call(http.MethodGet, "/help?q=invoice", nil)
		if err := w.portal.Feedback.Flush(t.Context()); err != nil {
			t.Fatal(err)
		}
		misses, err := w.db.Reader().HelpMisses(t.Context(), w.clock.Now(), 1, 10)
		if err != nil || fmt.Sprint(misses) != "[{invoice en 3}]" {
			t.Errorf("got %v, %v", misses, err)
		}
	})
}

// TestNobodyFillsTheDatabaseWithSearches: one client, and many.
func TestNobodyFillsTheDatabaseWithSearches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	word := func(i int) string {
		return "qx" + strings.Repeat(string(rune('a'+i%26)), 3) + strings.Repeat(string(rune('a'+i/26%26)), 3)
	}
	for i := range 100 {
		w.portal.Feedback.Missed(keyfold.Act{From: "192.0.2.1"}, keyfold.English, word(i))
	}
	for i := range 5000 {
		w.portal.Feedback.Missed(keyfold.Act{From: fmt.Sprintf("10.0.%d.%d", i/250, i%250)}, keyfold.English, word(i%676)+word(i/676+100))
	}
	if err := w.portal.Feedback.Flush(t.Context()); err != nil {
		t.Fatal(err)
	}
	misses, err := w.db.Reader().HelpMisses(t.Context(), w.clock.Now(), 1, 10000)
	if err != nil || len(misses) == 0 || len(misses) > 1000 {
		t.Errorf("%d rows, %v", len(misses), err)
	}
	own := 0
	for _, m := range misses {
		if len(m.Words) == 8 {
			own++
		}
	}
	if own > 10 {
		t.Errorf("one client made %d rows", own)
	}
}

// TestEachPageOfTheHelpLeadsOnAndIsSmall follows all links of all pages of the
// help, in all languages: with the articles of the tests, and those that we ship.
func TestEachPageOfTheHelpLeadsOnAndIsSmall(t *testing.T) {
	t.Parallel()
	for name, files := range map[string]fs.FS{"samples": sampleArticles(), "shipped": articles.FS} {
		w := newWorld(t, "sqlite")
		w.portal.Help = help.NewShelf(help.Options{Entities: w.entities}, files, "", slog.New(slog.DiscardHandler))
		for _, lang := range keyfold.Languages() {
			seen, pictures := map[string]bool{}, 0
			for queue := []string{"/help?lang=" + lang.String()}; len(queue) > 0; queue = queue[1:] {
				path, _, _ := strings.Cut(queue[0], "#")
				if seen[path] {
					continue
				}
				seen[path] = true
				res := w.call(http.MethodGet, path, nil, func(r *http.Request) { r.Header.Set("Accept-Language", lang.String()) })
				if res.Code != http.StatusOK && res.Code != http.StatusSeeOther || res.Body.Len() > 50<<10 {
					t.Errorf("%s, %s: %s gives %d and %d bytes", name, lang, path, res.Code, res.Body.Len())
				}
				if kept := res.Header().Get("Cache-Control"); name == "shipped" && strings.HasPrefix(path, help.PicturePath) {
					pictures++
					if kept != "public, max-age=31536000, immutable" {
						t.Errorf("%s is kept for %q", path, kept)
					}
				}
				if !strings.HasPrefix(path, "/help") {
					continue
				}
				for _, m := range regexp.MustCompile(`(?:href|src|srcset|action)="(/[^"]*)"`).FindAllStringSubmatch(res.Body.String(), -1) {
					if to := strings.ReplaceAll(m[1], "&amp;", "&"); !strings.Contains(to, "lang=") && to != "/logout" {
						queue = append(queue, to)
					}
				}
			}
			if name == "samples" && len(seen) < 20 || name == "shipped" && pictures < 20 {
				t.Errorf("%s: only %d pages were seen, with %d pictures", name, len(seen), pictures)
			}
		}
	}
}

func TestPagesLeadToTheArticleAboutThem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	user := w.loggedIn(t)
	for path, want := range map[string]string{
		"/login": "/help/log-in", "/passwordReset/requested": "/help/no-mail",
		"/accounts/NL123421341": "/help/log-in?entity=NL", "/accounts/add": "/help", "/nothing": "/help",
	} {
		body := w.call(http.MethodGet, path, nil, withCookie(user)).Body.String()
		if !strings.Contains(body, `href="`+want+`" target="_blank" rel="noopener" data-help=`) {
			t.Errorf("%s does not lead to %s:\n%s", path, want, body)
		}
	}
	for what, body := range map[string]string{
		"a form": w.call(http.MethodPost, "/login", url.Values{"username": {"NL1"}, "password": {"x"}}).Body.String(),
		"a page": w.call(http.MethodPost, "/login", nil, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }).Body.String(),
	} {
		if !strings.Contains(body, `class="answer"`) {
			t.Errorf("%s that says what is wrong leads to no article:\n%s", what, body)
		}
	}
}

// TestErrorsAreNearSomethingThatExists: what error pages fall back on has a text.
func TestErrorsAreNearSomethingThatExists(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	for _, id := range []string{"link.unknown", "login.slow", "login.failed"} {
		if !w.portal.Texts.Has(id) {
			t.Errorf("no text %s", id)
		}
	}
}

func TestTheHelpTakesNothingFromItsAddress(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	for path, want := range map[string]int{
		"/help/no-mail?entity=%22%3E%3Cscript%3E": 200, "/help/no-mail?helped=%3Cscript%3E": 200, "/help/stuck/no-mail?code=%3Cscript%3E": 200,
		"/help?q=%3Cscript%3Ealert(1)%3C/script%3E": 200, "/help/%3Cscript%3E": 404, "/help/keyword/%3Cscript%3E": 404, "/help/print/%3Cscript%3E": 404,
		"/static/help/en/..%2f..%2fno-mail.md": 404, "/static/help/..%2f../x.light.png": 404, "/static/help/en/keywords.yaml": 404,
		"/static/help/fr/requested.light.png": 404, "/static/help/en/requested.light.png": 200, "/help?q=" + strings.Repeat("%C3%A9", 3000): 200,
	} {
		res := w.call(http.MethodGet, path, nil)
		if body := res.Body.String(); res.Code != want || strings.Contains(body, "<script>") || !strings.Contains(res.Header().Get("Content-Type"), "image/") && len(body) > 20<<10 {
			t.Errorf("%s: %d, %d bytes", path, res.Code, len(body))
		}
	}
	for query, want := range map[string]string{"": "public, max-age=86400", "?v=0123456789ab": "no-cache", "?v=": "public, max-age=86400"} {
		if got := w.call(http.MethodGet, "/static/help/en/requested.light.png"+query, nil).Header().Get("Cache-Control"); got != want {
			t.Errorf("a picture with %q is kept for %q", query, got)
		}
	}
}

// TestAKeywordKeepsItsMeaningInAnotherLanguage: who changes the language of a
// page of a keyword sees the same articles.
func TestAKeywordKeepsItsMeaningInAnotherLanguage(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	body := w.call(http.MethodGet, "/help/keyword/geen-e-mail-ontvangen?lang=de", nil).Body.String()
	if !strings.Contains(body, "Keine E-Mail angekommen") {
		t.Errorf("got\n%s", body)
	}
}

// TestTheOperatorsArticlesAreTakenWhenTheyChange: a new one, a broken one, none.
func TestTheOperatorsArticlesAreTakenWhenTheyChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t, "sqlite")
	dir := t.TempDir()
	shelf := help.NewShelf(help.Options{}, sampleArticles(), dir, slog.New(slog.NewTextHandler(w.log, nil)))
	w.portal.Help = shelf
	title := func() string {
		shelf.Refresh(t.Context())
		body := w.call(http.MethodGet, "/help/no-mail", nil).Body.String()
		_, after, _ := strings.Cut(body, "<h1>")
		before, _, _ := strings.Cut(after, "</h1>")
		return before
	}
	write := func(text string) {
		if err := os.MkdirAll(dir+"/en", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(dir+"/en/no-mail.md", []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := title(); got != "No mail arrived" {
		t.Errorf("got %q", got)
	}
	write("---\ntitle: Ours\nsummary: S.\n---\nText.\n")
	if got := title(); got != "Ours" {
		t.Errorf("a new article is not taken: %q", got)
	}
	write("---\ntitle: Broken\n")
	if got := title(); got != "Ours" || !strings.Contains(w.log.String(), "en/no-mail.md: it has no head") {
		t.Errorf("a broken article is taken: %q; the log says\n%s", got, w.log)
	}
	title()
	if strings.Count(w.log.String(), "it has no head") != 1 {
		t.Error("the log says the same again and again")
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if got := title(); got != "Ours" {
		t.Errorf("without the folder: %q", got)
	}
}
