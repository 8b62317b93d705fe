package store

import (
	"strconv"
	"strings"
	"time"
)

// A Place is how far somebody is in a list that is read part by part, in the
// order of a time and an ID. So a row that cannot be done away with keeps nobody
// from those behind it. The zero Place is the beginning.
type Place struct {
	at time.Time
	id string
}

// String is the place for the address of a page.
func (p Place) String() string {
	if p.id == "" {
		return ""
	}
	return strconv.FormatInt(ms(p.at), 10) + "." + p.id
}

// ParsePlace reads a place in an address. What is none is the beginning.
func ParsePlace(s string) Place {
	at, id, _ := strings.Cut(s, ".")
	n, err := strconv.ParseInt(at, 10, 64)
	if err != nil || id == "" || len(id) > 100 {
		return Place{}
	}
	if n == 0 {
		return Place{id: id}
	}
	return Place{at: time.UnixMilli(n).UTC(), id: id}
}
