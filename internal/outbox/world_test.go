package outbox_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/url"
	"path"
	"sync"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/mailtext"
	"github.com/keyfold/keyfold/internal/outbox"
	"github.com/keyfold/keyfold/internal/registration"
	"github.com/keyfold/keyfold/internal/smtpclient"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
)

const (
	lease   = 2 * time.Minute
	giveUp  = 24 * time.Hour
	hour    = time.Hour
	secret  = "an-outbox-secret-of-more-than-32-characters"
	contact = "sanne@veldkamp.example"
)

// A world is a database, a clock that stands still, a mail server and a
// service between them.
type world struct {
	*testing.T

	db    *store.DB
	clock *storetest.Clock
	sink  *mailsink.Sink
	key   token.Key
	out   *outbox.Service
	log   *lockedBuffer
	made  int
}

func each(t *testing.T, test func(w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		test(newWorld(t, db, clock))
	})
}

func newWorld(t *testing.T, db *store.DB, clock *storetest.Clock) *world {
	t.Helper()
	sink, err := mailsink.Start("127.0.0.1:0", mailsink.Options{Now: clock.Now, Keep: -1})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{T: t, db: db, clock: clock, sink: sink, key: token.NewKey(secret), log: &lockedBuffer{}}
	w.out = w.service(db)
	t.Cleanup(func() {
		if err := sink.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// service is one more replica.
func (w *world) service(db *store.DB) *outbox.Service {
	w.Helper()
	texts, err := locale.Load()
	if err != nil {
		w.Fatal(err)
	}
	config, err := smtpclient.ParseURL(w.sink.URL())
	if err != nil {
		w.Fatal(err)
	}
	client := smtpclient.New(config)
	w.Cleanup(func() { _ = client.Close() })
	return &outbox.Service{
		DB: db, Key: w.key, Texts: mailtext.New(texts), Server: client, Entities: storetest.Entities(w),
		Brand: mailtext.Brand{Name: "Polder Hosting"}, PublicURL: &url.URL{Scheme: "https", Host: "id.example"},
		From: w.email("no-reply@polder.example"), FromName: "Polder Hosting", Log: slog.New(slog.NewTextHandler(w.log, nil)),
		Workers: 4, Lease: lease, Timeout: time.Minute, GiveUp: giveUp, Poll: time.Millisecond, Patience: time.Minute,
		Sent: registration.SentReset,
	}
}

func (w *world) email(s string) keyfold.Email {
	w.Helper()
	e, err := keyfold.ParseEmail(s)
	if err != nil {
		w.Fatal(err)
	}
	return e
}

// A promise is a mail with what it was promised for.
type promise struct {
	store.Mail

	subject store.Subject
}

// customer is a new account with that main contact.
func (w *world) customer(to string) keyfold.CustomerID {
	w.Helper()
	w.made++
	return storetest.Import(w.T, w.db, fmt.Sprintf("NL%06d", w.made), to)
}

// reset promises the mail of step 2 to the main contact of a new account.
func (w *world) reset(to string) promise {
	w.Helper()
	return w.promise("reset", store.Reset, to, w.customer(to))
}

// promise enqueues a mail with a link about an account.
func (w *world) promise(template string, p store.Purpose, to string, account keyfold.CustomerID) promise {
	w.Helper()
	w.made++
	id := fmt.Sprintf("%08d", w.made)
	mail := store.Mail{
		ID: "mail-" + id, Template: template, To: w.email(to), Language: keyfold.English, Entity: "NL", Account: account, Token: "token-" + id,
	}
	mail.Data = store.MailData{Accounts: []string{account.String()}}
	t := store.Token{
		ID: mail.Token, Purpose: p, Email: mail.To, Expires: w.clock.Now().Add(hour),
		Hash:   w.key.Derive(mail.Token, string(p), mail.To.Key()).Hash(),
		Grants: []store.Grant{{Subject: store.OfAccount(account)}},
	}
	w.update(func(tx *store.Tx) error {
		if err := tx.IssueToken(w.Context(), t); err != nil {
			return err
		}
		return tx.Enqueue(w.Context(), mail)
	})
	return promise{Mail: mail, subject: store.OfAccount(account)}
}

func (w *world) update(do func(tx *store.Tx) error) {
	w.Helper()
	if err := w.db.Update(w.Context(), do); err != nil {
		w.Fatal(err)
	}
}

// send sends all that is due, and wants it to be n mails.
func (w *world) send(n int) {
	w.Helper()
	tried, err := w.out.SendDue(w.Context())
	if err != nil || tried != n {
		w.Fatalf("%d mails were tried, want %d: %v\n%s", tried, n, err, w.log)
	}
}

// row is a promised mail as it is now.
func (w *world) row(p promise) store.Mail {
	w.Helper()
	m, ok, err := w.db.Reader().LastMail(w.Context(), p.Account, p.To, p.Template)
	if err != nil || !ok || m.ID != p.ID {
		w.Fatalf("mail %s: found %v (%s), %v", p.ID, ok, m.ID, err)
	}
	return m
}

// is wants a mail to be in a status after so many tries.
func (w *world) is(p promise, want store.MailStatus, attempts int) store.Mail {
	w.Helper()
	m := w.row(p)
	if m.Status != want || m.Attempts != attempts {
		w.Errorf("the mail is %s after %d tries (%q), want %s after %d", m.Status, m.Attempts, m.LastError, want, attempts)
	}
	return m
}

// got are the mails that the server keeps, and wants n of them.
func (w *world) got(n int) []mailsink.Mail {
	w.Helper()
	mails := w.sink.Mails()
	if len(mails) != n {
		w.Fatalf("the mail server has %d mails, want %d\n%s", len(mails), n, w.log)
	}
	return mails
}

// kinds are the events of an account, newest first.
func (w *world) kinds(id keyfold.CustomerID) (kinds []string) {
	w.Helper()
	events, err := w.db.Reader().AccountEvents(w.Context(), id, 100)
	if err != nil {
		w.Fatal(err)
	}
	for _, e := range events {
		kinds = append(kinds, e.Kind)
	}
	return kinds
}

func (w *world) account(id keyfold.CustomerID) keyfold.Account {
	w.Helper()
	a, err := w.db.Reader().Account(w.Context(), id)
	if err != nil {
		w.Fatal(err)
	}
	return a
}

// once has the first try for each mailbox answered like this, and all others
// accepted.
func (w *world) once(a mailsink.Answer) {
	w.sink.Script(func(_ string, attempt int) mailsink.Answer {
		if attempt == 1 {
			return a
		}
		return mailsink.Accept()
	})
}

// opens wants a link to be the one of a promise.
func (w *world) opens(link string, p promise, purpose store.Purpose) {
	w.Helper()
	t, err := w.db.Reader().Token(w.Context(), purpose, token.Parse(path.Base(link)))
	if err != nil || t.ID != p.Token {
		w.Errorf("%s opens %q, want %q: %v", link, t.ID, p.Token, err)
	}
}

// gate holds who comes until it is opened.
type gate struct{ reached, open chan struct{} }

// hold has the first try for each mailbox wait for the gate before it is
// answered.
func (w *world) hold(a mailsink.Answer) gate {
	g := gate{reached: make(chan struct{}, 100), open: make(chan struct{})}
	w.sink.Script(func(rcpt string, attempt int) mailsink.Answer {
		if rcpt == "" || attempt > 1 {
			return mailsink.Accept()
		}
		g.reached <- struct{}{}
		<-g.open
		return a
	})
	return g
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
