package portal_test

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/rogpeppe/go-internal/testscript"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/help/articles"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/store"
)

// The pictures of the articles are of pages that the running product answered.
// The stories in testdata/pictures walk to them as a customer does, once in each
// language, and say "shot NAME" in front of each.

// A shot is one picture of an article: a page, in one language.
type shot struct {
	name string
	lang keyfold.Language
	page string // what it shows
	sum  string // of all that it looks like
}

// An album is the pages that the stories came to, by their keys.
type album struct {
	mu    sync.Mutex
	doors map[string]string // of each picture, by name
	shots map[string]shot
}

// pictureDoors are the pictures that articles ask for, and which door each is of.
func pictureDoors(t *testing.T) map[string]string {
	t.Helper()
	content, err := articles.FS.ReadFile("shots.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var list map[string]struct{ Route string }
	if err := yaml.Unmarshal(content, &list); err != nil || len(list) == 0 {
		t.Fatalf("%d pictures: %v", len(list), err)
	}
	doors := map[string]string{}
	for name, p := range list {
		doors[name] = p.Route
	}
	return doors
}

// walk tells the stories, and returns the pages that they came to.
func walk(t *testing.T) map[string]shot {
	t.Helper()
	all := &album{doors: pictureDoors(t), shots: map[string]shot{}}
	shelf := help.NewShelf(help.Options{Brand: "Polder Hosting"}, articles.FS, "", nil)
	for _, lang := range keyfold.Languages() {
		words := phrases(t, lang)
		t.Run(lang.String(), func(t *testing.T) {
			testscript.Run(t, testscript.Params{
				Dir: "testdata/pictures",
				Setup: func(e *testscript.Env) error {
					s := newStory(pictureWorld(t, shelf))
					s.words = words
					e.Values["story"], e.Values["language"] = s, lang
					return s.open("laptop", lang)
				},
				Cmds: all.commands(),
			})
		})
	}
	return all.shots
}

// pictureWorld is one that is as in production, and is reached from somewhere.
func pictureWorld(t *testing.T, shelf *help.Shelf) *world {
	t.Helper()
	w := newWorld(t, "sqlite", func(c *worldConfig) { c.limits = limit.Default() })
	w.portal.Help = shelf
	w.portal.Site.PrivacyURL = "https://polderhosting.example/privacy"
	portal := w.server.Config.Handler
	w.server.Config.Handler = http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		r.RemoteAddr = "192.0.2.44:52100"
		portal.ServeHTTP(rw, r)
	})
	return w
}

// open puts a browser that wants a language in front of the person.
func (s *story) open(name string, lang keyfold.Language) error {
	err := s.use([]string{name})
	s.b.language = lang.String()
	return err
}

// commands are what these stories need besides the others: shot NAME is the page
// that is there now, browser NAME is one that wants the language of the
// story, person EMAIL PASSWORD NAME has a login and no account yet, and after
// "breaks" the database is gone.
func (all *album) commands() map[string]func(*testscript.TestScript, bool, []string) {
	c := commands()
	maps.Copy(c, map[string]func(*testscript.TestScript, bool, []string){
		"shot": func(ts *testscript.TestScript, _ bool, a []string) {
			ts.Check(all.take(ts.Value("story").(*story).b, a[0], ts.Value("language").(keyfold.Language)))
		},
		"browser": func(ts *testscript.TestScript, _ bool, a []string) {
			ts.Check(ts.Value("story").(*story).open(a[0], ts.Value("language").(keyfold.Language)))
		},
		"person": command(3, (*story).person),
		"breaks": command(0, func(s *story, _ []string) error { return s.db.Close() }),
	})
	return c
}

func (s *story) person(a []string) error {
	h, err := s.gate.Hash(s.t.Context(), a[1])
	if err != nil {
		return err
	}
	user := keyfold.NewUser(keyfold.Act{By: "test"}, keyfold.UserID("user-"+a[0]), address(a[0]), a[2], keyfold.English, h)
	return s.db.Update(s.t.Context(), func(tx *store.Tx) error { return tx.ApplyUser(s.t.Context(), user) })
}

// take keeps the page in front of a browser.
func (all *album) take(b *browser, name string, lang keyfold.Language) error {
	all.mu.Lock()
	defer all.mu.Unlock()
	s := shot{name: name, lang: lang, page: string(b.raw)}
	door, ok := all.doors[name]
	switch {
	case !ok:
		return fmt.Errorf("no article shows %s", name)
	case all.shots[s.key()].page != "":
		return fmt.Errorf("%s is there already", s.key())
	case !strings.Contains(s.page, `<html lang="`+lang.String()+`"`):
		return fmt.Errorf("%s is in another language", s.key())
	}
	mux := http.NewServeMux()
	mux.HandleFunc(door, http.NotFound)
	if _, pattern := mux.Handler(&http.Request{Method: b.method, URL: b.at}); pattern != door {
		return fmt.Errorf("%s is of %s, and this is %s %s", name, door, b.method, b.at.Path)
	}
	css, err := os.ReadFile("../ui/static/ui.css")
	if err != nil {
		return err
	}
	looks := b.world.steady(s.page)
	s.sum = fmt.Sprintf("%x", sha256.Sum256([]byte(looks+string(css))))[:16]
	all.shots[s.key()] = s
	return nil
}

// random is what differs each time that a page is asked for, and is not seen, or
// is not what a picture is about: hashes of files, values that go with a form,
// secrets and IDs in addresses, the end of an API key, the number of a fault.
var random = regexp.MustCompile(`/static/[^"]+|<input type="hidden"[^>]*>|[\w-]{43}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|…[\w-]{4}<|\b[A-Z2-7]{12}\b`)

// steady is a page without what is random.
func (w *world) steady(page string) string {
	return random.ReplaceAllString(strings.ReplaceAll(page, w.server.URL, ""), "")
}
