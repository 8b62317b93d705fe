package help

import (
	"bytes"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"

	"github.com/keyfold/keyfold"
)

// Options are what texts depend on that stand in no file.
type Options struct {
	Brand    string // for {brand}
	Support  string // for {support}: the address of customer care
	Home     string // for {home}: where the portal is
	Entities keyfold.Entities
}

func (o Options) variables() map[string]string {
	return map[string]string{"brand": o.Brand, "support": o.Support, "home": o.Home}
}

// markdown makes HTML that is safe whoever wrote the text: HTML in it is left
// out, and so are addresses with a script in them.
var markdown = goldmark.New(
	goldmark.WithExtensions(extension.Table),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
)

// A press makes one article of its text.
type press struct {
	*Article

	options  Options
	pictures map[string]Picture // in the language of the article
	source   []byte
	first    int // line of the file that the source begins on
	plain    strings.Builder
	dead     []ast.Node             // links that lead nowhere: their text stays
	leads    func(to string) string // of the manual; nil: links are those of articles
}

var (
	opens  = regexp.MustCompile(`^:::entity((?:[ ,]+[A-Z0-9]+)+)\s*$`)
	closes = regexp.MustCompile(`^:::\s*$`)
)

// print makes the passages. A block for the customers of some entities begins
// with a line ":::entity NL DE" and ends with a line ":::".
func (p *press) print(source []byte, first int) {
	var part bytes.Buffer
	var of []keyfold.Entity
	begun, inside, left := first, 0, false
	end := func(next int) {
		if !left {
			p.passage(part.Bytes(), begun, of)
		}
		part.Reset()
		begun, of, left = next, nil, false
	}
	line := first - 1
	for text := range bytes.Lines(source) {
		line++
		switch m := opens.FindSubmatch(text); {
		case p.leads != nil: // the manual is for operators of all entities, and shows how articles are written
			part.Write(text)
		case m != nil && inside == 0:
			end(line + 1)
			inside = line
			of, left = p.entities(string(m[1]), line)
		case closes.Match(text) && inside > 0:
			end(line + 1)
			inside = 0
		case bytes.HasPrefix(text, []byte(":::")):
			p.fault(Wrong, line, "%q is not understood here. Write :::entity and codes of entities on a line, and ::: on a line at the end", strings.TrimSpace(string(text)))
		default:
			part.Write(text)
		}
	}
	if inside > 0 {
		p.fault(Wrong, inside, "the passage has no end. Write ::: on a line after it")
	}
	end(line)
	p.text = strings.TrimSpace(p.plain.String())
	p.flat = strings.Join(strings.Fields(p.text), " ")
}

// entities are those of a block that this installation has. A block for others
// is left out.
func (p *press) entities(codes string, line int) (found []keyfold.Entity, none bool) {
	for _, code := range strings.FieldsFunc(codes, func(r rune) bool { return r == ' ' || r == ',' }) {
		e, ok := p.options.Entities.Named(code)
		if ok {
			found = append(found, e)
		} else {
			p.fault(Note, line, "there is no entity %s here, so its customers need no passage", code)
		}
	}
	return found, len(found) == 0
}

func (p *press) passage(source []byte, first int, of []keyfold.Entity) {
	if len(bytes.TrimSpace(source)) == 0 {
		return
	}
	p.source, p.first = source, first
	doc := markdown.Parser().Parse(text.NewReader(source), parser.WithContext(parser.NewContext(parser.WithIDs(p))))
	p.walk(doc)
	var out bytes.Buffer
	if err := markdown.Renderer().Render(&out, source, doc); err != nil { // a buffer takes all
		p.fault(Broken, first, "it cannot be made into a page: %v", err)
		return
	}
	p.passages = append(p.passages, Passage{HTML: p.filled(p.withPictures(out.String())), Entities: of})
}

// Generate names a heading, for links to it. Two of one name differ by a number.
func (p *press) Generate(value []byte, _ ast.NodeKind) []byte {
	id := "a-" + slug(string(value))
	for n := 2; slices.Contains(p.anchors, id); n++ {
		id = "a-" + slug(string(value)) + "-" + strconv.Itoa(n)
	}
	p.anchors = append(p.anchors, id)
	return []byte(id)
}

// Put is for parsers that let the writer choose a name. Ours does not.
func (p *press) Put([]byte) {}

// walk makes all nodes fit our pages, and notes what the text says.
func (p *press) walk(doc ast.Node) {
	var gone []ast.Node
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // never fails
		if !entering {
			if n.Type() == ast.TypeBlock {
				p.plain.WriteByte('\n')
			}
			return ast.WalkContinue, nil
		}
		if p.visit(n) {
			return ast.WalkContinue, nil
		}
		gone = append(gone, n)
		return ast.WalkSkipChildren, nil
	})
	for _, n := range p.dead {
		for c := n.FirstChild(); c != nil; c = n.FirstChild() {
			n.Parent().InsertBefore(n.Parent(), n, c)
		}
		n.Parent().RemoveChild(n.Parent(), n)
	}
	p.dead = nil
	for _, n := range gone {
		parent := n.Parent()
		parent.RemoveChild(parent, n)
		if parent.Kind() == ast.KindParagraph && !parent.HasChildren() {
			parent.Parent().RemoveChild(parent.Parent(), parent)
		}
	}
}

