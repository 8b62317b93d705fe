package locale

import (
	"fmt"
	"regexp"
	"strings"
)

// A phrase is a text in pieces: what stands in it as it is, and, at every second
// place, the name of what is filled in. A page has a hundred of them, and a
// template for each would take longer than all of its queries.
type phrase []string

var blank = regexp.MustCompile(`\{\{\.(\w+)\}\}`)

// parse takes a text apart. One that does more than fill in is not ok.
func parse(text string) (p phrase, ok bool) {
	text = strings.TrimRight(text, "\n")
	end := 0
	for _, at := range blank.FindAllStringSubmatchIndex(text, -1) {
		p = append(p, text[end:at[0]], text[at[2]:at[3]])
		end = at[1]
	}
	p = append(p, text[end:])
	return p, strings.Count(text, "{{") == len(p)/2
}

// with is the text, filled in. The args are names and values in turn. What is
// missing is seen, as templates have it.
func (p phrase) with(args []any) string {
	if len(p) == 1 {
		return p[0]
	}
	var out strings.Builder
	for i, piece := range p {
		if i%2 == 0 {
			out.WriteString(piece)
			continue
		}
		out.WriteString(filledIn(piece, args))
	}
	return out.String()
}

func filledIn(name string, args []any) string {
	for i := 0; i+1 < len(args); i += 2 {
		if args[i] != name {
			continue
		}
		if text, ok := args[i+1].(string); ok {
			return text
		}
		return fmt.Sprint(args[i+1])
	}
	return "<no value>"
}
