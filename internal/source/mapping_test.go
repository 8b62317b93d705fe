package source_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/source"
)

func template(t *testing.T, text string) source.Template {
	t.Helper()
	from, err := source.ParseTemplate(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return from
}

// through gives the rows of a CSV text as a mapping wants them.
func through(m source.Mapping, text string) (rows []string, err error) {
	in, err := source.Open(strings.NewReader(text))
	if err != nil {
		return nil, err
	}
	out, err := m.Over(in)
	if err != nil {
		return nil, err
	}
	rows, err = read(out)
	return append([]string{strings.Join(out.Head().Columns, "|")}, rows...), err
}

func TestTemplates(t *testing.T) {
	const text = "id,company,first,last,Company name,{x}\n7, Veldkamp ,Sanne,Veldkamp,Named,braces\n8,,, Weber ,,\n,,,,,\n"
	for from, want := range map[string][3]string{
		"id":                               {"7", "8", ""},
		" Company name ":                   {"Named", "", ""},
		"NL{id}":                           {"NL7", "NL8", ""},
		"{company|first last}":             {"Veldkamp", "Weber", ""},
		"{ company | first last }":         {"Veldkamp", "Weber", ""},
		`{"Company name"|company|"last"}`:  {"Named", "Weber", ""},
		`{"{x}"}`:                          {"braces", "", ""},
		"{id}-{last}":                      {"7-Veldkamp", "8-Weber", ""},
		"{{{id}}}":                         {"{7}", "{8}", ""},
		"{ID}":                             {"7", "8", ""},
		"#{id} of {first}, {last} {first}": {"#7 of Sanne, Veldkamp Sanne", "#8 of , Weber ", ""},
	} {
		rows, err := through(source.Mapping{Columns: []source.Column{{Name: "out", From: template(t, from)}}, Rest: true}, text)
		if diff := cmp.Diff([]string{"out", "2: " + want[0], "3: " + want[1], "4: " + want[2]}, rows); diff != "" || err != nil {
			t.Errorf("%s: %v %s", from, err, diff)
		}
	}
	for from, want := range map[string]string{
		"": "is empty", "  ": "is empty", "{": "a { that is not closed", "{id": "a { that is not closed", "id}": "a } that closes nothing", "{}": "names no column", "{id|}": "names no column",
		"{|id}": "names no column", "{id{x}}": "a { that is not closed", `{"id}`: "a quote mark that no other one closes", `{""}`: "a quote mark that no other one closes", "{{x}}": "has no column in it",
	} {
		if got, err := source.ParseTemplate(from); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v, want %s", from, got, err, want)
		}
	}
}

func TestMappingKeepsWhatItDoesNotMention(t *testing.T) {
	m := source.Mapping{
		Columns: []source.Column{
			{Name: "customer_id", From: template(t, "NL{number}")},
			{Name: "status", From: template(t, "state"), Values: map[string]string{"1": "active", "": "active"}, Default: "closed"},
			{Name: "locale", From: source.Fixed("nl")},
		},
		Ignore: []string{"City"},
	}
	rows, err := through(m, "Number,name,locale,state,city\n1,One,xx,1,Leer\n2,Two,xx, 1 ,\n3,Three,xx,,\n4,Four,xx,2,\n5,Fi\"ve,xx,1,\n6\n")
	want := []string{
		"customer_id|status|locale|name", "2: NL1|active|nl|One", "3: NL2|active|nl|Two", "4: NL3|active|nl|Three", "5: NL4|closed|nl|Four",
		`6! a quote mark stands inside a field. Put the whole field in quote marks and write "" for one inside.`,
		"7! the row has 1 fields and the first line has 5. Put a field that has commas in it in quote marks.",
	}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestRowWithAFaultStillSaysWhoseItIs(t *testing.T) {
	in, err := source.Open(strings.NewReader("name,number\n\"One\",1\nTw\"o,2\nThree\n"))
	if err != nil {
		t.Fatal(err)
	}
	out, err := source.Mapping{Columns: []source.Column{{Name: "customer_id", From: template(t, "NL{number}")}}}.Over(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"NL1", "NL2", ""} {
		if rec, err := out.Next(); err != nil || len(rec.Fields) != 2 || rec.Fields[0] != want || (rec.Fault != "") != (want != "NL1") {
			t.Errorf("want %s, got %+v, %v", want, rec, err)
		}
	}
}

func TestValueThatTheMappingDoesNotKnowIsAFault(t *testing.T) {
	m := source.Mapping{Columns: []source.Column{
		{Name: "status", From: template(t, "state"), Values: map[string]string{"Active": "active"}, Strict: true},
		{Name: "locale", From: template(t, "language"), Default: "en"},
	}}
	rows, err := through(m, "state,language\nActive,nl\nactive,nl\n,\n")
	want := []string{"status|locale", "2: active|nl", `3! status: the map does not say what "active" means. Add it under values, or give a default.`, "4: |en"}
	if diff := cmp.Diff(want, rows); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

func TestMappingThatDoesNotFitSaysWhere(t *testing.T) {
	m := func(from string) source.Mapping {
		return source.Mapping{Columns: []source.Column{{Name: "name", From: template(t, from)}}}
	}
	for from, want := range map[string]string{
		"nam":    `name: the source has no column "nam". It has id, Name, NAME, name`,
		"nAME":   `name: the source has the column "nAME" twice. Name one of them otherwise`,
		"{id|x}": `name: the source has no column "x". It has id, Name, NAME, name`,
		"NAME":   "",
	} {
		_, err := through(m(from), "id,Name,NAME,name\n")
		if wrong, is := errors.AsType[*source.MapError](err); want != "" && (!is || wrong.Column != "name" || wrong.Error() != want) || want == "" && err != nil {
			t.Errorf("%s: got %v, want %s", from, err, want)
		}
	}
}

func TestLaterColumnReplacesOneOfThatName(t *testing.T) {
	m := source.Mapping{Rest: true}
	m = m.With(source.Column{Name: "customer_id", From: template(t, "NL{id}")})
	m = m.With(source.Column{Name: "contacts", From: template(t, "{people|others}")})
	before := m
	m = m.With(source.Column{Name: "customer_id", From: template(t, "DE{id}")})
	if got := fmt.Sprint(m.Lists(), before.Lists()); got != "[contacts sourced_contacts people others] [contacts sourced_contacts people others]" {
		t.Error(got)
	}
	for _, tt := range []struct {
		m    source.Mapping
		want string
	}{{before, "customer_id|contacts 2: NL1|"}, {m, "contacts|customer_id 2: |DE1"}} {
		rows, err := through(tt.m, "id,people,others\n1,,\n")
		if got := strings.Join(rows, " "); err != nil || got != tt.want {
			t.Errorf("%v, got %s, want %s", err, got, tt.want)
		}
	}
}

// FuzzTemplate gives any text for a template. It is refused, or names columns
// that a source can have.
func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{"id", "NL{id}", "{a|b c}", `{"a b"}`, "{{{a}}}", "{", "}", "{|}", "{\"\"}", "{a\n}"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		from, err := source.ParseTemplate(text)
		if err != nil {
			return
		}
		if len(from.Columns()) == 0 {
			t.Fatalf("%q names no column", text)
		}
		for _, name := range from.Columns() {
			if name == "" {
				t.Errorf("%q names a column without a name", text)
			}
		}
	})
}
