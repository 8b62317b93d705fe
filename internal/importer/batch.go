package importer

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/readiness"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
)

// batchRows is how many rows are read, and compared, together.
const batchRows = 2000

// errAll ends the last batch of a source that was read to its end.
var errAll = errors.New("importer: all is read")

// read makes batches of the rows of a source.
func (w *run) read(ctx context.Context, in source.Reader, to chan<- *batch) {
	defer close(to)
	stepAside()
	for {
		b := w.readBatch(in)
		select {
		case to <- b:
		case <-ctx.Done():
			_ = w.seen.close() // nobody asks any more
			return
		}
		if b.end != nil {
			return
		}
	}
}

func (w *run) readBatch(in source.Reader) *batch {
	b := &batch{rows: make([]row, 0, w.before)}
	for len(b.rows)+len(b.bad) < batchRows {
		rec, err := in.Next()
		if errors.Is(err, io.EOF) {
			b.end = errAll
			break
		}
		if err == nil {
			err = w.take(b, rec)
		}
		if err != nil {
			b.end = err
			break
		}
	}
	w.before = len(b.rows)
	return b
}

// take puts a row into a batch, with what is wrong with it.
func (w *run) take(b *batch, rec source.Record) error {
	r, wrong := w.parser.parse(rec)
	id := r.details.ID
	if id.IsZero() {
		w.unreadable++
	} else {
		w.entities[r.details.Entity] = true
		// A bad row counts too: which of the two is meant is not ours to guess.
		first, twice, err := w.seen.line(id)
		if err != nil {
			return err
		}
		if twice {
			wrong = append(wrong, Problem{
				Line: r.line, Customer: r.customer, Column: columnNames()[colID], Kind: readiness.IDTwice,
				Reason: w.unit.At(int(first)) + " has this customer already. Keep the row that is right.",
			})
		} else if err := w.seen.add(id, r.line); err != nil {
			return err
		}
	}
	if len(wrong) > 0 {
		b.bad = append(b.bad, wrong)
	} else {
		b.rows = append(b.rows, r)
	}
	return nil
}

// compare finds out which rows say nothing new, and makes the others ready to
// be written.
func (w *run) compare(ctx context.Context, from <-chan *batch, to chan<- *batch) {
	defer close(to)
	stepAside()
	for b := range from {
		if err := w.compareBatch(ctx, b); err != nil {
			b.end = err
		}
		select {
		case to <- b:
		case <-ctx.Done():
			return
		}
		if b.end != nil {
			return
		}
	}
}

func (w *run) compareBatch(ctx context.Context, b *batch) error {
	// Imports that run at the same time take the rows in the same order, and so
	// do not wait for each other in a circle.
	slices.SortFunc(b.rows, func(a, b row) int { return strings.Compare(a.details.ID.String(), b.details.ID.String()) })
	ids := make([]keyfold.CustomerID, len(b.rows))
	for i := range b.rows {
		ids[i] = b.rows[i].details.ID
	}
	there, err := w.db.Compared(ctx, ids)
	if err != nil {
		b.rows = nil // what nobody has looked at does not go in
		if ended := ctx.Err(); ended != nil {
			err = ended
		}
		return fmt.Errorf("importer: %w", err)
	}
	b.done, b.todo = make([]outcome, 0, min(len(there), len(b.rows))), make([]work, 0, len(b.rows)-min(len(there), len(b.rows)))
	for i := range b.rows {
		r := &b.rows[i]
		c, known := there[r.details.ID]
		if known && c.With(r.mark) {
			b.done = append(b.done, outcome{row: *r, fate: same, stuck: c.Stuck, closed: c.Closed, registered: c.Registered})
		} else {
			b.todo = append(b.todo, work{row: *r, known: known})
		}
	}
	b.rows = nil
	w.finish(b.todo)
	return nil
}

// finish does what takes long of a row and needs no database: quick digests are
// wrapped, on all cores.
func (w *run) finish(todo []work) {
	parts := min(runtime.GOMAXPROCS(0), len(todo))
	var all sync.WaitGroup
	for part := range parts {
		all.Go(func() {
			stepAside()
			for i := part; i < len(todo); i += parts {
				w.finishRow(&todo[i].row)
			}
		})
	}
	all.Wait()
}

func (w *run) finishRow(r *row) {
	if r.weak {
		if taken, err := w.parser.intake.Take(r.legacy, r.details.ID); err == nil { // it was looked at before
			r.details.Imported = taken.Hash
		}
	}
	if r.factor != "" {
		r.details.Factor = keyfold.Sealed(w.key.Seal("legacy factor", r.details.ID.String(), []byte(r.factor)))
	}
}

// maxTries is how often rows are begun anew when a customer, or another import,
// was faster with one of the accounts.
const maxTries = 5

// write brings a batch in, and counts and reports it. On SQLite, others write
// between its parts.
func (w *run) write(ctx context.Context, b *batch) error {
	done := b.done
	for rest := b.todo; len(rest) > 0; {
		n := min(len(rest), w.db.BulkRows())
		outcomes, err := w.writeRows(ctx, rest[:n])
		if err != nil {
			w.countAll(done)
			return err
		}
		if rest = rest[n:]; len(done) == 0 {
			done = outcomes
		} else {
			done = append(done, outcomes...)
		}
	}
	w.countAll(done)
	return nil
}

func (w *run) countAll(done []outcome) {
	slices.SortFunc(done, func(a, b outcome) int { return cmp.Compare(a.row.line, b.row.line) })
	for i := range done {
		w.count(&done[i])
	}
}

func (w *run) writeRows(ctx context.Context, todo []work) (done []outcome, err error) {
	for try := 1; ; try++ {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("importer: %w", err)
		}
		err := w.db.Bulk(ctx, func(tx *store.Tx) (err error) {
			done, err = w.save(ctx, tx, todo)
			return err
		})
		if err == nil {
			return done, nil
		}
		if ended := ctx.Err(); ended != nil {
			return nil, fmt.Errorf("importer: %w", ended) // that is why, whatever a database calls it
		}
		if try == maxTries || !keyfold.RefusedAs(err, "account.moved_on") {
			return nil, fmt.Errorf("importer: %w", err)
		}
		for i := range todo {
			todo[i].known = true // or perhaps: to be looked for once more
		}
	}
}
