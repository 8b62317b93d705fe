package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/source"
)

// A mapFile says how the customers of a legacy system come in.
type mapFile struct {
	query   string
	mapping source.Mapping
	recipe  password.Recipe
	places  map[string]string // of the keys, as columns.name; in words
}

func mapKeys() []string    { return []string{"query", "columns", "ignore", "password"} }
func columnKeys() []string { return []string{"column", "values", "default", "value"} }

// A mapReader reads a mapFile, and notes all that is wrong.
type mapReader struct {
	loader

	where  lines
	file   mapFile
	places map[string]string
}

func newMapReader(name string) *mapReader {
	r := &mapReader{where: func(line int) string { return fmt.Sprintf("%s:%d", name, line) }, places: map[string]string{}}
	r.file.places = r.places
	return r
}

// parseMap reads the text of a file of that name.
func parseMap(name string, text []byte) (mapFile, error) {
	r := newMapReader(name)
	r.read(text)
	if len(r.places) == 0 && len(r.problems) == 0 {
		r.problem(r.where(1), "the file is empty. Write columns: on a line, and under it, indented by two spaces, customer_id: NAME")
	}
	return r.file, r.verdict("map")
}

func (r *mapReader) verdict(what string) error {
	if len(r.problems) == 0 {
		return nil
	}
	return fileProblems{what, r.problems}
}

// fileProblems are all reasons why a file cannot be used.
type fileProblems struct {
	what string
	all  []string
}

func (ps fileProblems) Error() string {
	text := "the " + ps.what + " has a problem:"
	if len(ps.all) > 1 {
		text = "the " + ps.what + " has problems:"
	}
	for _, p := range ps.all {
		text += "\n  " + p
	}
	return text
}

func (r *mapReader) read(text []byte) {
	root := r.parseYAML(text, r.where)
	if root == nil {
		return // who asked says what is missing
	}
	r.each(root, "the file", r.where(1), func(name, at string, value ast.Node) {
		r.places[name] = at
		switch name {
		case "query":
			query, err := scalar(value, false)
			if err != nil {
				r.problem(at, "query %v", err)
			}
			r.file.query = query
		case "columns":
			r.each(value, "columns", at, r.column)
		case "ignore":
			r.ignore(value, at)
		case "password":
			r.file.recipe = r.recipe(value, at)
		default:
			r.problem(at, "%s is not a key that we know.%s", name, oneOf(name, mapKeys()))
		}
	})
}

// oneOf says which name was meant, or which there are.
func oneOf(name string, names []string) string {
	if near := nearest(name, names); near != "" {
		return " Did you mean " + near + "?"
	}
	return " There are " + strings.Join(names, ", ") + "."
}

// each gives the keys of a map with where they stand.
func (r *mapReader) each(n ast.Node, path, at string, take func(name, at string, value ast.Node)) {
	m, ok := n.(ast.MapNode)
	if !ok {
		r.problem(at, "%s must hold keys and values. Write them as lines of NAME: VALUE.", path)
		return
	}
	for i := m.MapRange(); i.Next(); {
		take(i.Key().GetToken().Value, r.where(lineOf(i.Key())), i.Value())
	}
}

// ignore is a list of columns, or all for those that no other line names.
func (r *mapReader) ignore(n ast.Node, at string) {
	if text, err := scalar(n, false); err == nil && text == "all" {
		r.file.mapping.Rest = true
		return
	}
	list, ok := n.(*ast.SequenceNode)
	if !ok {
		r.problem(at, "ignore takes a list of columns, as in [address1, city], or all.")
		return
	}
	for _, item := range list.Values {
		name, err := scalar(item, false)
		if err != nil {
			r.problem(r.where(lineOf(item)), "ignore %v", err)
		}
		r.file.mapping.Ignore = append(r.file.mapping.Ignore, name)
	}
}

// column reads one line of columns.
func (r *mapReader) column(name, at string, n ast.Node) {
	path := "columns." + name
	r.places[path] = at
	if !importer.Known(name) {
		r.problem(at, "%s is not a column that an import can set. docs/import.md lists them.", path)
		return
	}
	c := source.Column{Name: name}
	if _, nested := n.(ast.MapNode); nested {
		r.details(&c, path, at, n)
	} else {
		r.template(&c, path, at, n)
	}
	r.file.mapping = r.file.mapping.With(c)
}

func (r *mapReader) template(c *source.Column, path, at string, n ast.Node) {
	text, err := scalar(n, false)
	if err != nil {
		r.problem(at, "%s %v", path, err)
		return
	}
	if c.From, err = source.ParseTemplate(text); err != nil {
		r.problem(at, "%s %v.", path, err)
	}
}

// details reads a column with a table of values, a default, or one value for
// all rows.
func (r *mapReader) details(c *source.Column, path, at string, n ast.Node) {
	given := map[string]bool{}
	r.each(n, path, at, func(key, at string, value ast.Node) {
		given[key] = true
		path := path + "." + key
		_, bare := value.(*ast.NullNode)
		switch {
		case !slices.Contains(columnKeys(), key) && bare:
			given["column"] = true // meant
			r.problem(at, "%s: a value that begins with { must be in quotes. Write \"{%s}\".", strings.TrimSuffix(path, "."+key), key)
		case !slices.Contains(columnKeys(), key):
			r.problem(at, "%s is not a key that we know.%s", path, oneOf(key, columnKeys()))
		case key == "column":
			r.template(c, path, at, value)
		case key == "values":
			c.Values = map[string]string{}
			r.each(value, path, at, func(theirs, at string, ours ast.Node) { c.Values[theirs] = r.text(path+"."+theirs, at, ours) })
		case key == "default":
			c.Default = r.text(path, at, value)
		case key == "value":
			c.From = source.Fixed(r.text(path, at, value))
		}
	})
	c.Strict = given["values"] && !given["default"]
	switch {
	case given["value"] && len(given) > 1:
		r.problem(at, "%s has a value, which is the same for all rows, and something else. Keep one of them.", path)
	case !given["value"] && !given["column"]:
		r.problem(at, "%s has neither column nor value. Write column: NAME under it.", path)
	}
}

func (r *mapReader) text(path, at string, n ast.Node) string {
	text, err := scalar(n, false)
	if err != nil {
		r.problem(at, "%s %v", path, err)
	}
	return text
}
