package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFiveEntitiesAreShipped(t *testing.T) {
	t.Parallel()
	c, err := loadConfig(input{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, typed := range []string{" nl-123 421 341", "SG234124123", "us523453454", "DE245344254", "CDN1010101010"} {
		id, err := c.Entities.CustomerID(typed)
		if err != nil {
			t.Errorf("%s: %v", typed, err)
			continue
		}
		e, _ := c.Entities.Of(id)
		got = append(got, e.Code+" "+e.Language.String()+" "+e.Zone.String())
	}
	want := []string{"NL nl Europe/Amsterdam", "SG en Asia/Singapore", "US en America/New_York", "DE de Europe/Berlin", "CDN en UTC"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const twoEntities = `default_language: de
time_zone: Europe/Berlin
entities:
  - code: NL
    name: Polder Hosting
    pattern: NL[0-9]{6,12}
    example: nl-123 421 341
    mail_from: Polder care <care@polder.example>
    reply_to: help@polder.example
    language: nl
    time_zone: Europe/Amsterdam
    colour: "#0B6B4F"
  - {code: KL, name: Alte Kundennummern, pattern: "K[0-9]{4}[A-Z]{2}", example: K1234AB}
`

func TestOperatorsEntitiesReplaceTheShippedOnes(t *testing.T) {
	t.Parallel()
	asJSON := `[{"code":"KL","name":"Alte","pattern":"K[0-9]{4}[A-Z]{2}","example":"K1234AB"}]`
	c, err := loadConfig(input{file: yamlFile(t, twoEntities)})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range c.Entities {
		got = append(got, strings.Join([]string{
			e.Code, e.Name, e.Pattern.String(), e.Example, e.Sender.String(), e.ReplyTo.String(),
			e.Language.String(), e.Zone.String(), e.Colour, c.SenderNames[e.Code],
		}, "|"))
	}
	want := []string{
		"NL|Polder Hosting|^(?:NL[0-9]{6,12})$|NL123421341|care@polder.example|help@polder.example|nl|Europe/Amsterdam|#0b6b4f|Polder care",
		"KL|Alte Kundennummern|^(?:K[0-9]{4}[A-Z]{2})$|K1234AB|||de|Europe/Berlin||",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	c, err = loadConfig(input{file: yamlFile(t, twoEntities), environ: []string{"KEYFOLD_ENTITIES=" + asJSON}})
	if err != nil || len(c.Entities) != 1 || c.sources["entities"].where != "KEYFOLD_ENTITIES" {
		t.Errorf("got %v, %v", c, err)
	}
}

func TestEntitiesThatCannotWorkAreRefused(t *testing.T) {
	t.Parallel()
	const nl = `{code: NL, name: N, pattern: "NL[0-9]{6}", example: NL123456}`
	for _, test := range []struct{ list, want string }{
		{nl + "," + nl, `entities[NL].code "NL" is there twice`},
		{nl + `,{code: X, name: X, pattern: "N[A-Z][0-9]{6}", example: NX123456}`, `entities[NL].example "NL123456" fits the pattern of entities[X] too`},
		{nl + `,{code: X, name: X, pattern: "[A-Z]{2}[0-9]{6}", example: NL123456}`, `entities[X].example "NL123456" fits the pattern of entities[NL] too`},
		{`{code: X, name: X, pattern: ".*", example: X1}`, "would take an email address"},
		{`{code: X, name: X, pattern: "X[^0]+", example: X1}`, "would take an email address"},
		{`{code: X, name: X, pattern: "X@[0-9]", example: X1}`, "would take an email address"},
		{`{code: X, name: X, pattern: "X(?s:.)[0-9]", example: X11}`, "would take an email address"},
		{`{code: X, name: X, pattern: "X[0-9", example: X1}`, "is not a regular expression"},
		{`{code: X, name: X, pattern: "X[0-9]", example: Y1}`, "does not fit its own pattern"},
		{`{code: X, name: X, pattern: "x[0-9]", example: x1}`, "does not fit its own pattern"},
		{`{code: X, name: X, pattern: "X[0-9]", example: a@b}`, "cannot be a customer ID"},
		{`{code: x y, name: X, pattern: "X[0-9]", example: X1}`, "Use up to 16 capitals"},
		{`{code: X}`, "entities[X].pattern is missing"},
		{`{name: X, pattern: "X[0-9]", example: X1}`, "entities[1].code is missing"},
		{`{code: X, name: X, pattern: "X[0-9]", example: X1, language: tlh}`, "entities[X].language \"tlh\" is not a language"},
		{`{code: X, name: X, pattern: "X[0-9]", example: X1, time_zone: Mars}`, "is not a time zone"},
		{`{code: X, name: X, pattern: "X[0-9]", example: X1, colour: "#ff0"}`, "hard to read"},
		{`{code: X, name: X, pattern: "X[0-9]", example: X1, mail_from: me}`, "is not a sender"},
		{`{code: X, name: X, pattern: "X[0-9]", example: X1, reply_to: me}`, "is not an email address"},
		{`{code: X, name: [a], pattern: "X[0-9]", example: X1}`, "takes one value"},
	} {
		for source, in := range map[string]input{
			"k.yaml:2: ":        {file: yamlFile(t, "entities:\n ["+test.list+"]\n")},
			"KEYFOLD_ENTITIES:": {environ: []string{"KEYFOLD_ENTITIES=[" + test.list + "]"}},
		} {
			got := fmt.Sprint(problemsOf(t, in))
			if !strings.Contains(got, test.want) || !strings.Contains(got, source) {
				t.Errorf("%s: got %s, want %q", test.list, got, test.want)
			}
		}
	}
}
