package keyfold

import (
	"errors"
	"strings"
	"time"
)

// A Refusal is an answer that the person at the other end can act on. Every
// other error is a fault of ours: it is logged once, at the edge, and the
// person sees a reference number.
type Refusal struct {
	Kind  Kind
	Text  string // message ID in the locale files
	Field string // form field it belongs to, if any
	Args  []any  // names and values for the message, in turn

	// RetryAfter says when it makes sense to come back. Zero: not a matter of time.
	RetryAfter time.Duration
}

// Kind is the class of a refusal. It decides the status code and nothing else.
type Kind int

// The kinds. A new one needs a row in the table of status codes, which a test
// demands.
const (
	Invalid  Kind = iota + 1 // what was typed cannot be used
	Denied                   // right question, wrong person
	NotFound                 // it is not there, or not yours
	Conflict                 // somebody was faster
	Gone                     // used or expired
	Slow                     // too many tries
	Busy                     // we have no room just now
)

// Refuse makes a refusal out of a message ID.
func Refuse(k Kind, text string) *Refusal { return &Refusal{Kind: k, Text: text} }

// On says which form field the refusal belongs to.
func (r *Refusal) On(field string) *Refusal { r.Field = field; return r }

// With adds names and values for the message, in turn.
func (r *Refusal) With(args ...any) *Refusal { r.Args = append(r.Args, args...); return r }

// After says when it makes sense to come back.
func (r *Refusal) After(d time.Duration) *Refusal { r.RetryAfter = d; return r }

func (r *Refusal) Error() string { return "refused: " + r.Text }

// Refusals are several reasons at once: a person who typed three wrong things
// is told of all three.
type Refusals []*Refusal

func (rs Refusals) Error() string {
	texts := make([]string, len(rs))
	for i, r := range rs {
		texts[i] = r.Text
	}
	return "refused: " + strings.Join(texts, ", ")
}

// OrNil is rs as an error, or nil when there is no reason in it.
func (rs Refusals) OrNil() error {
	if len(rs) == 0 {
		return nil
	}
	return rs
}

// Refused returns the reasons in err. They are none when err is nil or a fault
// of ours.
func Refused(err error) Refusals {
	if rs, ok := errors.AsType[Refusals](err); ok {
		return rs
	}
	if r, ok := errors.AsType[*Refusal](err); ok {
		return Refusals{r}
	}
	return nil
}

// RefusedAs reports whether err is a refusal with that message ID.
func RefusedAs(err error, text string) bool {
	for _, r := range Refused(err) {
		if r.Text == text {
			return true
		}
	}
	return false
}
