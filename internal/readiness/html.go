package readiness

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strings"
	"sync"

	"github.com/keyfold/keyfold/internal/source"
)

//go:embed report.html
var pageText string

var page = sync.OnceValue(func() *template.Template {
	return template.Must(template.New("report").Funcs(template.FuncMap{"number": grouped, "share": share}).Parse(pageText))
})

// WriteHTML writes the report as one file to hand on: without scripts, and
// without anything that is fetched from elsewhere.
func (r Report) WriteHTML(w io.Writer) error {
	// In one go: half a report must not look like one.
	var out strings.Builder
	if err := page().Execute(&out, r.view()); err != nil {
		return fmt.Errorf("readiness: %w", err)
	}
	return written(io.WriteString(w, out.String()))
}

// A pageView is the report as the page shows it.
type pageView struct {
	Report

	Heading  string
	Date     string
	Whole    chart
	Fates    []fate
	Grades   []gradeView
	Entities []entityView
	Formats  []formatView
	Boxes    []boxView
	Unlisted int // mailboxes that are not shown
}

// At is a place in the source.
func (v pageView) At(line int) string { return v.Unit.At(line) }

// A gradeView is the findings of one severity.
type gradeView struct {
	Severity Severity
	Findings []findingView
}

// Grade is 1 for the worst.
func (g gradeView) Grade() int { return int(g.Severity) }

// Heading is the severity in words.
func (g gradeView) Heading() string { return capital(g.Severity.String()) }

type findingView struct {
	Finding

	About About
	Bar   chart
	More  int
}

type entityView struct {
	Entity

	Stack chart
}

type formatView struct {
	Format

	Bar chart
}

type boxView struct {
	Mailbox

	More int
}

func (r Report) view() pageView {
	v := pageView{
		Report: r, Heading: "Readiness of " + customers(r.All()), Fates: r.fates(),
		Whole: stack("whole", "Customers by what they can do", r.Counts), Unlisted: r.Shared.Mailboxes - len(r.Shared.Largest),
	}
	if r.Source != "" {
		v.Heading = "Readiness of " + source.Printable(r.Source)
	}
	if !r.Made.IsZero() {
		v.Date = r.Made.UTC().Format("2 January 2006, 15:04 UTC")
	}
	v.Grades = r.grades()
	for _, e := range r.Entities {
		v.Entities = append(v.Entities, entityView{e, stack("bar", e.Code, e.Counts)})
	}
	hashes := 0
	for _, f := range r.Formats {
		hashes += f.Count
	}
	for _, f := range r.Formats {
		v.Formats = append(v.Formats, formatView{f, bar(f.Name, "s3", f.Count, hashes)})
	}
	for _, m := range r.Shared.Largest {
		v.Boxes = append(v.Boxes, boxView{m, m.Count - len(m.Customers)})
	}
	return v
}

// grades are the findings by severity. In each, the bars are drawn to the scale
// of the longest: most findings are small parts of the whole.
func (r Report) grades() (grades []gradeView) {
	most := 0
	for _, f := range r.Findings {
		is := f.Kind.About()
		if len(grades) == 0 || grades[len(grades)-1].Severity != is.Severity {
			grades = append(grades, gradeView{Severity: is.Severity})
			most = f.Count // the first is the most frequent one
		}
		g := &grades[len(grades)-1]
		ch := bar(is.Title, fmt.Sprintf("s%d", g.Grade()), f.Count, most)
		ch.Desc = fmt.Sprintf("%s, %s of all.", customers(f.Count), share(f.Count, r.All()))
		g.Findings = append(g.Findings, findingView{Finding: f, About: is, Bar: ch, More: f.Count - len(f.Examples)})
	}
	return grades
}

// A chart is a bar of parts, in percent of its width. It has no text in it, so that it can be as wide as
// it likes; the table beside it says the same in words.
type chart struct {
	Class, Title, Desc string
	Parts              []chartPart
}

type chartPart struct {
	Class    string
	X, Width float64
}

// The width of a chart, and of the least part that can be seen.
const (
	chartWidth = 100
	leastPart  = .4
)

// stack is a bar of all fates of some customers.
func stack(class, title string, c Counts) chart {
	ch := chart{Class: class, Title: title}
	var said []string
	all := c.fates()
	left := float64(chartWidth) // for what is in scale, once the least parts are seen
	scale := 0
	for _, f := range all {
		if wide := width(f.Count, c.All()); f.Count > 0 && wide < leastPart {
			left -= leastPart
		} else {
			scale += f.Count
		}
	}
	x := 0.0
	for _, f := range all {
		said = append(said, fmt.Sprintf("%s: %s, %s", f.Title, grouped(f.Count), share(f.Count, c.All())))
		if f.Count == 0 {
			continue
		}
		wide := float64(leastPart)
		if width(f.Count, c.All()) >= leastPart {
			wide = left * float64(f.Count) / float64(scale)
		}
		ch.Parts = append(ch.Parts, chartPart{f.Name, hundredth(x), hundredth(wide)})
		x += wide
	}
	ch.Desc = strings.Join(said, "; ") + "."
	return ch
}

// bar is one part of a whole.
func bar(title, class string, n, all int) chart {
	return chart{
		Title: title, Desc: fmt.Sprintf("%s of %s, %s.", grouped(n), grouped(all), share(n, all)),
		Parts: []chartPart{{class, 0, hundredth(max(leastPart, width(n, all)))}},
	}
}

func width(n, all int) float64 {
	if all == 0 {
		return 0
	}
	return chartWidth * float64(n) / float64(all)
}

// hundredth keeps the file short.
func hundredth(x float64) float64 { return float64(int(x*100+.5)) / 100 }
