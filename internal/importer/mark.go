package importer

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"

	"github.com/keyfold/keyfold/internal/store"
)

// A marker makes the marks of rows: two rows have the same when they say the
// same, and an import would do the same with it.
type marker struct {
	begin []byte // what all rows share
	keyed bool
	buf   []byte
}

// markForm changes when this program begins to make another thing of a row.
const markForm = 1

// newMarker makes a marker. Without a key, rows with a digest that is soon
// guessed have no mark: whoever has the database could try passwords against
// it, and would not have to go through the argon2id around the digest.
func newMarker(c columns, intake fmt.Stringer, key []byte) *marker {
	m := &marker{keyed: len(key) > 0}
	m.begin = fmt.Appendf(m.begin, "%d %x %t %t %t %v", markForm, key,
		c.has(colLocale), c.has(colStatus), c.has(colContacts) || c.grouped() || c.exported(), intake)
	return m
}

// of is the mark of a row.
func (m *marker) of(r *row) store.Mark {
	if r.weak && !m.keyed {
		return 0
	}
	d := &r.details
	m.buf = append(m.buf[:0], m.begin...)
	for _, part := range []string{
		d.ID.String(), d.Entity, d.Name, d.Language.String(), d.Contact.Name, d.Contact.Email.String(), d.Contacts.String(),
		r.legacy.Hash, r.legacy.Salt, r.legacy.Username, r.factor,
	} {
		m.buf = binary.AppendUvarint(m.buf, uint64(len(part)))
		m.buf = append(m.buf, part...)
	}
	if d.Closed {
		m.buf = append(m.buf, 1)
	}
	sum := sha256.Sum256(m.buf)
	return store.Mark(binary.BigEndian.Uint64(sum[:]))
}
