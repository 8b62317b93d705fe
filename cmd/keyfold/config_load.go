package main

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// A need is what a command cannot do without.
type need int

const (
	needNothing  need = iota // to look at the configuration
	needDatabase             // migrate, import
	needAll                  // serve
)

// An input is where the values come from. Flags go before variables, those
// before _FILE variables, those before the file, and that before the defaults.
type input struct {
	flags   map[string]string // by key
	file    string            // of --config
	environ []string
	need    need
}

// An origin is where the value in force was given.
type origin struct{ where string }

// fromDefault is the origin of what nobody gave.
const fromDefault = "default"

// loader puts a config together, and notes all that is wrong on the way.
type loader struct {
	config
	keys       []key
	sections   []section
	texts      map[string]string // values in force, by key
	unread     map[string]bool   // keys whose value could not be read, which is reported
	problems   problems
	configFrom string // who named the YAML file
	file       string // the YAML file, if there is one

	entityNode  ast.Node
	entityLines lines
}

// problems are all reasons why a configuration cannot be used.
type problems []string

func (ps problems) Error() string {
	head := "the configuration has a problem:"
	if len(ps) > 1 {
		head = fmt.Sprintf("the configuration has %d problems:", len(ps))
	}
	return head + "\n  " + strings.Join(ps, "\n  ")
}

// loadConfig reads all sources, and reports all problems at once.
func loadConfig(in input) (*config, error) {
	l := newLoader()
	vars := l.readEnviron(in.environ)
	if path := l.configPath(in, vars); path != "" {
		l.readFile(path)
	}
	l.takeEnviron(vars)
	l.takeFlags(in.flags, func(k key) string { return k.flagName() })
	return l.finish(in.need)
}

// presetConfig is the configuration of the demo: the defaults and what the
// demo says, by key; entities as YAML. It reads no file and no variable, so that
// a demo started where a real installation is configured cannot touch that
// installation.
func presetConfig(values map[string]string) (*config, error) {
	l := newLoader()
	l.takeFlags(values, func(key) string { return "demo" })
	if text := values["entities"]; text != "" {
		l.takeEntities(text, "demo")
	}
	return l.finish(needAll)
}

func newLoader() *loader {
	l := &loader{texts: map[string]string{}, unread: map[string]bool{}}
	l.sources = map[string]origin{}
	l.keys, l.sections = keysOf(&l.config), sectionsOf(&l.config)
	for _, k := range l.keys {
		l.note(k.path, k.def(), fromDefault)
	}
	return l
}

func (l *loader) note(path, text, where string) {
	l.texts[path], l.sources[path] = text, origin{where}
}

// problem notes a reason, with the place where it is to be cured.
func (l *loader) problem(where, format string, args ...any) {
	l.problems = append(l.problems, where+": "+fmt.Sprintf(format, args...))
}

// problemOf notes a reason against a key, where its value was given.
func (l *loader) problemOf(path, format string, args ...any) {
	l.problem(l.sources[path].where, "%s %s", path, fmt.Sprintf(format, args...))
}

func (l *loader) warn(format string, args ...any) {
	l.Warnings = append(l.Warnings, fmt.Sprintf(format, args...))
}

func (l *loader) byPath(path string) *key {
	i := slices.IndexFunc(l.keys, func(k key) bool { return k.path == path })
	if i < 0 {
		return nil
	}
	return &l.keys[i]
}

func (l *loader) isSection(path string) bool {
	return slices.ContainsFunc(l.sections, func(s section) bool { return s.path == path })
}

func (l *loader) paths() []string {
	out := make([]string, len(l.keys))
	for i, k := range l.keys {
		out[i] = k.path
	}
	return out
}

func (l *loader) configPath(in input, vars map[string]string) string {
	if in.file != "" {
		l.configFrom = "--config"
		return in.file
	}
	l.configFrom = "KEYFOLD_CONFIG"
	return vars["KEYFOLD_CONFIG"]
}

// readEnviron picks our variables. An empty one counts as not set: that is what
// Compose files make of a variable that the operator left out.
func (l *loader) readEnviron(environ []string) map[string]string {
	known := []string{"KEYFOLD_CONFIG", importFrom, importFrom + "_FILE"}
	for _, k := range l.keys {
		known = append(known, k.env())
		if k.secret() {
			known = append(known, k.env()+"_FILE")
		}
	}
	vars := map[string]string{}
	for _, v := range slices.SortedStableFunc(slices.Values(environ), byName) { // of two, the later one counts
		name, value, _ := strings.Cut(v, "=")
		switch {
		case !strings.HasPrefix(name, "KEYFOLD_") || ofKubernetes(name):
		case slices.Contains(known, name):
			if value != "" {
				vars[name] = value
			}
		case strings.HasSuffix(name, "_FILE") && slices.Contains(known, strings.TrimSuffix(name, "_FILE")):
			l.problem(name, "only secrets can be read from a file of their own. Set %s.", strings.TrimSuffix(name, "_FILE"))
		default:
			l.problem(name, "is not a variable that we know.%s", meant(name, known))
		}
	}
	return vars
}

