package source_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"

	"github.com/keyfold/keyfold/internal/source"
)

// read gives all rows of a source, as "line: field|field" or "line! fault", and
// why it ended before its end.
func read(in source.Reader) (rows []string, err error) {
	for {
		rec, err := in.Next()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		row := fmt.Sprintf("%d: %s", rec.Line, strings.Join(rec.Fields, "|"))
		if rec.Fault != "" {
			row = fmt.Sprintf("%d! %s", rec.Line, rec.Fault)
		}
		rows = append(rows, row)
	}
}

func readForm(f source.Form, text string) (head source.Head, rows []string, err error) {
	in, err := f.Open(strings.NewReader(text))
	if err != nil {
		return source.Head{}, nil, err
	}
	rows, err = read(in)
	return in.Head(), rows, err
}

func want(t *testing.T, f source.Form, text string, columns []string, rows ...string) {
	t.Helper()
	head, got, err := readForm(f, text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(columns, head.Columns); diff != "" {
		t.Errorf("columns: %s", diff)
	}
	if diff := cmp.Diff(rows, got); diff != "" {
		t.Errorf("rows: %s", diff)
	}
}

// wide is a text in UTF-16.
func wide(text string, little, mark bool) string {
	var out bytes.Buffer
	if mark {
		text = "\ufeff" + text
	}
	for _, u := range utf16.Encode([]rune(text)) {
		b := []byte{byte(u >> 8), byte(u)}
		if little {
			b[0], b[1] = b[1], b[0]
		}
		out.Write(b)
	}
	return out.String()
}

func TestOtherCharsetsAreReadWhenTheyAreNamed(t *testing.T) {
	const text = "id,name\n1,Café € 🐙\n"
	for name, tt := range map[string]struct {
		charset source.Charset
		text    string
		row     string
	}{
		"UTF-8":                    {"", text, "2: 1|Café € 🐙"},
		"UTF-8 with mark":          {source.UTF8, "\ufeff" + text, "2: 1|Café € 🐙"},
		"UTF-16 little with mark":  {source.UTF16, wide(text, true, true), "2: 1|Café € 🐙"},
		"UTF-16 big with mark":     {source.UTF16, wide(text, false, true), "2: 1|Café € 🐙"},
		"UTF-16 little, no mark":   {source.UTF16, wide(text, true, false), "2: 1|Café € 🐙"},
		"UTF-16 big, no mark":      {source.UTF16, wide(text, false, false), "2: 1|Café € 🐙"},
		"Latin-1":                  {source.Latin1, "id,name\n1,Caf\xe9\n", "2: 1|Café"},
		"Windows-1252":             {source.Windows1252, "id,name\n1,Caf\xe9 \x80\n", "2: 1|Café €"},
		"Windows-1252, no meaning": {source.Windows1252, "id,name\n1,Caf\x81\n", "2: 1|Caf\ufffd"},
	} {
		t.Run(name, func(t *testing.T) {
			want(t, source.Form{Charset: tt.charset}, tt.text, []string{"id", "name"}, tt.row)
		})
	}
	for name, tt := range map[string]struct {
		form       source.Form
		text, want string
	}{
		"UTF-16 not named":       {source.Form{}, wide(text, true, true), "line 1: the file is in UTF-16, or is no text. If it is UTF-16, add --charset utf-16"},
		"UTF-8 named Latin-1":    {source.Form{Charset: source.Latin1}, "\ufeff" + text, "line 1: the file says itself that it is UTF-8. Leave out --charset latin-1."},
		"lone half of UTF-16":    {source.Form{Charset: source.UTF16}, "\xff\xfei\x00", "no end"},
		"UTF-16 named on a text": {source.Form{Charset: source.UTF16}, "id,name\n1,One\n", "no end"},
	} {
		_, rows, err := readForm(tt.form, tt.text)
		if tt.want == "no end" {
			if err == nil && len(rows) > 0 {
				t.Errorf("%s: got rows %q", name, rows)
			}
		} else if err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", name, err, tt.want)
		}
	}
}

