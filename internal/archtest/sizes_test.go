package archtest_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Sizes beyond these are a sign that two things live in one place.
const (
	maxFile      = 400
	maxFunction  = 60
	maxHandler   = 25
	maxInterface = 4
)

const root = "../.."

// A source is one file that a person has written, without the tests.
type source struct {
	path string // within the module
	fset *token.FileSet
	file *ast.File
}

func (s source) lines(n ast.Node) int {
	return s.fset.Position(n.End()).Line - s.fset.Position(n.Pos()).Line + 1
}

func parse(path string, content any) (source, error) {
	fset := token.NewFileSet()
	file, err := parser.ParseFile(fset, path, content, parser.SkipObjectResolution|parser.ParseComments)
	return source{path: path, fset: fset, file: file}, err
}

func sources(t *testing.T) (found []source) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(path, d.Name())
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		s, err := parse(path, nil)
		if err != nil || ast.IsGenerated(s.file) {
			return err
		}
		s.path = filepath.ToSlash(strings.TrimPrefix(path, root+string(filepath.Separator)))
		found = append(found, s)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 10 {
		t.Fatalf("found only %d files", len(found))
	}
	return found
}

// enter leaves out the directories that hold none of our code.
func enter(path, name string) error {
	hidden := path != root && (strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_"))
	if hidden || slices.Contains([]string{"build", "demo-data", "node_modules", "testdata"}, name) {
		return filepath.SkipDir
	}
	return nil
}

func TestNothingIsTooBig(t *testing.T) {
	for _, s := range sources(t) {
		for _, fault := range sizeFaults(s) {
			t.Error(fault)
		}
	}
}

func sizeFaults(s source) (faults []string) {
	if n := s.fset.Position(s.file.FileEnd).Line; n > maxFile {
		faults = append(faults, fmt.Sprintf("%s has %d lines, more than %d", s.path, n, maxFile))
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			limit := maxFunction
			surface := strings.HasPrefix(s.path, "internal/web/portal/") || strings.HasPrefix(s.path, "internal/web/care/")
			if surface && isHandler(n.Type) {
				limit = maxHandler
			}
			if lines := s.lines(n); lines > limit {
				faults = append(faults, fmt.Sprintf("%s: %s has %d lines, more than %d", s.path, n.Name.Name, lines, limit))
			}
		case *ast.TypeSpec:
			if i, ok := n.Type.(*ast.InterfaceType); ok && i.Methods.NumFields() > maxInterface {
				faults = append(faults, fmt.Sprintf("%s: interface %s has %d methods, more than %d",
					s.path, n.Name.Name, i.Methods.NumFields(), maxInterface))
			}
		}
		return true
	})
	return faults
}

// isHandler is for what answers a request: it has both sides of it.
func isHandler(f *ast.FuncType) bool {
	var writer, request bool
	for _, p := range f.Params.List {
		typ := p.Type
		if pointer, ok := typ.(*ast.StarExpr); ok {
			typ = pointer.X
		}
		if sel, ok := typ.(*ast.SelectorExpr); ok {
			writer = writer || sel.Sel.Name == "ResponseWriter"
			request = request || sel.Sel.Name == "Request"
		}
	}
	return writer && request
}

func TestSurfacesOnlyReadTheStore(t *testing.T) {
	for _, s := range sources(t) {
		if strings.HasPrefix(s.path, "internal/web/") {
			for _, fault := range writeFaults(s) {
				t.Error(fault)
			}
		}
	}
}

// writeFaults are the uses of those names of the store that lead to a write.
func writeFaults(s source) (faults []string) {
	name := importedAs(s.file, module+"/internal/store")
	if name == "." {
		return []string{s.path + " imports the store without its name"}
	}
	ast.Inspect(s.file, func(n ast.Node) bool {
		sel, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		pkg, ok := sel.X.(*ast.Ident)
		if ok && name != "" && pkg.Name == name && slices.Contains([]string{"DB", "Tx", "Open"}, sel.Sel.Name) {
			faults = append(faults, fmt.Sprintf("%s uses store.%s; a surface reads by store.Reader, and a feature writes", s.path, sel.Sel.Name))
		}
		return true
	})
	return faults
}

// importedAs is what a file calls a package, and empty when it does not import it.
func importedAs(f *ast.File, path string) string {
	for _, imp := range f.Imports {
		if p, err := strconv.Unquote(imp.Path.Value); err != nil || p != path {
			continue
		}
		if imp.Name != nil {
			return imp.Name.Name
		}
		return path[strings.LastIndex(path, "/")+1:]
	}
	return ""
}
