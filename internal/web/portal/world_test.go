package portal_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/activity"
	"github.com/keyfold/keyfold/internal/apikey"
	"github.com/keyfold/keyfold/internal/contacts"
	"github.com/keyfold/keyfold/internal/desk"
	"github.com/keyfold/keyfold/internal/feedback"
	"github.com/keyfold/keyfold/internal/help"
	"github.com/keyfold/keyfold/internal/importer"
	"github.com/keyfold/keyfold/internal/limit"
	"github.com/keyfold/keyfold/internal/linking"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/members"
	"github.com/keyfold/keyfold/internal/notice"
	"github.com/keyfold/keyfold/internal/outbox"
	"github.com/keyfold/keyfold/internal/ownership"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/signin"
	"github.com/keyfold/keyfold/internal/smtpclient"
	"github.com/keyfold/keyfold/internal/source"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web/portal"
	"github.com/keyfold/keyfold/internal/web/ui"
)

// A world is all the real parts: a database, a mail server, and the portal
// behind TLS. Only the clock stands still, and hashing is cheap.
type world struct {
	t        *testing.T
	db       *store.DB
	dbURL    string
	clock    *storetest.Clock
	gate     *password.Gate
	sink     *mailsink.Sink
	portal   *portal.Portal
	outbox   *outbox.Service
	entities keyfold.Entities
	server   *httptest.Server
	log      *lockedLog
}

// A worldOption changes a world before it is made.
type worldOption func(*worldConfig)

type worldConfig struct {
	limits limit.Config
	params password.Params
}

// wide are limits that no test reaches that is not about them: time stands
// still, so no window ever ends by itself. What a mailbox may get is as ever.
func wide() limit.Config {
	c := limit.Default()
	c.RequestsAddress, c.RequestsAll, c.RequestsIDHour = 1_000_000, 1_000_000, 1_000_000
	c.LoginTries, c.LoginTriesDay = 1_000_000, 1_000_000
	return c
}

func newWorld(t *testing.T, engine string, options ...worldOption) *world {
	t.Helper()
	c := worldConfig{limits: wide(), params: password.Params{MemoryKiB: 64, Time: 1, Parallelism: 1}}
	for _, change := range options {
		change(&c)
	}
	clock := storetest.NewClock()
	w := &world{t: t, clock: clock, dbURL: storetest.URL(t, engine), log: &lockedLog{}, entities: operatorEntities(t)}
	w.db = storetest.OpenURL(t, w.dbURL, clock.Now)
	var err error
	if w.gate, err = password.NewGate(password.GateConfig{Params: c.params}); err != nil {
		t.Fatal(err)
	}
	if w.sink, err = mailsink.Start("127.0.0.1:0", mailsink.Options{Now: clock.Now, Keep: -1}); err != nil {
		t.Fatal(err)
	}
	w.server = httptest.NewUnstartedServer(nil)
	w.server.Config.ErrorLog = slog.NewLogLogger(slog.NewTextHandler(w.log, nil), slog.LevelError)
	w.server.StartTLS()
	t.Cleanup(func() {
		w.server.Close()
		if err := w.sink.Close(); err != nil {
			t.Error(err)
		}
	})
	w.wire(c)
	if w.server.Config.Handler, err = w.withAPI(); err != nil {
		t.Fatal(err)
	}
	return w
}

// operatorEntities are the five, and one that an operator has added.
func operatorEntities(t *testing.T) keyfold.Entities {
	t.Helper()
	re, err := keyfold.CompilePattern(`KUNDE[A-Z]{2}[0-9]{4}`)
	if err != nil {
		t.Fatal(err)
	}
	added := keyfold.Entity{Code: "AT", Name: "Polder Hosting Austria", Pattern: re, Example: "KUNDEAB1234", Language: keyfold.German}
	return append(storetest.Entities(t), added)
}

