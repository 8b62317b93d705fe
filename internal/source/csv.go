package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxRecord is the longest row, in bytes as they stand in the file. What is
// longer is skipped without being kept.
const maxRecord = 64 << 10

// A csvFile splits a file into records. It is stricter than encoding/csv about
// how much it keeps, and knows which faults end with their row.
type csvFile struct {
	head   Head
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

// newCSV reads a CSV file up to its head, the first line that is not empty.
func newCSV(r io.Reader) (*csvFile, error) {
	s := &csvFile{in: bufio.NewReaderSize(r, 64<<10), line: 1}
	if err := s.begin(); err != nil {
		return nil, err
	}
	head, err := s.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, stop(1, "the file is empty. %s", cureHead)
	case err != nil:
		return nil, err
	case head.Fault != "":
		return nil, stop(head.Line, "%s", head.Fault)
	case len(head.Fields) == 1 && strings.ContainsAny(head.Fields[0], ";\t|"):
		return nil, stop(head.Line, "the columns are not separated by commas. %s", cureSave)
	case strings.Contains(strings.Join(head.Fields, ""), "\r"):
		return nil, stop(head.Line, "the lines end in carriage returns only. %s", cureSave)
	}
	s.head = Head{Columns: head.Fields, Line: head.Line}
	return s, nil
}

// Head is the line that names the columns.
func (s *csvFile) Head() Head { return s.head }

const (
	cureHead = "The first line must name the columns."
	cureSave = "In your spreadsheet, save the file as CSV UTF-8, separated by commas."
)

// begin looks at the first bytes: whether this is a text in UTF-8 at all.
func (s *csvFile) begin() error {
	head, err := s.in.Peek(512)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return fmt.Errorf("source: read: %w", err)
	}
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	switch {
	case len(head) == 0:
		return stop(1, "the file is empty. %s", cureHead)
	case has("\xff\xfe"), has("\xfe\xff"), bytes.IndexByte(head, 0) >= 0 && !has("PK\x03\x04") && !has("\x1f\x8b"):
		return stop(1, "the file is in UTF-16, or is no text. %s", cureUTF8)
	case has("PK\x03\x04"):
		return stop(1, "the file is a workbook or a ZIP archive. %s", cureSave)
	case has("\x1f\x8b"):
		return stop(1, "the file is compressed. Unpack it first: gunzip FILE.csv.gz")
	case has("\xef\xbb\xbf"):
		s.offset, err = s.in.Discard(3)
		if err != nil {
			return fmt.Errorf("source: read: %w", err)
		}
	}
	return nil
}

const cureUTF8 = "Save it as CSV UTF-8, or convert it: iconv -f UTF-16 -t UTF-8 OLD.csv > NEW.csv"

// Next reads a record. Empty lines are none.
func (s *csvFile) Next() (Record, error) {
	for {
		start, line := s.offset, s.line
		s.raw, s.text, s.ends = s.raw[:0], s.text[:0], s.ends[:0]
		s.size, s.bare = 0, false
		err := s.scan()
		if err != nil && !errors.Is(err, io.EOF) {
			return Record{}, err
		}
		if s.size > 0 {
			return s.record(line, start), nil
		}
		if err != nil {
			return Record{}, io.EOF
		}
	}
}

// record is what was scanned. Its fields are strings of their own.
func (s *csvFile) record(line, start int) Record {
	rec := Record{Line: line}
	all, from := string(s.text), 0
	rec.Fields = make([]string, 0, len(s.ends))
	for _, end := range s.ends {
		rec.Fields, from = append(rec.Fields, all[from:end]), end
	}
	switch {
	case s.size > maxRecord:
		rec.Fields = nil
		rec.Fault = fmt.Sprintf("the row has more than %d KiB, which no customer needs. Is a quote mark missing?", maxRecord>>10)
	case !utf8.Valid(s.raw):
		i := firstInvalid(s.raw)
		rec.Fault = fmt.Sprintf("byte 0x%02X at offset %d is not UTF-8. Save the file as CSV UTF-8, or convert it: iconv -f WINDOWS-1252 -t UTF-8 OLD.csv > NEW.csv", s.raw[i], start+i)
	case s.bare:
		rec.Fault = `a quote mark stands inside a field. Put the whole field in quote marks and write "" for one inside.`
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
func (s *csvFile) scan() error {
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
func (s *csvFile) step(at place, b byte) (place, error) {
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

func (s *csvFile) byte() (byte, error) {
	b, err := s.in.ReadByte()
	if err != nil {
		if errors.Is(err, io.EOF) {
			return 0, io.EOF
		}
		return 0, fmt.Errorf("source: read line %d: %w", s.line, err)
	}
	s.offset++
	return b, nil
}

func (s *csvFile) keepRaw(b byte) {
	s.size++
	if s.size <= maxRecord {
		s.raw = append(s.raw, b)
	}
}

func (s *csvFile) endField() {
	if s.size <= maxRecord {
		s.ends = append(s.ends, len(s.text))
	}
}

// lineFeedNext reports whether a carriage return belongs to the end of a line,
// or of the file.
func (s *csvFile) lineFeedNext() bool {
	b, err := s.in.Peek(1)
	return errors.Is(err, io.EOF) || err == nil && b[0] == '\n'
}

// endLine takes the line feed that follows a carriage return.
func (s *csvFile) endLine(b byte) error {
	if b == '\r' {
		if _, err := s.byte(); err != nil {
			return err
		}
	}
	s.line++
	return nil
}
