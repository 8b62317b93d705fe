package importer_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

// listed are the contacts of an account in short: "billing a@x.example Anne*".
func listed(t *testing.T, db *store.DB, id string) (short []string) {
	t.Helper()
	contacts, err := db.Reader().Contacts(t.Context(), account(t, db, id).ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range contacts {
		text := strings.TrimSpace(string(c.Kind) + " " + c.Email.String() + " " + c.Name)
		if c.Primary {
			text += "*"
		}
		short = append(short, text)
	}
	return short
}

const groups = "customer_id,name,contact_email,contact_name,contact_2_email,contact_2_name,contact_2_kind,contact_3_email,contact_3_kind,contact_3_primary\n"

const inJSON = "customer_id,name,contact_email,contact_name,contacts\n"

func TestFurtherContactsComeInBothWays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, groups+"NL100001,One,a@x.example,A,bill@x.example,Bill,Billing,pay@x.example,billing,yes\nNL100002,Two,a@x.example,A,,,,,,\n")
		want := []string{"billing pay@x.example*", "billing bill@x.example Bill"}
		if diff := cmp.Diff(want, listed(t, db, "NL100001")); diff != "" {
			t.Error(diff)
		}
		if got := listed(t, db, "NL100002"); got != nil {
			t.Errorf("got %q", got)
		}
		// The same in JSON is the same.
		r := mustBring(t, db, inJSON+`NL100001,One,a@x.example,A,"[{""email"":""bill@x.example"",""name"":""Bill"",""kind"":""billing""},{""email"":""pay@x.example"",""kind"":""billing"",""primary"":true}]"`+"\n")
		wantCounts(t, r, 1, 0, 0, 1, 0, 0)
		if diff := cmp.Diff([]string{"contact.added by import:customers.csv", "contact.added by import:customers.csv", "account.imported by import:customers.csv"}, events(t, db, "NL100001")); diff != "" {
			t.Error(diff)
		}
		// A file that does not talk of them leaves them, an empty list takes them away.
		wantCounts(t, mustBring(t, db, head+"NL100001,One,a@x.example,A\n"), 1, 0, 0, 1, 0, 0)
		if got := listed(t, db, "NL100001"); len(got) != 2 {
			t.Errorf("got %q", got)
		}
		wantCounts(t, mustBring(t, db, inJSON+"NL100001,One,a@x.example,A,[]\n"), 1, 0, 1, 0, 0, 0)
		if got := listed(t, db, "NL100001"); got != nil {
			t.Errorf("got %q", got)
		}
	})
}

func TestContactThatWasTakenOffHereIsNotBroughtBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		text := groups + "NL100001,One,a@x.example,A,bill@x.example,Bill,billing,tech@x.example,technical,\n"
		mustBring(t, db, text)
		err := db.Update(t.Context(), func(tx *store.Tx) error {
			a := account(t, db, "NL100001")
			a.State = keyfold.Registered
			contacts, err := db.Reader().Contacts(t.Context(), a.ID)
			if err != nil {
				return err
			}
			c, err := a.RemoveContact(keyfold.Act{By: "user:u1"}, contacts, contacts[0])
			if err != nil {
				return err
			}
			return tx.ApplyContact(t.Context(), c)
		})
		if err != nil {
			t.Fatal(err)
		}
		wantCounts(t, mustBring(t, db, text), 1, 0, 0, 1, 0, 0)
		wantCounts(t, mustBring(t, db, strings.Replace(text, "One", "One B.V.", 1)), 1, 0, 1, 0, 0, 0)
		if diff := cmp.Diff([]string{"technical tech@x.example*"}, listed(t, db, "NL100001")); diff != "" {
			t.Error(diff)
		}
	})
}

// TestListedContactThatBecomesMainContactIsNotListedTwice: an overview of both
// would show one person in two places.
func TestListedContactThatBecomesMainContactIsNotListedTwice(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, head+"NL100001,One,a@x.example,A\n")
		storetest.Contact(t, db, account(t, db, "NL100001").ID, keyfold.GeneralContact, "b@x.example")
		mustBring(t, db, head+"NL100001,One,B@x.example,B\n")
		if got := listed(t, db, "NL100001"); got != nil || account(t, db, "NL100001").Contact.Email.String() != "B@x.example" {
			t.Errorf("listed are %q", got)
		}
	})
}

