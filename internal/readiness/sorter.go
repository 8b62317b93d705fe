package readiness

import (
	"bufio"
	"cmp"
	"encoding/binary"
	"fmt"
	"io"
	"iter"
	"slices"
)

// A record is a place in the spool under a key of 128 bits.
type record struct{ hi, lo, at uint64 }

const recordBytes = 24

func (r record) sameKey(o record) bool { return r.hi == o.hi && r.lo == o.lo }

func compare(a, b record) int {
	return cmp.Or(cmp.Compare(a.hi, b.hi), cmp.Compare(a.lo, b.lo), cmp.Compare(a.at, b.at))
}

// A sorter gives records in order, any number of them: what has no room is
// written as sorted runs, one after the other, and merged in the end.
type sorter struct {
	dir  string
	room int // records
	buf  []record
	file tempFile
	ends []int64 // of the runs in the file
}

func (s *sorter) add(r record) error {
	if len(s.buf) == cap(s.buf) { // append would make more room than there is
		s.buf = slices.Grow(s.buf, min(max(64, len(s.buf)), s.room-len(s.buf)))
	}
	s.buf = append(s.buf, r)
	if len(s.buf) < s.room {
		return nil
	}
	return s.spill()
}

func (s *sorter) spill() (err error) {
	if s.file.File == nil {
		if s.file, err = newTempFile(s.dir); err != nil {
			return err
		}
	}
	slices.SortFunc(s.buf, compare)
	out := bufio.NewWriterSize(s.file, 64<<10)
	var b [recordBytes]byte
	for _, r := range s.buf {
		binary.LittleEndian.PutUint64(b[0:], r.hi)
		binary.LittleEndian.PutUint64(b[8:], r.lo)
		binary.LittleEndian.PutUint64(b[16:], r.at)
		if _, err := out.Write(b[:]); err != nil {
			return fmt.Errorf("readiness: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("readiness: %w", err)
	}
	var from int64
	if n := len(s.ends); n > 0 {
		from = s.ends[n-1]
	}
	s.ends = append(s.ends, from+int64(len(s.buf))*recordBytes)
	s.buf = s.buf[:0]
	return nil
}

// A run is one of the sorted parts, with the record that is next.
type run struct {
	next record
	in   *bufio.Reader // of the file; nil: the part in memory
	rest []record
}

// advance reports whether there is a further record.
func (r *run) advance() (bool, error) {
	if r.in == nil {
		if len(r.rest) == 0 {
			return false, nil
		}
		r.next, r.rest = r.rest[0], r.rest[1:]
		return true, nil
	}
	var b [recordBytes]byte
	if _, err := io.ReadFull(r.in, b[:]); err == io.EOF {
		return false, nil
	} else if err != nil {
		return false, fmt.Errorf("readiness: %w", err)
	}
	r.next = record{binary.LittleEndian.Uint64(b[0:]), binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:])}
	return true, nil
}

// sorted are all records in order. It may be called again, when nothing was
// added meanwhile.
func (s *sorter) sorted() iter.Seq2[record, error] {
	return func(yield func(record, error) bool) {
		slices.SortFunc(s.buf, compare)
		runs, err := s.open()
		for err == nil && len(runs) > 0 {
			if !yield(runs[0].next, nil) {
				return
			}
			var more bool
			if more, err = runs[0].advance(); !more {
				runs[0] = runs[len(runs)-1]
				runs = runs[:len(runs)-1]
			}
			sink(runs, 0)
		}
		if err != nil {
			yield(record{}, err)
		}
	}
}

// open gives the runs as a heap, the lowest record first.
func (s *sorter) open() ([]*run, error) {
	runs := []*run{{rest: s.buf}}
	var from int64
	for _, end := range s.ends {
		part := io.NewSectionReader(s.file, from, end-from)
		runs = append(runs, &run{in: bufio.NewReaderSize(part, 64<<10)})
		from = end
	}
	full := runs[:0]
	for _, r := range runs {
		more, err := r.advance()
		if err != nil {
			return nil, err
		}
		if more {
			full = append(full, r)
		}
	}
	for i := len(full) / 2; i >= 0; i-- {
		sink(full, i)
	}
	return full, nil
}

// sink puts a run into its place of the heap.
func sink(runs []*run, i int) {
	for {
		least := i
		for child := 2*i + 1; child <= 2*i+2 && child < len(runs); child++ {
			if compare(runs[child].next, runs[least].next) < 0 {
				least = child
			}
		}
		if least == i {
			return
		}
		runs[i], runs[least] = runs[least], runs[i]
		i = least
	}
}
