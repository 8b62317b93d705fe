package store

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Tables move as lines of text in the form of PostgreSQL's COPY, which goes in
// and out of it as it is: fields between tabs, \N for NULL, and a backslash
// before what would be taken for something else. A row has one such line, so
// that rows are the same when their lines are.

// maxLine bounds a line that is read: no row of ours comes near it.
const maxLine = 16 << 20

var nothing = []byte(`\N`)

// letters are the characters that get a letter after a backslash.
var letters = [256]byte{'\b': 'b', '\f': 'f', '\n': 'n', '\r': 'r', '\t': 't', '\v': 'v', '\\': '\\'}

// appendText writes a text as a field. What PostgreSQL cannot hold, and what a
// browser may have sent as its name all the same, becomes U+FFFD: SQLite takes
// any bytes.
func appendText(line, text []byte) []byte {
	if bytes.IndexByte(text, 0) >= 0 || !utf8.Valid(text) {
		text = []byte(legible(string(text)))
	}
	for _, b := range text {
		if letter := letters[b]; letter != 0 {
			line = append(line, '\\', letter)
		} else {
			line = append(line, b)
		}
	}
	return line
}

// legible is a text as every copy of it has it.
func legible(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\ufffd"), "\x00", "\ufffd")
}

// textOf reads a field back.
func textOf(field []byte) (string, error) {
	if bytes.IndexByte(field, '\\') < 0 {
		return string(field), nil
	}
	var out strings.Builder
	for i := 0; i < len(field); i++ {
		b := field[i]
		if b == '\\' {
			i++
			at := -1
			if i < len(field) && field[i] != 0 {
				at = bytes.IndexByte(letters[:], field[i])
			}
			if at < 0 {
				return "", errors.New("a backslash stands before what it never does")
			}
			b = byte(at)
		}
		out.WriteByte(b)
	}
	return out.String(), nil
}

// appendField writes a value as SQLite's driver gives it. Numbers are texts
// already.
func appendField(line, value []byte, k kind) []byte {
	switch {
	case value == nil:
		return append(line, nothing...)
	case k == ofText:
		return appendText(line, value)
	case k == ofTruth && (string(value) == "true" || string(value) == "1"):
		return append(line, 't')
	case k == ofTruth:
		return append(line, 'f')
	}
	return append(line, value...)
}

// valueOf reads a field as a value to store.
func valueOf(field []byte, k kind) (any, error) {
	switch {
	case bytes.Equal(field, nothing):
		return nil, nil
	case k == ofText:
		return textOf(field)
	case k == ofTruth && string(field) == "t":
		return true, nil
	case k == ofTruth && string(field) == "f":
		return false, nil
	case k == ofTruth:
		return nil, errors.New("it is neither true nor false")
	}
	n, err := strconv.ParseInt(string(field), 10, 64)
	if err != nil {
		return nil, errors.New("it is no number")
	}
	return n, nil
}

// eachLine calls fn for every line, without its end. The last one has to end as
// well. The line is good until fn returns.
func eachLine(r io.Reader, fn func(line []byte) error) error {
	in := bufio.NewScanner(r)
	in.Buffer(make([]byte, 64<<10), maxLine)
	in.Split(wholeLines)
	for in.Scan() {
		if err := fn(in.Bytes()); err != nil {
			return err
		}
	}
	return in.Err()
}

// wholeLines is bufio.ScanLines for lines that all have an end, and may have a
// carriage return before it that is theirs.
func wholeLines(data []byte, atEOF bool) (advance int, token []byte, err error) {
	if i := bytes.IndexByte(data, '\n'); i >= 0 {
		return i + 1, data[:i], nil
	}
	if atEOF && len(data) > 0 {
		return 0, nil, fmt.Errorf("the last line has no end: %w", io.ErrUnexpectedEOF)
	}
	return 0, nil, nil
}

// values reads the fields of a line.
func (t Table) values(into []any, line []byte) (err error) {
	rest := line
	for i, c := range t.Columns {
		field, after, more := bytes.Cut(rest, []byte{'\t'})
		if more != (i+1 < len(t.Columns)) {
			return fmt.Errorf("the row has not the %d fields that it should", len(t.Columns))
		}
		if into[i], err = valueOf(field, c.kind); err != nil {
			return fmt.Errorf("the field %s cannot be read: %w", c.Name, err)
		}
		rest = after
	}
	return nil
}
