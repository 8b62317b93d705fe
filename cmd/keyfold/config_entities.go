package main

import (
	"fmt"
	"regexp"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/keyfold/keyfold"
)

// defaultEntities are the five forms that we ship. A list of the operator's
// replaces them all.
const defaultEntities = `
- {code: NL, name: Netherlands, pattern: "NL[0-9]{6,12}", example: NL123421341, language: nl, time_zone: Europe/Amsterdam}
- {code: SG, name: Singapore, pattern: "SG[0-9]{6,12}", example: SG234124123, language: en, time_zone: Asia/Singapore}
- {code: US, name: United States, pattern: "US[0-9]{6,12}", example: US523453454, language: en, time_zone: America/New_York}
- {code: DE, name: Germany, pattern: "DE[0-9]{6,12}", example: DE245344254, language: de, time_zone: Europe/Berlin}
- {code: CDN, name: CDN, pattern: "CDN[0-9]{6,14}", example: CDN1010101010, language: en, time_zone: UTC}
`

// entityFields are the keys of one entity, in order.
var entityFields = []struct{ name, help string }{
	{"code", "Short name, stored with each account: NL. Required; never change it."},
	{"name", "Name that customers read. Required."},
	{"pattern", "Form of its customer IDs, as a regular expression for the whole ID in capitals, without spaces and dashes: NL[0-9]{6,12}. Required."},
	{"example", "A made-up ID for hints. Required; it must fit this pattern and no other."},
	{"mail_from", "Sender of its mails. Default: mail_from."},
	{"reply_to", "Where answers go, and whom pages name for help. Default: its sender."},
	{"language", "Language of its mails when a person has none. Default: default_language."},
	{"time_zone", "Time zone of its mails. Default: time_zone."},
	{"colour", "Colour of the button in its mails. Default: brand.colour."},
	{"legacy_login", "What the password of the old system is good for. reset_required: customers set a new one by mail. accept: it lets them in once, in the place of step 3. Default: reset_required."},
	{"legacy_check", "With accept: the old system is asked whether the password is right, in the place of the imported hash. Keys of its own, see below."},
}

var entityCode = regexp.MustCompile(`^[A-Z0-9]{1,16}$`)

// An entityText is one entity as it was written.
type entityText struct {
	loader *loader
	name   string // for sentences: entities[NL]
	at     string
	text   map[string]string
	where  map[string]string
	// checked says that there is a legacy_check, whose keys are in text too.
	checked bool
}

// readEntities makes the entities out of the list in force.
func (l *loader) readEntities() {
	if l.entityNode == nil {
		if l.sources["entities"].where != fromDefault {
			return // given, and could not be read: reported
		}
		where := func(int) string { return fromDefault }
		l.entityNode, l.entityLines = l.parseYAML([]byte(defaultEntities), where), where
	}
	list, ok := l.entityNode.(*ast.SequenceNode)
	if !ok || len(list.Values) == 0 {
		l.problemOf("entities", "must be a list of at least one entity. Write - code: NL, and under it name, pattern and example.")
		return
	}
	var texts []*entityText
	for i, n := range list.Values {
		if e := l.readEntity(i, n); e != nil {
			texts = append(texts, e)
		}
	}
	for _, e := range texts {
		l.Entities = append(l.Entities, e.parse())
	}
	checkOverlaps(l.Entities, texts)
}

func (l *loader) readEntity(i int, n ast.Node) *entityText {
	e := &entityText{loader: l, name: fmt.Sprintf("entities[%d]", i+1), at: l.entityLines(lineOf(n)), text: map[string]string{}, where: map[string]string{}}
	m, ok := n.(ast.MapNode)
	if !ok {
		l.problem(e.at, "%s must hold keys and values: code, name, pattern, example.", e.name)
		return nil
	}
	known := make([]string, len(entityFields))
	for i, f := range entityFields {
		known[i] = f.name
	}
	for p := m.MapRange(); p.Next(); {
		name, at := p.Key().GetToken().Value, l.entityLines(lineOf(p.Key()))
		if len(e.text) == 0 {
			e.at = at
		}
		if name == "legacy_check" {
			e.where[name] = at
			e.readCheck(p.Value(), at)
			continue
		}
		text, err := scalar(p.Value(), false)
		switch {
		case !slices.Contains(known, name):
			l.problem(at, "%s.%s is not a key of an entity.%s", e.name, name, meant(name, known))
		case err != nil:
			l.problem(at, "%s.%s %v", e.name, name, err)
		default:
			e.text[name], e.where[name] = text, at
			if name == "code" && entityCode.MatchString(text) {
				e.name = "entities[" + text + "]"
			}
		}
	}
	return e
}

