package second_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/contacts"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/second"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

var visitor = keyfold.Act{By: "visitor", From: "192.0.2.1"}

const (
	mailbox = "info@veldkamp.example"
	wanted  = "sanne@other.example"
	owner   = "owner@veldkamp.example"
	day     = 24 * time.Hour
)

// A world is a service with an account that has an owner and a user, and with
// staff: two agents, two supervisors, an auditor and an administrator.
type world struct {
	*second.Service

	t     *testing.T
	clock *storetest.Clock
	id    keyfold.CustomerID
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		key := token.NewKey("a-secret-of-the-tests-that-is-long-enough")
		w := &world{t: t, clock: clock, Service: &second.Service{DB: db, Teller: notice.Teller{Key: key, Dispute: 14 * day}, Limits: generous()}}
		for id, role := range map[string]keyfold.StaffRole{
			"femke": keyfold.Agent, "jan": keyfold.Agent, "ruth": keyfold.Supervisor, "sven": keyfold.Supervisor, "otto": keyfold.Auditor,
			"ada": keyfold.Administrator,
		} {
			storetest.Exec(t, db, `insert into staff (id, email, email_key, name, language, role, password_hash, factor, factor_step, disabled, version, created_at, updated_at)
				values ('`+id+`', '`+id+`@care.example', '`+id+`@care.example', '`+id+`', 'en', '`+string(role)+`', 'hash', 'sealed', 0, false, 1, 1, 1)`)
		}
		w.user("u1", owner)
		w.user("u2", "tech@veldkamp.example")
		w.id = w.register("NL123421341")
		test(t, w)
	})
}

func who(id string) second.Who {
	staff := keyfold.StaffID(id)
	return second.Who{Act: keyfold.Act{By: staff.Actor(), From: "198.51.100.7"}, Staff: staff}
}

func (w *world) user(id, email string) {
	w.t.Helper()
	w.must(w.DB.Update(w.t.Context(), func(tx *store.Tx) error {
		return tx.ApplyUser(w.t.Context(), keyfold.NewUser(visitor, keyfold.UserID(id), w.email(email), "", keyfold.English, "hash"))
	}))
}

// register brings in an account that u1 owns, and u2 is a user of.
func (w *world) register(id string) keyfold.CustomerID {
	w.t.Helper()
	customer := storetest.Import(w.t, w.DB, id, mailbox)
	w.change(customer, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
		return a.SetPassword(visitor, now, "hash")
	})
	w.change(customer, func(a keyfold.Account, now time.Time) (keyfold.Change, error) {
		return a.LinkBy(visitor, now, keyfold.User{ID: "u1"})
	})
	w.update(customer, func(ctx context.Context, tx *store.Tx, a keyfold.Account) error {
		c, err := a.Admit(visitor, keyfold.Member{User: "u2", Roles: keyfold.RolesOf(keyfold.Technical)}, "invited")
		if err != nil {
			return err
		}
		return tx.ApplyMember(ctx, c)
	})
	return customer
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
	ctx := w.t.Context()
	w.must(w.DB.Update(ctx, func(tx *store.Tx) error {
		a, err := tx.Account(ctx, id)
		if err != nil {
			return err
		}
		return do(ctx, tx, a)
	}))
}

func (w *world) change(id keyfold.CustomerID, do func(keyfold.Account, time.Time) (keyfold.Change, error)) {
	w.t.Helper()
	w.update(id, func(ctx context.Context, tx *store.Tx, a keyfold.Account) error {
		c, err := do(a, tx.Now())
		if err != nil {
			return err
		}
		return tx.Apply(ctx, c)
	})
}

func (w *world) freeze() {
	w.t.Helper()
	w.change(w.id, func(a keyfold.Account, _ time.Time) (keyfold.Change, error) { return a.Freeze(visitor) })
}

func (w *world) account() keyfold.Account {
	w.t.Helper()
	a, err := w.DB.Reader().Account(w.t.Context(), w.id)
	w.must(err)
	return a
}

// wish is something to ask for, with all that it needs.
func (w *world) wish(kind keyfold.ApprovalKind) second.Wish {
	wish := second.Wish{Kind: kind, Reason: "Called back on the number of the contract", Evidence: []keyfold.Evidence{keyfold.ByCallback}}
	if kind == keyfold.ChangeContact {
		wish.Contact = keyfold.Contact{Name: "Sanne", Email: w.email(wanted)}
	}
	if kind == keyfold.DecideDispute {
		wish.For = keyfold.ContactIsRight
	}
	return wish
}

// ask is what femke asks for.
func (w *world) ask(kind keyfold.ApprovalKind) string {
	w.t.Helper()
	id, err := w.Ask(w.t.Context(), who("femke"), w.id, w.wish(kind))
	w.must(err)
	return id
}

func (w *world) status(id string, want keyfold.ApprovalStatus) {
	w.t.Helper()
	p, err := w.DB.Reader().Approval(w.t.Context(), id)
	w.must(err)
	if p.Status != want {
		w.t.Errorf("it is %s, want %s", p.Status, want)
	}
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

func (w *world) mailed(to, template string) store.Mail {
	w.t.Helper()
	m, ok, err := w.DB.Reader().LastMail(w.t.Context(), w.id, w.email(to), template)
	w.must(err)
	if !ok {
		w.t.Errorf("no %s to %s", template, to)
	}
	return m
}

func (w *world) mails() int {
	w.t.Helper()
	return len(storetest.Texts(w.t, w.DB, `select id from outbox`))
}

func (w *world) link(to, template string) token.Secret {
	w.t.Helper()
	t, err := w.DB.Reader().TokenByID(w.t.Context(), w.mailed(to, template).Token)
	w.must(err)
	return w.Teller.Key.Derive(t.ID, string(t.Purpose), t.Email.Key())
}

// contacts is the feature by which a main contact comes, or is stopped.
func (w *world) contacts() *contacts.Service {
	return &contacts.Service{DB: w.DB, Teller: w.Teller, Limits: limit.Make(limit.Default())}
}

// race does it all at once.
func race(n int, do func(i int) error) []error {
	errs := make([]error, n)
	var group sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		group.Go(func() {
			<-start
			errs[i] = do(i)
		})
	}
	close(start)
	group.Wait()
	return errs
}

// generous are limits that nobody reaches.
func generous() limit.Rules {
	rules := limit.Make(limit.Default())
	for _, r := range []*limit.Rule{&rules.Desk.AskStaff, &rules.Desk.ConfirmStaff, &rules.Desk.ConfirmAccount} {
		r.Tries = 1_000_000
	}
	return rules
}
