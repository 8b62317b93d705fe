package storetest

import (
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// Contact lists a contact. An account that has no owner keeps those that were
// listed when it had one.
func Contact(tb testing.TB, db *store.DB, id keyfold.CustomerID, kind keyfold.ContactKind, contact string) {
	tb.Helper()
	email, err := keyfold.ParseEmail(contact)
	if err != nil {
		tb.Fatal(err)
	}
	err = db.Update(tb.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(tb.Context(), id)
		if err != nil {
			return err
		}
		listed, err := tx.Contacts(tb.Context(), id)
		if err != nil {
			return err
		}
		a.State = keyfold.Registered // as it was then
		c, err := a.AddContact(keyfold.Act{By: "test"}, listed, keyfold.ListedContact{
			Contact: keyfold.Contact{Email: email}, ID: id.String() + string(kind) + contact, Kind: kind,
		})
		if err != nil {
			return err
		}
		return tx.ApplyContact(tb.Context(), c)
	})
	if err != nil {
		tb.Fatal(err)
	}
}
