package main

import (
	"regexp"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/docs"
	"github.com/keyfold/keyfold/internal/help"
)

// TestTheManualIsWholeInTheEngine reads it as the program does: nothing is wrong
// with a page, and each link in one leads to a page and a heading that are there.
func TestTheManualIsWholeInTheEngine(t *testing.T) {
	manual := help.LoadManual(docs.FS)
	for _, f := range manual.Faults() {
		t.Error(f)
	}
	if pages := manual.Pages(); len(pages) < 14 || pages[0].Slug != "start" {
		t.Fatalf("%d pages, the first is %s", len(pages), pages[0].Slug)
	}
	html := func(slug string) string {
		a, ok := manual.Page(slug)
		if !ok {
			t.Errorf("there is no page %s", slug)
			return ""
		}
		var out strings.Builder
		for _, p := range a.Passages("") {
			out.WriteString(p.HTML)
		}
		return out.String()
	}
	link, links := regexp.MustCompile(`href="(?:`+help.ManualPath+`([a-z-]+))?(?:#([^"]*))?"`), 0
	for _, page := range manual.Pages() {
		for _, m := range link.FindAllStringSubmatch(html(page.Slug), -1) {
			to := m[1]
			if to == "" {
				to = page.Slug
			}
			if there := html(to); m[2] != "" && !strings.Contains(there, `id="`+m[2]+`"`) {
				t.Errorf("%s: there is no heading #%s in %s", page.Slug, m[2], to)
			}
			links++
		}
		if len(manual.Related(page)) == 0 {
			t.Errorf("%s leads to no other page", page.Slug)
		}
	}
	if links < 40 {
		t.Errorf("%d links are looked at", links)
	}
}

func TestOperatorsFindWhatTheyLookFor(t *testing.T) {
	manual := help.LoadManual(docs.FS)
	for asked, want := range map[string]string{
		"restore a backup": "backup", "several replicas": "high-availability", "nginx": "proxies", "mail is stuck": "incidents", "move to postgres": "sqlite-to-postgresql",
	} {
		if hits := manual.Search(asked); len(hits) == 0 || hits[0].Slug != want {
			t.Errorf("%q finds %d pages, want %s first", asked, len(hits), want)
		}
	}
}

func TestTheManualInATerminal(t *testing.T) {
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{nil, 0, "sqlite-to-postgresql"},
		{[]string{"backup"}, 0, "keyfold restore --verify"},
		{[]string{"reference-config"}, 0, "KEYFOLD_DATABASE_URL"},
		{[]string{"restore", "a", "backup"}, 0, "keyfold manual backup\n    Backup and restore\n"},
		{[]string{"xyzzyplugh"}, 1, "no page of the manual says anything of \"xyzzyplugh\""},
	} {
		var out, errs strings.Builder
		code := run(t.Context(), append([]string{"manual"}, c.args...), strings.NewReader(""), &out, &errs, nil)
		if all := out.String() + errs.String(); code != c.code || !strings.Contains(all, c.says) || strings.Contains(all, "audience:") {
			t.Errorf("keyfold manual %s: code %d\n%s", c.args, code, all)
		}
	}
}
