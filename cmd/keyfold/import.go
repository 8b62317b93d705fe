package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/source"
)

type importCustomersCmd struct {
	configFlags `embed:""`
	sourceFlags `embed:""`
	NoMigrate   bool `help:"Leave the database schema as it is."`
}

// Run brings the customers of a source in. What is wrong with a row goes to
// standard error when it is found, the summary to standard output.
func (c *importCustomersCmd) Run(ctx context.Context, env *environment) (err error) {
	cfg, err := env.load(needDatabase)
	if err != nil {
		return err
	}
	from, err := c.sourceFlags.open(ctx, env) // before the database: a slip of the name makes none
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, from.close()) }()
	db, err := openStore(ctx, cfg, c.NoMigrate, env.now)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	s := importer.Service{DB: db, Entities: cfg.Entities}
	result, err := s.Customers(ctx, from, from.trail, func(p importer.Problem) { env.complain(p.String()) })
	if err == nil || result.Rows > 0 {
		if _, err := io.WriteString(env.stdout, summary(result)); err != nil {
			return err
		}
	}
	return verdict(from.name, result, err)
}

// interruptible is r, but a read of it ends with ctx: a pipe or a terminal may
// have nothing to give for a long time. Call done when it is read no more.
func interruptible(ctx context.Context, r io.Reader) (in io.Reader, done func()) {
	out, into := io.Pipe()
	go func() {
		_, err := io.Copy(into, r)
		into.CloseWithError(err) // nil is the end of the file
	}()
	stop := context.AfterFunc(ctx, func() { into.CloseWithError(ctx.Err()) })
	return out, func() {
		stop()
		_ = out.Close() // never fails
	}
}

// summary is what was read, in one or two lines.
func summary(r importer.Result) string {
	out := fmt.Sprintf("%s read: %s new, %s changed, %s the same, %s left out.\n",
		count(r.Rows, "customer", "customers"), grouped(r.New), grouped(r.Changed), grouped(r.Same), grouped(r.Bad))
	if r.WithoutContact > 0 {
		out += fmt.Sprintf("%s no contact_email: no reset can reach them, so customer care must help.\n",
			count(r.WithoutContact, "customer has", "customers have"))
	}
	return out
}

// verdict is nil when all rows are in. Otherwise it says where that leaves the
// operator.
func verdict(name string, r importer.Result, err error) error {
	soFar := "Nothing was imported."
	if r.Rows > 0 {
		soFar = fmt.Sprintf("%s in. Importing it again is safe: what is in already stays as it is.", count(r.Rows-r.Bad, "customer is", "customers are"))
	}
	stop, stopped := errors.AsType[*source.Stop](err)
	switch {
	case err == nil && r.Bad == 0:
		return nil
	case err == nil:
		return fmt.Errorf("%s: %s left out, for the reasons above. %s", name, count(r.Bad, "row is", "rows are"), soFar)
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: interrupted. %s", name, soFar)
	case stopped:
		return fmt.Errorf("%s: %w\nThe import stopped there. %s", name, stop, soFar)
	}
	return fmt.Errorf("%s: %w\nThe import stopped there. %s", name, err, soFar)
}

func count(n int, one, other string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + other
}

// grouped writes a number with commas between its thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	var out strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(d)
	}
	return out.String()
}
