package api_test

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
)

// fill gives our account users, contacts and a past.
func (w *world) fill() {
	w.t.Helper()
	w.admit(w.ours, w.user("mirjam", "mirjam@veldkamp.example", "Mirjam Postma").ID, keyfold.Admin, keyfold.Finance)
	w.admit(w.ours, w.user("ellen", "ellen@veldkamp.example", "").ID, keyfold.Abuse)
	w.contact(w.ours, "billing", true, "Accounts", "billing@veldkamp.example")
	w.contact(w.ours, "billing", false, "", "books@veldkamp.example")
	w.contact(w.ours, "general", false, "Reception", "reception@veldkamp.example")
	w.contact(w.theirs, "security", true, "Sicherheit", "security@kuestenlicht.example")
}

// contact lists a contact.
func (w *world) contact(id keyfold.CustomerID, kind string, primary bool, name, email string) {
	w.t.Helper()
	w.seq++
	address, err := keyfold.ParseEmail(email)
	w.must(err)
	w.exec(`insert into contacts (id, customer_id, kind, is_primary, name, email, email_key, created_at, updated_at)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
		fmt.Sprintf("c%d", w.seq), id.String(), kind, primary, name, address.String(), address.Key(), w.clock.Now().UnixMilli())
}

// closeAccount does what the customer database does.
func (w *world) closeAccount(id keyfold.CustomerID) {
	w.t.Helper()
	w.change(id, func(a keyfold.Account) (keyfold.Change, error) {
		return a.Update(test, w.clock.Now(), keyfold.Details{
			ID: a.ID, Entity: a.Entity, Name: a.Name, Language: a.Language, Contact: a.Contact, Closed: true,
		}), nil
	})
}

// record writes events that are no changes.
func (w *world) record(events ...keyfold.Event) {
	w.t.Helper()
	w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		for _, e := range events {
			if err := tx.Record(w.t.Context(), e); err != nil {
				return err
			}
		}
		return nil
	}))
}

// exec goes behind the back of the code.
func (w *world) exec(q string, args ...any) {
	w.t.Helper()
	driver, source := "pgx", w.place
	if path, ok := strings.CutPrefix(w.place, "sqlite://"); ok {
		driver, source = "sqlite", "file:"+path
	}
	db, err := sql.Open(driver, source)
	w.must(err)
	_, err = db.ExecContext(w.t.Context(), q, args...)
	w.must(errors.Join(err, db.Close()))
}
