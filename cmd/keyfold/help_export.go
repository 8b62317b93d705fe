package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/help/articles"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

type helpExportCmd struct {
	configFlags `embed:""`
	Dir         string `arg:"" help:"Folder to write to: a new or an empty one, or that of an earlier export."`
}

// Run writes each page of the help as a file, in all languages.
func (c *helpExportCmd) Run(ctx context.Context, env *environment) error {
	cfg, err := env.load(needNothing)
	if err != nil {
		return err
	}
	if cfg.PublicURL.Host == "" {
		return errors.New("public_url is missing: the pages link to the portal. Set KEYFOLD_PUBLIC_URL, or public_url in the YAML file")
	}
	library := help.LoadFolder(helpOptions(cfg), articles.FS, cfg.HelpDir)
	if broken := library.Broken(); len(broken) > 0 {
		return fmt.Errorf("%s Nothing was written. 'keyfold help check' names all faults", broken[0])
	}
	s, err := newHelpSite(cfg, c.Dir, env.now)
	if err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	for _, lang := range keyfold.Languages() {
		for _, page := range helpPages(library, lang) {
			if err := s.write(ctx, lang, page); err != nil {
				return err
			}
		}
	}
	if err := s.finish(ctx); err != nil {
		return err
	}
	_, err = fmt.Fprintf(env.stdout, "%s written. Begin with %s\n", count(len(s.written), "file is", "files are"), filepath.Join(c.Dir, "index.html"))
	return err
}

// helpPages are the paths of all pages in a language.
func helpPages(l *help.Library, lang keyfold.Language) []string {
	pages := []string{"/help", "/help/keywords"}
	for _, a := range l.Articles(lang) {
		pages = append(pages, "/help/"+a.Slug, "/help/print/"+a.Slug)
	}
	// A keyword of another language is a page, too: who changes the language there
	// stays with the same articles.
	for _, of := range keyfold.Languages() {
		for _, t := range l.Topics(of) {
			pages = append(pages, "/help/keyword/"+t.Slug)
		}
	}
	slices.Sort(pages)
	return slices.Compact(pages)
}

// A helpSite is the portal's own pages, written down: the export looks like what
// customers see.
type helpSite struct {
	dir     string
	public  *url.URL
	pages   http.Handler
	files   []string // under /static/ that pages name
	written []string
}

func newHelpSite(c *config, dir string, now func() time.Time) (*helpSite, error) {
	texts, err := locale.Load()
	if err != nil {
		return nil, err
	}
	log := slog.New(slog.DiscardHandler)
	brand, err := brandOf(c)
	if err != nil {
		return nil, err
	}
	assets, err := ui.NewAssets(brand)
	if err != nil {
		return nil, err
	}
	shelf := help.NewShelf(helpOptions(c), articles.FS, c.HelpDir, log)
	shelf.Refresh(context.Background())
	public := c.PublicURL
	p := &portal.Portal{
		Help: shelf, Texts: texts, Entities: c.Entities, Brand: brand, Assets: assets, Log: log, Now: now,
		Site: portal.Site{
			PublicURL: &public, Language: c.DefaultLanguage, Zone: c.TimeZone, SupportEmail: c.Brand.SupportEmail.String(),
			HelpURL: text(c.Brand.HelpURL), PrivacyURL: text(c.Brand.PrivacyURL),
		},
	}
	return &helpSite{dir: dir, public: &public, pages: p.Handler()}, nil
}

// marker is in a folder that an export has written, so that the next one may.
const marker = ".keyfold-help"

// begin refuses a folder with something else in it.
func (s *helpSite) begin() error {
	entries, err := os.ReadDir(s.dir)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("the folder %s cannot be read: %w", s.dir, bare(err))
	}
	ours := slices.ContainsFunc(entries, func(e os.DirEntry) bool { return e.Name() == marker })
	if len(entries) > 0 && !ours {
		return fmt.Errorf("the folder %s has other files in it. Name a new folder", s.dir)
	}
	return s.save(marker, nil)
}

// get is a page as the portal shows it.
func (s *helpSite) get(ctx context.Context, path string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.public.Scheme+"://"+s.public.Host+path, nil)
	if err != nil {
		return nil, fmt.Errorf("the page %s cannot be asked for: %w", path, err)
	}
	w := &kept{status: http.StatusOK, header: http.Header{}}
	s.pages.ServeHTTP(w, r)
	if w.status != http.StatusOK {
		return nil, fmt.Errorf("the page %s cannot be made: %s", path, http.StatusText(w.status))
	}
	return w.Bytes(), nil
}