func byName(a, b string) int {
	nameA, _, _ := strings.Cut(a, "=")
	nameB, _, _ := strings.Cut(b, "=")
	return strings.Compare(nameA, nameB)
}

// ofKubernetes reports whether a variable is one that Kubernetes sets in every
// container when a service is called keyfold.
func ofKubernetes(name string) bool {
	rest := strings.TrimPrefix(name, "KEYFOLD_")
	return rest == "PORT" || strings.HasPrefix(rest, "PORT_") ||
		rest == "SERVICE_HOST" || rest == "SERVICE_PORT" || strings.HasPrefix(rest, "SERVICE_PORT_")
}

func (l *loader) takeEnviron(vars map[string]string) {
	for _, k := range l.keys {
		file, hasFile := vars[k.env()+"_FILE"]
		text, has := vars[k.env()]
		switch {
		case has && k.entities():
			l.takeEntities(text, k.env())
		case has:
			l.note(k.path, text, k.env())
			if hasFile {
				l.warn("%s_FILE is not read, because %s is set.", k.env(), k.env())
			}
		case hasFile:
			l.takeFile(k, file)
		}
	}
}

// takeEntities reads a list of entities from a text, as YAML or JSON.
func (l *loader) takeEntities(text, env string) {
	where := func(line int) string {
		if line == 1 {
			return env
		}
		return fmt.Sprintf("%s, line %d", env, line)
	}
	l.entityNode, l.entityLines = l.parseYAML([]byte(text), where), where
	l.sources["entities"] = origin{env}
}

// A secret file is one short line. More is a mistake in the path.
const maxSecretFile = 64 << 10

func (l *loader) takeFile(k key, path string) {
	env := k.env() + "_FILE"
	b, err := os.ReadFile(path) //nolint:gosec // G304: the operator names the file
	text := strings.TrimRight(string(b), "\r\n")
	l.unread[k.path] = true
	switch {
	case err != nil:
		l.problem(env, "%s: the file %q cannot be read: %v. Name a file that exists and that this user may read.", k.path, path, bare(err))
	case text == "":
		l.problem(env, "%s: the file %q is empty. Put the value in it, on one line.", k.path, path)
	case len(text) > maxSecretFile:
		l.problem(env, "%s: the file %q is too big. Put only the value in it, on one line.", k.path, path)
	default:
		l.unread[k.path] = false
		l.note(k.path, text, env)
		l.checkFileMode(path)
	}
}

func (l *loader) takeFlags(flags map[string]string, where func(key) string) {
	for _, k := range l.keys {
		if text := flags[k.path]; text != "" && !k.entities() {
			l.note(k.path, text, where(k))
			l.unread[k.path] = false
			if k.secret() && where(k) == k.flagName() && strings.Contains(text, "@") {
				l.warn("%s with a password can be read by every user of this machine. Use %s or %s_FILE.", where(k), k.env(), k.env())
			}
		}
	}
}

// checkFileMode warns of a file that other users can read. Only files that
// hold secrets are asked about.
func (l *loader) checkFileMode(path string) {
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&0o004 != 0 && !strings.HasPrefix(path, "/run/secrets/") {
		l.warn("%s can be read by every user of this machine: chmod 600 %s", path, path)
	}
}

// finish parses what was noted, and checks it as a whole.
func (l *loader) finish(n need) (*config, error) {
	for _, k := range l.keys {
		text := l.texts[k.path]
		if text == "" || k.entities() {
			continue
		}
		if err := k.set(text); err != nil {
			l.unread[k.path] = true
			if k.secret() {
				l.problemOf(k.path, "%v", err)
			} else {
				l.problemOf(k.path, "%s %v", quote(text), err)
			}
		}
	}
	l.readEntities()
	l.checkNeeds(n)
	l.checkWhole()
	if len(l.problems) > 0 {
		return nil, l.problems
	}
	l.findWarnings()
	l.nameEntities()
	return &l.config, nil
}

// nameEntities puts the brand before the names of the entities that we ship:
// alone, they are no names that a customer knows.
func (l *loader) nameEntities() {
	if l.sources["entities"].where != fromDefault {
		return
	}
	for i := range l.Entities {
		l.Entities[i].Name = l.Brand.Name + " " + l.Entities[i].Name
	}
}

// quote shows a value as it was given, not longer than a line can bear.
func quote(text string) string {
	if len(text) > 80 {
		text = strings.ToValidUTF8(text[:77], "") + "…"
	}
	return fmt.Sprintf("%q", text)
}
