package outbox_test

import (
	"database/sql"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

func TestALinkThatHasEndedIsNotMailed(t *testing.T) {
	for name, c := range map[string]struct {
		end func(w *world, p promise)
		why string
	}{
		"voided": {func(w *world, p promise) {
			w.update(func(tx *store.Tx) error { return tx.EndGrants(w.Context(), p.subject, store.Void, store.Reset) })
		}, "had ended"},
		"expired": {func(w *world, _ promise) { w.clock.Pass(hour) }, "had expired"},
	} {
		t.Run(name, func(t *testing.T) {
			each(t, func(w *world) {
				p := w.reset(contact)
				c.end(w, p)
				w.send(1)
				w.got(0)
				if m := w.is(p, store.Voided, 1); !strings.Contains(m.LastError, c.why) {
					t.Errorf("the reason is %q", m.LastError)
				}
				w.clock.Pass(time.Hour)
				w.send(0)
			})
		})
	}
}

func TestALinkOfAnotherSecretIsNotMailed(t *testing.T) {
	each(t, func(w *world) {
		p := w.reset(contact)
		w.out.Key = token.NewKey("another-secret-of-more-than-32-characters")
		w.send(1)
		w.got(0)
		if m := w.is(p, store.Failed, 1); !strings.Contains(m.LastError, "KEYFOLD_SECRET") {
			t.Errorf("the reason is %q", m.LastError)
		}
		if !w.account(p.Account).NeedsCare {
			t.Error("nobody can come in, and care does not know")
		}
	})
}

func TestTheMailOfStepSevenKnowsWhoseMailboxItIs(t *testing.T) {
	each(t, func(w *world) {
		stranger := w.promise("confirm", store.Confirm, "new@veldkamp.example", w.customer(contact))
		known := w.promise("confirm", store.Confirm, "user@veldkamp.example", w.customer(contact))
		suspended := w.promise("confirm", store.Confirm, "gone@veldkamp.example", w.customer(contact))
		w.user("user@veldkamp.example", false)
		w.user("gone@veldkamp.example", true)
		w.send(3)
		mails := w.got(3)
		w.opens(mails[0].Links[0], stranger, store.Confirm)
		w.opens(mails[1].Links[0], known, store.Confirm)
		if len(mails[2].Links) != 0 {
			t.Errorf("a suspended user got the links %v", mails[2].Links)
		}
		if a, b, c := mails[0].Subject, mails[1].Subject, mails[2].Subject; a == b || b == c || a == c {
			t.Errorf("subjects %q, %q, %q", a, b, c)
		}
		for _, p := range []promise{stranger, known, suspended} {
			w.is(p, store.Sent, 1)
		}
	})
}

func (w *world) user(email string, suspended bool) {
	w.Helper()
	by := keyfold.Act{By: "test"}
	made := keyfold.NewUser(by, keyfold.UserID("user-"+email), w.email(email), "Sanne", keyfold.English, "hash")
	w.update(func(tx *store.Tx) error {
		if err := tx.ApplyUser(w.Context(), made); err != nil {
			return err
		}
		u, err := tx.User(w.Context(), made.User().ID)
		if err != nil || !suspended {
			return err
		}
		return tx.ApplyUser(w.Context(), u.Suspend(by))
	})
}

func TestNewsIsToldThoughItsLinkHasEnded(t *testing.T) {
	each(t, func(w *world) {
		late := w.promise("password-set", store.Dispute, contact, w.customer(contact))
		w.clock.Pass(hour)
		disputed := w.promise("password-set", store.Dispute, contact, w.customer(contact))
		w.update(func(tx *store.Tx) error {
			return tx.EndGrants(w.Context(), disputed.subject, store.Void, store.Dispute)
		})
		fresh := w.promise("password-set", store.Dispute, contact, w.customer(contact))
		w.send(3)
		for i, m := range w.got(3) {
			if live := strings.Contains(m.Text+m.HTML, "/notme/"); live != (i == 2) {
				t.Errorf("mail %d has a link for disputes: %v", i+1, live)
			}
		}
		w.opens(w.got(3)[2].Links[0], fresh, store.Dispute)
		for _, p := range []promise{late, disputed, fresh} {
			w.is(p, store.Sent, 1)
		}
	})
}

func TestOnlyTheNewestResetLinksStay(t *testing.T) {
	each(t, func(w *world) {
		account := w.customer(contact)
		var all []promise
		for range 4 {
			all = append(all, w.promise("reset", store.Reset, contact, account))
			w.clock.Pass(time.Second)
		}
		w.send(4)
		for i, p := range all {
			t, err := w.db.Reader().TokenByID(w.Context(), p.Token)
			if live := len(t.Live()) == 1; err != nil || live != (i > 0) {
				w.Errorf("link %d of %d is alive: %v, %v", i+1, len(all), live, err)
			}
		}
	})
}

func TestADumpOfTheDatabaseHoldsNoLink(t *testing.T) {
	for _, engine := range storetest.Engines() {
		t.Run(engine, func(t *testing.T) {
			clock := storetest.NewClock()
			url := storetest.URL(t, engine)
			w := newWorld(t, storetest.OpenURL(t, url, clock.Now), clock)
			account := w.customer(contact)
			w.promise("reset", store.Reset, contact, account)
			w.promise("confirm", store.Confirm, "new@veldkamp.example", account)
			w.promise("password-set", store.Dispute, contact, account)
			before := dump(t, url)
			w.send(3)
			all := before + dump(t, url)
			if !strings.Contains(all, contact) || !strings.Contains(all, "mail.sent") {
				t.Fatalf("this is no dump:\n%s", all)
			}
			for _, m := range w.got(3) {
				if len(m.Links) != 1 {
					t.Fatalf("links %v", m.Links)
				}
				if secret := path.Base(m.Links[0]); len(secret) < 40 || strings.Contains(all, secret) {
					t.Errorf("the database holds %s", secret)
				}
			}
		})
	}
}

// dump is every value of every row.
func dump(t *testing.T, url string) string {
	t.Helper()
	driver, from, tables := "pgx", url, `select table_name from information_schema.tables where table_schema = 'public'`
	if file, ok := strings.CutPrefix(url, "sqlite://"); ok {
		driver, from, tables = "sqlite", file, `select name from sqlite_master where type = 'table'`
	}
	db, err := sql.Open(driver, from)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	var out strings.Builder
	for _, table := range values(t, db, tables) {
		for _, value := range values(t, db, `select * from "`+table[0]+`"`) {
			fmt.Fprintln(&out, table[0], value)
		}
	}
	return out.String()
}

func values(t *testing.T, db *sql.DB, q string) (all [][]string) {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), q)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		texts := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range texts {
			into[i] = &texts[i]
		}
		if err := rows.Scan(into...); err != nil {
			t.Fatal(err)
		}
		row := make([]string, len(columns))
		for i, text := range texts {
			row[i] = text.String
		}
		all = append(all, row)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return all
}
