package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/source"
)

// importFrom is the variable with the URL of the legacy database. A flag can be
// read by every user of the machine.
const importFrom = "KEYFOLD_IMPORT_FROM"

// sourceFlags say where customers come from.
type sourceFlags struct {
	File      string   `arg:"" optional:"" help:"CSV or JSON Lines file, also compressed with gzip or zstd. - is standard input. docs/import-sources.md says what may stand in it."`
	From      string   `placeholder:"URL" help:"Legacy database to read from in place of a file: mysql://, postgres:// or sqlite://. With a password, use $KEYFOLD_IMPORT_FROM or $KEYFOLD_IMPORT_FROM_FILE."`
	Query     string   `placeholder:"FILE.sql" help:"The SELECT to put to that database."`
	Recipe    string   `placeholder:"NAME" help:"Query and map for a billing system: whmcs, blesta or hostbill."`
	Map       string   `placeholder:"FILE.yaml" help:"How columns and values of the source are to be read."`
	Column    []string `placeholder:"NAME=TEMPLATE" sep:"none" help:"One column of the map, as in customer_id=NL{id}. It goes before the file."`
	Format    string   `placeholder:"FORMAT" help:"csv or jsonl, where the file does not show it."`
	Charset   string   `placeholder:"NAME" help:"Character set of the file: utf-8, utf-16, latin-1 or windows-1252. Default: utf-8."`
	Delimiter string   `placeholder:"CHARACTER" help:"What separates the fields of a CSV file, also tab. Default: a comma."`
}

// An openSource is one that has been read up to its first row.
type openSource struct {
	source.Reader

	name   string // in messages
	trail  string // in the trail of the accounts
	recipe password.Recipe
	part   func() float64 // how much of it is read; nil: nobody knows
	close  func() error
}

// open opens the source. What is wrong with it before its first row is told as
// all else is: nothing was imported.
func (c *sourceFlags) open(ctx context.Context, env *environment) (*openSource, error) {
	m, err := c.readMap()
	if err != nil {
		return nil, err
	}
	from, err := c.database(env)
	if err != nil {
		return nil, err
	}
	if err := c.check(from); err != nil {
		return nil, err
	}
	s := &openSource{recipe: m.recipe}
	if from.IsZero() {
		err = s.openFile(ctx, env, c, m)
	} else {
		err = s.openQuery(ctx, from, c, m)
	}
	if err == nil {
		s.Reader, err = over(m, s.Reader)
	}
	if err != nil {
		return nil, errors.Join(told(s.name, err), s.end())
	}
	return s, nil
}

func (s *openSource) end() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// told puts the name of the source before what is wrong with it.
func told(name string, err error) error {
	if _, stopped := errors.AsType[*source.Stop](err); stopped {
		return verdict(name, importer.Result{}, err)
	}
	return err
}

// readMap is the file of --map or the one of --recipe, with --column over it.
func (c *sourceFlags) readMap() (m mapFile, err error) {
	switch {
	case c.Map != "" && c.Recipe != "":
		return m, errors.New("--map and --recipe are both maps. Keep one; keyfold import recipe " + c.Recipe + " shows the recipe as a map that can be changed")
	case c.Recipe != "":
		text, err := recipeText(c.Recipe)
		if err != nil {
			return m, err
		}
		m, err = parseMap(c.Recipe, text)
		if err != nil {
			return m, err
		}
	case c.Map != "":
		text, err := os.ReadFile(c.Map)
		if err != nil {
			return m, fmt.Errorf("the map %q cannot be read: %w", c.Map, bare(err))
		}
		if m, err = parseMap(c.Map, text); err != nil {
			return m, err
		}
	}
	for _, typed := range c.Column {
		if err := m.set(typed); err != nil {
			return m, err
		}
	}
	if c.Query != "" {
		text, err := os.ReadFile(c.Query)
		if err != nil {
			return m, fmt.Errorf("the query %q cannot be read: %w", c.Query, bare(err))
		}
		m.query = string(text)
	}
	return m, nil
}

// set takes what was typed for --column.
func (m *mapFile) set(typed string) error {
	name, text, ok := strings.Cut(typed, "=")
	if !ok {
		return fmt.Errorf("--column %s: write NAME=TEMPLATE, as in customer_id=NL{id}", typed)
	}
	if !importer.Known(name) {
		return fmt.Errorf("--column %s: %s is not a column that an import can set", typed, name)
	}
	t, err := source.ParseTemplate(text)
	if err != nil {
		return fmt.Errorf("--column %s: %w", typed, err)
	}
	m.mapping = m.mapping.With(source.Column{Name: name, From: t})
	if m.places == nil {
		m.places = map[string]string{}
	}
	m.places["columns."+name] = "--column"
	return nil
}

// over reads the source through the map. Where they do not fit, the line of the
// map is named.
func over(m mapFile, in source.Reader) (source.Reader, error) {
	if m.mapping.IsZero() {
		return in, nil
	}
	out, err := m.mapping.Over(in)
	if wrong, ok := errors.AsType[*source.MapError](err); ok {
		return nil, fmt.Errorf("%s: columns.%s: %s", m.places["columns."+wrong.Column], wrong.Column, wrong.Reason)
	}
	return out, err
}