func (w *world) wire(c worldConfig) {
	texts, err := locale.Load()
	if err != nil {
		w.t.Fatal(err)
	}
	public, err := url.Parse(w.server.URL)
	if err != nil {
		w.t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	key := token.NewKey("a-secret-of-the-tests-that-is-long-enough")
	rules, brand := limit.Make(c.limits), ui.DemoBrand()
	teller := notice.Teller{Key: key, Dispute: registration.DefaultTimes().Dispute}
	w.outbox = w.newOutbox(key, texts, public, brand.Name, log)
	reg := &registration.Service{
		DB: w.db, Gate: w.gate, Policy: password.Policy{Profile: password.Classic}, Key: key, Entities: w.entities,
		Brand: brand.Name, Times: registration.DefaultTimes(), Limits: rules,
	}
	assets, err := ui.NewAssets(brand)
	if err != nil {
		w.t.Fatal(err)
	}
	w.portal = &portal.Portal{
		Registration: reg, Read: w.db.Reader(), Texts: texts, Entities: w.entities, Policy: reg.Policy, Brand: brand,
		Linking: &linking.Service{DB: w.db, Teller: teller, Entities: w.entities, Limits: rules, Prove: reg.ProveLogin},
		Members: &members.Service{
			DB: w.db, Gate: w.gate, Policy: reg.Policy, Entities: w.entities, Brand: brand.Name, Limits: rules, Teller: teller, Prove: reg.ProveLogin,
		},
		Keys:      &apikey.Service{DB: w.db, Teller: teller, Limits: rules},
		Desk:      &desk.Service{DB: w.db, Teller: teller, Limits: rules},
		Contacts:  &contacts.Service{DB: w.db, Teller: teller, Limits: rules},
		Ownership: &ownership.Service{DB: w.db, Teller: teller, Limits: rules},
		SignIn:    &signin.Service{DB: w.db, Gate: w.gate, Key: key, Limits: rules, Session: 12 * time.Hour, Idle: 2 * time.Hour, Prove: reg.ProveLogin},
		Help:      help.NewShelf(help.Options{Brand: brand.Name, Support: "care@polderhosting.example", Home: public.String(), Entities: w.entities}, sampleArticles(), "", log),
		Feedback:  &feedback.Service{DB: w.db, Key: key, Limits: rules},
		Assets:    assets, Log: log, Now: w.clock.Now, Activity: &activity.Service{DB: w.db},
		Site: portal.Site{
			PublicURL: public, Zone: time.UTC, Sender: "no-reply@polderhosting.example", SupportEmail: "care@polderhosting.example",
		},
	}
}

func (w *world) newOutbox(key token.Key, texts *locale.Catalog, public *url.URL, brand string, log *slog.Logger) *outbox.Service {
	config, err := smtpclient.ParseURL(w.sink.URL())
	if err != nil {
		w.t.Fatal(err)
	}
	client := smtpclient.New(config)
	w.t.Cleanup(func() {
		if err := client.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return &outbox.Service{
		DB: w.db, Key: key, Texts: mailtext.New(texts), Server: client, Entities: w.entities, PublicURL: public,
		Brand: mailtext.Brand{Name: brand, Colour: "#14595c", ColourText: "#ffffff", ColourDark: "#7fd1d4", ColourDarkText: "#06282a"},
		From:  address("no-reply@polderhosting.example"), FromName: brand, Log: log, Workers: 1, Lease: time.Minute,
		Timeout: 20 * time.Second, GiveUp: 24 * time.Hour, Poll: time.Second, Sent: registration.SentReset,
	}
}

// deliver does what the workers do: it answers what was asked and sends what
// is due.
func (w *world) deliver() error {
	if err := errors.Join(w.portal.Registration.AnswerRequests(w.t.Context()), w.portal.Members.AnswerRequests(w.t.Context())); err != nil {
		return err
	}
	if err := w.portal.Linking.AnswerRequests(w.t.Context()); err != nil {
		return err
	}
	if err := w.portal.Ownership.Due(w.t.Context()); err != nil {
		return err
	}
	if _, err := w.portal.Contacts.Due(w.t.Context()); err != nil {
		return err
	}
	_, err := w.outbox.SendDue(w.t.Context())
	return err
}

// importAccount enters a customer, or changes one, as the import command does.
// Columns are "name=...", "status=..." and the like.
func (w *world) importAccount(id, contact string, columns ...string) error {
	row := map[string]string{"customer_id": id, "name": "Veldkamp Media B.V.", "contact_email": contact, "contact_name": "Sanne Veldkamp"}
	for _, column := range columns {
		name, value, _ := strings.Cut(column, "=")
		row[name] = value
	}
	var head, line []string
	for name, value := range row {
		head, line = append(head, name), append(line, `"`+value+`"`)
	}
	s := &importer.Service{DB: w.db, Entities: w.entities}
	file, err := source.Open(strings.NewReader(strings.Join(head, ",") + "\n" + strings.Join(line, ",") + "\n"))
	if err != nil {
		return err
	}
	var bad []string
	_, err = s.Customers(w.t.Context(), file, "test.csv", func(p importer.Problem) {
		if !p.Note {
			bad = append(bad, p.String())
		}
	})
	if err == nil && len(bad) > 0 {
		err = errors.New(strings.Join(bad, "; "))
	}
	return err
}

// start brings an account to step 3: its customer ID has a password.
func (w *world) start(id, contact, pw string, columns ...string) error {
	if err := w.importAccount(id, contact, columns...); err != nil {
		return err
	}
	return w.change(id, func(tx *store.Tx, a keyfold.Account) error {
		h, err := w.gate.Hash(w.t.Context(), pw)
		if err != nil {
			return err
		}
		c, err := a.SetPassword(keyfold.Act{By: "test"}, tx.Now(), h)
		return errors.Join(err, tx.Apply(w.t.Context(), c))
	})
}

// register brings an account to the end. Its customer ID has the password
// "Legacy-2026", its owner the one that is given.
func (w *world) register(id, contact, email, pw string) error {
	if err := w.start(id, contact, "Legacy-2026"); err != nil {
		return err
	}
	h, err := w.gate.Hash(w.t.Context(), pw)
	if err != nil {
		return err
	}
	by, ctx := keyfold.Act{By: "test"}, w.t.Context()
	return w.change(id, func(tx *store.Tx, a keyfold.Account) error {
		u, err := tx.UserByEmail(ctx, address(email))
		if keyfold.Refused(err) != nil {
			c := keyfold.NewUser(by, keyfold.UserID("user-"+email), address(email), "", keyfold.English, h)
			u, err = c.User(), tx.ApplyUser(ctx, c)
		}
		if err != nil {
			return err
		}
		pending, err := a.PendEmail(by, tx.Now(), address(email))
		if err = errors.Join(err, tx.Apply(ctx, pending)); err != nil {
			return err
		}
		if a, err = tx.Account(ctx, a.ID); err != nil {
			return err
		}
		c, err := a.Register(by, tx.Now(), u.ID)
		return errors.Join(err, tx.Apply(ctx, c))
	})
}

func (w *world) change(id string, do func(*store.Tx, keyfold.Account) error) error {
	customer, err := keyfold.ParseCustomerID(id)
	if err != nil {
		return err
	}
	return w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		a, err := tx.Account(w.t.Context(), customer)
		if err != nil {
			return err
		}
		return do(tx, a)
	})
}

func (w *world) suspend(email string) error {
	return w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		u, err := tx.UserByEmail(w.t.Context(), address(email))
		if err != nil {
			return err
		}
		return tx.ApplyUser(w.t.Context(), u.Suspend(keyfold.Act{By: "test"}))
	})
}

