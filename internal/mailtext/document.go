package mailtext

import (
	"strings"
	"unicode/utf8"
)

// A block is a paragraph, a list or the link of a mail.
type block struct {
	Ask   line   // question in bold that opens a paragraph
	Line  line   // the paragraph
	Items []line // a list
	Label string // what the link says
	Copy  string // sentence before the link in full, for HTML only
	URL   string
}

// A line is text with some of it set apart.
type line []span

type span struct {
	Text   string
	ID     bool // customer ID, to be read out letter by letter
	Strong bool
}

// Values that a sentence sets apart travel through the texts between marks out
// of the private use area, which no value can hold: see clean.
const (
	startID     = '\ue000'
	endID       = '\ue001'
	startStrong = '\ue002'
	endStrong   = '\ue003'
)

func markID(s string) string     { return string(startID) + s + string(endID) }
func markStrong(s string) string { return string(startStrong) + s + string(endStrong) }

// parse turns the marks in s into spans.
func parse(s string) line {
	var l line
	var now span
	var text strings.Builder
	flush := func() {
		if now.Text = text.String(); now.Text != "" {
			l = append(l, now)
		}
		text.Reset()
	}
	for _, r := range s {
		switch r {
		case startID, endID:
			flush()
			now = span{ID: r == startID}
		case startStrong, endStrong:
			flush()
			now = span{Strong: r == startStrong}
		default:
			text.WriteRune(r)
		}
	}
	flush()
	return l
}

func (l line) plain() string {
	var s strings.Builder
	for _, part := range l {
		s.WriteString(part.Text)
	}
	return s.String()
}

// width of the text part, in characters.
const width = 72

// text is the text part: complete without the HTML.
func (w *writer) text() string {
	parts := []string{w.name, wrap(w.title.plain(), "")}
	for _, b := range append(append([]block{}, w.body...), w.foot...) {
		parts = append(parts, b.text())
	}
	return strings.Join(parts, "\n\n") + "\n"
}

func (b block) text() string {
	switch {
	case b.URL != "":
		return wrap(b.Label+":", "") + "\n\n" + b.URL
	case len(b.Items) > 0:
		lines := make([]string, len(b.Items))
		for i, item := range b.Items {
			lines[i] = "- " + wrap(item.plain(), "  ")
		}
		return strings.Join(lines, "\n")
	case len(b.Ask) > 0:
		return wrap(b.Ask.plain(), "") + "\n" + wrap(b.Line.plain(), "")
	}
	return wrap(b.Line.plain(), "")
}

// wrap breaks s between words. A word that is longer than a line stays whole.
// Lines after the first start with indent, and the first leaves room for it.
func wrap(s, indent string) string {
	var out strings.Builder
	column := len(indent)
	for i, word := range strings.Fields(s) {
		n := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case column+1+n > width:
			out.WriteString("\n" + indent)
			column = len(indent)
		default:
			out.WriteByte(' ')
			column++
		}
		out.WriteString(word)
		column += n
	}
	return out.String()
}
