package source

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// The columns of a JSON Lines file are the keys of its first so many lines, or
// bytes. What a line has no key for is empty there.
const (
	lookAheadLines = 1000
	lookAheadBytes = 1 << 20
)

// maxColumns is more than any table of customers has.
const maxColumns = 500

// maxDepth is how deep a list may be nested. A list of contacts takes two.
const maxDepth = 8

// A jsonLines file has an object on each line.
type jsonLines struct {
	head  Head
	in    *bufio.Reader
	lists []string
	line  int
	place map[string]int // of each column
	ahead []object       // read to find the columns
	ended error          // why no more could be read ahead
}

// An object is a line as it was read.
type object struct {
	line   int
	size   int
	keys   []string
	values []string
	fault  string
}

func newJSONLines(in *bufio.Reader, f Form) (*jsonLines, error) {
	s := &jsonLines{in: in, lists: f.Lists, place: map[string]int{}}
	if len(s.lists) == 0 {
		s.lists = Mapping{}.Lists()
	}
	skipBOM(in)
	first := ""
	for size := 0; len(s.ahead) < lookAheadLines && size < lookAheadBytes; {
		o, err := s.next()
		if err != nil {
			break
		}
		if err := s.addColumns(o); err != nil {
			return nil, err
		}
		first = cmp.Or(first, o.fault)
		size += o.size
		s.ahead = append(s.ahead, o)
	}
	switch {
	case s.ended != nil && !errors.Is(s.ended, io.EOF) && len(s.ahead) == 0:
		return nil, s.ended
	case len(s.ahead) == 0:
		return nil, stop(1, "the file is empty. Each line must hold an object.")
	case len(s.head.Columns) == 0:
		return nil, stop(s.ahead[0].line, "%s", first+cureFirst(first))
	}
	s.head.Line = s.ahead[0].line
	return s, nil
}

// cureFirst is what may help when no line could be read.
func cureFirst(fault string) string {
	if fault == "" {
		return "the lines have no keys. Name each value, as in {\"customer_id\": \"NL123421341\"}."
	}
	return " If the file is JSON, but not an object on each line, convert it: jq -c '.[]? // .' OLD.json > NEW.jsonl"
}

func (s *jsonLines) addColumns(o object) error {
	if o.fault != "" {
		return nil
	}
	for _, key := range o.keys {
		if _, there := s.place[key]; there {
			continue
		}
		if len(s.place) == maxColumns {
			return stop(o.line, "the lines have more than %d keys altogether, which no customer needs.", maxColumns)
		}
		s.place[key] = len(s.place)
		s.head.Columns = append(s.head.Columns, key)
	}
	return nil
}

// Head is the keys, in the order in which they came.
func (s *jsonLines) Head() Head { return s.head }

// Next reads a line. Empty lines are none.
func (s *jsonLines) Next() (Record, error) {
	if len(s.ahead) > 0 {
		o := s.ahead[0]
		s.ahead[0] = object{}
		s.ahead = s.ahead[1:]
		return s.record(o), nil
	}
	if s.ended != nil {
		return Record{}, s.ended
	}
	o, err := s.next()
	if err != nil {
		return Record{}, err
	}
	return s.record(o), nil
}

// record puts the values where the columns are.
func (s *jsonLines) record(o object) Record {
	rec := Record{Line: o.line, Fault: o.fault, Fields: make([]string, len(s.head.Columns))}
	for i, key := range o.keys {
		if at, known := s.place[key]; known {
			rec.Fields[at] = o.values[i]
		} else if rec.Fault == "" {
			rec.Fault = fmt.Sprintf("the key %s is in none of the first %d lines. Correct it, or put it into the first line, with null.", Quote(key), lookAheadLines)
		}
	}
	return rec
}

// readLine reads a line that is not empty, and says when it was too long to be
// kept.
func (s *jsonLines) readLine() (raw []byte, long bool, err error) {
	for {
		s.line++
		raw, err = s.in.ReadSlice('\n')
		for errors.Is(err, bufio.ErrBufferFull) {
			long = true
			_, err = s.in.ReadSlice('\n')
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, false, fault(err, s.line)
		}
		if long {
			return nil, true, nil
		}
		if raw = bytes.TrimSpace(raw); len(raw) > 0 {
			return raw, false, nil
		}
		if err != nil {
			return nil, false, io.EOF
		}
	}
}

