package store

import "time"

// A Place is how far somebody is in a list that is read part by part, in the
// order of a time and an ID. So a row that cannot be done away with keeps nobody
// from those behind it. The zero Place is the beginning.
type Place struct {
	at time.Time
	id string
}
