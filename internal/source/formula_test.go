package source

import (
	"strings"
	"testing"
	"unicode"
)

func TestNoFieldOfAnExportIsAFormula(t *testing.T) {
	for field, want := range map[string]string{
		"":                     "",
		"Veldkamp Media B.V.":  "Veldkamp Media B.V.",
		"=1":                   "'=1",
		"'=1":                  "''=1",
		"'t Hooft":             "'t Hooft",
		"''":                   "''",
		"+31 6 1234":           "'+31 6 1234",
		"a;=1|-2,+3":           "a;'=1|'-2,'+3",
		"a; '=1":               "a; ''=1",
		` "=1`:                 ` "'=1`,
		"＝1":                   "'＝1",
		"a=1":                  "a=1",
		"x\n@y":                "x\n'@y",
		"$argon2id$v=19,t=1,=": "$argon2id$v=19,t=1,'=",
	} {
		if got := Harmless(field); got != want {
			t.Errorf("%q becomes %q, want %q", field, got, want)
		}
	}
}

func FuzzHarmlessFieldsComeBack(f *testing.F) {
	for _, s := range []string{"=1", "'=1", "''-", "a;'=\xff", "';=", "'\"=", "' =", ",',='", "\xff=", "+\xe2\x80"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, field string) {
		safe := Harmless(field)
		if back := Harmful(safe); back != field {
			t.Errorf("%q becomes %q and then %q", field, safe, back)
		}
		for part := range strings.FieldsFuncSeq(safe, func(r rune) bool { return strings.ContainsRune(",;|\t\r\n", r) }) {
			begin := strings.TrimLeftFunc(part, func(r rune) bool { return r == '"' || unicode.IsSpace(r) || unicode.Is(unicode.C, r) })
			if strings.IndexAny(begin, formulaBegins) == 0 {
				t.Errorf("%q becomes %q, which is run", field, safe)
			}
		}
	})
}
