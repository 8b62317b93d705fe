package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
)

type hashTestCmd struct {
	configFlags `embed:""`
	Recipe      string `placeholder:"FILE" help:"YAML file that says what the legacy system made of a password. Without it, each hash must say itself. docs/import-hashes.md explains both."`
	File        string `arg:"" help:"CSV file with a head line: password, hash, and if you like salt, username, expect (right or wrong). - is standard input."`
}

// Run tells of each line whether the password matches the hash as expected. It
// shows nothing of what stands in the file.
func (c *hashTestCmd) Run(ctx context.Context, env *environment) (err error) {
	cfg, err := env.load(needNothing)
	if err != nil {
		return err
	}
	recipe, err := readRecipe(c.Recipe)
	if err != nil {
		return err
	}
	trial, err := newTrial(recipe, cfg)
	if err != nil {
		return err
	}
	defer trial.intake.Close()
	file := io.NopCloser(env.stdin)
	if c.File != "-" {
		if file, err = os.Open(c.File); err != nil {
			return fmt.Errorf("the file cannot be read: %w", err)
		}
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	in, done := interruptible(ctx, file)
	defer done()
	rows, err := newVectorReader(in)
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	return c.tell(ctx, env.stdout, rows, trial)
}

func (c *hashTestCmd) tell(ctx context.Context, out io.Writer, rows *vectorReader, trial *trial) error {
	lines, failed := 0, 0
	for {
		v, err := rows.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		lines++
		verdict, ok, err := trial.try(ctx, v)
		if err != nil {
			return err
		}
		if !ok {
			failed++
		}
		if _, err := fmt.Fprintf(out, "line %d: %s\n", v.line, verdict); err != nil {
			return err
		}
	}
	switch {
	case lines == 0:
		return fmt.Errorf("%s: there is no line after the first. Give a few passwords that you know with their hashes, one on each line", c.File)
	case failed > 0:
		return fmt.Errorf("%s: %s not as expected, of %s", c.File, count(failed, "line is", "lines are"), grouped(lines))
	}
	_, err := fmt.Fprintf(out, "%s as expected.\n", count(lines, "line is", "lines are"))
	return err
}

// A trial takes a hash in as an import would, and compares with it as a login
// would, but for the time that a login takes on purpose.
type trial struct {
	intake *password.Intake
	gate   *password.Gate
}

func newTrial(recipe password.Recipe, c *config) (*trial, error) {
	budget := uint64(max(0, int64(c.Password.MemoryBudget)))
	intake, err := password.NewIntake(password.IntakeConfig{Recipe: recipe, Peppers: c.Password.Peppers.byName, MemoryBudget: budget})
	if err != nil {
		return nil, err
	}
	gate, err := password.NewGate(password.GateConfig{
		Slots: 1, Peppers: c.Password.Peppers.byName, MemoryBudget: budget,
		Params: password.Params{MemoryKiB: 8, Time: 1, Parallelism: 1},
	})
	return &trial{intake, gate}, err
}

// try gives the verdict in words.
func (t *trial) try(ctx context.Context, v vector) (verdict string, ok bool, err error) {
	taken, err := t.intake.Take(v.hash, keyfold.CustomerID{})
	switch {
	case err != nil:
		return "failed: this hash cannot be used: " + err.Error(), false, nil //nolint:nilerr // it is the verdict
	case taken.Hash == "":
		return "failed: there is no hash", false, nil
	}
	result, err := t.gate.Verify(ctx, taken.Hash, v.password)
	switch {
	case err != nil:
		return "", false, err
	case result.OK && v.wrong:
		return "failed: this password matches, and should not", false, nil
	case !result.OK && !v.wrong:
		return "failed: this password does not match. The hash has the right form (" + taken.Format + ")", false, nil
	}
	verdict = "ok (" + taken.Format
	if taken.Weak {
		verdict += "; weak, so an import wraps it in argon2id"
	}
	return verdict + ")", true, nil
}

// A vector is a password and what the legacy system has of it.
type vector struct {
	line     int
	password string
	hash     password.LegacyHash
	wrong    bool // it must not match
}

// A vectorReader reads vectors. Its errors show nothing of them.
type vectorReader struct {
	csv     *csv.Reader
	columns map[string]int
}

func newVectorReader(in io.Reader) (*vectorReader, error) {
	r := &vectorReader{csv: csv.NewReader(in), columns: map[string]int{}}
	head, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty. The first line must name the columns: password,hash and, if you like, salt, username and expect")
	}
	if err != nil {
		return nil, r.fault(err)
	}
	known := []string{"password", "hash", "salt", "username", "expect"}
	for i, typed := range head {
		name := strings.ToLower(strings.TrimSpace(strings.TrimPrefix(typed, "\ufeff")))
		if _, twice := r.columns[name]; twice || !slices.Contains(known, name) {
			return nil, fmt.Errorf("line 1: column %d has a name that we do not know, or one that is there twice. There are %s", i+1, strings.Join(known, ", "))
		}
		r.columns[name] = i
	}
	for _, name := range known[:2] {
		if _, ok := r.columns[name]; !ok {
			return nil, fmt.Errorf("line 1: the column %s is missing", name)
		}
	}
	return r, nil
}

func (r *vectorReader) next() (vector, error) {
	record, err := r.csv.Read()
	if errors.Is(err, io.EOF) {
		return vector{}, io.EOF
	}
	if err != nil {
		return vector{}, r.fault(err)
	}
	field := func(name string) string {
		if i, ok := r.columns[name]; ok {
			return record[i]
		}
		return ""
	}
	v := vector{password: field("password"), hash: password.LegacyHash{Hash: field("hash"), Salt: field("salt"), Username: field("username")}}
	v.line, _ = r.csv.FieldPos(0)
	switch expect := strings.ToLower(field("expect")); expect {
	case "", "right":
	case "wrong":
		v.wrong = true
	default:
		return vector{}, fmt.Errorf("line %d: expect is right or wrong", v.line)
	}
	return v, nil
}

// fault is an error of the reader, which has positions and no content.
func (r *vectorReader) fault(err error) error {
	parse, ok := errors.AsType[*csv.ParseError](err)
	if !ok {
		return err
	}
	switch {
	case errors.Is(parse.Err, csv.ErrFieldCount):
		return fmt.Errorf("line %d has another number of fields than the first line. Put a field that has commas in it in quote marks", parse.Line)
	default:
		return fmt.Errorf("line %d cannot be read: %w. Put a field that has commas or quote marks in it in quote marks, and double those within", parse.Line, parse.Err)
	}
}
