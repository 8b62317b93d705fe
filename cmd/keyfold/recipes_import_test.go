package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mariatest"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/store"
)

// TestRecipesBringCustomersIn runs the command of an operator against the tables
// of each billing system, and looks at the accounts that come of it.
func TestRecipesBringCustomersIn(t *testing.T) {
	for recipe, tt := range map[string]struct {
		column string
		code   int
		out    string   // of the summary
		told   []string // on standard error
		want   []string // accounts
		login  map[string]string
	}{
		"whmcs": {
			column: "customer_id=NL{id}",
			out:    "4 customers read: 4 new, 0 changed, 0 the same, 0 left out.",
			told:   []string{"row 4: NL1000004: contact_email: note: it is empty"},
			want: []string{
				`NL1000001 Veldkamp "Media" B.V. & Zn <info@veldkamp.example> Sanne Veldkamp en; billing books@veldkamp.example Books & "Co" B\V first; ` +
					`technical tech@veldkamp.example Tech first; general zoe@veldkamp.example Zoë Ørsted`,
				`NL1000002 Se'an O'Brien <sean@brien.example> Se'an O'Brien `,
				`NL1000003 Weber \ Söhne <weber@weber.example> Karl Weber  closed`,
				`NL1000004 Nobody owns this <>  de`,
			},
			login: map[string]string{"NL1000001": "Tegel-41?", "NL1000002": "Ruit-93!", "NL1000003": "Tegel-41?"},
		},
		"blesta": {
			column: "customer_id=NL{id_code}",
			code:   exitPartly,
			out:    "3 customers read: 1 new, 0 changed, 0 the same, 2 left out.",
			told: []string{
				"row 2: NLX-100002-7: customer_id: no entity of the configuration has customer IDs of this form.",
				"row 3: NL1000003: name: it is empty. Give the name of the customer.",
			},
			want: []string{
				`NL1000001 Veldkamp "Media" B.V. <info@veldkamp.example> Sanne Veldkamp nl; billing books@veldkamp.example Books O'Brien first; general zoe@veldkamp.example Zoë`,
			},
			login: map[string]string{"NL1000001": "Tegel-41?"},
		},
		"hostbill": {
			column: "customer_id=NL{id}",
			out:    "3 customers read: 3 new, 0 changed, 0 the same, 0 left out.",
			want: []string{
				`NL1000001 Veldkamp "Media" B.V. <info@veldkamp.example> Sanne Veldkamp nl; billing books@veldkamp.example Books Keeper first; general zoe@veldkamp.example Zoë`,
				`NL1000002 Karl Weber <weber@weber.example> Karl Weber en`,
				`NL1000003 Mei Tan <mei@tan.example> Mei Tan  closed`,
			},
			login: map[string]string{"NL1000001": "Tegel-41?"},
		},
	} {
		t.Run(recipe, func(t *testing.T) {
			legacy := mariatest.Open(t)
			legacy.Do(t, legacyTables[recipe]...)
			path := filepath.Join(t.TempDir(), "k.db")
			// A user who may only read, with a password: neither may be in the way.
			user := "reader_" + recipe
			legacy.Do(t, "create user "+user+"@localhost identified by '"+canary+"'", "grant select on "+legacy.Name+".* to "+user+"@localhost")
			environ := []string{
				"KEYFOLD_DATABASE_URL=sqlite://" + path, "KEYFOLD_PASSWORD_PEPPERS=blesta=0123456789abcdef",
				importFrom + "=" + legacy.URL(user, canary),
			}
			for _, want := range []string{tt.out, " 0 new, 0 changed, "} { // once more, nothing changes
				code, out, errs := keyfoldIn(t, environ, "import", "customers", "--recipe", recipe, "--column", tt.column)
				if code != tt.code || !strings.Contains(out, want) {
					t.Fatalf("exit code %d, want %s\n%s%s", code, want, out, errs)
				}
				for _, told := range tt.told {
					if !strings.Contains(errs, told) {
						t.Errorf("%q is not told:\n%s", told, errs)
					}
				}
				if strings.Contains(out+errs, "CANARY") || strings.Contains(out+errs, user) {
					t.Errorf("shows who read it:\n%s%s", out, errs)
				}
			}
			db, err := store.Open(t.Context(), store.Options{URL: "sqlite://" + path, Now: time.Now})
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close() //nolint:errcheck // it has only been asked
			if diff := cmp.Diff(tt.want, accountsOf(t, db.Reader())); diff != "" {
				t.Error(diff)
			}
			for id, pw := range tt.login {
				wantPassword(t, db.Reader(), id, pw)
			}
		})
	}
}