// database is the one of --from, or of the variables.
func (c *sourceFlags) database(env *environment) (source.Database, error) {
	text, where := c.From, "--from"
	if text == "" && c.File == "" {
		var err error
		if text, where, err = fromEnviron(env.environ); err != nil || text == "" {
			return source.Database{}, err
		}
	}
	if text == "" {
		return source.Database{}, nil
	}
	d, err := source.ParseDatabase(text)
	if err != nil {
		return d, fmt.Errorf("%s %w", where, err)
	}
	if c.From != "" && d.HasPassword() {
		env.complain("warning: --from with a password can be read by every user of this machine. Use " + importFrom + " or " + importFrom + "_FILE.")
	}
	return d, nil
}

// fromEnviron is the URL in the variables, and which of them it is from.
func fromEnviron(environ []string) (text, where string, err error) {
	file := ""
	for _, v := range environ {
		switch name, value, _ := strings.Cut(v, "="); name {
		case importFrom:
			text = value
		case importFrom + "_FILE":
			file = value
		}
	}
	if text != "" || file == "" {
		return text, importFrom, nil
	}
	b, err := os.ReadFile(file)
	if err != nil {
		return "", "", fmt.Errorf("%s_FILE: the file %q cannot be read: %w", importFrom, file, bare(err))
	}
	return strings.TrimSpace(string(b)), importFrom + "_FILE", nil
}

// check finds flags that do not go together.
func (c *sourceFlags) check(from source.Database) error {
	switch {
	case from.IsZero() && c.File == "" && (c.Query != "" || c.Recipe != ""):
		return errors.New("name the legacy database with --from, or better in " + importFrom)
	case from.IsZero() && c.File == "":
		return errors.New("name the file: keyfold import customers FILE.csv, or the legacy database with --from")
	case from.IsZero() && c.Query != "":
		return errors.New("--query is for a database, and there is a file. Keep one of them")
	case from.IsZero():
		return nil
	case c.File != "":
		return errors.New("there are two sources: the file " + c.File + " and --from. Keep one of them")
	case c.Format+c.Charset+c.Delimiter != "":
		return errors.New("--format, --charset and --delimiter are for files, and --from is a database. Leave them out")
	}
	return nil
}

func (s *openSource) openFile(ctx context.Context, env *environment, c *sourceFlags, m mapFile) error {
	s.name, s.trail = c.File, c.File
	form, err := c.form(m)
	if err != nil {
		return err
	}
	file := io.NopCloser(env.stdin)
	if c.File == "-" {
		s.name = "standard input"
	} else if file, err = os.Open(c.File); err != nil {
		return fmt.Errorf("the file cannot be read: %w", err)
	}
	plain, part := counted(file)
	s.part = part
	in, done := interruptible(ctx, plain)
	s.close = func() error {
		done()
		return file.Close()
	}
	s.Reader, err = form.Open(in)
	return err
}

// form is what the flags say of the file.
func (c *sourceFlags) form(m mapFile) (f source.Form, err error) {
	f = source.Form{Name: c.File, Format: source.Format(c.Format), Charset: source.Charset(strings.ToLower(c.Charset)), Lists: m.mapping.Lists()}
	if f.Format != "" && f.Format != source.CSV && f.Format != source.JSONLines {
		return f, fmt.Errorf("--format %s is no format that we read. Write csv or jsonl", c.Format)
	}
	charsets := []source.Charset{"", source.UTF8, source.UTF16, source.Latin1, source.Windows1252}
	if f.Charset == "iso-8859-1" {
		f.Charset = source.Latin1
	}
	if !slices.Contains(charsets, f.Charset) {
		return f, fmt.Errorf("--charset %s is no character set that we read. Write utf-8, utf-16, latin-1 or windows-1252", c.Charset)
	}
	switch c.Delimiter {
	case "":
	case ",", ";", "|", "\t":
		f.Delimiter = c.Delimiter[0]
	case "tab", `\t`:
		f.Delimiter = '\t'
	default:
		return f, fmt.Errorf("--delimiter %q is none that we read. Write ',', ';', '|' or tab", c.Delimiter)
	}
	return f, nil
}

func (s *openSource) openQuery(ctx context.Context, from source.Database, c *sourceFlags, m mapFile) error {
	s.name = from.String()
	for _, name := range []string{c.Query, c.Map, c.Recipe} {
		if s.trail == "" && name != "" {
			s.trail = filepath.Base(name)
		}
	}
	if m.query == "" {
		return errors.New("there is no query for the database. Give one with --query FILE.sql, or --recipe with whmcs, blesta or hostbill")
	}
	rows, err := from.Query(ctx, m.query)
	if wrong, ok := errors.AsType[source.WrongURL](err); ok {
		return fmt.Errorf("--from %w", wrong)
	}
	if err != nil {
		return err
	}
	s.Reader, s.close = rows, rows.Close
	return nil
}

//go:embed recipes/*.yaml
var recipes embed.FS

func recipeNames() (names []string) {
	entries, err := recipes.ReadDir("recipes")
	if err != nil {
		panic(err) // they are in the program
	}
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return names
}

func recipeText(name string) ([]byte, error) {
	if !slices.Contains(recipeNames(), name) {
		return nil, fmt.Errorf("there is no recipe %q.%s", name, oneOf(name, recipeNames()))
	}
	return recipes.ReadFile("recipes/" + name + ".yaml")
}

type importRecipeCmd struct {
	Name string `arg:"" help:"whmcs, blesta or hostbill."`
}

// Run prints the recipe, as a file for --map.
func (c *importRecipeCmd) Run(env *environment) error {
	text, err := recipeText(c.Name)
	if err != nil {
		return err
	}
	_, err = env.stdout.Write(text)
	return err
}