func (w *world) account(id string) (keyfold.Account, error) {
	customer, err := keyfold.ParseCustomerID(id)
	if err != nil {
		return keyfold.Account{}, err
	}
	return w.db.Reader().Account(w.t.Context(), customer)
}

// link is the link in the newest mail to an address.
func (w *world) link(to string) (string, error) {
	if err := w.deliver(); err != nil {
		return "", err
	}
	for _, m := range slices.Backward(w.sink.For(address(to))) {
		for _, link := range m.Links {
			if strings.HasPrefix(link, "https://") {
				return link, nil
			}
		}
	}
	return "", fmt.Errorf("no mail with a link to %s; the log says\n%s", to, w.log)
}

// call asks the handler without a network in between.
func (w *world) call(method, target string, form url.Values, change ...func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequestWithContext(w.t.Context(), method, w.server.URL+target, strings.NewReader(form.Encode()))
	r.Host = r.URL.Host
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for _, do := range change {
		do(r)
	}
	out := httptest.NewRecorder()
	w.server.Config.Handler.ServeHTTP(out, r)
	return out
}

func address(s string) keyfold.Email {
	e, err := keyfold.ParseEmail(s)
	if err != nil {
		panic(err)
	}
	return e
}

// A lockedLog is a log that several goroutines write to.
type lockedLog struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedLog) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
