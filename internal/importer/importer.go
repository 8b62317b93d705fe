package importer

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
)

// batchRows is how many rows go in together: enough that a commit costs little
// for each, and so few that nobody at the pages waits long.
const batchRows = 500

// keptProblems is how many problems a Result keeps. All are reported.
const keptProblems = 1000

// A Service brings customers in.
type Service struct {
	DB       *store.DB
	Entities keyfold.Entities
}

// A Result is what has become of the rows so far. Only what is in for good is
// counted.
type Result struct {
	Rows           int // all of the below
	New            int
	Changed        int
	Same           int       // were as the file says already
	Bad            int       // left out
	WithoutContact int       // of those that are in: only customer care can help them on
	Problems       []Problem // of bad rows, the first 1,000
	ProblemCount   int       // all of them; a row can have several
}

// Customers adds and updates the customers of a source, in the order of its
// rows. The name is that of the source in the trail. Each problem is reported
// when it is found, and its row left out.
//
// An error is a [*source.Stop] when the source cannot be read on, and otherwise
// a fault of ours. In both cases the Result says what is in, and the same
// source may be imported again.
//
// A column that the source does not have changes nothing: without status, a
// closed account stays closed.
func (s *Service) Customers(ctx context.Context, in source.Reader, name string, report func(Problem)) (Result, error) {
	cols, err := readHeader(in.Head())
	if err != nil {
		return Result{}, err
	}
	w := &run{
		db: s.DB, by: keyfold.Act{By: "import:" + baseName(name)}, report: report, unit: in.Head().Unit,
		parser: parser{entities: s.Entities, columns: cols}, seen: map[uint64]uint32{}, seed: maphash.MakeSeed(),
	}
	err = w.all(ctx, in)
	return w.result, err
}

// baseName is the name of the file in the trail.
func baseName(name string) string {
	if name == "" || name == "-" {
		return "stdin"
	}
	return source.Printable(filepath.Base(name))
}

// A run is one import under way.
type run struct {
	db     *store.DB
	by     keyfold.Act
	report func(Problem)
	unit   source.Unit
	parser parser
	result Result
	batch  []row

	// seen has a hash of each ID with the line it came first in, 12 bytes a row
	// instead of the IDs. That two IDs of ten million share a hash happens once
	// in 300,000 imports; the second is then reported, and left out.
	seen map[uint64]uint32
	seed maphash.Seed
}

// all takes the rows to the end of the source. When reading stops before, the
// rows up to there still go in.
func (w *run) all(ctx context.Context, in source.Reader) error {
	for {
		rec, reading := in.Next()
		if reading == nil {
			w.take(rec)
		}
		if reading != nil || len(w.batch) == batchRows {
			if err := w.flush(ctx); err != nil {
				return err
			}
		}
		switch {
		case errors.Is(reading, io.EOF):
			return nil
		case reading != nil:
			return reading
		}
	}
}

// take puts a row into the batch, or reports what is wrong with it.
func (w *run) take(rec source.Record) {
	r, wrong := w.parser.parse(rec)
	if id := r.details.ID; !id.IsZero() {
		// A bad row counts too: which of the two is meant is not ours to guess.
		key := maphash.String(w.seed, id.String())
		if first, twice := w.seen[key]; twice {
			wrong = append(wrong, Problem{
				Line: r.line, Customer: r.customer, Column: columnNames()[colID],
				Reason: w.unit.At(int(first)) + " has this customer already. Keep the row that is right.",
			})
		} else {
			w.seen[key] = uint32(r.line) //nolint:gosec // a file of four thousand million lines is no list of customers
		}
	}
	if len(wrong) > 0 {
		w.leaveOut(wrong)
		return
	}
	w.batch = append(w.batch, r)
}

func (w *run) leaveOut(wrong []Problem) {
	w.result.Rows++
	w.result.Bad++
	w.result.ProblemCount += len(wrong)
	for _, p := range wrong {
		p.Unit = w.unit
		if len(w.result.Problems) < keptProblems {
			w.result.Problems = append(w.result.Problems, p)
		}
		w.tell(p)
	}
}

func (w *run) tell(p Problem) {
	if w.report != nil {
		w.report(p)
	}
}

// maxTries is how often a batch is begun anew when a customer, or another
// import, was faster with one of its accounts.
const maxTries = 5

// flush writes the batch. It is counted, and its problems are reported, when
// it is in.
func (w *run) flush(ctx context.Context) error {
	// Imports that run at the same time take the rows in the same order, and so
	// do not wait for each other in a circle.
	slices.SortFunc(w.batch, func(a, b row) int {
		return strings.Compare(a.details.ID.String(), b.details.ID.String())
	})
	var done []outcome
	for try := 1; ; try++ {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("importer: %w", err)
		}
		err := w.db.Update(ctx, func(tx *store.Tx) (err error) {
			done, err = w.save(ctx, tx)
			return err
		})
		if err == nil {
			break
		}
		if try == maxTries || !keyfold.RefusedAs(err, "account.moved_on") {
			return fmt.Errorf("importer: %w", err)
		}
	}
	for _, o := range sortedByLine(done) {
		w.count(o)
	}
	w.batch = w.batch[:0]
	return nil
}

func sortedByLine(done []outcome) []outcome {
	slices.SortFunc(done, func(a, b outcome) int { return a.row.line - b.row.line })
	return done
}

func (w *run) count(o outcome) {
	p := Problem{Unit: w.unit, Line: o.row.line, Customer: o.row.customer, Column: columnNames()[colEmail]}
	if o.fate == disputed {
		p.Reason = "the account is frozen by a dispute: its main contact stays as it is until customer care has looked."
		w.leaveOut([]Problem{p})
		return
	}
	w.result.Rows++
	switch o.fate {
	case entered:
		w.result.New++
	case changed:
		w.result.Changed++
	default:
		w.result.Same++
	}
	if o.stuck {
		w.result.WithoutContact++
		p.Note, p.Reason = true, "it is empty: no reset can reach this customer, so customer care must help."
		w.tell(p)
	}
}
