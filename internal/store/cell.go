package store

import (
	"database/sql"
	"math"
	"strconv"
)

// notNull is a text that is empty where we write NULL: somebody else has.
const notNull = "\x00"

// cell scans a column of an event, whatever somebody has put there: it is for the
// seals to say that it is not what it was.
func cell[T int64 | string](dst *T) sql.Scanner { return cellScanner[T]{dst} }

type cellScanner[T int64 | string] struct{ dst *T }

func (c cellScanner[T]) Scan(v any) error {
	var s sql.NullString
	if err := s.Scan(v); err != nil {
		return err
	}
	switch dst := any(c.dst).(type) {
	case *int64:
		n, err := strconv.ParseInt(s.String, 10, 64)
		if err != nil {
			n = math.MinInt64 // no moment of ours
		}
		*dst = n
	case *string:
		*dst = legible(s.String)
	}
	return nil
}

// orNone is cell for a column in which nothing is NULL.
func orNone(dst *string) sql.Scanner { return noneScanner{dst} }

type noneScanner struct{ dst *string }

func (n noneScanner) Scan(v any) error {
	if err := cell(n.dst).Scan(v); err != nil {
		return err
	}
	if v != nil && *n.dst == "" {
		*n.dst = notNull
	}
	return nil
}
