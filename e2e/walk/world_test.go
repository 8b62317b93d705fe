package walk_test

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/linking"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/ownership"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/reminder"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

const (
	idPassword   = "Bramble-42 kite" // of every customer ID
	userPassword = "Orchard_17 lamp" // of every login
)

var visitor = keyfold.Act{By: "visitor", From: "192.0.2.1"}

// A world is all features on one database.
type world struct {
	t        testing.TB
	ctx      context.Context //nolint:containedctx // the test is the request
	db       *store.DB
	raw      *sql.DB // past the code, to look
	clock    *storetest.Clock
	dice     *rand.Rand
	key      token.Key
	entities keyfold.Entities

	registration *registration.Service
	linking      *linking.Service
	members      *members.Service
	ownership    *ownership.Service
	reminder     *reminder.Service
	keys         *apikey.Service

	trail  *trail
	seen   int64 // the newest event that was read
	ids    []keyfold.CustomerID
	next   int    // number of the next customer ID
	links  []link // the newest ones
	linked string // ID of the newest token that was read
	log    []string
}

// A link is one that was mailed lately.
type link struct {
	store.Token

	secret token.Secret
}

func newWorld(tb testing.TB, engine string, seed uint64) *world {
	tb.Helper()
	url := storetest.URL(tb, engine)
	clock := storetest.NewClock()
	w := &world{
		t: tb, ctx: tb.Context(), db: storetest.OpenURL(tb, url, clock.Now), clock: clock, trail: newTrail(),
		dice: rand.New(rand.NewPCG(seed, seed)), // a walk that can be repeated
		key:  token.NewKey("a secret of the tests, long enough"), entities: storetest.Entities(tb),
	}
	w.look(url)
	w.wire()
	return w
}

// look opens the database past the code.
func (w *world) look(url string) {
	driver, dsn := "pgx", url
	if path, ok := strings.CutPrefix(url, "sqlite://"); ok {
		driver, dsn = "sqlite", "file:"+path+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)"
	}
	raw, err := sql.Open(driver, dsn)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = raw.Close() })
	w.raw = raw
}

func (w *world) wire() {
	gate, err := password.NewGate(password.GateConfig{Params: password.Params{MemoryKiB: 8, Time: 1, Parallelism: 1}})
	if err != nil {
		w.t.Fatal(err)
	}
	limits := limit.Make(wide())
	times := registration.DefaultTimes()
	teller := notice.Teller{Key: w.key, Dispute: times.Dispute}
	w.registration = &registration.Service{
		DB: w.db, Gate: gate, Key: w.key, Entities: w.entities, Brand: "Polder Hosting", Times: times, Limits: limits,
	}
	w.linking = &linking.Service{DB: w.db, Teller: teller, Entities: w.entities, Limits: limits, Prove: w.registration.ProveLogin}
	w.members = &members.Service{
		DB: w.db, Gate: gate, Entities: w.entities, Brand: "Polder Hosting", Limits: limits, Teller: teller, Prove: w.registration.ProveLogin,
	}
	w.ownership = &ownership.Service{DB: w.db, Teller: teller, Limits: limits}
	w.reminder = &reminder.Service{DB: w.db, Teller: teller, After: []time.Duration{24 * time.Hour, 72 * time.Hour, 168 * time.Hour}, Drop: 720 * time.Hour}
	w.keys = &apikey.Service{DB: w.db, Teller: teller, Limits: limits}
	m := &w.members.Limits.Members
	for _, rule := range []*limit.Rule{&w.ownership.Limits.Offer, &w.ownership.Limits.Recover, &w.linking.Limits.LinkUser, &m.InviteHour, &m.InviteDay, &m.AcceptAgain, &m.AccessUser, &m.AccessUserDay} {
		rule.Tries = wide().VerifyMailsHour // no setting changes these
	}
}

// wide are limits that nobody meets.
func wide() limit.Config {
	const endless = 1_000_000_000
	return limit.Config{
		ResetMailsHour: endless, ResetMailsDay: endless, RequestsIDHour: endless, LoginTries: endless, LoginTriesDay: endless,
		VerifyMailsHour: endless, RequestsAddress: endless, RequestsAll: endless,
	}
}

func (w *world) must(err error) {
	if err != nil {
		w.t.Helper()
		w.fail("%v", err)
	}
}

