package funnel

import (
	"context"
	"iter"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold/internal/sheet"
)

// File is what was counted as a table for spreadsheets, which run nothing of it: a
// line for each day and entity, with where the accounts were in the evening and how
// many had come to a stage that day. Names are the columns, in the reader's language.
func (s *Service) File(ctx context.Context, q Query, names Names) iter.Seq2[[]byte, error] {
	return func(yield func([]byte, error) bool) {
		reports, err := s.ReadEach(ctx, q)
		if err != nil {
			yield(nil, err)
			return
		}
		if !yield([]byte(sheet.ByteOrderMark+sheet.Line(names.columns()...)), nil) {
			return
		}
		for _, r := range reports {
			var part strings.Builder
			for _, d := range r.Days {
				part.WriteString(sheet.Line(d.cells(r.Entity)...))
			}
			if !yield([]byte(part.String()), nil) {
				return
			}
		}
	}
}

// Names are what the columns of a file are called.
type Names struct {
	Day, Entity    string
	Stood, Entered func(Stage) string
}

// PlainNames are those for programs.
func PlainNames() Names {
	return Names{
		Day: "day", Entity: "entity",
		Stood:   func(s Stage) string { return string(s) },
		Entered: func(s Stage) string { return "entered_" + string(s) },
	}
}

func (n Names) columns() []string {
	cells := []string{n.Day, n.Entity}
	for _, name := range []func(Stage) string{n.Stood, n.Entered} {
		for _, s := range All() {
			cells = append(cells, name(s))
		}
	}
	return cells
}

func (d DayCount) cells(entity string) []string {
	cells := []string{d.Day, entity}
	for _, counts := range []Counts{d.Stood, d.Entered} {
		for _, s := range All() {
			cells = append(cells, strconv.FormatInt(counts[s], 10))
		}
	}
	return cells
}