// visit reports whether the node stays.
func (p *press) visit(n ast.Node) bool {
	switch n := n.(type) {
	case *ast.Heading:
		p.heading(n)
	case *ast.List:
		n.SetAttributeString("class", []byte(map[bool]string{true: "numbers", false: "dots"}[n.IsOrdered()]))
	case *extast.Table:
		n.SetAttributeString("class", []byte("table"))
	case *ast.HTMLBlock, *ast.RawHTML:
		if p.leads != nil {
			return false // marks for those who change the page
		}
		p.fault(Wrong, p.lineOf(n), "HTML is not shown. Write Markdown")
		return false
	case *ast.Link:
		n.Destination = []byte(p.target(string(n.Destination), n))
		if len(n.Destination) == 0 {
			p.dead = append(p.dead, n)
		}
	case *ast.AutoLink:
		if !strings.HasPrefix(string(n.URL(p.source)), "https://") && n.AutoLinkType != ast.AutoLinkEmail {
			p.fault(Wrong, p.lineOf(n), "the link %s is not shown. Links begin with https:", n.URL(p.source))
			return false
		}
	case *ast.Image:
		return p.leads == nil && p.picture(n)
	case *ast.Text:
		p.plain.Write(n.Value(p.source))
		if n.SoftLineBreak() || n.HardLineBreak() {
			p.plain.WriteByte(' ')
		}
	case *ast.FencedCodeBlock, *ast.CodeBlock:
		p.plain.Write(n.Lines().Value(p.source))
	}
	return true
}

// heading puts a heading under the title of the page, which is the only first one.
func (p *press) heading(n *ast.Heading) {
	if n.Level == 1 {
		p.fault(Wrong, p.lineOf(n), "the title is the only heading with one #. Write ##")
		n.Level = 2
	}
	p.headings = append(p.headings, string(n.Lines().Value(p.source)))
}

var scheme = regexp.MustCompile(`^(?i)[a-z][a-z0-9+.-]*:`)

// target is where a link leads. Articles may name each other as slug, as slug.md
// and as /help/slug.
func (p *press) target(to string, n ast.Node) string {
	if p.leads != nil {
		return p.leads(to)
	}
	line := p.lineOf(n)
	to = p.variable(strings.NewReplacer("%7B", "{", "%7D", "}").Replace(to), url.PathEscape)
	path, anchor, _ := strings.Cut(to, "#")
	switch {
	case to == "mailto:":
		return ""
	case scheme.MatchString(to):
		if !slices.ContainsFunc([]string{"https://", "mailto:", "tel:"}, func(s string) bool { return strings.HasPrefix(to, s) }) {
			p.fault(Wrong, line, "the link %q is not shown. Links begin with https:, mailto: or tel:", to)
			return ""
		}
		return to
	case strings.HasPrefix(path, "//"):
		p.fault(Wrong, line, "the link %q has no https: before it", to)
		return ""
	case path == "":
		p.links = append(p.links, link{p.Slug, anchor, line})
		return "#" + anchor
	case strings.HasPrefix(path, "/help/keyword"), path == "/help", strings.HasPrefix(path, "/") && !strings.HasPrefix(path, "/help/"):
		p.links = append(p.links, link{path, anchor, line})
		return to
	}
	name := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(path, "./"), "/help/"), ".md")
	p.links = append(p.links, link{name, anchor, line})
	to = "/help/" + name
	if anchor != "" {
		to += "#" + anchor
	}
	return to
}

// lineOf is the line of a file that a node begins on, as near as is known.
func (p *press) lineOf(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if n.Type() != ast.TypeInline && n.Lines() != nil && n.Lines().Len() > 0 {
			return p.first + bytes.Count(p.source[:n.Lines().At(0).Start], []byte("\n"))
		}
	}
	return p.first
}

func (p *press) fault(kind FaultKind, line int, format string, args ...any) {
	p.faults = append(p.faults, Fault{Kind: kind, File: p.file, Line: line, Text: fmt.Sprintf(format, args...)})
}

var variable = regexp.MustCompile(`\{([a-z_]+)\}`)

// variable fills in {brand} and its like.
func (p *press) variable(s string, quoted func(string) string) string {
	return variable.ReplaceAllStringFunc(s, func(v string) string {
		value, ok := p.options.variables()[strings.Trim(v, "{}")]
		if !ok {
			p.fault(Wrong, p.first, "%s stands for nothing. There are {brand}, {support} and {home}", v)
			return v
		}
		if value == "" {
			p.fault(Note, p.first, "%s is empty here: the configuration does not say it", v)
		}
		return quoted(value)
	})
}

func (p *press) filled(page string) string {
	if p.leads != nil {
		return page // braces stand in commands there
	}
	return p.variable(page, html.EscapeString)
}
