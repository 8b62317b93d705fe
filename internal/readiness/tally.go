package readiness

import (
	"errors"
	"hash/maphash"
	"io"
	"strings"
	"time"

	"github.com/keyfold/keyfold/internal/source"
)

// A Config says how a source is looked at. The zero Config looks at what is in
// the rows, and at nothing else.
type Config struct {
	Source   string      // its name, as people know it
	Unit     source.Unit // what its lines are
	Examples int         // of each finding; default: 5
	Dir      string      // for what memory has no room for; default: that of the system

	// Resolver looks up whether the domains of the contacts receive mail. Nil:
	// nobody asks, and nobody is counted as ready.
	Resolver Resolver
	Lookups  int           // at once; default: 32
	Wait     time.Duration // for one answer; default: 5 seconds
	Patience time.Duration // for all answers; default: 30 minutes

	Fix       io.Writer // gets the rows to fix, as CSV; nil: nobody wants them
	Mailboxes io.Writer // gets the shared mailboxes with their customers, as CSV; nil: nobody wants them
}

func (c Config) orDefault() Config {
	def := func(n *int, to int) {
		if *n <= 0 {
			*n = to
		}
	}
	def(&c.Examples, 5)
	def(&c.Lookups, 32)
	if c.Wait <= 0 {
		c.Wait = 5 * time.Second
	}
	if c.Patience <= 0 {
		c.Patience = 30 * time.Minute
	}
	return c
}

// How much a Tally keeps in memory: 6 MB for each of the two sorters, and the
// end of the spool.
const (
	roomRecords = 256 << 10
	roomSpool   = 256 << 10
)

// A Tally counts what is found while a source is read. It is used by one
// goroutine, in the order of the source. Its methods return no error: the first
// one comes out of [Tally.Report].
type Tally struct {
	config Config
	err    error

	total    Counts
	found    [endOfKinds]Finding
	latest   [endOfKinds]int // line on which a kind was found last
	lastOut  int             // line that was left out last
	entities []Entity
	entityAt map[string]int
	formats  map[string]int // of hashes
	hosted   bool           // a row named domains that are hosted
	stopped  string

	known     knownDomains
	customers spool
	mailboxes sorter // by mailbox
	domains   sorter // by domain, when they are looked up
	seeds     [2]maphash.Seed
	fix       *fixes
}

// New makes a Tally. It keeps files open until it is closed.
func New(c Config) (*Tally, error) {
	t := &Tally{
		config: c.orDefault(), entityAt: map[string]int{}, formats: map[string]int{}, known: knownDomains{},
		customers: spool{dir: c.Dir, room: roomSpool},
		mailboxes: sorter{dir: c.Dir, room: roomRecords},
		domains:   sorter{dir: c.Dir, room: roomRecords},
		seeds:     [2]maphash.Seed{maphash.MakeSeed(), maphash.MakeSeed()},
	}
	var err error
	t.fix, err = newFixes(c.Fix)
	return t, err
}

// Close lets go of the files.
func (t *Tally) Close() error {
	return errors.Join(t.customers.file.close(), t.mailboxes.file.close(), t.domains.file.close())
}

// Stopped says that the source could not be read to its end, and why.
func (t *Tally) Stopped(reason string) { t.stopped = reason }

// Defect notes a row, or a part of it, that does not go in. The defects of a
// row come one after the other, and before the Row.
func (t *Tally) Defect(d Defect) {
	if d.LeftOut && d.Line != t.lastOut {
		t.lastOut = d.Line
		t.total.LeftOut++
	}
	t.note(d.Kind, d.Line, d.Typed, "")
	t.fail(t.fix.add(d))
}

// Row counts a customer who is in, or would be.
func (t *Tally) Row(r Row) {
	in := t.entity(r.Entity)
	if len(r.Hosted) > 0 {
		t.hosted = true
	}
	if r.Closed || r.Registered {
		n := &Counts{Closed: 1}
		if !r.Closed {
			n = &Counts{Registered: 1}
		}
		t.add(in, *n)
		return
	}
	t.hash(r)
	if r.SecondFactor {
		t.finding(SecondFactor, r, "")
	}
	alone := t.contact(r)
	if r.Contact.Email.IsZero() {
		t.add(in, Counts{Care: 1})
		return
	}
	unsure := alone && t.config.Resolver != nil // until its domain is looked up
	switch {
	case unsure:
	case alone:
		t.add(in, Counts{Unchecked: 1})
	default:
		t.add(in, Counts{Care: 1})
	}
	t.keep(r, in, unsure)
}

