package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/source"
)

// An importResult is how an import ended.
type importResult struct {
	importer.Result

	err     error
	seconds float64
}

// An importJSON is the result for programs. Fields are added; none changes what
// it says.
type importJSON struct {
	// Complete says that the whole source was read, and that accounts were
	// closed if that was asked for.
	Complete        bool    `json:"complete"`
	Error           string  `json:"error,omitempty"`
	Rows            int     `json:"rows"`
	New             int     `json:"new"`
	Changed         int     `json:"changed"`
	Same            int     `json:"same"`
	LeftOut         int     `json:"left_out"`
	Closed          int     `json:"closed"`
	Problems        int     `json:"problems"`
	WithoutContact  int     `json:"without_contact"`
	WithoutPassword int     `json:"without_password"`
	Seconds         float64 `json:"seconds"`
}

// tell says how the import ended, and gives what goes to standard error.
func (c *importCustomersCmd) tell(env *environment, r importResult) (err error) {
	switch {
	case c.JSON:
		out := importJSON{
			Complete: r.err == nil, Rows: r.Rows, New: r.New, Changed: r.Changed, Same: r.Same, LeftOut: r.Bad, Closed: r.Closed,
			Problems: r.ProblemCount, WithoutContact: r.WithoutContact, WithoutPassword: r.WithoutPassword, Seconds: r.seconds,
		}
		if r.err != nil {
			out.Error = r.err.Error()
		}
		err = json.NewEncoder(env.stdout).Encode(out)
	case r.err == nil || r.Rows > 0:
		_, err = io.WriteString(env.stdout, summary(r.Result))
	}
	return err
}

// summary is what was read, in a line or a few.
func summary(r importer.Result) string {
	out := fmt.Sprintf("%s read: %s new, %s changed, %s the same, %s left out.\n",
		count(r.Rows, "customer", "customers"), grouped(r.New), grouped(r.Changed), grouped(r.Same), grouped(r.Bad))
	if r.Closed > 0 {
		out += fmt.Sprintf("%s closed: the source does not have them any more.\n", count(r.Closed, "account is", "accounts are"))
	}
	if r.WithoutContact > 0 {
		out += fmt.Sprintf("%s no contact_email: no reset can reach them, so customer care must help.\n",
			count(r.WithoutContact, "customer has", "customers have"))
	}
	if r.WithoutPassword > 0 {
		out += fmt.Sprintf("%s in without the old password. Which are named above, each with the reason.\n",
			count(r.WithoutPassword, "customer is", "customers are"))
	}
	return out
}

// leftOut is the error of an import that came to its end, but for some rows.
type leftOut struct{ text string }

func (l leftOut) Error() string { return l.text }

// verdict is nil when all rows are in. Otherwise it says where that leaves the
// operator.
func verdict(name string, r importer.Result, err error) error {
	soFar := "Nothing was imported."
	if r.Rows > 0 {
		soFar = fmt.Sprintf("%s in. Importing it again is safe: what is in already stays as it is.", count(r.Rows-r.Bad, "customer is", "customers are"))
	}
	stop, stopped := errors.AsType[*source.Stop](err)
	missing, tooMany := errors.AsType[*importer.TooManyMissing](err)
	switch {
	case err == nil && r.Bad == 0:
		return nil
	case err == nil:
		return leftOut{fmt.Sprintf("%s: %s left out, for the reasons above. %s", name, count(r.Bad, "row is", "rows are"), soFar)}
	case errors.Is(err, context.Canceled):
		return fmt.Errorf("%s: interrupted. %s", name, soFar)
	case tooMany && missing.Unreadable > 0:
		return fmt.Errorf("%s: no account was closed: %w. Correct the rows, or leave out --close-missing", name, missing)
	case tooMany:
		return fmt.Errorf("%s: no account was closed: %w. Is the source complete? If it is: --close-missing=%d", name, missing, missing.Missing)
	case stopped:
		return fmt.Errorf("%s: %w\nThe import stopped there. %s", name, stop, soFar)
	}
	return fmt.Errorf("%s: %w\nThe import stopped there. %s", name, err, soFar)
}

func count(n int, one, other string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + other
}

// grouped writes a number with commas between its thousands.
func grouped(n int) string {
	digits := strconv.Itoa(n)
	var out strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(d)
	}
	return out.String()
}
