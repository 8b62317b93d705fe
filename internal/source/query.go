package source

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Rows are the answer to a query, row by row as the server sends them.
type Rows struct {
	db     *sql.DB
	tx     *sql.Tx
	rows   *sql.Rows
	cancel context.CancelFunc
	head   Head
	fields []sql.RawBytes
	line   int
}

// Query asks the database within a transaction that can only read. The query
// must be one SELECT; its columns have the names that it gives them. The rows
// must be closed.
//
// What the server answers instead is a [Stop].
func (d Database) Query(ctx context.Context, query string) (_ *Rows, err error) {
	if err := d.check(query); err != nil {
		return nil, err
	}
	db, err := d.open()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &Rows{db: db, cancel: cancel, head: Head{Unit: Row()}}
	defer func() {
		if err != nil {
			err = errors.Join(err, r.Close())
		}
	}()
	if r.tx, err = db.BeginTx(ctx, &sql.TxOptions{ReadOnly: d.url != nil}); err != nil {
		return nil, r.told("the database lets nobody in", err)
	}
	if r.rows, err = r.tx.QueryContext(ctx, query); err != nil { //nolint:rowserrcheck // Next does
		return nil, r.told("the database refuses the query", err)
	}
	if r.head.Columns, err = r.rows.Columns(); err != nil {
		return nil, r.told("the database refuses the query", err)
	}
	if len(r.head.Columns) == 0 {
		return nil, &Stop{Reason: "the query gives no columns. It must be a SELECT."}
	}
	r.fields = make([]sql.RawBytes, len(r.head.Columns))
	return r, nil
}

// told is what the server said, for the operator. That somebody interrupts us
// is nothing that it says.
func (r *Rows) told(what string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("source: %w", err)
	}
	return &Stop{Unit: r.head.Unit, Line: r.line, Reason: what + ". It says: " + err.Error()}
}

// Head is the columns as the query names them.
func (r *Rows) Head() Head { return r.head }

// Next is the next row. What is null is empty.
func (r *Rows) Next() (Record, error) {
	r.line++
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return Record{}, r.told("the database breaks off", err)
		}
		return Record{}, io.EOF
	}
	into := make([]any, len(r.fields))
	for i := range r.fields {
		into[i] = &r.fields[i]
	}
	if err := r.rows.Scan(into...); err != nil {
		return Record{}, r.told("the row cannot be read", err)
	}
	return r.record(), nil
}

func (r *Rows) record() Record {
	rec := Record{Line: r.line, Fields: make([]string, len(r.fields))}
	size := 0
	for _, field := range r.fields {
		size += len(field)
	}
	if size > maxRecord {
		rec.Fault = fmt.Sprintf("the row has more than %d KiB, which no customer needs.", maxRecord>>10)
		return rec
	}
	for i, field := range r.fields {
		rec.Fields[i] = string(field)
		if !utf8.Valid(field) && rec.Fault == "" {
			rec.Fault = fmt.Sprintf("the column %s holds bytes that are no text. Have the query convert it.", Quote(r.head.Columns[i]))
		}
	}
	return rec
}

// Close ends the query, and the connection. Rows that nobody read are not
// fetched any more.
func (r *Rows) Close() error {
	r.cancel()
	if r.rows != nil {
		_ = r.rows.Close() // it was cancelled
	}
	if r.tx != nil {
		_ = r.tx.Rollback() // there is nothing to undo
	}
	return r.db.Close()
}

// check finds what the transaction would refuse in harder words, and what
// SQLite would not refuse: a second statement.
func (d Database) check(query string) error {
	words := statements(query)
	switch {
	case len(words) == 0:
		return &Stop{Reason: "the query is empty. Write a SELECT."}
	case len(words) > 1 && d.url == nil:
		return &Stop{Reason: "the query has more than one statement. Keep the SELECT."}
	}
	switch strings.ToLower(words[0]) {
	case "select", "with", "values", "table":
		return nil
	}
	return &Stop{Reason: "the query begins with " + Quote(words[0]) + ". It must be a SELECT: an import changes nothing in the legacy database."}
}

// statements are the first words of the statements in a text, as far as that
// can be told without knowing the dialect.
func statements(text string) (first []string) {
	begun := false
	for len(text) > 0 {
		skip, word := skipped(text), 0
		switch {
		case skip > 0:
		case text[0] == ';':
			begun, skip = false, 1
		case text[0] == '\'', text[0] == '"', text[0] == '`':
			begun, skip = true, quoted(text, text[0])
		case text[0] == '[': // a name in SQLite
			begun, skip = true, quoted(text, ']')
		default:
			for word < len(text) && isWord(text[word]) {
				word++
			}
			skip = max(1, word)
			if !begun && text[0] != '(' {
				begun, first = true, append(first, text[:skip])
			}
		}
		text = text[skip:]
	}
	return first
}

func isWord(b byte) bool {
	return 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' || '0' <= b && b <= '9' || b == '_'
}

// skipped is how long the space or comment is that a text begins with.
func skipped(text string) int {
	until := func(end string) int {
		if i := strings.Index(text, end); i >= 0 {
			return i + len(end)
		}
		return len(text)
	}
	switch {
	case strings.HasPrefix(text, "--"), text[0] == '#':
		return until("\n")
	case strings.HasPrefix(text, "/*"):
		return until("*/")
	}
	return len(text) - len(strings.TrimLeft(text, " \t\r\n\f\ufeff"))
}

// quoted is how long the quoted text is that a text begins with. A doubled
// mark is two texts, which makes no difference here.
func quoted(text string, end byte) int {
	if i := strings.IndexByte(text[1:], end); i >= 0 {
		return i + 2
	}
	return len(text)
}