func (t *Tally) add(entity int, n Counts) {
	t.total = t.total.plus(n)
	t.entities[entity].Counts = t.entities[entity].plus(n)
}

func (t *Tally) hash(r Row) {
	if !r.Hash.Given {
		if !t.hashRefused(r.Line) {
			t.finding(HashMissing, r, "")
		}
		return
	}
	t.formats[r.Hash.Format]++
	if r.Hash.Weak {
		t.finding(HashWeak, r, r.Hash.Format)
	}
}

// hashRefused reports whether a row comes without its hash because that was a
// defect: such a row has one.
func (t *Tally) hashRefused(line int) bool {
	for _, k := range []Kind{HashUnknown, HashCostly, HashIncomplete} {
		if t.found[k].Count > 0 && t.latest[k] == line {
			return true
		}
	}
	return false
}

// contact reports whether nothing speaks against it that the customer could
// go all steps with this contact.
func (t *Tally) contact(r Row) (alone bool) {
	to := r.Contact.Email
	if to.IsZero() {
		t.finding(ContactMissing, r, "")
		return false
	}
	local, _, _ := strings.Cut(to.Key(), "@")
	is := t.known.of(to)
	noReply := isNoReply(local)
	if noReply {
		t.finding(ContactNoReply, r, local+"@")
	} else if isRole(local) {
		t.finding(ContactRole, r, local+"@")
	}
	if is.reserved {
		t.finding(ContactReserved, r, to.Domain())
	}
	if is.disposable {
		t.finding(ContactDisposable, r, to.Domain())
	}
	if is.slip {
		t.finding(ContactTypo, r, to.Domain())
	}
	if isHosted(to, r.Hosted) {
		t.finding(ContactHosted, r, to.Domain())
	}
	if t.config.Resolver == nil && !is.reserved {
		t.note(ContactUnchecked, r.Line, r.ID.String(), "")
	}
	return !noReply && !is.reserved && !is.disposable && !is.slip
}

// keep remembers the customer under its mailbox, and under its domain when
// that is looked up.
func (t *Tally) keep(r Row, entity int, unsure bool) {
	key := r.Contact.Email.Key()
	place, err := t.customers.add(r.Line, r.ID, key)
	if err != nil {
		t.fail(err)
		return
	}
	at := packed(place, entity, unsure)
	t.fail(t.mailboxes.add(record{maphash.String(t.seeds[0], key), maphash.String(t.seeds[1], key), at}))
	domain := r.Contact.Email.Domain()
	if t.config.Resolver == nil || t.known.of(r.Contact.Email).reserved {
		return
	}
	t.fail(t.domains.add(record{maphash.String(t.seeds[0], domain), maphash.String(t.seeds[1], domain), at}))
}

// maxEntities bounds how many entities are counted apart.
const maxEntities = 1 << 10

// packed is a place in the spool, with what is known of the customer. The order
// is that of the places.
func packed(place int64, entity int, unsure bool) uint64 {
	at := uint64(place)<<16 | uint64(entity)<<1 //nolint:gosec // G115: neither is negative
	if unsure {
		at |= 1
	}
	return at
}

func unpacked(at uint64) (place int64, entity int, unsure bool) {
	return int64(at >> 16), int(at >> 1 & (maxEntities*2 - 1)), at&1 == 1
}

func (t *Tally) entity(code string) int {
	if i, ok := t.entityAt[code]; ok {
		return i
	}
	if len(t.entities) == maxEntities {
		return maxEntities - 1
	}
	t.entityAt[code] = len(t.entities)
	t.entities = append(t.entities, Entity{Code: code})
	return len(t.entities) - 1
}

// finding notes something about a row that is in.
func (t *Tally) finding(k Kind, r Row, what string) {
	t.note(k, r.Line, r.ID.String(), what)
	if t.fix != nil && k.About().Fix != "" {
		t.fail(t.fix.add(Defect{Line: r.Line, Typed: r.ID.String(), Column: k.About().Column, Kind: k, Reason: what}))
	}
}

// note counts a kind once for each customer.
func (t *Tally) note(k Kind, line int, customer, what string) {
	if t.latest[k] == line && t.found[k].Count > 0 {
		return
	}
	t.latest[k] = line
	f := &t.found[k]
	f.Count++
	if len(f.Examples) < t.config.Examples {
		f.Examples = append(f.Examples, Example{Line: line, Customer: strings.Clone(customer), What: strings.Clone(what)})
	}
}

// fail keeps the first fault.
func (t *Tally) fail(err error) {
	if t.err == nil {
		t.err = err
	}
}
