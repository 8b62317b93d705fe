package readiness

import (
	"time"

	"github.com/keyfold/keyfold/internal/source"
)

// Counts are customers. Each is counted once.
type Counts struct {
	Ready      int // can go all ten steps alone, and mail reaches their domain
	Unchecked  int // nothing speaks against it, but nobody knows whether mail reaches them
	Care       int // are in, and customer care or the operator must help first
	LeftOut    int // are not in
	Registered int // have gone all steps
	Closed     int // have nothing to do
}

// All are all rows.
func (c Counts) All() int {
	return c.Ready + c.Unchecked + c.Care + c.LeftOut + c.Registered + c.Closed
}

// plus is both together.
func (c Counts) plus(n Counts) Counts {
	c.Ready += n.Ready
	c.Unchecked += n.Unchecked
	c.Care += n.Care
	c.LeftOut += n.LeftOut
	c.Registered += n.Registered
	c.Closed += n.Closed
	return c
}

// An Entity is what becomes of the customers of one. Rows that are left out are
// of none: often nobody can tell.
type Entity struct {
	Code string
	Counts
}

// A Finding is what was found about some customers.
type Finding struct {
	Kind     Kind
	Count    int       // customers
	Examples []Example // the first ones
}

// An Example is a customer of a finding.
type Example struct {
	Line     int
	Customer string // ID, as it stands in the source; empty: there is none
	What     string // that is so about it, like its domain; often empty
}

// A Format is how many passwords have a form of hash.
type Format struct {
	Name  string
	Count int
}

// A Mailbox is one that several customers share.
type Mailbox struct {
	Address   string
	Count     int       // customers
	Customers []Example // the first ones
}

// Shared is how mailboxes are shared.
type Shared struct {
	Mailboxes int
	Customers int
	Largest   []Mailbox
}

// A Report is what becomes of the customers of a source.
type Report struct {
	Source  string
	Unit    source.Unit
	Made    time.Time // zero: nobody says
	DryRun  bool      // nothing was written
	Stopped string    // why the source could not be read to its end; empty: it was

	Counts

	Findings []Finding // the worst first
	Entities []Entity
	Formats  []Format // of hashes, the most frequent first
	Shared   Shared
	LookedUp LookedUp
	Unknown  []string // what nobody looked at, in whole sentences
}

// LookedUp is what it gave to look up the domains of the contacts.
type LookedUp struct {
	Domains     int // all of the below; 0: nobody looked them up
	Reachable   int
	Unreachable int
	Unchecked   int // no answer
}
