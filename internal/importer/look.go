package importer

import (
	"context"
	"errors"
	"fmt"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/readiness"
	"github.com/keyfold/keyfold/internal/source"
)

// Look reads a source to its end and writes nothing: it needs no database. What
// Customers would leave out is reported and counted in the same way; whether
// the others are new is not known.
func (s *Service) Look(ctx context.Context, in source.Reader, report func(Problem)) (result Result, err error) {
	w, err := s.begin(in, report)
	if err != nil {
		return Result{}, err
	}
	defer w.end()
	defer func() { err = errors.Join(err, w.seen.close()) }()
	for {
		if ctx.Err() != nil {
			return w.result, fmt.Errorf("importer: %w", context.Cause(ctx))
		}
		b := w.readBatch(in)
		for _, wrong := range b.bad {
			for len(b.rows) > 0 && b.rows[0].line < wrong[0].Line {
				w.lookAt(b)
			}
			w.leaveOut(wrong)
		}
		for len(b.rows) > 0 {
			w.lookAt(b)
		}
		if s.Watch != nil {
			s.Watch(w.result)
		}
		if b.end != nil {
			return w.result, b.ending()
		}
	}
}

// lookAt counts the next row of a batch, as if it went into an empty database.
func (w *run) lookAt(b *batch) {
	r := b.rows[0]
	b.rows = b.rows[1:]
	o := outcomeOf(r, same, keyfold.Import(w.by, r.details).Account())
	w.count(&o)
}

// tallyDefects tells the report of a row that is left out.
func (w *run) tallyDefects(wrong []Problem) {
	if w.tally == nil {
		return
	}
	for _, p := range wrong {
		w.tally.Defect(readiness.Defect{Line: p.Line, Typed: p.Customer, Column: p.Column, Kind: p.Kind, Reason: p.Reason, LeftOut: true})
	}
}

// tallyRow tells the report of a row that is in, or would be.
func (w *run) tallyRow(o *outcome) {
	if w.tally == nil {
		return
	}
	for _, p := range o.row.notes {
		w.tally.Defect(readiness.Defect{Line: p.Line, Typed: p.Customer, Column: p.Column, Kind: p.Kind, Reason: p.Reason})
	}
	d := o.row.details
	if d.Present != nil {
		d.Contact = *d.Present
	}
	w.tally.Row(readiness.Row{
		Line: o.row.line, ID: d.ID, Entity: d.Entity, Contact: d.Contact, Hosted: o.row.hosted, Hash: o.row.hash,
		Closed: o.closed, Registered: o.registered, SecondFactor: o.row.factor != "",
	})
}
