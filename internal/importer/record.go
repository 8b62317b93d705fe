package importer

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// maxRecord is the longest row, in bytes as they stand in the file. What is
// longer is skipped without being kept.
const maxRecord = 64 << 10

// A Stop is why a file, or the rest of it, cannot be read. Rows before that
// line are in.
type Stop struct {
	Line   int
	Reason string
}

func (s *Stop) Error() string { return fmt.Sprintf("line %d: %s", s.Line, s.Reason) }

func stop(line int, format string, args ...any) *Stop {
	return &Stop{Line: line, Reason: fmt.Sprintf(format, args...)}
}

// A record is one row of the file, before anybody knows what it means.
type record struct {
	line   int // on which it begins
	fields []string
	fault  string // why its fields cannot be trusted; empty: they can
}

// scanner splits a file into records. It is stricter than encoding/csv about
// how much it keeps, and knows which faults end with their row.
type scanner struct {
	in     *bufio.Reader
	line   int // of the next byte
	offset int // of the next byte, from 0

	raw    []byte // of the record being read, as it stands in the file
	text   []byte // of its fields, one after the other
	ends   []int  // where each field ends in text
	size   int    // of raw, had all been kept
	opened int    // line of the last quote mark that opened a field
	bare   bool   // a quote mark stands inside a field without quotes
}

func newScanner(r io.Reader) *scanner {
	return &scanner{in: bufio.NewReaderSize(r, 64<<10), line: 1}
}

// begin looks at the first bytes: whether this is a text in UTF-8 at all.
func (s *scanner) begin() error {
	head, err := s.in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return fmt.Errorf("importer: read: %w", err)
	}
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case len(head) == 0:
		return stop(1, "the file is empty. %s", cureHeader)
	case has("\xff\xfe"), has("\xfe\xff"), bytes.IndexByte(head, 0) >= 0 && !has("PK\x03\x04") && !has("\x1f\x8b"):
		return stop(1, "the file is in UTF-16, or is no text. %s", cureUTF8)
	case has("PK\x03\x04"):
		return stop(1, "the file is a workbook or a ZIP archive. %s", cureSave)
	case has("\x1f\x8b"):
		return stop(1, "the file is compressed. Unpack it first: gunzip FILE.csv.gz")
	case has("\xef\xbb\xbf"):
		s.offset, err = s.in.Discard(3)
		if err != nil {
			return fmt.Errorf("importer: read: %w", err)
		}
	}
	return nil
}

const cureUTF8 = "Save it as CSV UTF-8, or convert it: iconv -f UTF-16 -t UTF-8 OLD.csv > NEW.csv"

// next reads a record. Empty lines are none. The end is io.EOF.
func (s *scanner) next() (record, error) {
	for {
		start, line := s.offset, s.line
		s.raw, s.text, s.ends = s.raw[:0], s.text[:0], s.ends[:0]
		s.size, s.bare = 0, false
		err := s.scan()
		if err != nil && !errors.Is(err, io.EOF) {
			return record{}, err
		}
		if s.size > 0 {
			return s.record(line, start), nil
		}
		if err != nil {
			return record{}, io.EOF
		}
	}
}

// record is what was scanned. Its fields are strings of their own.
func (s *scanner) record(line, start int) record {
	rec := record{line: line}
	all, from := string(s.text), 0
	rec.fields = make([]string, 0, len(s.ends))
	for _, end := range s.ends {
		rec.fields, from = append(rec.fields, all[from:end]), end
	}
	switch {
	case s.size > maxRecord:
		rec.fields = nil
		rec.fault = fmt.Sprintf("the row has more than %d KiB, which no customer needs. Is a quote mark missing?", maxRecord>>10)
	case !utf8.Valid(s.raw):
		i := firstInvalid(s.raw)
		rec.fault = fmt.Sprintf("byte 0x%02X at offset %d is not UTF-8. Save the file as CSV UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 OLD.csv > NEW.csv", s.raw[i], start+i)
	case s.bare:
		rec.fault = `a quote mark stands inside a field. Put the whole field in quote marks and write "" for one inside.`
	}
	return rec
}

func firstInvalid(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 {
			return i
		}
		i += n
	}
	return 0
}

// Where in a record the scanner is.
type place int

const (
	atField  place = iota // before the first byte of a field
	inField               // in one without quotes
	inQuotes              // in one with quotes
	atQuote               // after a quote mark in one with quotes: its end, or half of ""
)

// scan reads up to the end of a line that is the end of a record. It gives
// io.EOF when that is the end of the file as well.
func (s *scanner) scan() error {
	at := atField
	for {
		b, err := s.byte()
		switch {
		case errors.Is(err, io.EOF) && at == inQuotes:
			return stop(s.opened, "a quote mark opens a field here that no other one closes. Close it, or write \"\" for one that is part of the text.")
		case errors.Is(err, io.EOF):
			s.endField()
			return io.EOF
		case err != nil:
			return err
		}
		if at != inQuotes && (b == '\n' || b == '\r' && s.lineFeedNext()) {
			s.endField()
			return s.endLine(b)
		}
		s.keepRaw(b)
		if at, err = s.step(at, b); err != nil {
			return err
		}
	}
}

// step takes one byte that ends no record.
func (s *scanner) step(at place, b byte) (place, error) {
	if at == atQuote && b != '"' && b != ',' {
		return at, stop(s.line, "text follows the closing quote mark of the field that opens in line %d. Write \"\" for a quote mark that is part of the text.", s.opened)
	}
	switch {
	case at == inQuotes && b == '"':
		return atQuote, nil
	case at == inQuotes:
		if b == '\n' {
			s.line++
		}
	case at == atQuote && b == '"':
		at = inQuotes
	case b == ',':
		s.endField()
		return atField, nil
	case at == atField && b == '"':
		s.opened = s.line
		return inQuotes, nil
	default:
		s.bare = s.bare || b == '"'
		at = inField
	}
	if s.size <= maxRecord {
		s.text = append(s.text, b)
	}
	return at, nil
}

func (s *scanner) byte() (byte, error) {
	b, err := s.in.ReadByte()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		return 0, fmt.Errorf("importer: read line %d: %w", s.line, err)
	}
	s.offset++
	return b, nil
}

func (s *scanner) keepRaw(b byte) {
	s.size++
	if s.size <= maxRecord {
		s.raw = append(s.raw, b)
	}
}

func (s *scanner) endField() {
	if s.size <= maxRecord {
		s.ends = append(s.ends, len(s.text))
	}
}

// lineFeedNext reports whether a carriage return belongs to the end of a line,
// or of the file.
func (s *scanner) lineFeedNext() bool {
	b, err := s.in.Peek(1)
	return errors.Is(err, io.EOF) || err == nil && b[0] == '\n'
}

// endLine takes the line feed that follows a carriage return.
func (s *scanner) endLine(b byte) error {
	if b == '\r' {
		if _, err := s.byte(); err != nil {
			return err
		}
	}
	s.line++
	return nil
}
