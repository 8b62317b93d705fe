package main

import (
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestEachLinkOfAnExportLeadsToAFile follows what a browser would, with our
// articles and one of the operator's that is there in English only.
func TestEachLinkOfAnExportLeadsToAFile(t *testing.T) {
	t.Parallel()
	own := t.TempDir()
	if err := os.Mkdir(filepath.Join(own, "en"), 0o700); err != nil {
		t.Fatal(err)
	}
	article := "---\ntitle: Ours\nsummary: Of the operator.\nkeywords: [opening hours]\n---\nText.\n"
	if err := os.WriteFile(filepath.Join(own, "en", "ours.md"), []byte(article), 0o600); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "site")
	environ := []string{"KEYFOLD_PUBLIC_URL=https://my.polder.example", "KEYFOLD_HELP_DIR=" + own}
	if code, out, errs := keyfoldIn(t, environ, "help", "export", dir); code != exitOK {
		t.Fatalf("%d\n%s%s", code, out, errs)
	}
	pages := map[string]string{} // by file; empty: no page
	site := os.DirFS(dir)
	if err := fs.WalkDir(site, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		pages[name] = ""
		if path.Ext(name) == ".html" {
			content, err := fs.ReadFile(site, name)
			pages[name] = string(content)
			return err
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	followed := 0
	for name, content := range pages {
		for _, m := range regexp.MustCompile(`(?:href|src|srcset)="([^"]*)"`).FindAllStringSubmatch(content, -1) {
			to, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if to.IsAbs() {
				continue
			}
			file := name
			if to.Path != "" {
				file = path.Join(path.Dir(name), to.Path)
			}
			page, ok := pages[file]
			if !ok || to.Fragment != "" && !strings.Contains(page, `id="`+to.Fragment+`"`) {
				t.Errorf("%s leads to %s, which is not there", name, m[1])
			}
			followed++
		}
	}
	if followed < 1000 {
		t.Errorf("only %d links were followed", followed)
	}
}
