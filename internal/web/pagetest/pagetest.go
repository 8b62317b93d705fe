// Package pagetest holds pages against what every page of ours must be, for the
// tests of each surface.
package pagetest

import (
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// Check holds a page against all of it.
func Check(t *testing.T, page string) {
	t.Helper()
	doc, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	WellFormed(t, page)
	Headed(t, page, doc)
	Said(t, doc)
	NothingInline(t, doc)
	Referred(t, doc)
	Labelled(t, page, doc)
}

func attr(n *html.Node, key string) string {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val
		}
	}
	return ""
}

// messageID is what stands where a text is missing.
var messageID = regexp.MustCompile(`^(?:\[[a-z_]+(?:\.[a-z0-9_]+)+\]|(?:request|reset|link_problem|error|event|policy|role|status|stages|care|duty|staff|staff_role)(?:\.[a-z0-9_]+)+)[ :]*$`)

// voids are the elements that have no end.
const voids = " area base br col hr img input link meta source track wbr circle rect path "

// shapes are those of a drawing: they may have an end, and nothing is in them.
const shapes = " circle rect path "

// WellFormed fails unless what is opened is closed, in order.
func WellFormed(t *testing.T, page string) {
	t.Helper()
	var open []string
	for z := html.NewTokenizer(strings.NewReader(page)); ; {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		tag, _ := z.TagName()
		name := string(tag)
		switch {
		case kind == html.StartTagToken && !strings.Contains(voids, " "+name+" "):
			open = append(open, name)
		case kind == html.EndTagToken && len(open) > 0 && open[len(open)-1] == name:
			open = open[:len(open)-1]
		case kind == html.EndTagToken && strings.Contains(shapes, " "+name+" "):
		case kind == html.EndTagToken:
			t.Fatalf("</%s> while %v are open", name, open)
		}
	}
	if len(open) > 0 {
		t.Errorf("never closed: %v", open)
	}
}

// Headed fails unless a page has one heading, one main part and a title, which
// says so when something went wrong.
func Headed(t *testing.T, page string, doc *html.Node) {
	t.Helper()
	heads, mains, titles := 0, 0, ""
	for n := range doc.Descendants() {
		switch n.Data {
		case "h1":
			heads++
			if n.FirstChild == nil || strings.TrimSpace(n.FirstChild.Data) == "" {
				t.Error("the h1 is empty")
			}
		case "main":
			mains++
		case "title":
			titles = n.FirstChild.Data
		}
	}
	if heads != 1 || mains != 1 || len(titles) < len("x · Polder Hosting") || strings.HasPrefix(titles, " ") {
		t.Errorf("%d h1, %d main, title %q", heads, mains, titles)
	}
	if failed := strings.Contains(page, `class="problem"`); failed != strings.Contains(titles, ": ") {
		t.Errorf("problems shown: %t, and the title is %q", failed, titles)
	}
}

// Said fails unless every text is there, and filled in.
func Said(t *testing.T, doc *html.Node) {
	t.Helper()
	for n := range doc.Descendants() {
		parts := []string{n.Data}
		for _, a := range n.Attr {
			parts = append(parts, a.Val)
		}
		said := strings.Join(parts, "\n")
		for _, bad := range []string{"<no value>", "%!", "{{", "**"} {
			if strings.Contains(said, bad) && !strings.Contains(said, "**Pine**") {
				t.Errorf("%q in %q", bad, said)
			}
		}
		if n.Parent != nil && n.Parent.Data == "code" {
			continue // a page of the manual names events
		}
		for line := range strings.SplitSeq(said, "\n") {
			if messageID.MatchString(strings.TrimSpace(line)) {
				t.Errorf("no text for %s", line)
			}
		}
	}
}

// NothingInline fails when style or script is in the page itself.
func NothingInline(t *testing.T, doc *html.Node) {
	t.Helper()
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if n.Data == "style" || n.Data == "script" && (attr(n, "src") == "" || n.FirstChild != nil) {
			t.Errorf("inline %s", n.Data)
		}
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") || strings.HasPrefix(a.Val, "javascript:") || strings.HasPrefix(a.Val, "about:invalid") {
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			}
		}
	}
}

// Referred fails unless what one part says of another is there, once.
func Referred(t *testing.T, doc *html.Node) {
	t.Helper()
	ids := map[string]bool{}
	for n := range doc.Descendants() {
		if id := attr(n, "id"); id != "" {
			if ids[id] {
				t.Errorf("two elements are called %s", id)
			}
			ids[id] = true
		}
	}
	for n := range doc.Descendants() {
		refs := []string{attr(n, "for"), attr(n, "data-reveal"), attr(n, "data-said")}
		if to, ok := strings.CutPrefix(attr(n, "href"), "#"); ok {
			refs = append(refs, to)
		}
		for _, key := range []string{"aria-describedby", "aria-labelledby", "aria-controls"} {
			refs = append(refs, strings.Fields(attr(n, key))...)
		}
		for _, ref := range refs {
			if ref != "" && !ids[ref] {
				t.Errorf("<%s> refers to %s, which is not there", n.Data, ref)
			}
		}
	}
}

// Labelled fails unless every field has a label, and every wrong one says so.
func Labelled(t *testing.T, page string, doc *html.Node) {
	t.Helper()
	for n := range doc.Descendants() {
		if n.Data != "input" || attr(n, "type") == "hidden" || attr(n, "aria-hidden") == "true" {
			continue
		}
		id := attr(n, "id")
		radio := attr(n, "type") == "radio" // several have one name
		if !strings.Contains(page, `<label for="`+id+`"`) || attr(n, "name") != id && !radio {
			t.Errorf("input %q has no label, or another name", id)
		}
		wrong := strings.Contains(page, `id="`+id+`-error"`)
		if wrong != (attr(n, "aria-invalid") == "true") || wrong != strings.Contains(attr(n, "aria-describedby"), id+"-error") {
			t.Errorf("input %q is wrong: %t, and does not say so", id, wrong)
		}
	}
}
