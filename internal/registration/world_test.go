package registration_test

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

const (
	first  = "Bramble-42 kite"
	second = "Orchard_17 lamp"
	third  = "Lantern!93 moss"
)

var visitor = keyfold.Act{By: "visitor", From: "192.0.2.1"}

// A world is a service with a database, a clock and cheap hashes.
type world struct {
	*registration.Service
	t     testing.TB
	clock *storetest.Clock
}

func newWorld(tb testing.TB, db *store.DB, clock *storetest.Clock) *world {
	tb.Helper()
	gate, err := password.NewGate(password.GateConfig{Params: password.Params{MemoryKiB: 8, Time: 1, Parallelism: 1}})
	if err != nil {
		tb.Fatal(err)
	}
	c := limit.Default()
	c.RequestsAddress, c.RequestsAll, c.RequestsIDHour = 1_000_000, 1_000_000, 1_000_000
	return &world{t: tb, clock: clock, Service: &registration.Service{
		DB: db, Gate: gate, Key: token.NewKey("a secret of the tests, long enough"), Entities: storetest.Entities(tb),
		Brand: "Polder Hosting", Times: registration.DefaultTimes(), Limits: limit.Make(c),
	}}
}

func each(t *testing.T, test func(*testing.T, *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) { test(t, newWorld(t, db, clock)) })
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refused(err error, text string) {
	w.t.Helper()
	if !keyfold.RefusedAs(err, text) {
		w.t.Errorf("got %v, want the refusal %s", err, text)
	}
}

func (w *world) address(typed string) keyfold.Email {
	w.t.Helper()
	e, err := keyfold.ParseEmail(typed)
	w.must(err)
	return e
}

func (w *world) account(id keyfold.CustomerID) keyfold.Account {
	w.t.Helper()
	a, err := w.DB.Reader().Account(w.t.Context(), id)
	w.must(err)
	return a
}

// update is a transaction that cannot fail.
func (w *world) update(do func(context.Context, *store.Tx) error) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error { return do(w.t.Context(), tx) }))
}

// deliver takes all mails that are due out of the outbox, as sent.
func (w *world) deliver() (mails []store.Mail) {
	w.t.Helper()
	for {
		due, err := w.DB.Reader().NextMail(w.t.Context())
		w.must(err)
		if due.IsZero() || due.After(w.clock.Now()) {
			return mails
		}
		var batch []store.Mail
		w.update(func(ctx context.Context, tx *store.Tx) (err error) {
			if batch, err = tx.ClaimMails(ctx, "test", time.Minute, 10); err != nil {
				return err
			}
			for _, m := range batch {
				if _, err := tx.EndMail(ctx, m.ID, "test", store.Sent, ""); err != nil {
					return err
				}
				if m.Template != "reset" {
					continue
				}
				t, err := tx.TokenByID(ctx, m.Token)
				if err != nil {
					return err
				}
				if err := registration.SentReset(ctx, tx, t); err != nil {
					return err
				}
			}
			return nil
		})
		if len(batch) == 0 {
			return mails
		}
		mails = append(mails, batch...)
	}
}

// secret is the link of a mail.
func (w *world) secret(m store.Mail) token.Secret {
	w.t.Helper()
	t, err := w.DB.Reader().TokenByID(w.t.Context(), m.Token)
	w.must(err)
	return w.Key.Derive(t.ID, string(t.Purpose), t.Email.Key())
}

// of is the newest of the mails with a template.
func (w *world) of(mails []store.Mail, template string) store.Mail {
	w.t.Helper()
	for _, m := range slices.Backward(mails) {
		if m.Template == template {
			return m
		}
	}
	w.t.Fatalf("no mail %s among %v", template, templates(mails))
	return store.Mail{}
}

func templates(mails []store.Mail) (names []string) {
	for _, m := range mails {
		names = append(names, m.Template)
	}
	return names
}

// request is steps 1 and 2.
func (w *world) request(typed string) []store.Mail {
	w.t.Helper()
	w.must(w.RequestReset(w.t.Context(), visitor, typed, keyfold.English))
	w.must(w.AnswerRequests(w.t.Context()))
	return w.deliver()
}

func (w *world) set(link token.Secret, s store.Subject, pw string) error {
	return w.SetPassword(w.t.Context(), visitor, link, s, twice(pw))
}

func twice(pw string) registration.NewPassword {
	return registration.NewPassword{Password: pw, Repeat: pw}
}

// withPassword is an account after step 3.
func (w *world) withPassword(id, contact string) keyfold.CustomerID {
	w.t.Helper()
	account := storetest.Import(w.t, w.DB, id, contact)
	w.must(w.set(w.secret(w.of(w.request(id), "reset")), store.OfAccount(account), first))
	w.deliver()
	return account
}

// waiting is an account after step 7: its confirm link.
func (w *world) waiting(id, contact, to string) (keyfold.CustomerID, token.Secret) {
	w.t.Helper()
	account := w.withPassword(id, contact)
	w.must(w.SubmitEmail(w.t.Context(), visitor, account, w.address(to)))
	return account, w.secret(w.of(w.deliver(), "confirm"))
}

func (w *world) complete(link token.Secret, p registration.Proof, pw string) error {
	_, err := w.Complete(w.t.Context(), visitor, link, registration.Completion{NewPassword: twice(pw), Proof: p, Name: "Ann"})
	return err
}

// user is a person with a login, and the account that they own.
func (w *world) user(id, contact, to string) (keyfold.CustomerID, keyfold.User) {
	w.t.Helper()
	account, link := w.waiting(id, contact, to)
	w.must(w.complete(link, registration.Proof{Session: account}, second))
	w.deliver()
	u, err := w.DB.Reader().UserByEmail(w.t.Context(), w.address(to))
	w.must(err)
	return account, u
}

// details are what the customer database says of an account now.
func details(a keyfold.Account) keyfold.Details {
	return keyfold.Details{ID: a.ID, Entity: a.Entity, Name: a.Name, Language: a.Language, Contact: a.Contact, Closed: a.Closed}
}

// sync is an update by the customer database, as the importer does it.
func (w *world) sync(id keyfold.CustomerID, edit func(*keyfold.Details)) {
	w.t.Helper()
	w.update(func(ctx context.Context, tx *store.Tx) error {
		a, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		d := details(a)
		edit(&d)
		moved := !d.Contact.Email.Same(a.Contact.Email)
		c := a.Update(keyfold.Act{By: "import:test"}, tx.Now(), d)
		if c.IsZero() || moved && a.Frozen {
			return nil
		}
		if err := tx.Apply(ctx, c); err != nil || !moved && !d.Closed {
			return err
		}
		if err := tx.EndGrants(ctx, store.OfAccount(id), store.Void, store.Reset, store.Confirm); err != nil {
			return err
		}
		return tx.EndAccountSessions(ctx, id)
	})
}

// count is how many events of a kind an account has.
func (w *world) count(id keyfold.CustomerID, kind string) (n int) {
	w.t.Helper()
	events, err := w.DB.Reader().AccountEvents(w.t.Context(), id, 10_000)
	w.must(err)
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// race does the same in n goroutines that start together.
func race(n int, do func(i int) error) []error {
	errs, start := make([]error, n), make(chan struct{})
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	all.Wait()
	return errs
}
