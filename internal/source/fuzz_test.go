package source_test

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/keyfold/keyfold/internal/source"
)

// checked reads a source to its end. Whatever it is, each row is as wide as the
// head, or says why not; lines go up; and it ends.
func checked(t *testing.T, in source.Reader) {
	t.Helper()
	last := 0
	for {
		rec, err := in.Next()
		if err != nil {
			if _, is := errors.AsType[*source.Stop](err); !is && !errors.Is(err, io.EOF) {
				t.Errorf("neither an end nor a stop: %v", err)
			}
			return
		}
		if rec.Line <= last {
			t.Fatalf("line %d comes after line %d", rec.Line, last)
		}
		last = rec.Line
		if rec.Fault == "" && len(rec.Fields) != len(in.Head().Columns) {
			t.Errorf("line %d has %d fields of %d, and no fault", rec.Line, len(rec.Fields), len(in.Head().Columns))
		}
		if rec.Fault == "" && slices.ContainsFunc(rec.Fields, func(s string) bool { return !utf8.ValidString(s) }) {
			t.Errorf("line %d is no UTF-8: %q", rec.Line, rec.Fields)
		}
	}
}

func fuzzForm(f *testing.F, form source.Form, seeds ...string) {
	f.Helper()
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		in, err := form.Open(strings.NewReader(string(text)))
		if err == nil {
			checked(t, in)
			return
		}
		if _, is := errors.AsType[*source.Stop](err); !is {
			t.Errorf("no stop: %v", err)
		}
	})
}

func FuzzCSV(f *testing.F) {
	fuzzForm(f, source.Form{Format: source.CSV}, "", "a,b\n1,2\n", "a\n\"b\"\"\n\",", "a;b", "\ufeffa\r\n1\r", "a\n\xff\n", "\x00", "a,b\n1\n1,2,3")
}

func FuzzJSONLines(f *testing.F) {
	fuzzForm(
		f, source.Form{Format: source.JSONLines}, "", "{}", `{"a":1}`+"\n"+`{"b":[{}]}`, `{"contacts":[{"a":[]},1,null,true,"\ud800"]}`,
		"[]", "{\"a\":\"\xff\"}", `{"a":1,"a":2}`, "{\"a\":1}\n\n{\"c\":2}x",
	)
}

func FuzzAnyFile(f *testing.F) {
	fuzzForm(f, source.Form{}, gzipped("a\n1\n"), zstandard("a\n1\n"), gzipped("a\n1\n")[:12], "PK\x03\x04", "\xff\xfea\x00", "{\"a\":1}", "a\n1")
}

func FuzzUTF16(f *testing.F) {
	fuzzForm(f, source.Form{Charset: source.UTF16}, wide("a,b\n1,2\n", true, true), wide("{\"a\":1}", false, true), "\xff\xfe\x00\xd8", "a")
}