func TestCSVHasOtherDelimitersWhenTheyAreNamed(t *testing.T) {
	columns := []string{"id", "name"}
	want(t, source.Form{Delimiter: ';'}, "id;name\n1;\"a;b\"\n2;a,b\n", columns, "2: 1|a;b", "3: 2|a,b")
	want(t, source.Form{Name: "c.TSV"}, "id\tname\n1\ta,b\n", columns, "2: 1|a,b")
	want(t, source.Form{Name: "c.tsv.gz", Delimiter: '|'}, "id|name\n1|a\n", columns, "2: 1|a")
	want(t, source.Form{}, "id,name\n1\n\n3,4,5\n", columns,
		"2! the row has 1 fields and the first line has 2. Put a field that has commas in it in quote marks.",
		"4! the row has 3 fields and the first line has 2. Put a field that has commas in it in quote marks.")
	_, _, err := readForm(source.Form{Delimiter: ';'}, "id,name\n")
	if err == nil || !strings.Contains(err.Error(), "line 1: the columns are not separated by semicolons.") {
		t.Error(err)
	}
}

func TestJSONLines(t *testing.T) {
	text := "\ufeff" + `{"id": 123421341, "name": "Veld\u006bamp \"B.V.\"", "big": 1e400}` + "\r\n\n" +
		`  {"name":null,"id":"NL1","closed":true}  ` + "\n" +
		`{"id":"3","contacts":[{"email":"a@x.example","primary":false},{"email":"b@x.example","n":12345678901234567890}]}` + "\n" +
		`{"id":"4","name":["x"]}` + "\n" +
		`{"id":"5","id":"6"}` + "\n" +
		`{"id":"7","contacts":[{"email":"a","email":"b"}]}` + "\n" +
		`{"id":"8"} {"id":"9"}` + "\n" +
		`["id"]` + "\n" +
		`{"id":"10"` + "\n" +
		`{"id":}` + "\n" +
		"{\"id\":\"\xe9\"}\n" +
		`{"id":"11","contacts":` + strings.Repeat("[", 9) + strings.Repeat("]", 9) + `}` + "\n" +
		`{"id":"` + strings.Repeat("x", 70_000) + "\"}\n" +
		`{}` + "\n" +
		`{"id":"12"}`
	want(
		t, source.Form{}, text, []string{"id", "name", "big", "closed", "contacts"},
		`1: 123421341|Veldkamp "B.V."|1e400||`,
		`3: NL1|||true|`,
		`4: 3||||[{"email":"a@x.example","primary":false},{"email":"b@x.example","n":12345678901234567890}]`,
		`5! the value of "name" is a list or an object. Write a text.`,
		`6! the key "id" is there twice. Remove one.`,
		`7! the key "email" is there twice in one object. Remove one.`,
		`8! something follows the object on its line. Write one object on each line.`,
		`9! the line holds no object. Write {"customer_id": …} on it.`,
		`10! the line is no JSON: it breaks off. An object must not go on in the next line.`,
		`11! the line is no JSON: invalid character '}' looking for beginning of value.`,
		`12! the line is not in UTF-8. Convert the file, or name its character set, as in --charset windows-1252.`,
		`13! it is nested more than 8 deep.`,
		`14! the line has more than 64 KiB, which no customer needs.`,
		`15: ||||`,
		`16: 12||||`,
	)
}

