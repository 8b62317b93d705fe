package transfer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/transfer"
)

func bring(t *testing.T, db *store.DB, file string) importer.Result {
	t.Helper()
	in, err := source.Open(strings.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	s := importer.Service{DB: db, Entities: storetest.Entities(t)}
	r, err := s.Customers(t.Context(), in, "customers", func(p importer.Problem) { t.Logf("%s", p) })
	if err != nil || r.Bad > 0 {
		t.Fatalf("%+v, %v\n%s", r, err, file)
	}
	return r
}

// lived is what a customer database said, and what customers have changed since:
// the main contact of one account and the contacts of another. The names are
// such as spreadsheets run, and such as look as if that was taken care of.
func lived(t *testing.T, db *store.DB) {
	t.Helper()
	bring(t, db, "customer_id,name,contact_email,contact_name,locale,status,contacts\n"+
		"NL300001,'t Hooft,old@x.example,\"B, C\",nl,active,\"[{\"\"email\"\":\"\"-t@x.example\"\",\"\"kind\"\":\"\"technical\"\",\"\"name\"\":\"\"=1,+2\"\"}]\"\n"+
		"NL300002,=1+1,-b@x.example,'=1,,closed,\n"+
		"NL300003,''-1;'=x|@y,c@x.example,+31 6,de,,\n"+
		"NL300004,Four,,,,,\n")
	id, err := keyfold.ParseCustomerID("NL300001")
	if err != nil {
		t.Fatal(err)
	}
	storetest.Contact(t, db, id, keyfold.BillingContact, "bills@x.example")
	former := storetest.Import(t, db, "DE300001", "old@x.example")
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		owner := keyfold.NewUser(by, "owner", email(t, "owner@x.example"), "", keyfold.English, "h")
		if err := tx.ApplyUser(t.Context(), owner); err != nil {
			return err
		}
		a, err := tx.Account(t.Context(), former)
		if err != nil {
			return err
		}
		c, err := a.LinkBy(by, tx.Now(), owner.User())
		if err != nil {
			return err
		}
		return tx.Apply(t.Context(), c)
	})
	if err != nil {
		t.Fatal(err)
	}
	newContact(t, db, former)
}

// newContact lets the owner of an account give another main contact.
func newContact(t *testing.T, db *store.DB, id keyfold.CustomerID) {
	t.Helper()
	storetest.Contact(t, db, id, keyfold.GeneralContact, "new@x.example")
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(t.Context(), id)
		if err != nil {
			return err
		}
		c, err := a.ProposeContact(by, tx.Now(), keyfold.Contact{Email: email(t, "new@x.example"), Name: "=New"})
		if err != nil {
			return err
		}
		if err := tx.Apply(t.Context(), c); err != nil {
			return err
		}
		a, err = tx.Account(t.Context(), id)
		if err != nil {
			return err
		}
		c, err = a.SucceedContact(by, a.Coming.At)
		if err != nil {
			return err
		}
		if err := tx.Apply(t.Context(), c); err != nil {
			return err
		}
		listed, err := tx.Contacts(t.Context(), id)
		if err != nil {
			return err
		}
		for _, change := range c.Account().Relist(by, listed, a.Contact, "relisted") {
			if err := tx.ApplyContact(t.Context(), change); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestAnExportImportedAgainChangesNothing where it comes from, and makes the same
// accounts where there are none, in both formats.
func TestAnExportImportedAgainChangesNothing(t *testing.T) {
	for _, asJSON := range []bool{false, true} {
		t.Run(fmt.Sprintf("json %t", asJSON), func(t *testing.T) {
			pairs(t, func(t *testing.T, from, to *store.DB) {
				lived(t, from)
				e := transfer.Export{List: transfer.Customers, JSON: asJSON}
				file, before := export(t, from, e), rows(t, from)
				if r := bring(t, from, file); r.Same != 5 || r.New+r.Changed > 0 {
					t.Errorf("into the same: %+v\n%s", r, file)
				}
				if strings.Count(file, "new@x.example") != 1 || strings.Count(file, "=New") != 1 {
					t.Errorf("the main contact is not there:\n%s", file)
				}
				if got := rows(t, from, "accounts"); got != strings.Replace(before, accountsOf(before), "", 1) {
					t.Errorf("more than the marks of accounts has changed:\n%s\n%s", got, before)
				}
				if r := bring(t, to, file); r.New != 5 {
					t.Errorf("into an empty one: %+v", r)
				}
				if got := export(t, to, e); got != file {
					t.Errorf("there it is\n%s, and was\n%s", got, file)
				}
				if r := bring(t, to, file); r.Same != 5 {
					t.Errorf("and once more: %+v", r)
				}
			})
		})
	}
}

// accountsOf is the part of rows that is about accounts.
func accountsOf(rows string) string {
	_, after, _ := strings.Cut(rows, "\naccounts:\n")
	lines, _, _ := strings.Cut(after, "memberships:\n")
	return "accounts:\n" + lines
}
