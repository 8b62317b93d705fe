package importer_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

var visitor = keyfold.Act{By: "visitor"}

// apply changes an account, as its customer does.
func apply(t *testing.T, db *store.DB, id string, steps ...func(keyfold.Account) (keyfold.Change, error)) {
	t.Helper()
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for _, step := range steps {
			customer, err := keyfold.ParseCustomerID(id)
			if err != nil {
				return err
			}
			a, err := tx.Account(t.Context(), customer)
			if err != nil {
				return err
			}
			c, err := step(a)
			if err != nil {
				return err
			}
			if err := tx.Apply(t.Context(), c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func setPassword(a keyfold.Account) (keyfold.Change, error) {
	return a.SetPassword(visitor, time.Now(), "hash")
}

func pendEmail(a keyfold.Account) (keyfold.Change, error) {
	to, err := keyfold.ParseEmail("me@veldkamp.example")
	if err != nil {
		return keyfold.Change{}, err
	}
	return a.PendEmail(visitor, time.Now(), to)
}

func freeze(a keyfold.Account) (keyfold.Change, error) { return a.Freeze(visitor) }

// underWay is an account with a pending address, a reset link, a link to
// confirm and one to dispute, and a registration session.
type underWay struct {
	session token.Secret
	links   map[store.Purpose]string
}

func onTheWay(t *testing.T, db *store.DB, id string) underWay {
	t.Helper()
	apply(t, db, id, setPassword, pendEmail)
	a := account(t, db, id)
	u := underWay{session: token.New(), links: map[store.Purpose]string{}}
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for _, p := range []store.Purpose{store.Reset, store.Confirm, store.Dispute, store.Stop} {
			secret := token.New()
			u.links[p] = secret.Hash()[:20]
			err := tx.IssueToken(t.Context(), store.Token{
				ID: u.links[p], Hash: secret.Hash(), Purpose: p, Email: a.Contact.Email, Expires: tx.Now().Add(time.Hour),
				Grants: []store.Grant{{Subject: store.OfAccount(a.ID)}},
			})
			if err != nil {
				return err
			}
		}
		return tx.OpenSession(t.Context(), store.Session{Hash: u.session.Hash(), Account: a.ID, Expires: tx.Now().Add(time.Hour)})
	})
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// alive are the parts that still work.
func (u underWay) alive(t *testing.T, db *store.DB) (parts []string) {
	t.Helper()
	if _, err := db.Reader().Session(t.Context(), u.session); err == nil {
		parts = append(parts, "session")
	}
	for _, p := range []store.Purpose{store.Reset, store.Confirm, store.Dispute, store.Stop} {
		link, err := db.Reader().TokenByID(t.Context(), u.links[p])
		if err != nil {
			t.Fatal(err)
		}
		if len(link.Live()) > 0 {
			parts = append(parts, string(p))
		}
	}
	return parts
}

func noticeTo(t *testing.T, db *store.DB, id, to string) (store.Mail, bool) {
	t.Helper()
	address, err := keyfold.ParseEmail(to)
	if err != nil {
		t.Fatal(err)
	}
	m, ok, err := db.Reader().LastMail(t.Context(), account(t, db, id).ID, address, "contact-changed")
	if err != nil {
		t.Fatal(err)
	}
	return m, ok
}

const statusHead = "customer_id,name,contact_email,contact_name,locale,status\n"

func TestNewContactEndsWhatWasPendingAndTellsTheFormerOne(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, statusHead+"NL100001,One,old@x.example,A,de,\nNL100002,Two,old@x.example,A,de,\n")
		u, other := onTheWay(t, db, "NL100001"), onTheWay(t, db, "NL100002")
		r := mustBring(t, db, statusHead+"NL100001,One,new@x.example,A,de,\nNL100002,Two B.V.,OLD@x.example,A,de,\n")
		wantCounts(t, r, 2, 0, 2, 0, 0, 0)
		if diff := cmp.Diff([]string{"dispute"}, u.alive(t, db)); diff != "" {
			t.Error(diff)
		}
		a := account(t, db, "NL100001")
		if a.State != keyfold.PasswordSet || !a.Pending.IsZero() || a.Password != "hash" || a.Former.String() != "old@x.example" {
			t.Errorf("got %+v", a)
		}
		m, ok := noticeTo(t, db, "NL100001", "old@x.example")
		if !ok || m.Language != keyfold.German || m.Entity != "NL" || m.Status != store.Queued || m.ID == "" {
			t.Errorf("got %v, %+v", ok, m)
		}
		if _, ok := noticeTo(t, db, "NL100001", "new@x.example"); ok {
			t.Error("the new contact was told that it is none")
		}
		// The other one has a new name and the same mailbox.
		if diff := cmp.Diff([]string{"session", "reset", "confirm", "dispute", "stop"}, other.alive(t, db)); diff != "" {
			t.Error(diff)
		}
		if _, ok := noticeTo(t, db, "NL100002", "old@x.example"); ok || account(t, db, "NL100002").State != keyfold.EmailPending {
			t.Error("another spelling of the contact counts as another contact")
		}
	})
}

