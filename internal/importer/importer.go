package importer

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/readiness"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/token"
)

// keptProblems is how many problems a Result keeps. All are reported.
const keptProblems = 1000

// A Service brings customers in.
type Service struct {
	DB       *store.DB
	Entities keyfold.Entities
	// Intake takes the password hashes in. Nil takes those that say themselves.
	Intake *password.Intake
	// Key is the secret of the server. Without it, seeds of second factors
	// cannot come in, and rows with quick digests are worked on each time.
	Key *token.Key
	// Missing says what becomes of accounts that the source does not have. Nil
	// leaves them as they are.
	Missing *Missing
	// Tally is told of each row, for the report; nil: nobody wants one.
	Tally *readiness.Tally
	// Watch is told how far the import is, after each batch.
	Watch func(Result)
}

// A Result is what has become of the rows so far. Only what is in for good is
// counted.
type Result struct {
	Rows            int // all of the below
	New             int
	Changed         int
	Same            int       // were as the source says already
	Bad             int       // left out
	WithoutContact  int       // of those that are in: only customer care can help them on
	WithoutPassword int       // of those that are in: their hash could not be used
	Closed          int       // accounts that the source does not have any more
	Problems        []Problem // of bad rows, the first 1,000
	ProblemCount    int       // all of them; a row can have several
}

// Customers adds and updates the customers of a source, in the order of its
// rows. The name is that of the source in the trail. Each problem is reported
// when it is found, and its row left out.
//
// An error is a [*source.Stop] when the source cannot be read on, a
// [*TooManyMissing] when all of it is in and nothing was closed, and otherwise
// a fault of ours. In each case the Result says what is in, and the same source
// may be imported again.
//
// A column that the source does not have changes nothing: without status, a
// closed account stays closed.
func (s *Service) Customers(ctx context.Context, in source.Reader, name string, report func(Problem)) (Result, error) {
	w, err := s.begin(in, report)
	if err != nil {
		return Result{}, err
	}
	defer w.end()
	if w.parser.columns.has(colFactor) && s.Key == nil {
		return Result{}, &source.Stop{
			Unit: in.Head().Unit, Line: in.Head().Line,
			Reason: "seeds of second factors rest encrypted, and the key is not there. Set KEYFOLD_SECRET as the server has it, or remove the column totp_seed.",
		}
	}
	w.by, w.watch = keyfold.Act{By: "import:" + baseName(name)}, s.Watch
	err = w.aside(func() error { return w.all(ctx, in) })
	if err == nil {
		if s.Missing != nil {
			err = w.closeMissing(ctx, *s.Missing)
		}
		err = errors.Join(err, w.seen.close())
	}
	if w.result.New+w.result.Changed+w.result.Closed > 0 {
		// Who is told what is in, also by an import that was interrupted, can rely on it.
		err = errors.Join(err, s.DB.Firm(context.WithoutCancel(ctx)))
	}
	return w.result, err
}

// begin reads what the columns of a source are.
func (s *Service) begin(in source.Reader, report func(Problem)) (*run, error) {
	cols, err := readHeader(in.Head())
	if err != nil {
		return nil, err
	}
	w := &run{
		db: s.DB, report: report, unit: in.Head().Unit, key: s.Key, tally: s.Tally, end: func() {},
		seen: newSeen(seenInMemory), entities: map[string]bool{},
	}
	intake := s.Intake
	if intake == nil {
		if intake, err = password.NewIntake(password.IntakeConfig{}); err != nil {
			return nil, fmt.Errorf("importer: %w", err)
		}
		w.end = intake.Close
	}
	w.parser = parser{
		entities: s.Entities, columns: cols, intake: intake, marker: newMarker(cols, intake, markKey(s.Key)),
		harmless: cols.exported() && in.Head().Sheet,
	}
	return w, nil
}

// markKey is what the marks of rows are made with.
func markKey(k *token.Key) []byte {
	if k == nil {
		return nil
	}
	return []byte(k.Tag("import mark"))
}

// baseName is the name of the file in the trail.
func baseName(name string) string {
	if name == "" || name == "-" {
		return "stdin"
	}
	return source.Printable(filepath.Base(name))
}

// A run is one import under way. Three work on it, each on a batch of its own:
// one reads rows, one finds out which of them say anything new, and one writes
// those. Only the last one touches result, and reports.
type run struct {
	db     *store.DB
	by     keyfold.Act
	report func(Problem)
	watch  func(Result)
	unit   source.Unit
	key    *token.Key
	parser parser
	tally  *readiness.Tally
	result Result
	end    func() // gives back what only this run has

	seen       *seen           // of the reader, and of closeMissing when it is done
	entities   map[string]bool // that came, the same
	unreadable int             // rows of which nobody knows whose they are, the same
	before     int             // rows of the batch before: the next one has as many, the same
}

// A batch is rows that go in together.
type batch struct {
	rows []row
	bad  [][]Problem // of rows that are left out
	end  error       // why there is none after it
	done []outcome   // rows with nothing new
	todo []work
}

// all takes the rows to the end of the source. When reading stops before, the
// rows up to there still go in.
func (w *run) all(ctx context.Context, in source.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	read, compared := make(chan *batch, 1), make(chan *batch, 1)
	go w.read(ctx, in, read)
	go w.compare(ctx, read, compared)
	for b := range compared {
		for _, wrong := range b.bad {
			w.leaveOut(wrong)
		}
		if err := w.write(ctx, b); err != nil {
			return err
		}
		if w.watch != nil {
			w.watch(w.result)
		}
		if b.end != nil {
			return b.ending()
		}
	}
	return fmt.Errorf("importer: %w", context.Cause(ctx)) // a batch was given up
}

// aside does what may wait for people at the pages. Where these would wait for
// it in turn, it is done as everything else.
func (w *run) aside(do func() error) error {
	if w.db.OneWriter() {
		return do()
	}
	done := make(chan error)
	go func() {
		stepAside()
		done <- do()
	}()
	return <-done
}

// ending is why the rows end, if not because all were read.
func (b *batch) ending() error {
	if errors.Is(b.end, errAll) {
		return nil
	}
	return b.end
}

func (w *run) leaveOut(wrong []Problem) {
	w.result.Rows++
	w.result.Bad++
	w.result.ProblemCount += len(wrong)
	w.tallyDefects(wrong)
	for _, p := range wrong {
		p.Unit = w.unit
		if len(w.result.Problems) < keptProblems {
			w.result.Problems = append(w.result.Problems, p)
		}
		w.tell(p)
	}
}

func (w *run) tell(p Problem) {
	if p.Unit = w.unit; w.report != nil {
		w.report(p)
	}
}

func (w *run) count(o *outcome) {
	p := Problem{Line: o.row.line, Customer: o.row.customer, Column: columnNames()[colEmail], Kind: readiness.ContactMissing}
	if o.fate == disputed {
		p.Kind = readiness.ContactFrozen
		p.Reason = "the account is frozen by a dispute: its contacts stay as they are until customer care has looked."
		w.leaveOut([]Problem{p})
		return
	}
	w.result.Rows++
	w.tallyRow(o)
	switch o.fate {
	case entered:
		w.result.New++
	case changed:
		w.result.Changed++
	default:
		w.result.Same++
	}
	for _, n := range o.row.notes {
		w.result.WithoutPassword++
		w.tell(n)
	}
	if o.stuck {
		w.result.WithoutContact++
		p.Note, p.Reason = true, "it is empty: no reset can reach this customer, so customer care must help."
		w.tell(p)
	}
}