// accountsOf are all accounts with their contacts, in words.
func accountsOf(t *testing.T, r store.Reader) (accounts []string) {
	t.Helper()
	for n := 1000001; n < 1000005; n++ {
		id, err := keyfold.ParseCustomerID(fmt.Sprintf("NL%d", n))
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.Account(t.Context(), id)
		if keyfold.RefusedAs(err, "account.unknown") {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%s %s <%s> %s %s", a.ID, a.Name, a.Contact.Email, a.Contact.Name, a.Language)
		if a.Closed {
			text += " closed"
		}
		for _, kind := range []keyfold.ContactKind{keyfold.BillingContact, keyfold.TechnicalContact, keyfold.SecurityContact, keyfold.GeneralContact} {
			for _, c := range a.Listed.Contacts() {
				if c.Kind != kind {
					continue
				}
				text += fmt.Sprintf("; %s %s %s", c.Kind, c.Email, c.Name)
				if c.Primary {
					text += " first"
				}
			}
		}
		accounts = append(accounts, text)
	}
	return accounts
}

// wantPassword compares the imported hash with the password that it was made
// of, and with another one.
func wantPassword(t *testing.T, r store.Reader, id, pw string) {
	t.Helper()
	customer, err := keyfold.ParseCustomerID(id)
	if err != nil {
		t.Fatal(err)
	}
	a, err := r.Account(t.Context(), customer)
	if err != nil {
		t.Fatal(err)
	}
	peppers, err := password.ParsePeppers("blesta=0123456789abcdef")
	if err != nil {
		t.Fatal(err)
	}
	gate, err := password.NewGate(password.GateConfig{
		Slots: 1, Peppers: peppers, Params: password.Params{MemoryKiB: 8, Time: 1, Parallelism: 1},
	})
	if err != nil {
		t.Fatal(err)
	}
	for try, want := range map[string]bool{pw: true, pw + "x": false} {
		result, err := gate.Verify(t.Context(), a.Imported, try)
		if err != nil || result.OK != want {
			t.Errorf("%s with %s: %v, %v", id, try, result, err)
		}
	}
}

// A recipe for hashes and a map are one file: it is tried before the import.
func TestRecipeTellsWhetherAPasswordMatches(t *testing.T) {
	dir := t.TempDir()
	put := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for recipe, hash := range map[string]string{"blesta": blestaHash, "whmcs": "628eec3bb3001aca9a8f86dc9d281915:zout"} {
		_, text, _ := keyfoldIn(t, nil, "import", "recipe", recipe)
		vectors := put(recipe+".csv", "password,hash,expect\n"+map[string]string{"blesta": "Tegel-41?", "whmcs": "Ruit-93!"}[recipe]+","+hash+",right\nanother,"+hash+",wrong\n")
		code, out, errs := keyfoldIn(t, []string{"KEYFOLD_PASSWORD_PEPPERS=blesta=0123456789abcdef"}, "hash", "test", "--recipe", put(recipe+".yaml", text), vectors)
		if code != exitOK || !strings.HasSuffix(out, "2 lines are as expected.\n") {
			t.Errorf("%s: %d\n%s%s", recipe, code, out, errs)
		}
	}
}