// fail ends the walk with the way that led there.
func (w *world) fail(format string, args ...any) {
	w.t.Helper()
	last := w.log[max(0, len(w.log)-25):]
	w.t.Fatalf("%s\nafter\n  %s", fmt.Sprintf(format, args...), strings.Join(last, "\n  "))
}

func (w *world) say(format string, args ...any) {
	if w.log = append(w.log, fmt.Sprintf(format, args...)); len(w.log) > 2000 {
		w.log = append([]string(nil), w.log[1000:]...)
	}
}

// pick is one of several, or the zero value of none.
func pick[T any](w *world, from []T) (one T) {
	if len(from) == 0 {
		return one
	}
	return from[w.dice.IntN(len(from))]
}

func (w *world) chance(percent int) bool { return w.dice.IntN(100) < percent }

// address is one of a few mailboxes: so few that they meet each other.
func (w *world) address() keyfold.Email {
	e, err := keyfold.ParseEmail(fmt.Sprintf("person%d@veldkamp.example", w.dice.IntN(8)))
	w.must(err)
	return e
}

func (w *world) user() keyfold.UserID { return pick(w, w.trail.living()) }

func (w *world) account() keyfold.CustomerID { return pick(w, w.ids) }

func actOf(u keyfold.UserID) keyfold.Act {
	return keyfold.Act{By: "user:" + string(u), From: "192.0.2.1"}
}

// mailed is a link of a purpose that was mailed lately, most often the newest.
func (w *world) mailed(p store.Purpose) (l link, ok bool) {
	var of []link
	for _, l := range w.links {
		if l.Purpose == p {
			of = append(of, l)
		}
	}
	if len(of) == 0 {
		return link{}, false
	}
	if w.chance(60) {
		return of[len(of)-1], true
	}
	return pick(w, of), true
}

// subject is one of those that a link is about.
func (w *world) subject(l link) store.Subject { return pick(w, l.Grants).Subject }

const keptLinks = 80

// collect reads which links were promised since.
func (w *world) collect() {
	var ids []string
	w.each(`select id from tokens where id > $1 order by id`, w.linked, func(scan func(...any) error) error {
		var id string
		err := scan(&id)
		ids = append(ids, id)
		return err
	})
	for _, id := range ids {
		t, err := w.db.Reader().TokenByID(w.ctx, id)
		w.must(err)
		w.links = append(w.links, link{t, w.key.Derive(t.ID, string(t.Purpose), t.Email.Key())})
		w.linked = id
	}
	w.links = w.links[max(0, len(w.links)-keptLinks):]
}

// deliver takes the mails that are due out of the outbox, as sent or as refused.
func (w *world) deliver(status store.MailStatus) {
	w.must(w.db.Update(w.ctx, func(tx *store.Tx) error {
		mails, err := tx.ClaimMails(w.ctx, "model", time.Minute, 50)
		if err != nil {
			return err
		}
		for _, m := range mails {
			if _, err := tx.EndMail(w.ctx, m.ID, "model", status, "by the model"); err != nil {
				return err
			}
			if m.Template != "reset" {
				continue
			}
			if status == store.Failed {
				err = w.bounced(tx, m)
			} else {
				err = w.left(tx, m)
			}
			if err != nil {
				return err
			}
		}
		return nil
	}))
}

func (w *world) left(tx *store.Tx, m store.Mail) error {
	t, err := tx.TokenByID(w.ctx, m.Token)
	if err != nil {
		return err
	}
	return registration.SentReset(w.ctx, tx, t)
}

// bounced is what the outbox does when the way into an account is refused.
func (w *world) bounced(tx *store.Tx, m store.Mail) error {
	for _, name := range m.Data.Accounts {
		id, err := keyfold.ParseCustomerID(name)
		if err != nil {
			return err
		}
		a, err := tx.Account(w.ctx, id)
		if err != nil {
			return err
		}
		if a.State == keyfold.Registered || !a.Contact.Email.Same(m.To) {
			continue
		}
		if c := a.NeedCare(keyfold.Act{By: "system"}, "the reset mail was refused"); !c.IsZero() {
			if err := tx.Apply(w.ctx, c); err != nil {
				return err
			}
		}
	}
	return nil
}
