package archtest_test

import (
	"bufio"
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/keyfold/keyfold"

// The levels, from the bottom to the top.
const (
	words    = "."
	tools    = words + " internal/token internal/locale internal/password internal/limit internal/mailtext internal/source internal/sheet internal/readiness internal/help internal/help/articles internal/totp internal/spelling"
	store    = tools + " internal/store"
	adapters = "internal/smtpclient internal/mailsink internal/legacycheck"
	features = "internal/registration internal/linking internal/contacts internal/apikey internal/ownership internal/members internal/signin internal/importer internal/outbox internal/reminder internal/activity internal/transfer internal/feedback internal/trail internal/desk internal/staff internal/finder internal/bounce internal/cases internal/second internal/funnel internal/person"
	surfaces = "internal/web internal/web/ui internal/web/portal internal/web/api internal/web/care internal/web/hooks"
	notice   = store + " internal/notice"
	all      = notice + " " + adapters + " " + features + " " + surfaces
	support  = "internal/pgtest internal/mariatest internal/store/storetest internal/web/pagetest"
)

// mayImport is the architecture: each package and the packages of this module
// that it may know. docs/architecture.md shows this table.
var mayImport = map[string]string{
	words: "",

	"internal/token":    words,
	"internal/locale":   words,
	"internal/password": words,
	"internal/limit":    words,
	"internal/mailtext": words + " internal/locale",
	"internal/help":     words + " internal/spelling",
	"internal/spelling": "",
	"internal/source":   words,
	"internal/sheet":    words,
	"internal/totp":     "",

	"internal/readiness": words + " internal/password internal/source internal/sheet",

	"internal/help/articles": "",

	"internal/store": tools,

	"internal/smtpclient":  tools,
	"internal/mailsink":    tools,
	"internal/legacycheck": tools,

	"internal/notice": store,

	"internal/registration": notice,
	"internal/linking":      notice,
	"internal/contacts":     notice,
	"internal/ownership":    notice,
	"internal/members":      notice,
	"internal/apikey":       notice,
	"internal/cases":        notice,
	"internal/second":       notice,
	"internal/signin":       store,
	"internal/staff":        notice,
	"internal/reminder":     notice,
	"internal/activity":     store,
	"internal/feedback":     store,
	"internal/importer":     store,
	"internal/transfer":     store,
	"internal/trail":        store,
	"internal/desk":         notice,
	"internal/person":       store,
	"internal/finder":       store,
	"internal/funnel":       store,
	"internal/bounce":       store,
	"internal/outbox":       store + " internal/smtpclient",

	"internal/web":        tools,
	"internal/web/ui":     tools + " internal/web",
	"internal/web/portal": store + " " + features + " internal/web internal/web/ui",
	"internal/web/care":   store + " " + features + " internal/web internal/web/ui",
	"internal/web/api":    store + " internal/apikey internal/web",
	"internal/web/hooks":  store + " internal/bounce internal/web",

	"cmd/keyfold": all + " docs",

	"deploy":                     "",
	"docs":                       "",
	"docs/manual":                "",
	"e2e":                        all + " " + support,
	"e2e/bench":                  all + " " + support,
	"e2e/walk":                   all + " " + support,
	"internal/archtest":          "",
	"internal/mariatest":         "",
	"internal/pgtest":            "",
	"internal/pgtest/cmd/pgtest": "internal/pgtest",
	"internal/web/pagetest":      "",
	"internal/store/storetest":   store + " internal/pgtest",
}

// wordsMayImport is what the words need beyond the standard library.
var wordsMayImport = []string{"golang.org/x/text", "golang.org/x/net/idna"}

// A listed package is what "go list" says of one.
type listed struct {
	ImportPath, Name                   string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) (found []listed) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Name,Imports,TestImports,XTestImports", module+"/...")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for d := json.NewDecoder(bufio.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		found = append(found, p)
	}
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	if len(found) < 3 {
		t.Fatalf("go list found only %d packages", len(found))
	}
	return found
}

func TestEachPackageImportsOnlyWhatItMay(t *testing.T) {
	for _, p := range packages(t) {
		for _, fault := range importFaults(p) {
			t.Error(fault)
		}
	}
}

func importFaults(p listed) (faults []string) {
	pkg := local(p.ImportPath)
	allowed, known := mayImport[pkg]
	if !known {
		return []string{pkg + " is not in the table: what may it import, and why does it exist?"}
	}
	for _, imp := range p.Imports {
		switch {
		case ours(imp):
			if !slices.Contains(strings.Fields(allowed), local(imp)) {
				faults = append(faults, pkg+" imports "+local(imp))
			}
		case pkg == words && strings.Contains(imp, ".") && !slices.ContainsFunc(wordsMayImport, under(imp)):
			faults = append(faults, "the words import "+imp+"; they are pure")
		}
	}
	// A test may build the world around its package from whatever there is.
	for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
		if ours(imp) && strings.HasPrefix(local(imp), "cmd/") {
			faults = append(faults, "a test of "+pkg+" imports "+local(imp)+"; nobody imports a command")
		}
	}
	return faults
}

func ours(imp string) bool { return imp == module || strings.HasPrefix(imp, module+"/") }
func local(imp string) string {
	return cmp.Or(strings.TrimPrefix(strings.TrimPrefix(imp, module), "/"), words)
}

func under(imp string) func(string) bool {
	return func(root string) bool { return imp == root || strings.HasPrefix(imp, root+"/") }
}

func TestTheTableNamesNoPackageThatItDoesNotHave(t *testing.T) {
	for pkg, allowed := range mayImport {
		for imp := range strings.FieldsSeq(allowed) {
			if _, known := mayImport[imp]; !known {
				t.Errorf("%s may import %s, which the table does not have", pkg, imp)
			}
		}
	}
}

func TestNoFeatureMayImportAnother(t *testing.T) {
	for feature := range strings.FieldsSeq(features) {
		for imp := range strings.FieldsSeq(mayImport[feature]) {
			handsOver := feature == "internal/outbox" && imp == "internal/smtpclient" // its one way out
			if !handsOver && slices.Contains(strings.Fields(features+" "+surfaces+" "+adapters), imp) {
				t.Errorf("the table lets %s import %s", feature, imp)
			}
		}
	}
}

// vague are names that say nothing of what is inside, so that everything fits.
var vague = []string{"util", "utils", "common", "helper", "helpers", "type", "types", "model", "models", "misc", "shared", "base"}

func TestPackageNamesSayWhatIsInside(t *testing.T) {
	for _, p := range packages(t) {
		if isVague(p) {
			t.Errorf("%s: the name says nothing of what is inside", p.ImportPath)
		}
	}
}

func isVague(p listed) bool {
	return slices.Contains(vague, p.Name) || slices.ContainsFunc(strings.Split(p.ImportPath, "/"), func(dir string) bool {
		return slices.Contains(vague, dir)
	})
}
