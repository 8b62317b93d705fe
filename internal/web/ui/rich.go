package ui

import "strings"

// A span is a piece of text and how to set it.
type span struct {
	text           string
	bold, id, link bool
}

// Marks in a text are the writer's. Those in a value, such as the name of an
// account, are characters: they travel as others and are put back at the end.
var (
	hideMarks = strings.NewReplacer("*", "\uE000", "`", "\uE001", "[", "\uE002", "]", "\uE003")
	showMarks = strings.NewReplacer("\uE000", "*", "\uE001", "`", "\uE002", "[", "\uE003", "]")
)

func (p Page) rich(id string, args []any) []span {
	safe := make([]any, len(args))
	for i, arg := range args {
		if s, ok := arg.(string); ok {
			arg = hideMarks.Replace(s)
		}
		safe[i] = arg
	}
	return spans(p.Text(id, safe...))
}

// spans reads the three marks that texts may have: **bold**, `an ID` and
// [a link]. A mark without its end is a plain character.
func spans(text string) []span {
	var out []span
	plain := func(s string) {
		if s != "" {
			out = append(out, span{text: showMarks.Replace(s)})
		}
	}
	for text != "" {
		at := strings.IndexAny(text, "*`[")
		if at < 0 {
			break
		}
		begin, end := "`", "`"
		switch text[at] {
		case '*':
			begin, end = "**", "**"
		case '[':
			begin, end = "[", "]"
		}
		rest, ok := strings.CutPrefix(text[at:], begin)
		inner, after, closed := strings.Cut(rest, end)
		if !ok || !closed || inner == "" {
			plain(text[:at+1])
			text = text[at+1:]
			continue
		}
		plain(text[:at])
		out = append(out, span{text: showMarks.Replace(inner), bold: begin == "**", id: begin == "`", link: begin == "["})
		text = after
	}
	plain(text)
	return out
}
