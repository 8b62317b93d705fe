package transfer_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/transfer"
)

func export(t *testing.T, db *store.DB, e transfer.Export) string {
	t.Helper()
	var out bytes.Buffer
	n, err := e.Write(t.Context(), db, &out)
	if err != nil {
		t.Fatal(err)
	}
	lines := int64(strings.Count(out.String(), "\n"))
	if !e.JSON {
		all, err := csv.NewReader(strings.NewReader(out.String())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		lines = int64(len(all)) - 1
	}
	if n != lines {
		t.Errorf("%d rows, it says, and there are %d", n, lines)
	}
	return out.String()
}

func TestExports(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		people(t, db)
		for list, want := range map[transfer.List]string{
			transfer.Customers: `customer_id,name,contact_email,contact_name,contacts,locale,status,sourced_email,sourced_name,sourced_contacts
CDN3000003,Veldkamp Media B.V.,'-jonas+1@veldkamp.example,Sanne Veldkamp,,,active,'-jonas+1@veldkamp.example,Sanne Veldkamp,
DE300002,Veldkamp Media B.V.,,Sanne Veldkamp,,,active,,Sanne Veldkamp,
NL300001,Veldkamp Media B.V.,sanne@veldkamp.example,Sanne Veldkamp,"[{""email"":""bills@veldkamp.example"",""name"":"""",""kind"":""billing"",""primary"":true}]",,active,sanne@veldkamp.example,Sanne Veldkamp,
`,
			transfer.Memberships: `customer_id,email,roles,since
NL300001,other@veldkamp.example,"technical,finance",2026-03-01T09:00:00.000Z
NL300001,owner@veldkamp.example,owner,2026-03-01T09:00:00.000Z
`,
		} {
			if got := export(t, db, transfer.Export{List: list}); got != want {
				t.Errorf("%s:\n%s, want\n%s", list, got, want)
			}
		}
		users := export(t, db, transfer.Export{List: transfer.Users})
		if !strings.HasPrefix(users, "user_id,email,name,language,created,state\nother,other@veldkamp.example,\"Sanne \"\"=1\"\"") ||
			!strings.HasSuffix(users, ",nl,2026-03-01T09:00:00.000Z,active\n") {
			t.Errorf("users:\n%s", users)
		}
		events := export(t, db, transfer.Export{List: transfer.Events})
		if !strings.Contains(events, `,account.registered,NL300001,owner,test,192.0.2.1,,"{""account"":`) {
			t.Errorf("events:\n%s", events)
		}
	})
}

// TestJSONSaysTheSame as CSV does, and as an import reads it.
func TestJSONSaysTheSame(t *testing.T) {
	db, _ := storetest.Open(t, "sqlite")
	people(t, db)
	for _, list := range []transfer.List{transfer.Customers, transfer.Users, transfer.Memberships, transfer.Events} {
		rows, err := csv.NewReader(strings.NewReader(export(t, db, transfer.Export{List: list}))).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSuffix(export(t, db, transfer.Export{List: list, JSON: true}), "\n"), "\n") {
			var object map[string]any
			if err := json.Unmarshal([]byte(line), &object); err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			for col, name := range rows[0] {
				in, want := object[name], rows[i+1][col]
				text, isText := in.(string)
				if !isText && in != nil {
					raw, _ := json.Marshal(in)
					text, want = string(raw), compact(t, want)
				}
				if got := strings.TrimPrefix(want, "'"); strings.ReplaceAll(text, "\r\n", "\n") != got { // encoding/csv reads line ends so
					t.Errorf("%s %d: %s is %q, and %q in CSV", list, i, name, text, want)
				}
			}
			if len(object) != len(rows[0]) {
				t.Errorf("%d keys, and %d columns", len(object), len(rows[0]))
			}
		}
	}
}

func compact(t *testing.T, text string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	out, _ := json.Marshal(v)
	return string(out)
}

// TestExportsHoldNoSecret but when they are asked to.
func TestExportsHoldNoSecret(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB, _ *storetest.Clock) {
		people(t, db)
		for _, list := range []transfer.List{transfer.Customers, transfer.Users, transfer.Memberships, transfer.Events} {
			for _, asJSON := range []bool{false, true} {
				if got := export(t, db, transfer.Export{List: list, JSON: asJSON}); strings.Contains(got, "a-hash") || strings.Contains(got, "password") && list != transfer.Events {
					t.Errorf("%s:\n%s", list, got)
				}
				got := export(t, db, transfer.Export{List: list, JSON: asJSON, Secrets: true})
				if strings.Contains(got, "a-hash-of-owner") != (list == transfer.Users) {
					t.Errorf("%s, with secrets:\n%s", list, got)
				}
			}
		}
	})
}

// TestExportsGoThroughEveryPage and leave nobody out between two of them; who
// deleted the login is not among the users.
func TestExportsGoThroughEveryPage(t *testing.T) {
	db, _ := storetest.Open(t, "sqlite")
	var want []string
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		for i := range 2 * 1000 {
			id := keyfold.UserID(fmt.Sprintf("u%05d", i))
			if err := tx.ApplyUser(t.Context(), keyfold.NewUser(by, id, email(t, string(id)+"@x.example"), "", keyfold.English, "h")); err != nil {
				return err
			}
			if i%7 != 0 {
				want = append(want, string(id))
				continue
			}
			u, err := tx.User(t.Context(), id)
			if err != nil {
				return err
			}
			c, err := u.Delete(by, 0)
			if err != nil {
				return err
			}
			if err := tx.ApplyUser(t.Context(), c); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range strings.Lines(export(t, db, transfer.Export{List: transfer.Users})) {
		id, _, _ := strings.Cut(line, ",")
		got = append(got, id)
	}
	if !slices.Equal(got[1:], want) {
		t.Errorf("%d users, want %d", len(got)-1, len(want))
	}
	if events := export(t, db, transfer.Export{List: transfer.Events}); !strings.Contains(events, "\n2286,") {
		t.Error("not all events")
	}
	if got := export(t, db, transfer.Export{List: transfer.Customers}); strings.Count(got, "\n") != 1 {
		t.Errorf("of nobody: %q", got)
	}
}