func TestJSONLinesIsFoundOutAndFallsBackOnTheName(t *testing.T) {
	want(t, source.Form{Name: "customers.csv"}, "\n {\"id\":1}\n", []string{"id"}, "2: 1")
	want(t, source.Form{Format: source.CSV}, "{,b\n1,2\n", []string{"{", "b"}, "2: 1|2")
	want(t, source.Form{Lists: []string{"people"}}, `{"people":[1]}`, []string{"people"}, "1: [1]")
	for text, want := range map[string]string{
		"[{\"id\":1},\n{\"id\":2}]": "line 1: the line holds no object.",
		"[{\"id\":1}]\n":            "line 1: the line holds no object. Write {\"customer_id\": …} on it. If the file is JSON, but not an object on each line, convert it: jq",
		"{\n\"id\": 1\n}\n":         "line 1: the line is no JSON: it breaks off. An object must not go on in the next line.",
		"{}\n{}\n":                  "line 1: the lines have no keys.",
		"\n\n":                      "line 1: the file is empty.",
		"{" + manyKeys(501) + "}":   "line 1: the lines have more than 500 keys altogether",
	} {
		_, rows, err := readForm(source.Form{Format: source.JSONLines}, text)
		if err == nil || !strings.HasPrefix(err.Error(), want) || len(rows) > 0 {
			t.Errorf("%.40q: got %v, want %s", text, err, want)
		}
	}
}

func manyKeys(n int) string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf(`"k%d":1`, i)
	}
	return strings.Join(keys, ",")
}

func TestKeyThatComesLateIsAFaultOfItsLine(t *testing.T) {
	text := strings.Repeat("{\"id\":1}\n", 1000) + "{\"id\":2,\"role\":\"admin\"}\n{\"id\":3}\n"
	head, rows, err := readForm(source.Form{}, text)
	if err != nil || len(head.Columns) != 1 || len(rows) != 1002 {
		t.Fatal(head, len(rows), err)
	}
	wantRows := []string{`1001! the key "role" is in none of the first 1000 lines. Correct it, or put it into the first line, with null.`, "1002: 3"}
	if diff := cmp.Diff(wantRows, rows[1000:]); diff != "" {
		t.Error(diff)
	}
}

func gzipped(text string) string {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return out.String()
}

func zstandard(text string, o ...zstd.EOption) string {
	var out bytes.Buffer
	z, err := zstd.NewWriter(&out, o...)
	if err != nil {
		panic(err)
	}
	_, _ = io.WriteString(z, text)
	_ = z.Close()
	return out.String()
}

// long is a file of rows that do not compress to nothing.
func long(rows int) string {
	var out strings.Builder
	out.WriteString("id,name\n")
	for i := range rows {
		fmt.Fprintf(&out, "%d,Customer %x\n", i, uint64(i)*0x9e3779b97f4a7c15)
	}
	return out.String()
}

