package transfer

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"

	"github.com/klauspost/compress/zstd"

	"github.com/keyfold/keyfold/internal/store"
)

// A File is a backup that is being read.
type File struct {
	Schema  int64  // version of the database that it was made of
	Program string // that made it
	At      string // when

	in     *bufio.Reader
	sum    hash.Hash
	unpack *zstd.Decoder
	rows   int64
}

var (
	errNoBackup = errors.New("this is no backup of Keyfold")
	errCutOff   = errors.New("the backup is cut off: it has no proper end. Copy the file again from where it was made, or take an earlier one")
	errDamaged  = errors.New("the backup is damaged: what it holds is not what was written. Copy the file again from where it was made, or take an earlier one")
)

// maxWindow bounds the memory that a file can ask for: we write with 4 MB.
const maxWindow = 64 << 20

// Open reads the first line of a backup. Close it.
func Open(r io.Reader) (*File, error) {
	in := bufio.NewReader(r)
	if err := looksRight(in); err != nil {
		return nil, err
	}
	unpack, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(2), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderMaxMemory(4*maxWindow))
	if err != nil {
		return nil, fmt.Errorf("transfer: %w", err)
	}
	f := &File{in: bufio.NewReaderSize(unpack, 256<<10), sum: sha256.New(), unpack: unpack}
	var h heading
	if err := f.head(&h); err != nil {
		f.Close()
		if errors.Is(err, errDamaged) {
			return nil, errNoBackup
		}
		return nil, err
	}
	switch {
	case h.Format == 0:
		err = errNoBackup
	case h.Format != formatNow:
		err = fmt.Errorf("the backup has format %d, which this program does not know: it was made by keyfold %q. Restore it with that version", h.Format, h.Program)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	f.Schema, f.Program, f.At = h.Schema, h.Program, h.At
	return f, nil
}

// looksRight tells files apart that people take for a backup.
func looksRight(in *bufio.Reader) error {
	begin, err := in.Peek(16)
	switch {
	case len(begin) == 0 && errors.Is(err, io.EOF):
		return errors.New("the backup is an empty file")
	case bytes.HasPrefix(begin, []byte{0x28, 0xb5, 0x2f, 0xfd}): // zstd
		return nil
	case bytes.HasPrefix(begin, []byte("SQLite format 3")):
		return errors.New("this is a SQLite database, and no backup. It can be used as it is: name it in KEYFOLD_DATABASE_URL")
	case len(begin) < 16 && err != nil && !errors.Is(err, io.EOF):
		return fmt.Errorf("the backup cannot be read: %w", err)
	}
	return errNoBackup
}

// Close lets go of its memory.
func (f *File) Close() { f.unpack.Close() }

// line reads a line of ours, which is short.
func (f *File) line() ([]byte, error) {
	line, err := f.in.ReadSlice('\n')
	return line, readable(err)
}

// readable says in words why there is no more to read.
func readable(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return errCutOff
	case errors.Is(err, context.Canceled):
		return err
	}
	return fmt.Errorf("%w (%w)", errDamaged, err)
}

func (f *File) head(into any) error {
	line, err := f.line()
	if err != nil {
		return err
	}
	f.sum.Write(line)
	if json.Unmarshal(line, into) != nil {
		return errDamaged
	}
	return nil
}

// Restore fills an empty database, whose schema is that of the backup, with what
// is in it, reads it back and compares. All is kept, or nothing.
//
// Sessions are not brought back: one that was ended since then would live again.
func Restore(ctx context.Context, f *File, db *store.DB, tell func(Count)) error {
	return db.Load(ctx, func(l *store.Load) error {
		if l.Schema != f.Schema {
			return fmt.Errorf("the database has schema version %d and the backup %d. Name a database that has never been used, and it gets the right one", l.Schema, f.Schema)
		}
		if err := f.fill(ctx, l, tell); err != nil {
			return err
		}
		return errors.Join(l.Clear(ctx, "sessions"), l.Clear(ctx, "staff_sessions"))
	})
}

// fill takes the tables one by one, and the end.
func (f *File) fill(ctx context.Context, l *store.Load, tell func(Count)) error {
	for left := l.Tables; ; left = left[1:] {
		line, err := f.line()
		if err != nil {
			return err
		}
		var what struct {
			tableHead
			ending
		}
		if json.Unmarshal(line, &what) != nil {
			return errDamaged
		}
		switch {
		case len(left) == 0 && what.Table == "":
			return f.end(what.ending)
		case len(left) == 0 || what.Table != left[0].Name:
			return errDamaged
		}
		f.sum.Write(line)
		count, err := f.table(ctx, l, what.tableHead)
		if err != nil {
			return err
		}
		tell(count)
	}
}

func (f *File) table(ctx context.Context, l *store.Load, head tableHead) (Count, error) {
	t, err := l.Table(head.Table, head.Columns)
	if err != nil {
		return Count{}, fmt.Errorf("the backup does not fit: %w", err)
	}
	in := &section{file: f, sum: newSum(io.Discard)}
	n, err := l.Write(ctx, t, in)
	switch {
	case in.err != nil && !errors.Is(in.err, io.EOF):
		return Count{}, in.err // the database only says that there was one
	case err != nil:
		return Count{}, err
	case in.err == nil || n != in.sum.lines:
		return Count{}, fmt.Errorf("the table %s has %d rows, and %d went in", t.Name, in.sum.lines, n)
	}
	back := newSum(io.Discard)
	if err := l.Read(ctx, t, back); err != nil {
		return Count{}, err
	}
	if !back.same(in.sum) {
		return Count{}, fmt.Errorf("the table %s is not what it was. Nothing was kept", t.Name)
	}
	f.rows += n
	return Count{t.Name, n}, nil
}

// end wants nothing after the last line, and all before it to be as it was.
func (f *File) end(e ending) error {
	if e.Rows != f.rows || e.Digest != hex.EncodeToString(f.sum.Sum(nil)) {
		return errDamaged
	}
	if _, err := f.in.ReadByte(); !errors.Is(err, io.EOF) {
		return errDamaged
	}
	return nil
}

// A section is the rows of one table, up to the line that ends them.
type section struct {
	file *File
	sum  *summed
	rest []byte // of the line that was read last
	open bool   // that line goes on after rest
	err  error  // io.EOF: the end of the table was reached
}

func (s *section) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if len(s.rest) == 0 {
			s.next()
		}
		if len(s.rest) == 0 {
			break
		}
		taken := copy(p[n:], s.rest)
		s.rest = s.rest[taken:]
		n += taken
	}
	if n == 0 && len(p) > 0 {
		return 0, s.err
	}
	return n, nil
}

// next reads a line, or as much of it as there is room for.
func (s *section) next() {
	if s.err != nil {
		return
	}
	line, err := s.file.in.ReadSlice('\n')
	whole := !errors.Is(err, bufio.ErrBufferFull)
	if whole && err != nil {
		s.err = readable(err)
		return
	}
	s.file.sum.Write(line)
	if whole && !s.open && string(line) == endOfTable {
		s.err = io.EOF
		return
	}
	_, _ = s.sum.Write(line) // into nowhere
	s.rest, s.open = line, !whole
}
