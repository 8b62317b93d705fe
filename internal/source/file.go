package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	utf "golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

// maxRecord is the longest row, in bytes as they stand in the file. What is
// longer is skipped without being kept.
const maxRecord = 64 << 10

// A Form is how a file is written, as far as it does not say so itself.
type Form struct {
	Name      string // of the file: its ending says what the first bytes do not
	Format    Format
	Charset   Charset
	Delimiter byte     // between the fields of a CSV file; 0: a comma, or a tab in a .tsv file
	Lists     []string // columns that may hold a list, which is given on as JSON text
}

// A Format is how a file holds rows. The zero Format is found out.
type Format string

// The formats.
const (
	CSV       Format = "csv"
	JSONLines Format = "jsonl"
)

// A Charset is how a file holds characters. The zero Charset is UTF-8: another
// one is never guessed, because a wrong guess is found out by customers.
type Charset string

// The charsets.
const (
	UTF8        Charset = "utf-8"
	UTF16       Charset = "utf-16"
	Latin1      Charset = "latin-1"
	Windows1252 Charset = "windows-1252"
)

// Open reads a file that says itself how it is written.
func Open(r io.Reader) (Reader, error) { return Form{}.Open(r) }

// Open reads a file up to its first row. It may be compressed.
func (f Form) Open(r io.Reader) (Reader, error) {
	plain, err := unpacked(r)
	if err != nil {
		return nil, err
	}
	in, err := f.text(plain)
	if err != nil {
		return nil, err
	}
	if f.Format == "" {
		f.Format = f.guess(in)
	}
	if f.Format == JSONLines {
		return newJSONLines(in, f)
	}
	return newCSV(in, f)
}

// guess finds the format by the first character, which no CSV file begins with,
// and else by the name.
func (f Form) guess(in *bufio.Reader) Format {
	head, _ := in.Peek(headBytes) // what cannot be read is told of when it is read
	head = bytes.TrimLeftFunc(bytes.TrimPrefix(head, []byte(bom)), unicode.IsSpace)
	begins := len(head) > 0 && (head[0] == '{' || head[0] == '[')
	if begins || len(head) > 0 && slices.Contains([]string{".jsonl", ".ndjson", ".json"}, f.ending()) {
		return JSONLines
	}
	return CSV
}

// ending is the ending of the name, without that of the compression.
func (f Form) ending() string {
	name := strings.ToLower(f.Name)
	for _, packed := range []string{".gz", ".zst"} {
		name = strings.TrimSuffix(name, packed)
	}
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		return name[i:]
	}
	return ""
}

// headBytes is how much of a file is looked at to find out what it is.
const headBytes = 512

const bom = "\xef\xbb\xbf"

// text gives what is in the file as UTF-8.
func (f Form) text(r io.Reader) (*bufio.Reader, error) {
	in := bufio.NewReaderSize(r, maxRecord)
	head, err := in.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return nil, fault(err, 1)
	}
	has := func(magic string) bool { return bytes.HasPrefix(head, []byte(magic)) }
	wide := has("\xff\xfe") || has("\xfe\xff")
	first, _, _ := bytes.Cut(head, []byte("\n")) // below it, a zero byte is the fault of a row
	switch {
	case has("PK\x03\x04"):
		return nil, stop(1, "the file is a workbook or a ZIP archive. %s", cureSave)
	case has(gzipMagic), has(zstdMagic):
		return nil, stop(1, "the file is compressed twice. Unpack it once")
	case f.Charset == UTF16:
		return bufio.NewReaderSize(transform.NewReader(in, utf16(head).NewDecoder()), maxRecord), nil
	case wide, bytes.IndexByte(first, 0) >= 0:
		return nil, stop(1, "the file is in UTF-16, or is no text. If it is UTF-16, add --charset utf-16; or save it as CSV UTF-8.")
	case has(bom) && f.Charset != "" && f.Charset != UTF8:
		return nil, stop(1, "the file says itself that it is UTF-8. Leave out --charset %s.", f.Charset)
	case f.Charset == Latin1:
		return bufio.NewReaderSize(transform.NewReader(in, charmap.ISO8859_1.NewDecoder()), maxRecord), nil
	case f.Charset == Windows1252:
		return bufio.NewReaderSize(transform.NewReader(in, charmap.Windows1252.NewDecoder()), maxRecord), nil
	}
	return in, nil
}

// skipBOM skips a byte order mark, and says how many bytes that are.
func skipBOM(in *bufio.Reader) int {
	if head, _ := in.Peek(len(bom)); string(head) != bom {
		return 0
	}
	n, _ := in.Discard(len(bom)) // they are there
	return n
}

// utf16 reads UTF-16. Without a byte order mark, the first character tells: it
// is one that a byte would do for.
func utf16(head []byte) encoding.Encoding {
	order := utf.LittleEndian
	if len(head) > 1 && head[0] == 0 && head[1] != 0 {
		order = utf.BigEndian
	}
	return utf.UTF16(order, utf.UseBOM)
}

// fault is an error while a file is read. A damaged one stops there, so that it
// is told after which line; the rest is a fault of disk or network.
func fault(err error, line int) error {
	if broken, ok := errors.AsType[*damage](err); ok {
		return stop(line, "%s", broken.reason)
	}
	return fmt.Errorf("source: read line %d: %w", line, err)
}
