package transfer

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/keyfold/keyfold/internal/store"
)

// A Count is how many rows of a table went over.
type Count struct {
	Table string
	Rows  int64
}

// ErrMeanwhile says that somebody wrote into a database while it was copied, so
// that the copy would lack that.
var ErrMeanwhile = errors.New("somebody wrote into the database while it was copied: a server runs on it. Nothing was kept. Stop all servers, and copy again")

// Copy brings all that is in a database into another one, which has to be empty,
// and compares every row before it is kept. Each table is told of when it is
// there.
func Copy(ctx context.Context, from, to *store.DB, tell func(Count)) error {
	before, err := from.Reader().LastEvent(ctx)
	if err != nil {
		return err
	}
	return from.Dump(ctx, func(d *store.Dump) error {
		return to.Load(ctx, func(l *store.Load) error {
			if err := copyAll(ctx, d, l, tell); err != nil {
				return err
			}
			after, err := from.Reader().LastEvent(ctx)
			if err == nil && after != before {
				return ErrMeanwhile
			}
			return err
		})
	})
}

func copyAll(ctx context.Context, d *store.Dump, l *store.Load, tell func(Count)) error {
	if d.Schema != l.Schema {
		return fmt.Errorf("the databases have different schemas: %d and %d. Run keyfold migrate on the first", d.Schema, l.Schema)
	}
	for _, t := range d.Tables {
		there, err := l.Table(t.Name, t.Names())
		if err != nil {
			return err
		}
		sum, err := copyTable(ctx, d, l, t, there)
		if err != nil {
			return err
		}
		if err := compare(ctx, d, l, t, there, sum); err != nil {
			return err
		}
		tell(Count{t.Name, sum.lines})
	}
	return nil
}

// copyTable reads on one side and writes on the other at the same time.
func copyTable(ctx context.Context, d *store.Dump, l *store.Load, from, to store.Table) (*summed, error) {
	sum := newSum(io.Discard)
	out := flowing(func(w io.Writer) error {
		sum.to = w
		return d.Read(ctx, from, sum)
	})
	n, err := l.Write(ctx, to, out)
	if err == nil {
		_, err = io.Copy(io.Discard, out) // to the end, or to why there is none
	}
	out.stop()
	switch {
	case err != nil:
		return nil, err
	case n != sum.lines:
		return nil, fmt.Errorf("the table %s has %d rows, and %d went over", from.Name, sum.lines, n)
	}
	return sum, nil
}

// A flow is what somebody writes at the same time.
type flow struct {
	*io.PipeReader

	over chan struct{}
}

// flowing gives what fn writes, in big pieces, and then the error of fn. Stop it
// before the transaction ends in which fn reads.
func flowing(fn func(io.Writer) error) flow {
	out, in := io.Pipe()
	f := flow{out, make(chan struct{})}
	go func() {
		defer close(f.over)
		w := bufio.NewWriterSize(in, 64<<10)
		in.CloseWithError(errors.Join(fn(w), w.Flush()))
	}()
	return f
}

func (f flow) stop() {
	_ = f.Close() // never fails
	<-f.over
}

// compare reads a table back. When it is not what went in, both sides are read
// again to name the first row that differs.
func compare(ctx context.Context, d *store.Dump, l *store.Load, from, to store.Table, sum *summed) error {
	back := newSum(io.Discard)
	if err := l.Read(ctx, to, back); err != nil {
		return err
	}
	if back.same(sum) {
		return nil
	}
	return firstDifference(ctx, d, l, from, to)
}

func firstDifference(ctx context.Context, d *store.Dump, l *store.Load, from, to store.Table) error {
	ours := flowing(func(w io.Writer) error { return d.Read(ctx, from, w) })
	defer ours.stop()
	theirs := flowing(func(w io.Writer) error { return l.Read(ctx, to, w) })
	defer theirs.stop()
	a, b := bufio.NewReader(ours), bufio.NewReader(theirs)
	for {
		mine, here := a.ReadBytes('\n')
		yours, there := b.ReadBytes('\n')
		switch {
		case !bytes.Equal(mine, yours):
			line := mine
			if len(line) == 0 {
				line = yours
			}
			return fmt.Errorf("the table %s is not what it was: the first row that differs has the key %s. Nothing was kept", from.Name, from.Key(line))
		case here != nil || there != nil:
			return fmt.Errorf("the table %s is not what it was. Nothing was kept", from.Name)
		}
	}
}

// A summed is a writer of lines that counts them, and keeps a digest of all.
type summed struct {
	to    io.Writer
	sum   hash.Hash
	lines int64
}

func newSum(to io.Writer) *summed { return &summed{to: to, sum: sha256.New()} }

func (s *summed) Write(p []byte) (int, error) {
	s.sum.Write(p)
	s.lines += int64(bytes.Count(p, []byte{'\n'}))
	return s.to.Write(p)
}

func (s *summed) same(other *summed) bool {
	return s.lines == other.lines && bytes.Equal(s.sum.Sum(nil), other.sum.Sum(nil))
}
