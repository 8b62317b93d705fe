package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kong"
)

// cli is every command. Its help and docs/config.md come from the same structs.
type cli struct {
	Serve   serveCmd   `cmd:"" help:"Serve customers and send their mails."`
	Demo    demoCmd    `cmd:"" help:"Try it on this machine, with sample customers."`
	Migrate migrateCmd `cmd:"" help:"Bring the database up to date, nothing else."`
	Import  importCmd  `cmd:"" help:"Bring customers in from a file or a legacy database."`
	Export  exportCmd  `cmd:"" help:"Write customers and users into files for other programs."`
	Backup  backupCmd  `cmd:"" help:"Write the whole database into one file, while servers go on."`
	Restore restoreCmd `cmd:"" help:"Fill an empty database from a backup, or check a backup."`
	Copy    copyCmd    `cmd:"" help:"Move everything to another database: from SQLite to PostgreSQL, or back."`
	Audit   auditCmd   `cmd:"" help:"Prove what happened, look into it, and hand it on."`
	User    userCmd    `cmd:"" help:"Give a person what there is of them, or erase it."`
	Staff   staffCmd   `cmd:"" help:"Say who may log in to the care desk."`
	Hash    hashCmd    `cmd:"" help:"Find out how a legacy system made its password hashes."`
	Funnel  funnelCmd  `cmd:"" help:"Show how many accounts stand where in the ten steps."`
	Help    helpCmd    `cmd:"" help:"Check or export the help articles, or see what readers miss in them."`
	Manual  manualCmd  `cmd:"" help:"Read the operator's manual, or look for words in it."`
	Config  configCmd  `cmd:"" help:"Check or show the configuration."`
	Version versionCmd `cmd:"" help:"Say which version this is."`
}

type importCmd struct {
	Customers importCustomersCmd `cmd:"" help:"Add or update customers from a file or a legacy database."`
	Recipe    importRecipeCmd    `cmd:"" help:"Show how the customers of a billing system come in, to change it."`
}

type hashCmd struct {
	Test hashTestCmd `cmd:"" help:"Try hashes whose passwords you know, with or without a recipe."`
}

type helpCmd struct {
	Check  helpCheckCmd  `cmd:"" help:"Look for dead links, missing languages and other faults in the articles."`
	Export helpExportCmd `cmd:"" help:"Write the articles as a web site of files."`
	Misses helpMissesCmd `cmd:"" help:"Show what customers searched for and did not find."`
	Votes  helpVotesCmd  `cmd:"" help:"Show which articles helped, and which did not."`
}

type configCmd struct {
	Check configCheckCmd `cmd:"" help:"Say whether a server could start, and why not."`
	Print configPrintCmd `cmd:"" help:"Show every value and where it comes from."`
}

// configFlags are the flags of every command that reads the configuration. A
// command takes the result from environment.load.
type configFlags struct {
	Config string `placeholder:"FILE" type:"noted" help:"YAML file with the configuration."`
	Keys   config `embed:""`
}

// Help stands under the help of each of these commands.
func (configFlags) Help() string {
	return "Every value can be a flag, a variable or a line of the YAML file, in this order. docs/config.md lists them all; 'keyfold config print' shows those in force."
}

// An environment is the world that a command runs in.
type environment struct {
	stdin          io.Reader
	stdout, stderr io.Writer
	environ        []string
	flags          map[string]string // given on the command line, by key
	now            func() time.Time
}

// load reads and checks the configuration from flags, variables and file.
func (e *environment) load(n need) (*config, error) {
	return loadConfig(input{flags: e.flags, file: e.flags["config"], environ: e.environ, need: n})
}

// Exit codes of the process.
const (
	exitOK      = 0
	exitProblem = 1
	exitUsage   = 2
	exitPartly  = 3 // all was read, but some rows are left out
)

const description = `Moves the customers of a hosting provider from customer-ID logins to email logins.

Start with: keyfold demo`

// dispatch reads the command line and runs its command.
func dispatch(ctx context.Context, args []string, env *environment) int {
	if len(args) == 0 {
		args = []string{"--help"}
	}
	noted, helped := map[string]string{}, false
	parser, err := newParser(env, noted, func(int) { helped = true })
	if err != nil {
		return env.fail(err)
	}
	command, err := parser.Parse(args)
	if helped {
		return exitOK
	}
	if err != nil {
		return env.misused(err)
	}
	env.flags = given(command, noted)
	command.BindTo(ctx, (*context.Context)(nil))
	if err := command.Run(env); err != nil {
		code := env.fail(err)
		if _, partly := errors.AsType[leftOut](err); partly {
			code = exitPartly
		}
		return code
	}
	return exitOK
}

func newParser(env *environment, noted map[string]string, exit func(int)) (*kong.Kong, error) {
	return kong.New(
		&cli{},
		kong.Name("keyfold"),
		kong.Description(description),
		kong.Writers(env.stdout, env.stderr),
		kong.Exit(exit),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100, NoAppDescFormat: true}),
		kong.NamedMapper("noted", notedMapper(noted)),
		kong.ValueFormatter(helpText),
		kong.PostBuild(tidy),
	)
}

