package main

import (
	"cmp"
	"crypto/x509"
	"net/url"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/legacycheck"
	"github.com/keyfold/keyfold/internal/password"
)

// legacyFields are the keys of legacy_check, in order. The first of each kind
// makes it of that kind; what is of no kind goes with all.
var legacyFields = []struct{ name, of, help string }{
	{"http", "http", "The old system answers at this https URL, or http on this machine."},
	{"secret", "http", "What signs the questions, 32 characters or more. Better in a file."},
	{"secret_file", "http", "File with it."},
	{"sql", "sql", "The old system's database: postgres://USER:PASSWORD@HOST/NAME, mysql://USER:PASSWORD@HOST/NAME or sqlite://PATH. A user that can only read is enough."},
	{"sql_file", "sql", "File with that URL."},
	{"query", "sql", "The select that finds the hash of one customer, with $1 (PostgreSQL) or ? in the place of the customer ID. Its columns are password_hash and, where the recipe needs them, salt and username."},
	{"recipe", "sql", "File with the recipe of the hashes. Default: they say themselves how they were made."},
	{"ldap", "ldap", "The old system's directory: ldaps://HOST, or ldap://HOST with StartTLS."},
	{"bind_dn", "ldap", "The name to bind as, with {customer_id} in it: uid={customer_id},ou=people,dc=example,dc=com."},
	{"ca_file", "http ldap", "File with the certificates to trust, as PEM. Default: those of this machine."},
	{"connect", "", "The longest that a connection may take. Default: 2s. From 100ms to 30s."},
	{"answer", "", "The longest that an answer may take. Default: 5s. From 100ms to 30s."},
	{"at_once", "", "Questions at once. Default: 16. From 1 to 1000."},
}

// A legacyCheck is how the old system of an entity is asked.
type legacyCheck struct {
	texts map[string]string // as they were written
	http  url.URL
	// secret of a hook, or URL of a database
	secret          hidden
	intake          *password.Intake
	ldap            url.URL
	ca              *x509.CertPool
	connect, answer time.Duration
	atOnce          int
}

// kind is http, sql or ldap.
func (c legacyCheck) kind() string {
	for _, f := range legacyFields {
		if f.of != "" && c.texts[f.name] != "" {
			return strings.Fields(f.of)[0]
		}
	}
	return ""
}

// readCheck notes the keys under legacy_check, as names with that before them.
func (e *entityText) readCheck(n ast.Node, at string) {
	m, ok := n.(ast.MapNode)
	if !ok {
		e.loader.problem(at, "%s.legacy_check must hold keys and values, like http and secret_file.", e.name)
		return
	}
	e.checked = true
	known := make([]string, len(legacyFields))
	for i, f := range legacyFields {
		known[i] = f.name
	}
	for p := m.MapRange(); p.Next(); {
		name, place := p.Key().GetToken().Value, e.loader.entityLines(lineOf(p.Key()))
		text, err := scalar(p.Value(), false)
		switch {
		case !slices.Contains(known, name):
			e.loader.problem(place, "%s.legacy_check.%s is not a key that we know.%s", e.name, name, meant(name, known))
		case err != nil:
			e.loader.problem(place, "%s.legacy_check.%s %v", e.name, name, err)
		default:
			e.text["legacy_check."+name], e.where["legacy_check."+name] = text, place
		}
	}
}

// legacy reads what the password of the old system is good for.
func (e *entityText) legacy() keyfold.LegacyLogin {
	policy := fieldOf(e, "legacy_login", keyfold.ResetRequired, parseLegacyLogin)
	if !e.checked {
		return policy
	}
	if policy != keyfold.Accept {
		e.wrong("legacy_check", "is of no use without legacy_login: accept. Add that, or take legacy_check away.")
		return policy
	}
	c := legacyCheck{texts: map[string]string{}}
	for _, f := range legacyFields {
		if text := e.text["legacy_check."+f.name]; text != "" {
			c.texts[f.name] = text
		}
	}
	before := len(e.loader.problems)
	e.parseCheck(&c)
	if len(e.loader.problems) == before {
		if e.loader.LegacyChecks == nil {
			e.loader.LegacyChecks = map[string]legacyCheck{}
		}
		e.loader.LegacyChecks[e.text["code"]] = c
	}
	return policy
}

func parseLegacyLogin(text string) (keyfold.LegacyLogin, error) {
	p := keyfold.LegacyLogin(text)
	if p != keyfold.ResetRequired && p != keyfold.Accept {
		return "", wrong("is not possible here. Give %s or %s.", keyfold.ResetRequired, keyfold.Accept)
	}
	return p, nil
}

// parseCheck parses the keys of one kind, and refuses those of another.
func (e *entityText) parseCheck(c *legacyCheck) {
	kind := c.kind()
	if kind == "" {
		e.wrong("legacy_check", "says not whom to ask. Give http, sql or ldap.")
		return
	}
	for _, f := range legacyFields {
		if c.texts[f.name] != "" && f.of != "" && !slices.Contains(strings.Fields(f.of), kind) {
			e.wrong("legacy_check."+f.name, "does not go with %s. Give the keys of one of http, sql and ldap.", kind)
			return
		}
	}
	c.connect = fieldOf(e, "legacy_check.connect", 2*time.Second, parsePatience)
	c.answer = fieldOf(e, "legacy_check.answer", legacycheck.DefaultAnswer, parsePatience)
	c.atOnce = fieldOf(e, "legacy_check.at_once", legacycheck.DefaultAtOnce, parseAtOnce)
	c.ca = fieldOf(e, "legacy_check.ca_file", nil, readCA)
	switch kind {
	case "http":
		c.http = fieldOf(e, "legacy_check.http", url.URL{}, parseHook)
		c.secret = e.fromFile("secret", parseSecret)
		e.demand("http", "secret_file", c.texts["secret"]+c.texts["secret_file"])
	case "sql":
		e.parseSQL(c)
	case "ldap":
		c.ldap = fieldOf(e, "legacy_check.ldap", url.URL{}, parseDirectory)
		fieldOf(e, "legacy_check.bind_dn", "", func(dn string) (string, error) {
			if err := legacycheck.CheckDN(dn); err != nil {
				return "", wrong("cannot be used: %w.", err)
			}
			return dn, nil
		})
		e.demand("bind_dn", "bind_dn", c.texts["bind_dn"])
		e.demand("ldap", "ldap", c.texts["ldap"])
	}
}

