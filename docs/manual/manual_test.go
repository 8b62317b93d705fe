// Package manual_test runs what the operator's manual says, so that one can work
// by it.
package manual_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

var update = flag.Bool("update", false, "copy the files that pages show into them")

const root = "../.."

// A page is one file of the manual.
type page struct {
	Title, Summary, Audience string
	Keywords, Related        []string
	Steps                    []int
	Pages, Errors            []string
	File, Text               string `yaml:"-"`
}

func (p page) slug() string { return strings.TrimSuffix(p.File, ".md") }

func pages(t *testing.T) []page {
	t.Helper()
	files, err := filepath.Glob("*.md")
	if err != nil || len(files) < 10 {
		t.Fatalf("the manual has %d pages (%v)", len(files), err)
	}
	var all []page
	for _, file := range files {
		parts := strings.SplitN(read(t, file), "---\n", 3)
		if len(parts) != 3 || parts[0] != "" {
			t.Fatalf("%s does not begin with its front matter", file)
		}
		p := page{File: file, Text: parts[2]}
		if err := yaml.NewDecoder(bytes.NewReader([]byte(parts[1])), yaml.Strict()).Decode(&p); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		all = append(all, p)
	}
	return all
}

func read(t *testing.T, file string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// A block is a fenced block of a page: what its fence says, and its lines.
type block struct {
	Info, Text string
}

var fenced = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")

func (p page) blocks() (all []block) {
	for _, m := range fenced.FindAllStringSubmatch(p.Text, -1) {
		all = append(all, block{m[1], m[2]})
	}
	return all
}

func TestEachPageSaysWhatItIsAboutAndLeadsOn(t *testing.T) {
	t.Parallel()
	all := pages(t)
	words := map[string]int{}
	link := regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`)
	var led []string
	for _, p := range all {
		if p.Title == "" || p.Summary == "" || p.Audience != "operator" || len(p.Keywords) < 3 {
			t.Errorf("%s: title, summary, three keywords and the audience operator are needed", p.File)
		}
		for _, k := range p.Keywords {
			words[k]++
		}
		for _, slug := range p.Related {
			if slug == p.slug() || !slices.ContainsFunc(all, func(o page) bool { return o.slug() == slug }) {
				t.Errorf("%s: there is no related page %q", p.File, slug)
			}
		}
		for _, m := range link.FindAllStringSubmatch(fenced.ReplaceAllString(p.Text, ""), -1) {
			if strings.HasPrefix(m[1], "https://") {
				continue
			}
			to := filepath.Join("docs/manual", m[1])
			if _, err := os.Stat(filepath.Join(root, to)); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", p.File, to)
			}
			if p.File == "start.md" {
				led = append(led, m[1])
			}
		}
	}
	for _, p := range all {
		if p.File != "start.md" && !slices.Contains(led, p.File) {
			t.Errorf("start.md does not lead to %s", p.File)
		}
	}
}

// TestFilesInPagesAreThoseOfTheRepository compares each file in a page
// with the file itself, which has tests of its own.
func TestFilesInPagesAreThoseOfTheRepository(t *testing.T) {
	shown := regexp.MustCompile("(?ms)^```(\\w+) (deploy/\\S+)\n(.*?)^```$")
	n := 0
	for _, p := range pages(t) {
		whole := read(t, p.File)
		now := shown.ReplaceAllStringFunc(whole, func(found string) string {
			m := shown.FindStringSubmatch(found)
			n++
			return "```" + m[1] + " " + m[2] + "\n" + read(t, filepath.Join(root, m[2])) + "```"
		})
		if *update && now != whole {
			if err := os.WriteFile(p.File, []byte(now), 0o644); err != nil {
				t.Fatal(err)
			}
		} else if now != whole {
			t.Errorf("%s shows a file as it was; run go test ./docs/manual -update", p.File)
		}
	}
	if n < 4 {
		t.Errorf("%d files are shown, want one for each proxy at least", n)
	}
}
