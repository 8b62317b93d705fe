package source

import (
	"fmt"
	"slices"
	"strings"
)

// A Template makes a value from the columns of a row:
//
//	{id}                              the column id
//	NL{id}                            text around it
//	{company|first last}              the first of these that is not empty; two columns have a space between them
//	{"Company name"}                  a column whose name has spaces in it
//	{{ and }}                         braces
//
// Where all columns of a template are empty, the value is: NL alone is no
// customer ID.
type Template struct{ parts []part }

// A part is fixed text, or the choices of columns for one place.
type part struct {
	text    string
	choices [][]string
}

// Fixed is a template that is the same for each row.
func Fixed(text string) Template { return Template{parts: []part{{text: text}}} }

// ColumnTemplate is the value of one column, whatever its name.
func ColumnTemplate(name string) Template {
	return Template{parts: []part{{choices: [][]string{{name}}}}}
}

// ParseTemplate reads a template. Text without braces is the name of a column.
func ParseTemplate(text string) (Template, error) {
	if !strings.ContainsAny(text, "{}") {
		if text = strings.TrimSpace(text); text == "" {
			return Template{}, fmt.Errorf("is empty. Name a column")
		}
		return ColumnTemplate(text), nil
	}
	var t Template
	fixed := ""
	for text != "" {
		i := strings.IndexAny(text, "{}")
		if i < 0 {
			i = len(text)
		}
		fixed += text[:i]
		text = text[i:]
		switch {
		case text == "":
		case strings.HasPrefix(text, "{{"), strings.HasPrefix(text, "}}"):
			fixed, text = fixed+text[:1], text[2:]
		case text[0] == '}':
			return Template{}, fmt.Errorf("has a } that closes nothing. Write }} for one that is part of the text")
		default:
			choices, rest, err := parseChoices(text[1:])
			if err != nil {
				return Template{}, err
			}
			t.parts = append(t.parts, part{text: fixed}, part{choices: choices})
			fixed, text = "", rest
		}
	}
	if len(t.parts) == 0 {
		return Template{}, fmt.Errorf("has no column in it. Write a text that is the same for all rows as {value: …}")
	}
	return Template{parts: append(t.parts, part{text: fixed})}, nil
}

// parseChoices reads what stands between braces, up to the closing one.
func parseChoices(text string) (choices [][]string, rest string, err error) {
	var names []string
	for {
		text = strings.TrimLeft(text, " ")
		end := strings.IndexAny(text, " |}{\"")
		switch {
		case text != "" && text[0] == '"':
			name, after, closed := strings.Cut(text[1:], `"`)
			if !closed || name == "" {
				return nil, "", fmt.Errorf("has a quote mark that no other one closes")
			}
			names, text = append(names, name), after
		case end < 0 || text[end] == '{':
			return nil, "", fmt.Errorf("has a { that is not closed. Write {{ for one that is part of the text")
		case end > 0:
			names, text = append(names, text[:end]), text[end:]
		case len(names) == 0:
			return nil, "", fmt.Errorf("names no column between two marks. Write {company|first last}")
		default: // | or }
			choices, names = append(choices, names), nil
			if text[0] == '}' {
				return choices, text[1:], nil
			}
			text = text[1:]
		}
	}
}

// Columns are all that the template names.
func (t Template) Columns() (names []string) {
	for _, p := range t.parts {
		for _, choice := range p.choices {
			names = append(names, choice...)
		}
	}
	return names
}

// value makes the value from what field gives for a column.
func (t Template) value(field func(name string) string) string {
	var out strings.Builder
	filled := false
	for _, p := range t.parts {
		chosen := p.text
		for _, choice := range p.choices {
			if chosen = joined(choice, field); chosen != "" {
				filled = true
				break
			}
		}
		out.WriteString(chosen)
	}
	if !filled && slices.ContainsFunc(t.parts, func(p part) bool { return p.choices != nil }) {
		return ""
	}
	return out.String()
}

func joined(names []string, field func(name string) string) string {
	var words []string
	for _, name := range names {
		if word := strings.TrimSpace(field(name)); word != "" {
			words = append(words, word)
		}
	}
	return strings.Join(words, " ")
}
