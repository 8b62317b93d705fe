package readiness

import (
	"bufio"
	"cmp"
	"io"
	"strconv"

	"github.com/keyfold/keyfold/internal/sheet"
)

// fixes is the rows to fix, as CSV, written as they are found. The nil fixes
// is none.
type fixes struct{ out *bufio.Writer }

func newFixes(w io.Writer) (*fixes, error) {
	if w == nil {
		return nil, nil //nolint:nilnil // see above
	}
	f := &fixes{bufio.NewWriter(w)}
	return f, written(f.out.WriteString(sheet.ByteOrderMark + sheet.Line("line", "customer_id", "column", "finding", "problem", "what_to_do")))
}

func (f *fixes) add(d Defect) error {
	if f == nil {
		return nil
	}
	is := d.Kind.About()
	return written(f.out.WriteString(sheet.Line(
		strconv.Itoa(d.Line), d.Typed, cmp.Or(d.Column, is.Column), is.Name, cmp.Or(d.Reason, "it is empty"), is.Fix)))
}

func (f *fixes) close() error {
	if f == nil {
		return nil
	}
	return written(0, f.out.Flush())
}
