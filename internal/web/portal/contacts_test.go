package portal_test

import (
	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// list enters a contact: contact ID KIND ADDRESS.
func (s *story) list(a []string) error {
	id, err := keyfold.ParseCustomerID(a[0])
	if err == nil {
		storetest.Contact(s.t, s.db, id, keyfold.ContactKind(a[1]), a[2])
	}
	return err
}
