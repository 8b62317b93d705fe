package readiness

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/keyfold/keyfold/internal/sheet"
)

// How many shared mailboxes a report names, and how many customers of each. All
// of them are in the file of the mailboxes.
const (
	shownMailboxes = 100
	shownCustomers = 20
)

// shared finds the mailboxes that several customers share.
func (t *Tally) shared() (Shared, error) {
	several := sorter{dir: t.config.Dir, room: roomRecords} // by the first customer of each mailbox
	defer func() { t.fail(several.file.close()) }()
	var first record
	n := 0
	for r, err := range t.mailboxes.sorted() {
		if err != nil {
			return Shared{}, err
		}
		if n == 0 || !r.sameKey(first) {
			first, n = r, 1
			continue
		}
		if n++; n == 2 {
			err = several.add(record{hi: first.at, at: first.at})
		}
		if err == nil {
			err = several.add(record{hi: first.at, at: r.at})
		}
		if err != nil {
			return Shared{}, err
		}
	}
	return t.list(&several)
}

// A group is the customers of one mailbox.
type group struct {
	of    record // the first one
	count int
	shown []record
}

// list gives the largest mailboxes, and writes all of them to the file.
func (t *Tally) list(several *sorter) (s Shared, err error) {
	file, err := newMailboxFile(t.config.Mailboxes)
	if err != nil {
		return Shared{}, err
	}
	var g group
	for r, err := range several.sorted() {
		if err == nil && g.count > 0 && !r.sameKey(g.of) {
			err = t.place(&s, g)
			g = group{}
		}
		if err == nil && file != nil {
			var e entry
			if e, err = t.entry(r); err == nil {
				err = file.add(e)
			}
		}
		if err != nil {
			return Shared{}, err
		}
		g.of = r
		if g.count++; g.count <= shownCustomers {
			g.shown = append(g.shown, r)
		}
	}
	if g.count > 0 {
		err = t.place(&s, g)
	}
	return s, cmp.Or(err, file.close())
}

// place counts a mailbox, and keeps it when it is among the largest.
func (t *Tally) place(s *Shared, g group) error {
	s.Mailboxes++
	s.Customers += g.count
	if err := t.noteShared(g); err != nil {
		return err
	}
	i, _ := slices.BinarySearchFunc(s.Largest, g.count, func(m Mailbox, n int) int {
		if m.Count >= n { // what came first stays first
			return -1
		}
		return 1
	})
	if i == shownMailboxes {
		return nil
	}
	m := Mailbox{Count: g.count}
	for _, r := range g.shown {
		e, err := t.entry(r)
		if err != nil {
			return err
		}
		m.Address = e.mailbox
		m.Customers = append(m.Customers, Example{Line: e.line, Customer: e.customer})
	}
	s.Largest = slices.Insert(s.Largest, i, m)
	if len(s.Largest) > shownMailboxes {
		s.Largest = s.Largest[:shownMailboxes]
	}
	return nil
}

// noteShared counts the customers of a mailbox. Its first ones are examples.
func (t *Tally) noteShared(g group) error {
	f := &t.found[ContactShared]
	f.Count += g.count
	for _, r := range g.shown {
		if len(f.Examples) == t.config.Examples {
			break
		}
		e, err := t.entry(r)
		if err != nil {
			return err
		}
		f.Examples = append(f.Examples, Example{Line: e.line, Customer: e.customer})
	}
	return nil
}

// A mailboxFile is the shared mailboxes as CSV. The nil mailboxFile is none.
type mailboxFile struct{ out *bufio.Writer }

func newMailboxFile(w io.Writer) (*mailboxFile, error) {
	if w == nil {
		return nil, nil //nolint:nilnil // see above
	}
	f := &mailboxFile{bufio.NewWriter(w)}
	return f, written(f.out.WriteString(sheet.ByteOrderMark + sheet.Line("mailbox", "customer_id", "line")))
}

func (f *mailboxFile) add(e entry) error {
	return written(f.out.WriteString(sheet.Line(e.mailbox, e.customer, strconv.Itoa(e.line))))
}

func (f *mailboxFile) close() error {
	if f == nil {
		return nil
	}
	return written(0, f.out.Flush())
}

func written(_ int, err error) error {
	if err != nil {
		return fmt.Errorf("readiness: write: %w", err)
	}
	return nil
}
