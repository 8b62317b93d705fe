package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/readiness"
	"github.com/keyfold/keyfold/internal/source"
)

// reportFlags say what is wanted of the readiness report.
type reportFlags struct {
	DryRun    bool   `help:"Write nothing, and only report what would become of these customers. No database is needed."`
	Report    string `placeholder:"FILE.html" help:"Write the readiness report as a page to hand on. docs/readiness.md explains what can be in it."`
	Fix       string `placeholder:"FILE.csv" help:"Write the rows that should be mended, with what to do."`
	Mailboxes string `placeholder:"FILE.csv" help:"Write the mailboxes that several customers share, with all of these."`
	CheckMX   bool   `name:"check-mx" help:"Look up whether the domains of the contacts receive mail. Without it, nobody is said to be ready."`

	NameServer string `name:"name-server" placeholder:"HOST[:PORT]" help:"Ask this name server with --check-mx, in the place of those of this machine."`
}

// A reporting is the report of one source under way.
type reporting struct {
	flags reportFlags
	env   *environment
	tally *readiness.Tally
	html  *newFile
	files []*newFile // all of them
	quiet bool       // standard output is for the result in JSON
}

// begin opens what the report needs, so that a slip in a name shows before a
// long import and not after it.
func (c *importCustomersCmd) begin(env *environment, from *openSource) (r *reporting, err error) {
	f := c.reportFlags
	r = &reporting{flags: f, env: env, quiet: c.JSON}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.close())
		}
	}()
	config := readiness.Config{Source: filepath.Base(from.name), Unit: from.Head().Unit}
	for _, file := range []struct {
		flag, path string
		set        func(*newFile)
	}{
		{"--report", f.Report, func(n *newFile) { r.html = n }},
		{"--fix", f.Fix, func(n *newFile) { config.Fix = n }},
		{"--mailboxes", f.Mailboxes, func(n *newFile) { config.Mailboxes = n }},
	} {
		if file.path == "" {
			continue
		}
		if slices.ContainsFunc(r.files, func(n *newFile) bool { return n.path == filepath.Clean(file.path) }) {
			return r, fmt.Errorf("%s: %s is named twice. Each file needs a name of its own", file.flag, file.path)
		}
		n, err := createBeside(file.path, c.File, c.Query, c.Map)
		if err != nil {
			return r, fmt.Errorf("%s: %w", file.flag, err)
		}
		r.files = append(r.files, n)
		file.set(n)
	}
	if config.Resolver, err = f.resolver(); err != nil {
		return r, err
	}
	r.tally, err = readiness.New(config)
	return r, err
}

// resolver is who is asked about domains, if anybody.
func (f reportFlags) resolver() (readiness.Resolver, error) {
	address := f.NameServer
	switch {
	case address == "" && !f.CheckMX:
		return nil, nil //nolint:nilnil // nobody is
	case address != "" && !f.CheckMX:
		return nil, errors.New("--name-server is asked with --check-mx only")
	case address == "":
		return readiness.NameServer(""), nil
	}
	if _, err := netip.ParseAddr(address); err == nil || !strings.Contains(address, ":") {
		address = net.JoinHostPort(address, "53")
	}
	host, port, err := net.SplitHostPort(address)
	if _, bad := strconv.ParseUint(port, 10, 16); err != nil || bad != nil || host == "" {
		return nil, fmt.Errorf("--name-server: %q is no name server. Write 192.0.2.53, or 192.0.2.53:5353 for another port", f.NameServer)
	}
	return readiness.NameServer(address), nil
}

// finish makes the report, when the source was read as far as it can be read.
func (r *reporting) finish(ctx context.Context, result importer.Result, read error) error {
	stop, stopped := errors.AsType[*source.Stop](read)
	if read != nil && (!stopped || result.Rows == 0) {
		return nil
	}
	if stopped {
		r.tally.Stopped(stop.Error())
	}
	if err := r.write(ctx); err != nil {
		return fmt.Errorf("the readiness report could not be made: %w", err)
	}
	return nil
}

func (r *reporting) write(ctx context.Context) error {
	report, err := r.tally.Report(ctx)
	if err != nil {
		return err
	}
	report.DryRun, report.Made = r.flags.DryRun, r.env.now()
	if r.html != nil {
		if err := report.WriteHTML(r.html); err != nil {
			return err
		}
	}
	for _, n := range r.files {
		if err := n.keep(); err != nil {
			return err
		}
	}
	if r.quiet {
		return nil
	}
	if !r.flags.DryRun { // below the summary
		if _, err := io.WriteString(r.env.stdout, "\n"); err != nil {
			return fmt.Errorf("standard output: %w", err)
		}
	}
	return report.WriteText(r.env.stdout, hasColours(r.env))
}

// close lets go of everything. Files that are not finished are gone.
func (r *reporting) close() (err error) {
	if r.tally != nil {
		err = r.tally.Close()
	}
	for _, n := range r.files {
		err = errors.Join(err, n.drop())
	}
	return err
}

// hasColours reports whether the output is a terminal that shows colours, and
// nobody asked for none: no-color.org.
func hasColours(env *environment) bool {
	for _, v := range env.environ {
		if value, ok := strings.CutPrefix(v, "NO_COLOR="); ok && value != "" || v == "TERM=dumb" {
			return false
		}
	}
	return isTerminal(env.stdout)
}

// A newFile gets its name when it is whole, and nobody else can read it: it has
// the addresses of customers in it.
type newFile struct {
	*os.File

	path string
	done bool
}

// createBeside begins a file in the folder where it will be. It takes the place
// of an older file of that name, but never that of a file that is read.
func createBeside(path string, read ...string) (*newFile, error) {
	if old, err := os.Stat(path); err == nil {
		if !old.Mode().IsRegular() {
			return nil, fmt.Errorf("%s is there already, and is no file", path)
		}
		for _, name := range read {
			if info, err := os.Stat(name); err == nil && os.SameFile(info, old) {
				return nil, fmt.Errorf("%s is a file that is read for the import. Name another one", path)
			}
		}
	}
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return nil, fmt.Errorf("%s cannot be written: %w", path, bare(err))
	}
	return &newFile{File: f, path: filepath.Clean(path)}, nil
}

func (n *newFile) keep() error {
	if err := n.Close(); err != nil {
		return err
	}
	n.done = true
	return os.Rename(n.Name(), n.path)
}

func (n *newFile) drop() error {
	if n.done {
		return nil
	}
	return errors.Join(n.Close(), os.Remove(n.Name()))
}

// look reads the source for the report, and writes nothing.
func (c *importCustomersCmd) look(ctx context.Context, env *environment, s *importer.Service, from *openSource, report *reporting) error {
	show := newProgress(env, from.part)
	s.Watch = show.watch
	result, read := s.Look(ctx, from, show.complain)
	show.end()
	if c.JSON {
		seen := show.result(result, read)
		seen.Same = 0 // nobody has looked
		if err := c.tell(env, seen); err != nil {
			return err
		}
	}
	return errors.Join(dryVerdict(from.name, result, read), report.finish(ctx, result, read))
}

// dryVerdict is nil when all rows would go in.
func dryVerdict(name string, r importer.Result, err error) error {
	switch {
	case err == nil && r.Bad == 0:
		return nil
	case err == nil:
		return leftOut{fmt.Sprintf("%s: %s left out, for the reasons above", name, count(r.Bad, "row would be", "rows would be"))}
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: interrupted. Nothing was written", name)
	}
	return fmt.Errorf("%s: %w\nReading stopped there. Nothing was written", name, err)
}
