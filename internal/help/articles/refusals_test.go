package articles_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
)

// refusing are the functions that make a refusal of a message ID, and the place
// of the ID among their arguments.
var refusing = map[string]int{"Refuse": 1, "missing": 1}

// refusals are the message IDs with which the program refuses something. Most
// stand where they are used; those of a rule of a password and those of the API
// are put together, and those of a limit stand in the table of limits.
func refusals(t *testing.T) []string {
	t.Helper()
	texts, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, id := range texts.IDs(keyfold.English) {
		if strings.HasPrefix(id, "password.") || strings.HasPrefix(id, "api.") {
			all = append(all, id)
		}
	}
	err = filepath.WalkDir("../../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") || strings.HasSuffix(path, "_templ.go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		limits := filepath.Base(filepath.Dir(path)) == "limit"
		ast.Inspect(file, func(n ast.Node) bool {
			var id string
			switch n := n.(type) {
			case *ast.CallExpr:
				if at, ok := refusing[called(n)]; ok && len(n.Args) > at {
					id = literal(n.Args[at])
				}
			case *ast.BasicLit:
				if limits {
					id = literal(n)
				}
			}
			if texts.Has(id) {
				all = append(all, id)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// called is the name of a function, without its package.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

func literal(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, err := strconv.Unquote(lit.Value)
	if err != nil {
		return ""
	}
	return s
}

func TestEachRefusalHasOneArticle(t *testing.T) {
	t.Parallel()
	ids := refusals(t)
	if len(ids) < 100 {
		t.Fatalf("the program has %d refusals only: this test has lost sight of them", len(ids))
	}
	count := map[string]int{}
	for _, a := range read(t)["en"] {
		for _, id := range a.Errors {
			count[id]++
		}
	}
	for _, id := range ids {
		if toStaff(id) {
			continue
		}
		if count[id] != 1 {
			t.Errorf("%s is answered in %d articles, want one: add it to the errors of its article, in all languages", id, count[id])
		}
	}
	for id := range count {
		if !slices.Contains(ids, id) {
			t.Errorf("nothing is refused with %s", id)
		}
	}
}

// toStaff reports whether something is refused to staff only. They have the
// handbook of the care desk in the operator's manual, and no page of this help.
func toStaff(id string) bool {
	noun, _, _ := strings.Cut(id, ".")
	return slices.Contains([]string{"staff", "desk", "case", "approval", "second", "find", "funnel", "trail"}, noun)
}
