package transfer_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/transfer"
)

// pairs runs a test from each database into each.
func pairs(t *testing.T, test func(t *testing.T, from, to *store.DB)) {
	t.Helper()
	for _, from := range storetest.Engines() {
		for _, to := range storetest.Engines() {
			t.Run(from+" to "+to, func(t *testing.T) {
				source, _ := storetest.Open(t, from)
				target, _ := storetest.Open(t, to)
				test(t, source, target)
			})
		}
	}
}

var by = keyfold.Act{By: "test", From: "192.0.2.1"}

// people puts something into a database: an account with an owner and another
// user, one without, contacts, a session and a link.
func people(t *testing.T, db *store.DB) {
	t.Helper()
	id := storetest.Import(t, db, "NL300001", "sanne@veldkamp.example")
	storetest.Import(t, db, "DE300002", "")
	storetest.Import(t, db, "CDN3000003", "-jonas+1@veldkamp.example")
	err := db.Update(t.Context(), func(tx *store.Tx) error {
		ctx := t.Context()
		var all error
		for _, u := range []string{"owner", "other"} {
			c := keyfold.NewUser(by, keyfold.UserID(u), email(t, u+"@veldkamp.example"), "Sanne \"=1\"\t\\N\r\n\\.", keyfold.Dutch, "a-hash-of-"+keyfold.Hash(u))
			all = errors.Join(all, tx.ApplyUser(ctx, c))
		}
		a, err := tx.Account(ctx, id)
		all = errors.Join(all, err)
		c, err := a.SetPassword(by, tx.Now(), "a-hash")
		all = errors.Join(all, err, tx.Apply(ctx, c))
		a, err = tx.Account(ctx, id)
		all = errors.Join(all, err)
		c, err = a.PendEmail(by, tx.Now(), email(t, "owner@veldkamp.example"))
		all = errors.Join(all, err, tx.Apply(ctx, c))
		a, err = tx.Account(ctx, id)
		all = errors.Join(all, err)
		c, err = a.Register(by, tx.Now(), "owner")
		all = errors.Join(all, err, tx.Apply(ctx, c))
		a, err = tx.Account(ctx, id)
		all = errors.Join(all, err)
		m, err := a.Admit(by, keyfold.Member{Account: id, User: "other", Roles: keyfold.RolesOf(keyfold.Finance, keyfold.Technical)}, "")
		all = errors.Join(all, err, tx.ApplyMember(ctx, m), tx.OpenSession(ctx, store.Session{
			Hash: "session", User: "owner", Expires: tx.Now().Add(time.Hour), Origin: "192.0.2.1", Agent: "Test",
		}))
		return errors.Join(all, tx.IssueToken(ctx, store.Token{
			ID: "token", Hash: "a-hash", Purpose: store.Reset, Email: email(t, "x@veldkamp.example"), Expires: tx.Now().Add(time.Hour),
			Grants: []store.Grant{{Subject: store.OfAccount(id)}},
		}))
	})
	if err != nil {
		t.Fatal(err)
	}
	storetest.Contact(t, db, id, keyfold.BillingContact, "bills@veldkamp.example")
}

func email(t *testing.T, typed string) keyfold.Email {
	t.Helper()
	e, err := keyfold.ParseEmail(typed)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// rows are all lines of all tables, but those of some.
func rows(t *testing.T, db *store.DB, but ...string) string {
	t.Helper()
	var out bytes.Buffer
	err := db.Dump(t.Context(), func(d *store.Dump) error {
		for _, table := range d.Tables {
			if slices.Contains(but, table.Name) {
				continue
			}
			out.WriteString(table.Name + ":\n")
			if err := d.Read(t.Context(), table, &out); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// fresh are the rows of a database in which nothing is.
func fresh(t *testing.T) string {
	t.Helper()
	db, _ := storetest.Open(t, "sqlite")
	return rows(t, db)
}

func nobody(transfer.Count) {}