// wrong notes a reason against one field.
func (e *entityText) wrong(field, format string, args ...any) {
	at := e.where[field]
	if at == "" {
		at = e.at
	}
	e.loader.problem(at, "%s.%s %s", e.name, field, fmt.Sprintf(format, args...))
}

func (e *entityText) parse() keyfold.Entity {
	out := keyfold.Entity{
		Code: e.text["code"], Name: e.text["name"],
		Language: e.loader.DefaultLanguage, Zone: e.loader.TimeZone,
	}
	for _, field := range []string{"code", "name", "pattern", "example"} {
		if e.text[field] == "" {
			e.wrong(field, "is missing. Every entity has a code, a name, a pattern and an example.")
		}
	}
	if out.Code != "" && !entityCode.MatchString(out.Code) {
		e.wrong("code", "%s is not possible. Use up to 16 capitals and digits.", quote(out.Code))
	}
	if from := fieldOf(e, "mail_from", sender{}, parseSender); !from.Email.IsZero() {
		out.Sender = from.Email
		if from.Name != "" {
			if e.loader.SenderNames == nil {
				e.loader.SenderNames = map[string]string{}
			}
			e.loader.SenderNames[out.Code] = from.Name
		}
	}
	out.ReplyTo = fieldOf(e, "reply_to", keyfold.Email{}, parseEmail)
	out.Language = fieldOf(e, "language", out.Language, parseLanguage)
	out.Zone = fieldOf(e, "time_zone", out.Zone, parseZone)
	out.Colour = fieldOf(e, "colour", "", checkColour)
	if text := e.loader.Brand.ColourText; out.Colour != "" && text != "" && contrast(out.Colour, text) < readable {
		e.wrong("colour", "%q is hard to read under brand.colour_text (%s). Choose a colour with a contrast of at least 4.5 to 1.", out.Colour, text)
	}
	out.Pattern, out.Example, out.Legacy = e.pattern(), e.example(), e.legacy()
	return out
}

func fieldOf[T any](e *entityText, field string, otherwise T, parse func(string) (T, error)) T {
	text := e.text[field]
	if text == "" {
		return otherwise
	}
	v, err := parse(text)
	if err != nil {
		e.wrong(field, "%s %v", quote(text), err)
		return otherwise
	}
	return v
}

func (e *entityText) pattern() *regexp.Regexp {
	text := e.text["pattern"]
	if text == "" {
		return nil
	}
	re, err := keyfold.CompilePattern(text)
	if err != nil {
		e.wrong("pattern", "%s is not a regular expression. Write it like NL[0-9]{6,12}.", quote(text))
		return nil
	}
	tree, err := syntax.Parse(re.String(), syntax.Perl)
	if err != nil || takesAt(tree) {
		e.wrong("pattern", "%s would take an email address for a customer ID, because it fits an @. Name the characters: [0-9] or [A-Z0-9] in place of a dot.", quote(text))
		return nil
	}
	return re
}

// takesAt reports whether an @ can be part of what a pattern matches. Customer
// IDs and email addresses are told apart by it.
func takesAt(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return true
	case syntax.OpLiteral:
		return slices.Contains(re.Rune, '@')
	case syntax.OpCharClass:
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i] <= '@' && '@' <= re.Rune[i+1] {
				return true
			}
		}
	default:
	}
	return slices.ContainsFunc(re.Sub, takesAt)
}

// example is the made-up ID, in its canonical form.
func (e *entityText) example() string {
	text := e.text["example"]
	if text == "" {
		return ""
	}
	id, err := keyfold.ParseCustomerID(text)
	if err != nil {
		e.wrong("example", "%s cannot be a customer ID. Those are 2 to 32 letters and digits, with one digit at least.", quote(text))
		return ""
	}
	return id.String()
}

// checkOverlaps refuses entities that cannot be told apart.
func checkOverlaps(all keyfold.Entities, texts []*entityText) {
	for i, a := range all {
		if a.Pattern != nil && a.Example != "" && !a.Pattern.MatchString(a.Example) {
			texts[i].wrong("example", "%q does not fit its own pattern %q. An ID is compared in capitals, without spaces and dashes. Correct one of them.", a.Example, texts[i].text["pattern"])
		}
		for j, b := range all {
			if i == j {
				continue
			}
			if j < i && a.Code != "" && strings.EqualFold(a.Code, b.Code) {
				texts[i].wrong("code", "%q is there twice. Give each entity a code of its own.", a.Code)
			}
			if a.Example != "" && b.Pattern != nil && b.Pattern.MatchString(a.Example) {
				texts[i].wrong("example", "%q fits the pattern of %s too, so nobody could tell whose customer it is. Make the patterns narrower.", a.Example, texts[j].name)
			}
		}
	}
}
