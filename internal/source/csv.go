package source

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A csvFile splits a file into records. It is stricter than encoding/csv about
// how much it keeps, and knows which faults end with their row.
type csvFile struct {
	head   Head
	in     *bufio.Reader
	comma  byte
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
func newCSV(in *bufio.Reader, f Form) (*csvFile, error) {
	s := &csvFile{in: in, line: 1, offset: skipBOM(in), comma: ','}
	switch {
	case f.Delimiter != 0:
		s.comma = f.Delimiter
	case f.ending() == ".tsv":
		s.comma = '\t'
	}
	head, err := s.Next()
	switch {
	case errors.Is(err, io.EOF):
		return nil, stop(1, "the file is empty. %s", cureHead)
	case err != nil:
		return nil, err
	case head.Fault != "":
		return nil, stop(head.Line, "%s", head.Fault)
	case len(head.Fields) == 1 && strings.ContainsAny(head.Fields[0], ",;\t|"):
		return nil, stop(head.Line, "the columns are not separated by %s. %s Or say what separates them, as in --delimiter ';'.", delimiterName(s.comma), cureSave)
	case strings.Contains(strings.Join(head.Fields, ""), "\r"):
		return nil, stop(head.Line, "the lines end in carriage returns only. %s", cureSave)
	}
	s.head = Head{Columns: head.Fields, Line: head.Line, Sheet: true}
	return s, nil
}

func delimiterName(b byte) string {
	switch b {
	case ',':
		return "commas"
	case ';':
		return "semicolons"
	case '\t':
		return "tabs"
	}
	return string(rune(b))
}

// Head is the line that names the columns.
func (s *csvFile) Head() Head { return s.head }

const (
	cureHead = "The first line must name the columns."
	cureSave = "In your spreadsheet, save the file as CSV UTF-8, separated by commas."
)

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
		rec.Fault = fmt.Sprintf("byte 0x%02X at offset %d is not UTF-8. Save the file as CSV UTF-8, or name its character set, as in --charset windows-1252.", s.raw[i], start+i)
	case s.head.Columns != nil && len(rec.Fields) != len(s.head.Columns):
		rec.Uneven = true
		rec.Fault = fmt.Sprintf("the row has %d fields and the first line has %d. Put a field that has %s in it in quote marks.", len(rec.Fields), len(s.head.Columns), delimiterName(s.comma))
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
	if at == atQuote && b != '"' && b != s.comma {
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
	case b == s.comma:
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
		return 0, fault(err, s.line)
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
