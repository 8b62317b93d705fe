package archtest_test

import (
	"strings"
	"testing"
)

// The rules hold for the code as it is, so that nothing but this shows that
// they can be broken.
func TestTheImportRulesSeeWhatIsWrong(t *testing.T) {
	for name, tt := range map[string]struct {
		pkg  listed
		want string // part of the one fault, or empty for none
	}{
		"feature and store":    {listed{ImportPath: module + "/internal/signin", Imports: []string{"errors", module, module + "/internal/store"}}, ""},
		"feature and feature":  {listed{ImportPath: module + "/internal/signin", Imports: []string{module + "/internal/outbox"}}, "internal/signin imports internal/outbox"},
		"store and surface":    {listed{ImportPath: module + "/internal/store", Imports: []string{module + "/internal/web"}}, "imports internal/web"},
		"unknown":              {listed{ImportPath: module + "/internal/new"}, "what may it import, and why does it exist?"},
		"words and a driver":   {listed{ImportPath: module, Imports: []string{"github.com/jackc/pgx/v5"}}, "they are pure"},
		"words and x/text":     {listed{ImportPath: module, Imports: []string{"golang.org/x/text/unicode/norm"}}, ""},
		"words and the store":  {listed{ImportPath: module, Imports: []string{module + "/internal/store"}}, ". imports internal/store"},
		"test support in code": {listed{ImportPath: module + "/internal/signin", Imports: []string{module + "/internal/store/storetest"}}, "storetest"},
		"test and command":     {listed{ImportPath: module + "/internal/signin", XTestImports: []string{module + "/cmd/keyfold"}}, "nobody imports a command"},
	} {
		t.Run(name, func(t *testing.T) { oneFault(t, importFaults(tt.pkg), tt.want) })
	}
}

func TestTheSizeRulesSeeWhatIsWrong(t *testing.T) {
	for name, tt := range map[string]struct{ path, code, want string }{
		"long file":      {"a.go", "package a" + strings.Repeat("\n", maxFile+1), "a.go has 401 lines"},
		"full file":      {"a.go", "package a" + strings.Repeat("\n", maxFile), ""},
		"long function":  {"a.go", "package a\nfunc f() {" + strings.Repeat("\n", maxFunction) + "}", "f has 61 lines"},
		"full function":  {"a.go", "package a\nfunc f() {" + strings.Repeat("\n", maxFunction-1) + "}", ""},
		"long handler":   {"internal/web/portal/a.go", "package a\nfunc f(w http.ResponseWriter, r *http.Request) {" + strings.Repeat("\n", maxHandler) + "}", "f has 26 lines"},
		"full handler":   {"internal/web/portal/a.go", "package a\nfunc f(w http.ResponseWriter, r *http.Request) {" + strings.Repeat("\n", maxHandler-1) + "}", ""},
		"wide interface": {"a.go", "package a\ntype i interface { A(); B(); C(); D(); io.Reader }", "i has 5 methods"},
		"full interface": {"a.go", "package a\ntype i interface { A(); B(); C(); D() }", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parse(tt.path, tt.code)
			if err != nil {
				t.Fatal(err)
			}
			oneFault(t, sizeFaults(s), tt.want)
		})
	}
}

func TestTheReadingRuleSeesWhatIsWrong(t *testing.T) {
	const path = `"` + module + `/internal/store"`
	for name, tt := range map[string]struct{ code, want string }{
		"reader":        {"import " + path + "\nvar r store.Reader", ""},
		"writer":        {"import " + path + "\nvar r *store.DB", "store.DB"},
		"transaction":   {"import db " + path + "\nfunc f(*db.Tx) {}", "store.Tx"},
		"without name":  {"import . " + path + "\nvar r Reader", "without its name"},
		"another store": {"import \"store\"\nvar r *store.DB", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := parse("internal/web/portal/a.go", "package a\n"+tt.code)
			if err != nil {
				t.Fatal(err)
			}
			oneFault(t, writeFaults(s), tt.want)
		})
	}
}

func TestTheNameRuleSeesWhatIsWrong(t *testing.T) {
	for _, p := range []listed{{ImportPath: module + "/internal/util", Name: "strings"}, {ImportPath: module + "/internal/web", Name: "common"}} {
		if !isVague(p) {
			t.Errorf("%v passes", p)
		}
	}
}

func oneFault(t *testing.T, faults []string, want string) {
	t.Helper()
	if want == "" && len(faults) == 0 {
		return
	}
	if want == "" || len(faults) != 1 || !strings.Contains(faults[0], want) {
		t.Errorf("got %q, want one with %q", faults, want)
	}
}