func TestCompressedFilesAreReadWhateverTheirName(t *testing.T) {
	for name, pack := range map[string]func(string) string{
		"gzip":    gzipped,
		"zstd":    func(s string) string { return zstandard(s) },
		"gzip x2": func(s string) string { half := len(s) / 2; return gzipped(s[:half]) + gzipped(s[half:]) },
		"zstd x2": func(s string) string { half := len(s) / 2; return zstandard(s[:half]) + zstandard(s[half:]) },
	} {
		t.Run(name, func(t *testing.T) {
			_, rows, err := readForm(source.Form{Name: "c.csv"}, pack(long(5000)))
			if err != nil || len(rows) != 5000 || rows[4999][:10] != "5001: 4999" {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			want(t, source.Form{Charset: source.UTF16}, pack(wide("id\n1\n", true, true)), []string{"id"}, "2: 1")
			want(t, source.Form{}, pack(`{"id":1}`), []string{"id"}, "1: 1")
		})
	}
	_, _, err := readForm(source.Form{}, gzipped(zstandard("id\n")))
	if err == nil || !strings.Contains(err.Error(), "line 1: the file is compressed twice.") {
		t.Error(err)
	}
}

func TestDamagedFileStopsThereAndKeepsWhatIsBefore(t *testing.T) {
	const rows = 20_000
	flipped := func(s string, at int) string { return s[:at] + string(s[at]^0x55) + s[at+1:] }
	wideWindow := zstandard(long(rows), zstd.WithWindowSize(64<<20), zstd.WithSingleSegment(false))
	for name, tt := range map[string]struct {
		text  string
		want  string
		atAll bool // nothing of it can be read
	}{
		"gzip cut":           {gzipped(long(rows))[:100_000], "the compressed file breaks off here. Copy it once more.", false},
		"zstd cut":           {zstandard(long(rows))[:200_000], "the compressed file breaks off here. Copy it once more.", false},
		"gzip cut at once":   {gzipped(long(rows))[:5], "the compressed file breaks off here.", true},
		"zstd cut at once":   {zstandard(long(rows))[:7], "the compressed file breaks off here.", true},
		"gzip checksum":      {flipped(gzipped(long(rows)), len(gzipped(long(rows)))-6), "the checksum of the compressed file is wrong", false},
		"zstd checksum":      {flipped(zstandard(long(rows)), len(zstandard(long(rows)))-1), "the checksum of the compressed file is wrong", false},
		"gzip, then garbage": {gzipped(long(rows)) + "garbage that is no gzip", "the compressed file is damaged here.", false},
		"zstd, wide window":  {wideWindow, "the compressed file takes more than 32 MiB", true},
	} {
		t.Run(name, func(t *testing.T) {
			_, got, err := readForm(source.Form{}, tt.text)
			stop, ok := errors.AsType[*source.Stop](err)
			if !ok || !strings.HasPrefix(stop.Reason, tt.want) {
				t.Fatalf("got %v", err)
			}
			if tt.atAll != (len(got) == 0) || stop.Line != len(got)+2 && !tt.atAll {
				t.Errorf("%d rows before %v", len(got), stop)
			}
		})
	}
}

// failing gives a text and then fails, as a disk or a network does.
type failing struct{ text io.Reader }

var errDisk = errors.New("the disk is gone")

func (f failing) Read(p []byte) (int, error) {
	if n, err := f.text.Read(p); err == nil {
		return n, nil
	}
	return 0, errDisk
}

func TestFaultOfTheDiskIsNoDamageOfTheFile(t *testing.T) {
	for name, text := range map[string]string{
		"plain": long(10), "gzip": gzipped(long(20_000))[:100_000], "zstd": zstandard(long(20_000))[:200_000], "JSON": "{\"id\":1}\n{", "nothing": "",
	} {
		in, err := source.Open(failing{strings.NewReader(text)})
		if err == nil {
			_, err = read(in)
		}
		if stop, is := errors.AsType[*source.Stop](err); is || !errors.Is(err, errDisk) {
			t.Errorf("%s: got %v, %v", name, err, stop)
		}
	}
}

// endless is a text without end.
type endless byte

func (e endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(e)
	}
	return len(p), nil
}

func TestBombTakesNoMemory(t *testing.T) {
	pack := func(head string, of byte, packer func(io.Writer) io.WriteCloser) string {
		var out bytes.Buffer
		z := packer(&out)
		_, _ = io.WriteString(z, head)
		_, _ = io.Copy(z, io.LimitReader(endless(of), 32<<20))
		_ = z.Close()
		return out.String()
	}
	toGzip := func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) }
	toZstd := func(w io.Writer) io.WriteCloser {
		z, err := zstd.NewWriter(w)
		if err != nil {
			t.Fatal(err)
		}
		return z
	}
	for name, text := range map[string]string{
		"CSV in gzip":        pack("id,name\n1,", 'x', toGzip),
		"fields in zstd":     pack("id,name\n1,", ',', toZstd),
		"JSON Lines in zstd": pack("{\"id\":1}\n{\"name\":\"", 'x', toZstd),
		"lists in gzip":      pack("{\"id\":1}\n{\"contacts\":", '[', toGzip),
		"empty lines":        pack("id\n1\n", '\n', toZstd),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, rows, err := readForm(source.Form{}, text)
		runtime.ReadMemStats(&after)
		if took := after.TotalAlloc - before.TotalAlloc; err != nil || len(rows) > 2 || took > 16<<20 {
			t.Errorf("%s: %v, %d rows, %d KiB taken for 32 MiB in %d KiB", name, err, len(rows), took>>10, len(text)>>10)
		}
	}
}