// demand notes a key that is missing.
func (e *entityText) demand(kind, field, has string) {
	if has == "" {
		e.wrong("legacy_check", "has no %s, and %s does not work without it.", field, kind)
	}
}

func (e *entityText) parseSQL(c *legacyCheck) {
	c.secret = e.fromFile("sql", func(text string) (hidden, error) { return hidden{text}, nil })
	e.demand("sql", "query", c.texts["query"])
	recipe := fieldOf(e, "legacy_check.recipe", password.Recipe{}, func(path string) (password.Recipe, error) {
		r, err := readRecipe(path)
		if err != nil {
			return r, wrong("cannot be used: %w.", err)
		}
		return r, nil
	})
	var err error
	c.intake, err = password.NewIntake(password.IntakeConfig{
		Recipe: recipe, Peppers: e.loader.Password.Peppers.byName, Bare: true, MemoryBudget: uint64(max(0, int64(e.loader.Password.MemoryBudget))),
	})
	if err != nil {
		e.wrong("legacy_check.recipe", "cannot be used: %v.", err)
	}
	if c.secret.IsZero() || c.texts["query"] == "" {
		return
	}
	d, err := legacycheck.NewDatabase(c.database(nil))
	if err != nil { // the reason has nothing of the URL in it
		e.wrong("legacy_check."+cmp.Or(map[bool]string{true: "sql"}[c.texts["sql"] != ""], "sql_file"), "cannot be used: %v.", err)
		return
	}
	_ = d.Close() // it has not connected
}

// database is how the old system's database is read.
func (c legacyCheck) database(gate *password.Gate) legacycheck.DatabaseConfig {
	return legacycheck.DatabaseConfig{
		URL: c.secret.Reveal(), Query: c.texts["query"], Intake: c.intake, Gate: gate,
		Connect: c.connect, Answer: c.answer, AtOnce: c.atOnce,
	}
}

// fromFile is a value that is given itself, or as the file that holds it. No
// reason shows it.
func (e *entityText) fromFile(field string, parse func(string) (hidden, error)) hidden {
	text, at := e.text["legacy_check."+field], "legacy_check."+field
	if path := e.text[at+"_file"]; path != "" {
		if text != "" {
			e.wrong(at, "is given, and %s_file too. Take one away.", field)
			return hidden{}
		}
		at += "_file"
		b, err := os.ReadFile(path) //nolint:gosec // G304: the operator names the file
		if text = strings.TrimRight(string(b), "\r\n"); err != nil || text == "" || len(text) > maxSecretFile {
			e.wrong(at, "names a file (%s) that cannot be read, is empty, or too big. It holds the value, on one line.", quote(path))
			return hidden{}
		}
		e.loader.checkFileMode(path)
	} else if text != "" && e.loader.file != "" {
		e.loader.checkFileMode(e.loader.file)
	}
	if text == "" {
		return hidden{}
	}
	v, err := parse(text)
	if err != nil {
		e.wrong(at, "%v", err)
	}
	return v
}

func parsePatience(text string) (time.Duration, error) {
	d, err := parseDuration(text)
	if err == nil && (d < 100*time.Millisecond || d > 30*time.Second) {
		err = wrong("is out of range. Give 100ms to 30s.")
	}
	return d, err
}

func parseAtOnce(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1000 {
		return 0, wrong("is out of range. Give 1 to 1000.")
	}
	return n, nil
}

// parseHook reads where passwords are posted to.
func parseHook(text string) (url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "https" && u.Scheme != "http":
		return url.URL{}, wrong("is not a web address. Write https://billing.example.com/keyfold.")
	case u.User != nil || u.Fragment != "":
		return url.URL{}, wrong("has a user or a # in it. The signature says who asks: take that out.")
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return url.URL{}, wrong("is not safe: passwords would travel in the open. Write https://%s.", u.Host)
	}
	return *u, nil
}

func parseDirectory(text string) (url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" || u.Scheme != "ldaps" && u.Scheme != "ldap" || u.User != nil || strings.Trim(u.Path, "/")+u.RawQuery != "" {
		return url.URL{}, wrong("is not a directory. Write ldaps://ldap.example.com.")
	}
	return *u, nil
}

// readCA reads the certificates to trust.
func readCA(path string) (*x509.CertPool, error) {
	b, err := os.ReadFile(path) //nolint:gosec // G304: the operator names the file
	pool := x509.NewCertPool()
	if err != nil || !pool.AppendCertsFromPEM(b) {
		return nil, wrong("cannot be read, or has no certificate in it. Name a PEM file.")
	}
	return pool, nil
}

// printed is what config print shows of a check.
func (c legacyCheck) printed(name string) string {
	text := c.texts[name]
	switch {
	case text == "":
		return ""
	case name == "secret":
		return mask
	case name == "sql":
		if u, err := url.Parse(text); err == nil {
			return maskURL(u)
		}
		return mask
	}
	return text
}
