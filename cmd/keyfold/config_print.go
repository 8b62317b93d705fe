package main

import (
	"fmt"
	"io"
	"regexp"
	"strings"

	"github.com/keyfold/keyfold"
)

// print writes the configuration in force as a YAML file, each value with
// where it comes from. Secrets are hidden.
func (c *config) print(w io.Writer) error {
	var out strings.Builder
	section := ""
	for _, k := range keysOf(c) {
		if k.entities() {
			c.printEntities(&out)
			continue
		}
		parents := strings.Split(k.path, ".")
		name := parents[len(parents)-1]
		parents = parents[:len(parents)-1]
		if in := strings.Join(parents, "."); in != section {
			section = in
			indent := strings.Repeat("  ", max(0, len(parents)-1))
			if len(parents) > 0 {
				fmt.Fprintf(&out, "%s%s:\n", indent, parents[len(parents)-1])
			}
		}
		line := strings.Repeat("  ", len(parents)) + name + ": " + scalarText(k.print())
		fmt.Fprintf(&out, "%-54s  # %s\n", line, c.sourceOf(k))
	}
	_, err := io.WriteString(w, out.String())
	return err
}

func (c *config) sourceOf(k key) string {
	where := c.sources[k.path].where
	switch {
	case where != fromDefault || k.def() != "":
		return where
	case k.path == "secret" && c.DatabaseURL.SQLite():
		return "made beside the database at the first start"
	default:
		return "not set"
	}
}

func (c *config) printEntities(out *strings.Builder) {
	fmt.Fprintf(out, "%-54s  # %s\n", "entities:", c.sources["entities"].where)
	for _, e := range c.Entities {
		from := ""
		if !e.Sender.IsZero() {
			from = sender{c.SenderNames[e.Code], e.Sender}.String()
		}
		values := []string{
			e.Code, e.Name, patternText(e), e.Example, from, e.ReplyTo.String(), e.Language.String(), e.Zone.String(), e.Colour,
			string(e.Legacy), "", // legacy_check comes last
		}
		lead := "  - "
		for i, f := range entityFields {
			if values[i] != "" {
				fmt.Fprintf(out, "%s%s: %s\n", lead, f.name, scalarText(values[i]))
				lead = "    "
			}
		}
		c.printCheck(out, e.Code)
	}
}

func (c *config) printCheck(out *strings.Builder, entity string) {
	check, ok := c.LegacyChecks[entity]
	if !ok {
		return
	}
	out.WriteString("    legacy_check:\n")
	for _, f := range legacyFields {
		if text := check.printed(f.name); text != "" {
			fmt.Fprintf(out, "      %s: %s\n", f.name, scalarText(text))
		}
	}
}

// patternText is the pattern as the operator wrote it.
func patternText(e keyfold.Entity) string {
	return strings.TrimSuffix(strings.TrimPrefix(e.Pattern.String(), "^(?:"), ")$")
}

var plainScalar = regexp.MustCompile(`^[A-Za-z0-9./][A-Za-z0-9 ./_+@-]*$`)

// scalarText puts quotes around what YAML could read as something else.
func scalarText(s string) string {
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		return fmt.Sprintf("%q", s)
	}
	if plainScalar.MatchString(s) || urlScalar.MatchString(s) {
		return s
	}
	return fmt.Sprintf("%q", s)
}

// urlScalar is a URL or an address without anything that YAML knows.
var urlScalar = regexp.MustCompile(`^[a-z0-9.]+:[A-Za-z0-9./_%@:?=&-]*[A-Za-z0-9/]$`)
