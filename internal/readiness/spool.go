package readiness

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/keyfold/keyfold"
)

// A tempFile holds what memory has no room for. It has no name as soon as it
// is open, where the system permits it: whatever ends the process, no address
// stays behind.
type tempFile struct{ *os.File }

func newTempFile(dir string) (tempFile, error) {
	f, err := os.CreateTemp(dir, "keyfold-readiness-*")
	if err != nil {
		return tempFile{}, fmt.Errorf("readiness: %w", err)
	}
	_ = os.Remove(f.Name()) // on some systems only a closed file can go
	return tempFile{f}, nil
}

func (f tempFile) close() error {
	if f.File == nil {
		return nil
	}
	err := f.Close()
	if gone := os.Remove(f.Name()); gone != nil && !errors.Is(gone, os.ErrNotExist) {
		err = errors.Join(err, gone)
	}
	return err
}

// An entry is what the spool knows of a customer.
type entry struct {
	line     int
	customer string
	mailbox  string // keyfold.Email.Key
}

// A spool is the customers in the order of the source. What is beyond its room
// is in a file.
type spool struct {
	dir  string
	room int
	buf  []byte
	file tempFile
	size int64 // of the file
}

// maxEntry is the longest entry: line, and two short texts with their lengths.
const maxEntry = binary.MaxVarintLen64 + 2*256

// add gives the place of the entry.
func (s *spool) add(line int, id keyfold.CustomerID, mailbox string) (at int64, err error) {
	at = s.size + int64(len(s.buf))
	s.buf = binary.AppendUvarint(s.buf, uint64(line)) //nolint:gosec // G115: a line is no negative number
	s.buf = appendShort(s.buf, id.String())
	s.buf = appendShort(s.buf, mailbox)
	if len(s.buf) < s.room {
		return at, nil
	}
	if s.file.File == nil {
		if s.file, err = newTempFile(s.dir); err != nil {
			return 0, err
		}
	}
	if _, err = s.file.Write(s.buf); err != nil {
		return 0, fmt.Errorf("readiness: %w", err)
	}
	s.size += int64(len(s.buf))
	s.buf = s.buf[:0]
	return at, nil
}

// appendShort writes a text of less than 256 bytes, which the parsers of IDs
// and addresses see to.
func appendShort(b []byte, text string) []byte {
	return append(append(b, byte(len(text))), text...) //nolint:gosec // G115: see above
}

// entry reads what was added at a place.
func (s *spool) entry(at int64) (entry, error) {
	var buf [maxEntry]byte
	b := buf[:]
	if at >= s.size {
		b = s.buf[at-s.size:]
	} else {
		n, err := s.file.ReadAt(b, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return entry{}, fmt.Errorf("readiness: %w", err)
		}
		b = b[:n]
	}
	line, n := binary.Uvarint(b)
	id, rest := short(b[n:])
	mailbox, _ := short(rest)
	return entry{line: int(line), customer: id, mailbox: mailbox}, nil //nolint:gosec // G115: see add
}

func short(b []byte) (text string, rest []byte) {
	end := 1 + int(b[0])
	return string(b[1:end]), b[end:]
}
