package main

import (
	"reflect"
	"slices"
	"strings"
)

// A key is one value of the configuration: a row of docs/config.md.
type key struct {
	path  string // password.argon2.memory_kib
	tag   reflect.StructTag
	value reflect.Value // field of the config
	flag  bool
}

// A section is a group of keys.
type section struct {
	path  string
	about string
}

// keysOf lists all keys of c, in the order of the struct.
func keysOf(c *config) []key {
	keys, _ := walk(reflect.ValueOf(c).Elem(), "")
	return keys
}

// sectionsOf lists the groups that keys can be in.
func sectionsOf(c *config) []section {
	_, sections := walk(reflect.ValueOf(c).Elem(), "")
	return sections
}

func walk(v reflect.Value, prefix string) (keys []key, sections []section) {
	for f, value := range v.Fields() {
		name := f.Tag.Get("key")
		switch {
		case name == "":
			continue
		case f.Tag.Get("help") == "": // only keys have a help text
			ks, ss := walk(value, prefix+name+".")
			sections = append(append(sections, section{prefix + name, f.Tag.Get("about")}), ss...)
			keys = append(keys, ks...)
		default:
			keys = append(keys, key{prefix + name, f.Tag, value, f.Tag.Get("type") == "noted"})
		}
	}
	return keys, sections
}

// env is the variable of the key: KEYFOLD_PASSWORD_ARGON2_MEMORY_KIB.
func (k key) env() string {
	return "KEYFOLD_" + strings.ToUpper(strings.ReplaceAll(k.path, ".", "_"))
}

// flagName is the flag of the key; empty for those that have none.
func (k key) flagName() string {
	if !k.flag {
		return ""
	}
	return "--" + strings.ReplaceAll(k.path, "_", "-")
}

func (k key) def() string    { return k.tag.Get("default") }
func (k key) secret() bool   { return k.tag.Get("secret") != "" }
func (k key) entities() bool { return k.path == "entities" }

// nearest is the candidate that was probably meant by name, or "".
func nearest(name string, candidates []string) string {
	best, distance := "", max(2, len(name)/3)+1
	for _, c := range candidates {
		if d := editDistance(name, c); d < distance {
			best, distance = c, d
		}
	}
	return best
}

// editDistance counts the letters to add, drop or change between a and b.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

// meant is the end of a sentence about an unknown name. A name without its
// section, or with its last part right, counts as near.
func meant(name string, candidates []string) string {
	if i := slices.IndexFunc(candidates, func(c string) bool {
		return strings.HasSuffix(c, "."+name) || strings.HasSuffix(c, "_"+strings.TrimPrefix(name, "KEYFOLD_"))
	}); i >= 0 {
		return " Did you mean " + candidates[i] + "?"
	}
	if near := nearest(name, candidates); near != "" {
		return " Did you mean " + near + "?"
	}
	return " See docs/config.md for all names."
}
