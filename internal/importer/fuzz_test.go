package importer_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// FuzzCustomers gives any bytes for the rows of a file. Each row is in, or is
// told of; and what is in stays as it is when it comes again.
func FuzzCustomers(f *testing.F) {
	for _, seed := range []string{
		"", "NL100001,One,a@x.example,A", "NL100001,\"O\"\"ne\",,\r\n\r\n", "\"", "\"a\"b", "a\"b,,,", "\r", ",,,\r\r\n", "NL100001,One,a@x.example,\xff",
		"NL100001,\"a\nb\",,\nNL100001,One,,\n", "nl-1 000 01,\x00,,", "NL100001,One,,\nNL100002,\"Two,,\n",
	} {
		f.Add([]byte(seed))
	}
	db, _ := storetest.Open(f, "sqlite")
	s := importer.Service{DB: db, Entities: storetest.Entities(f)}
	f.Fuzz(func(t *testing.T, rows []byte) {
		if _, err := source.Open(strings.NewReader(head + string(rows))); err != nil {
			t.Skip(err) // no text at all
		}
		before := total(t, db)
		told := map[int]bool{}
		first, err := s.Customers(t.Context(), opened(t, head+string(rows)), "f.csv", func(p importer.Problem) {
			if p.Line < 2 || p.Reason == "" {
				t.Errorf("a problem says too little: %+v", p)
			}
			told[p.Line] = told[p.Line] || !p.Note
		})
		bad := 0
		for _, is := range told {
			if is {
				bad++
			}
		}
		_, stopped := errors.AsType[*source.Stop](err)
		switch {
		case err != nil && !stopped:
			t.Fatal(err)
		case first.Rows != first.New+first.Changed+first.Same+first.Bad || bad != first.Bad:
			t.Errorf("%+v, told of %d", first, bad)
		case total(t, db)-before != int64(first.New):
			t.Errorf("%d accounts more, and %d new", total(t, db)-before, first.New)
		}
		again, _ := s.Customers(t.Context(), opened(t, head+string(rows)), "f.csv", nil)
		if again.New+again.Changed > 0 || again.Rows != first.Rows || again.Bad != first.Bad {
			t.Errorf("first %+v, again %+v", counts(first), counts(again))
		}
	})
}

func opened(t *testing.T, text string) source.Reader {
	t.Helper()
	in, err := source.Open(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return in
}
