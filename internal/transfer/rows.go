package transfer

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"github.com/keyfold/keyfold/internal/source"
)

// A rowWriter writes rows as a file that an import reads.
type rowWriter struct {
	out     *bufio.Writer
	columns []column
	json    bool
	begun   bool
}

func newRowWriter(to io.Writer, columns []column, asJSON bool) *rowWriter {
	return &rowWriter{out: bufio.NewWriterSize(to, 64<<10), columns: columns, json: asJSON}
}

func (w *rowWriter) row(values map[string]string) error {
	if w.json {
		return w.object(values)
	}
	w.head()
	for i, c := range w.columns {
		text := values[c.name]
		if c.typed {
			text = source.Harmless(text)
		}
		w.cell(i, text)
	}
	return w.endLine()
}

// head names the columns of a CSV file, once.
func (w *rowWriter) head() {
	if w.begun {
		return
	}
	w.begun = true
	for i, c := range w.columns {
		w.cell(i, c.name)
	}
	_ = w.endLine() // comes again at the next write
}

func (w *rowWriter) cell(i int, text string) {
	if i > 0 {
		_ = w.out.WriteByte(',')
	}
	if strings.ContainsAny(text, "\",\r\n") || text != strings.TrimSpace(text) {
		text = `"` + strings.ReplaceAll(text, `"`, `""`) + `"`
	}
	_, _ = w.out.WriteString(text)
}

func (w *rowWriter) endLine() error { return w.out.WriteByte('\n') }

// object writes a row as JSON, with its keys in the order of the columns.
func (w *rowWriter) object(values map[string]string) error {
	between := byte('{')
	for _, c := range w.columns {
		text := values[c.name]
		_ = w.out.WriteByte(between)
		between = ','
		w.text(c.name)
		_ = w.out.WriteByte(':')
		switch {
		case !c.json:
			w.text(text)
		case text == "":
			_, _ = w.out.WriteString("null")
		default:
			_, _ = w.out.WriteString(text)
		}
	}
	_ = w.out.WriteByte('}')
	return w.endLine()
}

func (w *rowWriter) text(s string) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(s) // never fails: a text
	_, _ = w.out.Write(bytes.TrimSuffix(b.Bytes(), []byte{'\n'}))
}

func (w *rowWriter) flush() error {
	if !w.json {
		w.head()
	}
	return w.out.Flush()
}
