package bounce_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/bounce"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
)

// A world is a database with mails that the mail server took.
type world struct {
	*testing.T

	db       *store.DB
	clock    *storetest.Clock
	reports  *bounce.Service
	log      bytes.Buffer
	outcomes map[bounce.Outcome]int
	made     int
}

func each(t *testing.T, test func(w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := &world{T: t, db: db, clock: clock, outcomes: map[bounce.Outcome]int{}}
		w.reports = &bounce.Service{DB: db, Observe: func(o bounce.Outcome) { w.outcomes[o]++ }}
		test(w)
	})
}

func (w *world) logger() *slog.Logger { return slog.New(slog.NewTextHandler(&w.log, nil)) }

func (w *world) email(s string) keyfold.Email {
	w.Helper()
	e, err := keyfold.ParseEmail(s)
	if err != nil {
		w.Fatal(err)
	}
	return e
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// customer is a new account with that main contact.
func (w *world) customer(to string) keyfold.CustomerID {
	w.Helper()
	w.made++
	return storetest.Import(w.T, w.db, fmt.Sprintf("NL%06d", w.made), to)
}

// promise enqueues a mail about some accounts.
func (w *world) promise(template, to string, accounts ...keyfold.CustomerID) store.Mail {
	w.Helper()
	w.made++
	m := store.Mail{
		ID: fmt.Sprintf("0195f3a2-7c1e-7d3a-9b52-%012d", w.made), Template: template, To: w.email(to),
		Language: keyfold.English, Entity: "NL", Account: accounts[0],
	}
	for _, id := range accounts {
		m.Data.Accounts = append(m.Data.Accounts, id.String())
	}
	w.must(w.db.Update(w.Context(), func(tx *store.Tx) error { return tx.Enqueue(w.Context(), m) }))
	return m
}

// end has a worker take a mail, and note how it ended.
func (w *world) end(m store.Mail, status store.MailStatus) {
	w.Helper()
	w.must(w.db.Update(w.Context(), func(tx *store.Tx) error {
		mails, err := tx.ClaimMails(w.Context(), "worker", 1e9, 1)
		if err != nil || len(mails) != 1 || mails[0].ID != m.ID || status == store.Sending {
			return err
		}
		_, err = tx.EndMail(w.Context(), m.ID, "worker", status, "")
		return err
	}))
	if got := w.row(m); got.Status != status {
		w.Fatalf("the mail is %s, want %s", got.Status, status)
	}
}

// sent is a reset mail that the mail server took.
func (w *world) sent(to string, accounts ...keyfold.CustomerID) store.Mail {
	w.Helper()
	if len(accounts) == 0 {
		accounts = append(accounts, w.customer(to))
	}
	m := w.promise("reset", to, accounts...)
	w.end(m, store.Sent)
	return m
}

func (w *world) row(m store.Mail) store.Mail {
	w.Helper()
	got, err := w.db.Reader().Mail(w.Context(), m.ID)
	w.must(err)
	return got
}

// is wants a mail to be in a status, with words that hold some.
func (w *world) is(m store.Mail, status store.MailStatus, words string) {
	w.Helper()
	got := w.row(m)
	if got.Status != status || !strings.Contains(got.LastError, words) || words == "" && got.LastError != "" {
		w.Errorf("the mail is %s (%q), want %s (%q)", got.Status, got.LastError, status, words)
	}
}

// events are those of an account since the import, oldest first, with their notes.
func (w *world) events(id keyfold.CustomerID) string {
	w.Helper()
	events, err := w.db.Reader().AccountEvents(w.Context(), id, 100)
	w.must(err)
	var all []string
	for _, e := range slices.Backward(events) {
		if e.Kind != "account.imported" {
			all = append(all, strings.TrimSpace(e.Kind+" "+e.Note))
		}
	}
	return strings.Join(all, ", ")
}

func (w *world) needsCare(id keyfold.CustomerID) bool {
	w.Helper()
	a, err := w.db.Reader().Account(w.Context(), id)
	w.must(err)
	return a.NeedsCare
}

// report is one that a mail did not arrive.
func (w *world) report(m store.Mail) bounce.Report {
	return bounce.Report{
		Mails: []string{m.ID}, Recipients: []keyfold.Email{m.To}, Action: bounce.Failed, Status: "5.1.1", Diagnostic: "550 5.1.1 nobody lives here",
	}
}

func (w *world) note(r bounce.Report, want bounce.Outcome) {
	w.Helper()
	if got, err := w.reports.Note(w.Context(), r); err != nil || got != want {
		w.Errorf("%q, %v, want %q", got, err, want)
	}
}