// notedMapper takes any text for a flag and notes it. The loader judges it
// together with the values from elsewhere, so that all problems are told at
// once and in the same words.
func notedMapper(noted map[string]string) kong.Mapper {
	return kong.MapperFunc(func(ctx *kong.DecodeContext, _ reflect.Value) error {
		var text string
		if err := ctx.Scan.PopValueInto("value", &text); err != nil {
			return err
		}
		noted[ctx.Value.Name] = text
		return nil
	})
}

// tidy leaves defaults to the loader, and keeps the server's flags out of the
// help of commands that only need the database.
func tidy(k *kong.Kong) error {
	k.Model.HelpFlag.Help = "Show this help."
	return kong.Visit(k.Model.Node, func(v kong.Visitable, next kong.Next) error {
		n, ok := v.(*kong.Node)
		if !ok {
			return next(nil)
		}
		for _, f := range n.Flags {
			if f.Tag.Type == "noted" {
				f.HasDefault, f.Default = false, ""
				f.Hidden = !concerns(n, f.Name)
			}
		}
		return next(nil)
	})
}

// concerns reports whether a command makes use of a flag of the configuration.
func concerns(n *kong.Node, flag string) bool {
	switch {
	case n.Name == "test":
		return flag == "config"
	case n.Parent != nil && n.Parent.Name == "help" && (n.Name == "check" || n.Name == "export"):
		return slices.Contains([]string{"config", "help-dir", "public-url"}, flag)
	case n.Parent != nil && n.Parent.Name == "staff" && n.Name != "list":
		return ofDatabase(flag) || slices.Contains([]string{"public-url", "care-url", "time-zone"}, flag)
	case n.Parent != nil && n.Parent.Name == "staff", n.Name == "funnel":
		return ofDatabase(flag) || flag == "time-zone"
	case n.Parent != nil && n.Parent.Name == "user":
		return ofDatabase(flag)
	case n.Parent != nil && n.Parent.Name == "audit":
		return ofDatabase(flag) || flag == "time-zone" && n.Name == "query"
	case slices.Contains([]string{"migrate", "customers", "users", "memberships", "events", "backup", "restore", "copy", "misses", "votes"}, n.Name):
		return ofDatabase(flag)
	}
	return true
}

func ofDatabase(flag string) bool {
	return flag == "config" || flag == "database-url" || strings.HasPrefix(flag, "log-")
}

// given picks the flags that stand on the command line.
func given(command *kong.Context, noted map[string]string) map[string]string {
	flags := map[string]string{}
	for _, p := range command.Path {
		if p.Flag == nil {
			continue
		}
		if text, ok := noted[p.Flag.Name]; ok {
			flags[strings.ReplaceAll(p.Flag.Name, "-", "_")] = text
		}
	}
	return flags
}

// helpText adds the default and the variable to the help of a flag.
func helpText(v *kong.Value) string {
	if v.Tag.Type != "noted" {
		return v.Help
	}
	text := v.Help
	if v.Tag.Default != "" {
		text += " Default: " + v.Tag.Default + "."
	}
	return fmt.Sprintf("%s ($KEYFOLD_%s)", text, strings.ToUpper(strings.ReplaceAll(v.Name, "-", "_")))
}

// fail prints an error in plain words.
func (e *environment) fail(err error) int {
	e.complain("keyfold: " + err.Error())
	return exitProblem
}

// misused says what is wrong with the command line, and where to look.
func (e *environment) misused(err error) int {
	words := []string{"keyfold"}
	if parse, ok := errors.AsType[*kong.ParseError](err); ok && parse.Context != nil {
		for _, p := range parse.Context.Path {
			if p.Command != nil {
				words = append(words, p.Command.Name)
			}
		}
	}
	command := strings.Join(words, " ")
	text := err.Error()
	switch {
	case strings.HasPrefix(text, "unknown flag --secret"):
		text = "there is no flag --secret: every user of this machine could read it. Use KEYFOLD_SECRET or KEYFOLD_SECRET_FILE"
	case text == `expected "<file>"`:
		text = "name the file: " + command + " FILE"
		if strings.HasPrefix(command, "keyfold hash") {
			text += ".csv"
		}
	case text == `expected "<email>"`:
		text = "name the address of the login: " + command + " EMAIL"
	case text == `expected "<dir>"`:
		text = "name the folder: " + command + " DIR"
	case strings.HasPrefix(text, "expected one of "):
		text = command + " needs one more word: " + strings.ReplaceAll(strings.TrimPrefix(text, "expected one of "), `"`, "")
	}
	if !strings.HasSuffix(text, "?") {
		text += "."
	}
	e.complain("keyfold: " + text + "\nTry: " + command + " --help")
	return exitUsage
}

// complain writes to the terminal. Where that fails, nobody is listening, and
// the exit code says it too.
func (e *environment) complain(text string) {
	_, _ = fmt.Fprintln(e.stderr, text)
}