func TestContactsThatCannotBeAreTold(t *testing.T) {
	db, _ := storetest.Open(t, "sqlite")
	_, told, err := bring(t, db, groups+
		"NL100001,One,a@x.example,A,at x,,billing,,,\n"+
		"NL100002,Two,a@x.example,A,b@x.example,,boss,,,\n"+
		"NL100003,Three,a@x.example,A,,Bill,billing,,,\n"+
		"NL100004,Four,a@x.example,A,b@x.example,,billing,B@x.example,billing,\n"+
		"NL100005,Five,a@x.example,A,,,,b@x.example,general,yes\n"+
		"NL100006,Six,a@x.example,A,,,,b@x.example,general,perhaps\n")
	want := []string{
		"line 2: NL100001: contact_2_email: it is no email address. Write one, like name@company.example, or leave it empty.",
		`line 3: NL100002: contact_2_kind: "boss" is no kind of contact. Write general, billing, technical or security.`,
		"line 4: NL100003: contact_2_email: it is empty. Give the email address of this contact, or leave out its name and kind.",
		"line 5: NL100004: contact_2: a mailbox is there twice with the same kind. Remove one.",
		"line 6: NL100005: contact_2: the primary general contact is the main contact. It belongs into contact_email.",
		`line 7: NL100006: contact_3_primary: "perhaps" is neither yes nor no.`,
	}
	if diff := cmp.Diff(want, told); err != nil || diff != "" {
		t.Errorf("%v, %s", err, diff)
	}
	_, told, err = bring(t, db, inJSON+
		`NL100001,One,a@x.example,A,"[{""email"":""b@x.example"",""kind"":""billing"",""role"":""admin""}]"`+"\n"+
		`NL100002,Two,a@x.example,A,"{""email"":""b@x.example""}"`+"\n"+
		`NL100003,Three,a@x.example,A,"[{""email"":""b@x.example"",""kind"":""x""}]"`+"\n"+
		`NL100004,Four,a@x.example,A,[] []`+"\n")
	if err != nil || len(told) != 4 || !strings.Contains(told[0], "it is no list of contacts") || !strings.Contains(told[2], `contact 1, kind: "x" is no kind`) {
		t.Errorf("%v, %q", err, told)
	}
	for _, columns := range []string{
		"contact_1_email", "contact_22_email,contact_22_kind", "contact_2_email", "contact_2_kind", "contact_02_email,contact_02_kind",
		"contact_2_role", "contacts,contact_2_email,contact_2_kind", "password_salt",
	} {
		if _, _, err := bring(t, db, "customer_id,name,contact_email,contact_name,"+columns+"\n"); err == nil {
			t.Errorf("%s is taken", columns)
		}
	}
}

func TestFrozenAccountKeepsItsListedContacts(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		mustBring(t, db, groups+"NL100001,One,a@x.example,A,bill@x.example,,billing,,,\n")
		apply(t, db, "NL100001", freeze)
		r, _, err := bring(t, db, groups+"NL100001,One,a@x.example,A,thief@x.example,,billing,,,\n")
		if err != nil || r.Bad != 1 {
			t.Errorf("%v, %+v", err, r)
		}
		if diff := cmp.Diff([]string{"billing bill@x.example*"}, listed(t, db, "NL100001")); diff != "" {
			t.Error(diff)
		}
	})
}

