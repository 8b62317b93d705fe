package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// lines names a line of a YAML text.
type lines func(line int) string

// readFile notes what the YAML file says.
func (l *loader) readFile(path string) {
	text, err := os.ReadFile(path) //nolint:gosec // G304: the operator names the file
	if err != nil {
		l.problem(l.configFrom, "config %q cannot be read: %v. Name a file that exists and that this user may read.", path, bare(err))
		return
	}
	where := func(line int) string { return fmt.Sprintf("%s:%d", path, line) }
	if root := l.parseYAML(text, where); root != nil {
		l.readMap(root, "", where)
	}
	l.file = path
}

// parseYAML gives the only document in text; nil when there is none.
func (l *loader) parseYAML(text []byte, where lines) ast.Node {
	file, err := parser.ParseBytes(text, 0)
	if syntax, ok := errors.AsType[*yaml.SyntaxError](err); ok {
		l.problem(where(syntax.Token.Position.Line), "cannot be read as YAML: %s. Check the indentation, and put values with special characters in quotes.", syntax.Message)
		return nil
	}
	switch {
	case err != nil: // no position, and perhaps a value in it
		l.problem(where(1), "cannot be read as YAML. Check the indentation, and put values with special characters in quotes.")
	case len(file.Docs) > 1:
		l.problem(where(file.Docs[1].GetToken().Position.Line), "has more than one document. Take away the second --- and what follows.")
	case len(file.Docs) == 1 && file.Docs[0].Body != nil:
		return file.Docs[0].Body
	}
	return nil
}

func (l *loader) readMap(n ast.Node, prefix string, where lines) {
	m, ok := n.(ast.MapNode)
	if !ok {
		if _, null := n.(*ast.NullNode); !null {
			name := strings.TrimSuffix(prefix, ".")
			l.problem(where(lineOf(n)), "%s must hold keys and values. Write them as lines of NAME: VALUE, indented by two spaces.", cmp.Or(name, "the file"))
		}
		return
	}
	for i := m.MapRange(); i.Next(); {
		name := i.Key().GetToken().Value
		if in, under, dotted := strings.Cut(name, "."); dotted {
			l.problem(where(lineOf(i.Key())), "%s%s has a dot in it. Write %s: on a line, and under it, indented by two spaces, %s.", prefix, name, in, under)
			continue
		}
		l.readPair(prefix+name, i.Key(), i.Value(), where)
	}
}

func (l *loader) readPair(path string, key, value ast.Node, where lines) {
	at := where(lineOf(key))
	switch {
	case l.isSection(path):
		l.readMap(value, path+".", where)
	case path == "entities":
		l.entityNode, l.entityLines = value, where
		l.sources[path] = origin{at}
	case l.byPath(path) == nil:
		l.problem(at, "%s is not a key that we know.%s", path, meant(path, l.paths()))
	default:
		k := l.byPath(path)
		text, err := scalar(value, k.list())
		if seq, ok := value.(*ast.SequenceNode); ok && len(seq.Values) == 0 {
			text = k.tag.Get("none")
		}
		if err != nil {
			l.problem(at, "%s %v", path, err)
		} else if text != "" {
			l.note(path, text, at)
		}
	}
}

// scalar is the text of one value; of a list, its items with commas between.
func scalar(n ast.Node, list bool) (string, error) {
	switch n := n.(type) {
	case *ast.NullNode:
		return "", nil
	case *ast.StringNode:
		return n.Value, nil
	case *ast.LiteralNode:
		return strings.TrimSpace(n.Value.Value), nil
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, nil
	case *ast.SequenceNode:
		if !list {
			return "", wrong("takes one value. Write it on the same line, without - or [ ].")
		}
		var items []string
		for _, v := range n.Values {
			item, err := scalar(v, false)
			if err != nil {
				return "", err
			}
			items = append(items, item)
		}
		return strings.Join(items, ","), nil
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "", wrong("uses an anchor, an alias or a tag (&, *, !), which we do not read. Write the value itself, in quotes.")
	default:
		return "", wrong("takes one value. Write it on the same line.")
	}
}

func lineOf(n ast.Node) int {
	if t := n.GetToken(); t != nil && t.Position != nil {
		return t.Position.Line
	}
	return 1
}

// bare is an error of the file system without the path, which the sentence
// names already.
func bare(err error) error {
	if p, ok := errors.AsType[*os.PathError](err); ok {
		return p.Err
	}
	return err
}
