package importer_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// TestExportChangesNothingWhereItComesFromAndMakesTheSameElsewhere: what was
// changed at the pages is neither undone nor lost.
func TestExportChangesNothingWhereItComesFromAndMakesTheSameElsewhere(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, groups+"NL100001,One,a@x.example,A,bill@x.example,Bill,billing,,,\n")
		storetest.Contact(t, db, account(t, db, "NL100001").ID, keyfold.TechnicalContact, "own@x.example")
		registerWithContact(t, db, "NL100001", "new@x.example")
		export := "customer_id,name,contact_email,contact_name,contacts,sourced_email,sourced_name,sourced_contacts\n" +
			`NL100001,One,new@x.example,'=N,"[{""email"":""bill@x.example"",""name"":""Bill"",""kind"":""billing"",""primary"":true},` +
			`{""email"":""own@x.example"",""name"":"""",""kind"":""technical"",""primary"":true}]",a@x.example,A,` +
			`"` + strings.ReplaceAll(account(t, db, "NL100001").Listed.String(), `"`, `""`) + "\"\n"
		before := len(events(t, db, "NL100001"))
		wantCounts(t, mustBring(t, db, export), 1, 0, 0, 1, 0, 0)
		if got := len(events(t, db, "NL100001")); got != before {
			t.Errorf("%d events, and %d before", got, before)
		}
		empty, _ := storetest.Open(t, "sqlite")
		mustBring(t, empty, export)
		a := account(t, empty, "NL100001")
		if a.Contact.Email.String() != "new@x.example" || a.Contact.Name != "=N" || a.Sourced.Email.String() != "a@x.example" || !a.Listed.Equal(account(t, db, "NL100001").Listed) {
			t.Errorf("got %+v", a)
		}
		if diff := cmp.Diff([]string{"billing bill@x.example Bill*", "technical own@x.example*"}, listed(t, empty, "NL100001")); diff != "" {
			t.Error(diff)
		}
		wantCounts(t, mustBring(t, empty, export), 1, 0, 0, 1, 0, 0)
	})
}

// registerWithContact gives an account an owner and, a day later, another main
// contact.
func registerWithContact(t *testing.T, db *store.DB, id, contact string) {
	t.Helper()
	mail, err := keyfold.ParseEmail(contact)
	if err != nil {
		t.Fatal(err)
	}
	err = db.Update(t.Context(), func(tx *store.Tx) error {
		return tx.ApplyUser(t.Context(), keyfold.NewUser(visitor, "u1", mail, "Sanne", keyfold.Dutch, "login"))
	})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	apply(t, db, id, setPassword, pendEmail,
		func(a keyfold.Account) (keyfold.Change, error) { return a.Register(visitor, now, "u1") },
		func(a keyfold.Account) (keyfold.Change, error) {
			return a.ProposeContact(visitor, now, keyfold.Contact{Email: mail, Name: "=N"})
		},
		func(a keyfold.Account) (keyfold.Change, error) {
			return a.SucceedContact(visitor, now.Add(25*time.Hour))
		})
}