// withKey imports as one who has the secret of the server.
func withKey(t *testing.T, db *store.DB, key token.Key, text string) (importer.Result, []string) {
	t.Helper()
	in, err := source.Open(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	var told []string
	s := importer.Service{DB: db, Entities: storetest.Entities(t), Key: &key}
	r, err := s.Customers(t.Context(), in, "customers.csv", func(p importer.Problem) { told = append(told, p.String()) })
	if err != nil {
		t.Fatal(err)
	}
	return r, told
}

func TestSeedOfASecondFactorRestsEncrypted(t *testing.T) {
	const factorHead = "customer_id,name,contact_email,contact_name,totp_seed\n"
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		key := token.NewKey("one")
		text := factorHead + "NL100001,One,a@x.example,A,jbsw y3dp-ehpk3pxp\nNL100002,Two,a@x.example,A,JBSWY3DPEHPK3PXP\nNL100003,Three,a@x.example,A,\nNL100004,Four,a@x.example,A,0189\n"
		r, told := withKey(t, db, key, text)
		if r.New != 3 || len(told) != 1 || !strings.Contains(told[0], "line 5: NL100004: totp_seed: it is no seed") {
			t.Errorf("%+v, %q", r, told)
		}
		sealed := string(account(t, db, "NL100001").Factor)
		if seed, err := key.Unseal("legacy factor", "NL100001", sealed); err != nil || string(seed) != "JBSWY3DPEHPK3PXP" {
			t.Errorf("%q, %v", seed, err)
		}
		if other := string(account(t, db, "NL100002").Factor); other == sealed || strings.Contains(sealed+other, "JBSW") {
			t.Error("one sees that two have the same seed")
		}
		if r, _ := withKey(t, db, key, text); r.Same != 3 {
			t.Errorf("%+v", r)
		}
		if _, _, err := bring(t, db, text); err == nil || !strings.Contains(err.Error(), "Set KEYFOLD_SECRET") {
			t.Errorf("without a key: %v", err)
		}
	})
}

func TestHashThatCannotBeUsedIsToldAndTheCustomerIsIn(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		text := "customer_id,name,contact_email,contact_name,password_hash\nNL100001,One,a@x.example,A,???\n" +
			"NL100002,Two,a@x.example,A,$2y$31$LGo/T0fzWSzyXG39VurRheAo/uIdJ2o4WdAWtRA4Q5bq4O8kzu44W\nNL100003,Three,a@x.example,A," + hash + "\n"
		for range 2 {
			r, told, err := bring(t, db, text)
			want := []string{
				"line 2: NL100001: password_hash: note: it has the form of no hash that we know. The customer comes in without the old password.",
				"line 3: NL100002: password_hash: note: it asks for more memory or rounds than we give to one hash. The customer comes in without the old password.",
			}
			if diff := cmp.Diff(want, told); err != nil || diff != "" || r.Bad != 0 || r.WithoutPassword != 2 {
				t.Errorf("%v, %+v, %s", err, r, diff)
			}
		}
		if account(t, db, "NL100001").Imported != "" || account(t, db, "NL100003").Imported != hash {
			t.Error("other hashes are in")
		}
	})
}

// TestNoQuickDigestRests: the database has argon2id over it, and nothing else
// that passwords could be tried against as quickly as against the digest.
func TestNoQuickDigestRests(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		const digest = "5f4dcc3b5aa765d61d8327deb882cf99"
		text := "customer_id,name,contact_email,contact_name,password_hash\nNL100001,One,a@x.example,A," + digest + "\n"
		mustBring(t, db, text)
		imported := string(account(t, db, "NL100001").Imported)
		if imported == "" || strings.Contains(imported, digest) || !strings.Contains(imported, "argon2id") {
			t.Errorf("got %q", imported)
		}
		marked := func() bool {
			there, err := db.Compared(t.Context(), []keyfold.CustomerID{account(t, db, "NL100001").ID})
			if err != nil {
				t.Fatal(err)
			}
			return there[account(t, db, "NL100001").ID].Marked()
		}
		if marked() {
			t.Error("a mark without a key stands for the digest")
		}
		wantCounts(t, mustBring(t, db, text), 1, 0, 0, 1, 0, 0)
		withKey(t, db, token.NewKey("one"), text)
		if !marked() || string(account(t, db, "NL100001").Imported) != imported {
			t.Error("with a key, nothing is remembered of the row")
		}
	})
}