// next reads a line as an object. What is wrong with it ends with it.
func (s *jsonLines) next() (object, error) {
	raw, long, err := s.readLine()
	if err != nil {
		s.ended = err
		return object{}, err
	}
	o := object{line: s.line, size: len(raw)}
	switch {
	case long:
		o.fault = fmt.Sprintf("the line has more than %d KiB, which no customer needs.", maxRecord>>10)
		return o, nil
	case !utf8.Valid(raw):
		o.fault = "the line is not in UTF-8. Convert the file, or name its character set, as in --charset windows-1252."
		return o, nil
	}
	if err := s.read(json.NewDecoder(bytes.NewReader(raw)), &o); err != nil {
		o.fault = jsonFault(err)
	}
	return o, nil
}

// A jsonProblem is one in our words.
type jsonProblem string

func (p jsonProblem) Error() string { return string(p) }

func jsonFault(err error) string {
	if p, ok := errors.AsType[jsonProblem](err); ok {
		return string(p)
	}
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return "the line is no JSON: " + syntax.Error() + "."
	}
	return "the line is no JSON: it breaks off. An object must not go on in the next line."
}

func (s *jsonLines) read(d *json.Decoder, o *object) error {
	d.UseNumber()
	if begin, err := d.Token(); err != nil {
		return err
	} else if begin != json.Delim('{') {
		return jsonProblem("the line holds no object. Write {\"customer_id\": …} on it.")
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		name := key.(string) //nolint:forcetypeassert // the decoder knows where keys are
		if slices.Contains(o.keys, name) {
			return jsonProblem("the key " + Quote(name) + " is there twice. Remove one.")
		}
		value, err := s.value(d, name)
		if err != nil {
			return err
		}
		o.keys, o.values = append(o.keys, name), append(o.values, value)
	}
	if _, err := d.Token(); err != nil {
		return err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return jsonProblem("something follows the object on its line. Write one object on each line.")
	}
	return nil
}

// value is a value as text; a list, where one may be, stays JSON.
func (s *jsonLines) value(d *json.Decoder, name string) (string, error) {
	var raw json.RawMessage
	if err := d.Decode(&raw); err != nil {
		return "", err
	}
	switch raw[0] {
	case '[', '{':
		if !slices.Contains(s.lists, name) {
			return "", jsonProblem("the value of " + Quote(name) + " is a list or an object. Write a text.")
		}
		var out strings.Builder
		err := compact(json.NewDecoder(bytes.NewReader(raw)), &out, 1)
		return out.String(), err
	case '"':
		var text string
		err := json.Unmarshal(raw, &text)
		return text, err
	case 'n':
		return "", nil
	}
	return string(raw), nil // a number as it was written, true, false
}

// compact checks that no object in a list has a key twice: of two, one reader
// takes the first, and another the last.
func compact(d *json.Decoder, out *strings.Builder, depth int) error {
	d.UseNumber()
	t, err := d.Token()
	if err != nil {
		return err
	}
	begin, nested := t.(json.Delim)
	if !nested {
		text, err := json.Marshal(t)
		out.Write(text)
		return err
	}
	if depth > maxDepth {
		return jsonProblem(fmt.Sprintf("it is nested more than %d deep.", maxDepth))
	}
	out.WriteRune(rune(begin))
	seen := map[string]bool{}
	for first := true; d.More(); first = false {
		if !first {
			out.WriteByte(',')
		}
		if begin == '{' {
			if err := compactKey(d, out, seen); err != nil {
				return err
			}
		}
		if err := compact(d, out, depth+1); err != nil {
			return err
		}
	}
	end, err := d.Token()
	if err == nil {
		out.WriteRune(rune(end.(json.Delim))) //nolint:forcetypeassert // the decoder has matched it
	}
	return err
}

func compactKey(d *json.Decoder, out *strings.Builder, seen map[string]bool) error {
	key, err := d.Token()
	if err != nil {
		return err
	}
	name := key.(string) //nolint:forcetypeassert // the decoder knows where keys are
	if seen[name] {
		return jsonProblem("the key " + Quote(name) + " is there twice in one object. Remove one.")
	}
	seen[name] = true
	text, err := json.Marshal(name)
	out.Write(text)
	out.WriteByte(':')
	return err
}