func TestClosedAccountLosesWhatWasPending(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, statusHead+"NL100001,One,a@x.example,A,,\n")
		u := onTheWay(t, db, "NL100001")
		mustBring(t, db, statusHead+"NL100001,One,a@x.example,A,,Closed\n")
		if diff := cmp.Diff([]string{"dispute"}, u.alive(t, db)); diff != "" || !account(t, db, "NL100001").Closed {
			t.Error(diff)
		}
		if _, ok := noticeTo(t, db, "NL100001", "a@x.example"); ok {
			t.Error("a contact that stays was told that it has changed")
		}
	})
}

func TestFirstContactHasNobodyToTell(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		if _, _, err := bring(t, db, head+"NL100001,One,,\n"); err != nil {
			t.Fatal(err)
		}
		mustBring(t, db, head+"NL100001,One,a@x.example,\n")
		if _, ok := noticeTo(t, db, "NL100001", "a@x.example"); ok {
			t.Error("the new contact was told that it is none")
		}
	})
}

func TestRegisteredAccountKeepsItsOwner(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, head+"NL100001,One,a@x.example,A\n")
		mail, err := keyfold.ParseEmail("me@veldkamp.example")
		if err != nil {
			t.Fatal(err)
		}
		err = db.Update(t.Context(), func(tx *store.Tx) error {
			return tx.ApplyUser(t.Context(), keyfold.NewUser(visitor, "u1", mail, "Sanne", keyfold.Dutch, "login"))
		})
		if err != nil {
			t.Fatal(err)
		}
		apply(t, db, "NL100001", setPassword, pendEmail, func(a keyfold.Account) (keyfold.Change, error) { return a.Register(visitor, time.Now(), "u1") })
		r := mustBring(t, db, "customer_id,name,contact_email,contact_name,password_hash\nNL100001,Renamed,,B,other\n")
		a := account(t, db, "NL100001")
		if a.State != keyfold.Registered || a.Owner != "u1" || a.Imported != "" || a.NeedsCare || a.Name != "Renamed" {
			t.Errorf("got %+v", a)
		}
		wantCounts(t, r, 1, 0, 1, 0, 0, 0) // its owner logs in without a contact
	})
}

func TestFrozenAccountKeepsItsContact(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, head+"NL100001,One,a@x.example,A\n")
		apply(t, db, "NL100001", freeze)
		r, told, err := bring(t, db, head+"NL100001,Other,thief@x.example,A\nNL100002,Two,a@x.example,A\n")
		want := []string{"line 2: NL100001: contact_email: the account is frozen by a dispute: its contacts stay as they are until customer care has looked."}
		if diff := cmp.Diff(want, told); err != nil || diff != "" {
			t.Errorf("%v, %s", err, diff)
		}
		wantCounts(t, r, 2, 1, 0, 0, 1, 0)
		if a := account(t, db, "NL100001"); a.Contact.Email.String() != "a@x.example" || a.Name != "One" {
			t.Errorf("got %+v", a)
		}
		mustBring(t, db, head+"NL100001,Other,a@x.example,A\n")
		if account(t, db, "NL100001").Name != "Other" {
			t.Error("the name of a frozen account cannot change")
		}
	})
}

// A customer is faster than the batch: what was read is not what is there any
// more. Two imports of one file at once are the hardest case of it.
func TestImportsAtOnceMakeOneAccountEach(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		text := head
		for _, id := range []string{"NL100001", "NL100002", "NL100003", "NL100004"} {
			text += id + ",One,a@x.example,A\n"
		}
		type end struct {
			result importer.Result
			err    error
		}
		const imports = 4
		ends := make(chan end, imports)
		for range imports {
			go func() {
				r, _, err := bring(t, db, text)
				ends <- end{r, err}
			}()
		}
		entered := 0
		for range imports {
			e := <-ends
			if e.err != nil || e.result.Rows != 4 {
				t.Errorf("got %+v", e)
			}
			entered += e.result.New
		}
		if entered != 4 || len(events(t, db, "NL100001")) != 1 {
			t.Errorf("%d are new, and one has the events %v", entered, events(t, db, "NL100001"))
		}
	})
}
