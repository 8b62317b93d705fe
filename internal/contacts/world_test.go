package contacts_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/contacts"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

var visitor = keyfold.Act{By: "visitor", From: "192.0.2.1"}

const mailbox = "info@veldkamp.example"

// A world is a service on a database, with one account that has a user of each
// role.
type world struct {
	*contacts.Service

	t     *testing.T
	clock *storetest.Clock
	id    keyfold.CustomerID
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		key := token.NewKey("a-secret-of-the-tests-that-is-long-enough")
		rules := limit.Make(limit.Default())
		rules.Contacts.Tries = 1_000_000
		w := &world{t: t, clock: clock, Service: &contacts.Service{
			DB: db, Limits: rules, Teller: notice.Teller{Key: key, Dispute: 14 * 24 * time.Hour},
		}}
		w.id = w.register("NL123421341", mailbox)
		test(t, w)
	})
}

// register brings in an account with a user of each role, called by its ID and
// role.
func (w *world) register(id, contact string) keyfold.CustomerID {
	w.t.Helper()
	customer := storetest.Import(w.t, w.DB, id, contact)
	w.update(customer, func(ctx context.Context, tx *store.Tx, a keyfold.Account) error {
		for _, role := range keyfold.AllRoles() {
			user := keyfold.NewUser(visitor, userOf(customer, role), w.email(string(role)+"@"+id+".example"), "", keyfold.English, "hash")
			if err := tx.ApplyUser(ctx, user); err != nil {
				return err
			}
		}
		return nil
	})
	w.change(customer, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
		return a.SetPassword(visitor, now, "hash")
	})
	w.change(customer, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
		return a.PendEmail(visitor, now, w.email("owner@"+id+".example"))
	})
	w.change(customer, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
		return a.Register(visitor, now, userOf(customer, keyfold.Owner))
	})
	w.update(customer, func(ctx context.Context, tx *store.Tx, a keyfold.Account) error {
		for _, role := range keyfold.GivenRoles() {
			c, err := a.Admit(visitor, keyfold.Member{User: userOf(customer, role), Roles: keyfold.RolesOf(role)}, "invited")
			if err != nil {
				return err
			}
			if err := tx.ApplyMember(ctx, c); err != nil {
				return err
			}
		}
		return nil
	})
	return customer
}

func userOf(id keyfold.CustomerID, role keyfold.Role) keyfold.UserID {
	return keyfold.UserID(id.String() + "-" + string(role))
}

func (w *world) as(role keyfold.Role) contacts.Who {
	return contacts.Who{Act: visitor, User: userOf(w.id, role), Account: w.id}
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) refused(err error, want string) {
	w.t.Helper()
	if !keyfold.RefusedAs(err, want) {
		w.t.Errorf("got %v, want %s", err, want)
	}
}

func (w *world) email(s string) keyfold.Email {
	w.t.Helper()
	e, err := keyfold.ParseEmail(s)
	w.must(err)
	return e
}

func (w *world) update(id keyfold.CustomerID, do func(context.Context, *store.Tx, keyfold.Account) error) {
	w.t.Helper()
	w.must(w.try(id, do))
}

func (w *world) try(id keyfold.CustomerID, do func(context.Context, *store.Tx, keyfold.Account) error) error {
	ctx := w.t.Context()
	return w.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		return do(ctx, tx, a)
	})
}

func (w *world) change(id keyfold.CustomerID, do func(keyfold.Account, time.Time) (keyfold.Change, error)) {
	w.t.Helper()
	w.must(w.tryChange(id, do))
}

func (w *world) tryChange(id keyfold.CustomerID, do func(keyfold.Account, time.Time) (keyfold.Change, error)) error {
	return w.try(id, func(ctx context.Context, tx *store.Tx, a keyfold.Account) error {
		c, err := do(a, tx.Now())
		if err != nil {
			return err
		}
		return tx.Apply(ctx, c)
	})
}

func (w *world) account() keyfold.Account {
	w.t.Helper()
	a, err := w.DB.Reader().Account(w.t.Context(), w.id)
	w.must(err)
	return a
}

// add lists a contact, by the owner, and returns its ID.
func (w *world) add(kind keyfold.ContactKind, email string) string {
	w.t.Helper()
	w.must(w.Add(w.t.Context(), w.as(keyfold.Owner), kind, keyfold.Contact{Email: w.email(email)}))
	for _, c := range w.listed() {
		if c.Kind == kind && c.Email.String() == email {
			return c.ID
		}
	}
	w.t.Fatalf("%s is not on the list", email)
	return ""
}

func (w *world) listed() []keyfold.ListedContact {
	w.t.Helper()
	listed, err := w.DB.Reader().Contacts(w.t.Context(), w.id)
	w.must(err)
	return listed
}

// words are the listed contacts: "billing one@x.example primary".
func (w *world) words() (all []string) {
	for _, c := range w.listed() {
		said := string(c.Kind) + " " + c.Email.String()
		if c.Primary {
			said += " primary"
		}
		all = append(all, said)
	}
	return all
}

// mail is the newest mail of a template to an address about the account.
func (w *world) mail(to, template string) (store.Mail, bool) {
	w.t.Helper()
	m, ok, err := w.DB.Reader().LastMail(w.t.Context(), w.id, w.email(to), template)
	w.must(err)
	return m, ok
}

// link is the link of the newest mail of a template to an address.
func (w *world) link(to, template string) token.Secret {
	w.t.Helper()
	m, ok := w.mail(to, template)
	if !ok || m.Token == "" {
		w.t.Fatalf("no mail %s with a link to %s", template, to)
	}
	t, err := w.DB.Reader().TokenByID(w.t.Context(), m.Token)
	w.must(err)
	return w.Teller.Key.Derive(t.ID, string(t.Purpose), t.Email.Key())
}

func (w *world) count(kind string) (n int) {
	w.t.Helper()
	past, err := w.DB.Reader().AccountEvents(w.t.Context(), w.id, 1000)
	w.must(err)
	for _, e := range past {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// race does it all at once.
func race(all ...func() error) []error {
	errs := make([]error, len(all))
	var group sync.WaitGroup
	start := make(chan struct{})
	for i, do := range all {
		group.Go(func() {
			<-start
			errs[i] = do()
		})
	}
	close(start)
	group.Wait()
	return errs
}