// kept is an answer that nobody waits for.
type kept struct {
	bytes.Buffer

	status int
	header http.Header
}

func (k *kept) Header() http.Header    { return k.header }
func (k *kept) WriteHeader(status int) { k.status = status }

func (s *helpSite) write(ctx context.Context, lang keyfold.Language, page string) error {
	content, err := s.get(ctx, page+"?lang="+lang.String())
	if err != nil {
		return err
	}
	doc, err := html.Parse(bytes.NewReader(content))
	if err != nil {
		return fmt.Errorf("the page %s cannot be read: %w", page, err)
	}
	s.settle(doc, lang)
	var out bytes.Buffer
	if err := html.Render(&out, doc); err != nil {
		return fmt.Errorf("the page %s cannot be written: %w", page, err)
	}
	return s.save(lang.String()+"/"+fileOf(page), out.Bytes())
}

// settle takes out what needs a server, and makes all links lead to files.
func (s *helpSite) settle(doc *html.Node, lang keyfold.Language) {
	var gone []*html.Node
	for n := range doc.Descendants() {
		if n.Data == "form" || n.Data == "script" || attribute(n, "id") == "helped" {
			gone = append(gone, n)
			continue
		}
		for i, a := range n.Attr {
			if a.Key == "href" || a.Key == "src" || a.Key == "srcset" {
				n.Attr[i].Val = s.leads(a.Val, lang)
			}
		}
	}
	for _, n := range gone {
		n.Parent.RemoveChild(n)
	}
}

func attribute(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// leads is where a link of a page leads from its file.
func (s *helpSite) leads(to string, lang keyfold.Language) string {
	u, err := url.Parse(to)
	if err != nil || u.IsAbs() || u.Host != "" || !strings.HasPrefix(u.Path, "/") {
		return to
	}
	if strings.HasPrefix(u.Path, "/static/") {
		s.files = append(s.files, u.Path)
		return ".." + u.Path
	}
	file := fileOf(u.Path)
	if file == "" {
		return s.public.Scheme + "://" + s.public.Host + to
	}
	if other, err := keyfold.ParseLanguage(u.Query().Get("lang")); err == nil {
		lang = other.Or(lang)
	}
	if u.Fragment != "" {
		file += "#" + u.Fragment
	}
	return "../" + lang.String() + "/" + file
}

// fileOf is the file of a page of the help; empty: it is not one that is written.
func fileOf(page string) string {
	rest, ok := strings.CutPrefix(page, "/help")
	rest = strings.Trim(rest, "/")
	switch {
	case !ok || strings.HasPrefix(rest, "stuck/"):
		return ""
	case rest == "":
		return "index.html"
	}
	return strings.ReplaceAll(rest, "/", "-") + ".html"
}

// finish writes what pages name, and a page that leads to the languages.
func (s *helpSite) finish(ctx context.Context) error {
	slices.Sort(s.files)
	for _, file := range slices.Compact(s.files) {
		content, err := s.get(ctx, file)
		if err != nil {
			return err
		}
		if err := s.save(strings.TrimPrefix(file, "/"), content); err != nil {
			return err
		}
	}
	var out strings.Builder
	out.WriteString("<!DOCTYPE html>\n<html lang=\"en\"><meta charset=\"utf-8\"><title>Help</title>\n<h1>Help</h1>\n<ul>\n")
	for _, lang := range keyfold.Languages() {
		fmt.Fprintf(&out, "<li><a href=\"%[1]s/index.html\" lang=\"%[1]s\">%[2]s</a></li>\n", lang, ui.LanguageName(lang))
	}
	out.WriteString("</ul>\n</html>\n")
	return s.save("index.html", []byte(out.String()))
}

func (s *helpSite) save(name string, content []byte) error {
	file := filepath.Join(s.dir, filepath.FromSlash(path.Clean(name)))
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil { // #nosec G301 -- a web site, for everybody
		return fmt.Errorf("the folder of %s cannot be made: %w", file, bare(err))
	}
	if err := os.WriteFile(file, content, 0o644); err != nil { // #nosec G306 -- as above
		return fmt.Errorf("%s cannot be written: %w", file, bare(err))
	}
	if name != marker {
		s.written = append(s.written, name)
	}
	return nil
}
