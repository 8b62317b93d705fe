package e2e_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver "pgx"
	_ "modernc.org/sqlite"             // the driver "sqlite"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/mailsink"
	"github.com/keyfold/keyfold/internal/pgtest"
)

// engines are the databases that the hard tests run on.
var engines = []string{"sqlite", "postgres"}

// emptyDatabase is the URL of a new database.
func emptyDatabase(tb testing.TB, engine string) string {
	tb.Helper()
	if engine == "sqlite" {
		return "sqlite://" + filepath.Join(tb.TempDir(), "keyfold.db")
	}
	return pgtest.Database(tb)
}

// ownEyes looks into a database without the program.
func ownEyes(tb testing.TB, database string) *sql.DB {
	tb.Helper()
	driver, from := "pgx", database
	if file, ok := strings.CutPrefix(database, "sqlite://"); ok {
		driver, from = "sqlite", "file:"+file+"?_pragma=busy_timeout(30000)&_txlock=immediate"
	}
	db, err := sql.Open(driver, from)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = db.Close() })
	return db
}

// number asks a database for one number.
func number(tb testing.TB, db *sql.DB, q string) (n int) {
	tb.Helper()
	if err := db.QueryRowContext(tb.Context(), q).Scan(&n); err != nil {
		tb.Fatalf("%s: %v", q, err)
	}
	return n
}

func startSink(tb testing.TB) *mailsink.Sink {
	tb.Helper()
	sink, err := mailsink.Start("127.0.0.1:0", mailsink.Options{Now: time.Now, Keep: -1})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = sink.Close() })
	return sink
}

// A line carries requests to one of the addresses that serve a site, each over
// a connection of its own.
type line struct {
	client http.Client
	host   string                   // as customers type it
	next   func(try int) string     // the address of a try; empty: give up
	answer func(path string, n int) // is told every status
}

func newLine(host string, next func(try int) string) *line {
	return &line{host: host, next: next, client: http.Client{
		Timeout:       60 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: 10 * time.Second}).DialContext},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// to is a line to one address and no other.
func to(address string) func(int) string {
	return func(try int) string {
		if try > 0 {
			return ""
		}
		return address
	}
}

// A reply is what came back.
type reply struct {
	status int
	body   string
	where  string // of a redirect
	cookie string // of the registration, if one was set
}

const registrationCookie = "keyfold-registration"

// post sends a form. Only a refused connection is tried elsewhere: what may
// have been read is not sent twice.
func (l *line) post(ctx context.Context, path, cookie string, form url.Values) (reply, error) {
	for try := 0; ; try++ {
		address := l.next(try)
		if address == "" {
			return reply{}, errors.New("nobody listens")
		}
		r, err := l.try(ctx, "http://"+address+path, cookie, form)
		if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "dial" && ctx.Err() == nil {
			continue
		}
		return r, err
	}
}

func (l *line) try(ctx context.Context, at, cookie string, form url.Values) (r reply, err error) {
	method, body := http.MethodPost, io.Reader(strings.NewReader(form.Encode()))
	if form == nil {
		method, body = http.MethodGet, http.NoBody
	}
	req, err := http.NewRequestWithContext(ctx, method, at, body)
	if err != nil {
		return r, err
	}
	req.Host = l.host
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if cookie != "" {
		req.AddCookie(&http.Cookie{Name: registrationCookie, Value: cookie})
	}
	res, err := l.client.Do(req)
	if err != nil {
		return r, err
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return r, err
	}
	r = reply{status: res.StatusCode, body: string(text), where: res.Header.Get("Location")}
	for _, c := range res.Cookies() {
		if c.Name == registrationCookie {
			r.cookie = c.Value
		}
	}
	if l.answer != nil {
		l.answer(req.URL.Path, r.status)
	}
	return r, nil
}

// A walker is a customer on the way through the ten steps. What was answered
// is not asked for again; what was not is, as people do.
type walker struct {
	id      string
	contact string // main contact
	email   string // that step 5 is given
	asked   bool   // a reset was asked for and answered
	reset   string // path of the link
	set     bool   // step 3 was answered
	cookie  string
	given   bool // step 5 was answered
	confirm string
	done    bool // step 8 was answered
	stuck   bool // the contact's mailbox refuses all mail
}

const (
	idPassword    = "Tulips-2026 first"
	loginPassword = "Daisies-2026 second"
)

// walk goes on until the end, or until nobody answers any more.
func (w *walker) walk(ctx context.Context, l *line, sink *mailsink.Sink) error {
	for _, step := range []func(context.Context, *line, *mailsink.Sink) error{
		w.ask, w.readReset, w.setPassword, w.giveEmail, w.readConfirm, w.setCredentials,
	} {
		if err := step(ctx, l, sink); err != nil || w.stuck {
			return err
		}
	}
	return nil
}

func (w *walker) ask(ctx context.Context, l *line, _ *mailsink.Sink) error {
	if w.asked {
		return nil
	}
	r, err := l.post(ctx, "/passwordReset/request", "", url.Values{"customer-id": {w.id}})
	if err == nil {
		err = r.want(http.StatusSeeOther)
	}
	w.asked = err == nil
	return err
}

func (r reply) want(status int) error {
	if r.status != status {
		return &unexpected{r}
	}
	return nil
}

// unexpected is an answer that nobody should get.
type unexpected struct{ reply }

func (u *unexpected) Error() string { return fmt.Sprintf("answer %d: %.3000s", u.status, u.body) }

func (w *walker) readReset(ctx context.Context, _ *line, sink *mailsink.Sink) (err error) {
	if w.reset == "" && !w.stuck {
		w.reset, err = readLink(ctx, sink, w.contact, "/passwordReset/")
	}
	return err
}

func (w *walker) readConfirm(ctx context.Context, _ *line, sink *mailsink.Sink) (err error) {
	if w.confirm == "" {
		w.confirm, err = readLink(ctx, sink, w.email, "/register/")
	}
	return err
}

// readLink waits for a mail with a link of one kind, and takes the newest.
func readLink(ctx context.Context, sink *mailsink.Sink, mailbox, prefix string) (string, error) {
	box, err := keyfold.ParseEmail(mailbox)
	if err != nil {
		return "", err
	}
	for n := 1; ; n++ {
		mails, err := sink.Wait(ctx, box, n)
		if err != nil {
			return "", err
		}
		for n = len(mails); len(mails) > 0; mails = mails[:len(mails)-1] {
			for _, link := range mails[len(mails)-1].Links {
				u, err := url.Parse(link)
				if err == nil && strings.HasPrefix(u.Path, prefix) {
					return u.Path, nil
				}
			}
		}
	}
}

func (w *walker) setPassword(ctx context.Context, l *line, _ *mailsink.Sink) error {
	if w.set {
		return nil
	}
	r, err := l.post(ctx, w.reset, "", url.Values{"new-password": {idPassword}, "repeat-password": {idPassword}})
	if err == nil {
		err = r.want(http.StatusOK)
	}
	w.set = err == nil
	return err
}

// giveEmail is steps 4 and 5.
func (w *walker) giveEmail(ctx context.Context, l *line, _ *mailsink.Sink) error {
	if w.given {
		return nil
	}
	r, err := l.post(ctx, "/login", "", url.Values{"username": {w.id}, "password": {idPassword}})
	if err == nil {
		err = r.want(http.StatusSeeOther)
	}
	if err != nil {
		return err
	}
	w.cookie = r.cookie
	r, err = l.post(ctx, "/register", w.cookie, url.Values{"email": {w.email}, "keep": {"1"}})
	if err == nil {
		err = r.want(http.StatusSeeOther)
	}
	w.given = err == nil
	return err
}

// errNotYet says that a newer link is still on its way.
var errNotYet = errors.New("the newer link has not come yet")

func (w *walker) setCredentials(ctx context.Context, l *line, sink *mailsink.Sink) error {
	if w.done {
		return nil
	}
	r, err := l.post(ctx, w.confirm, w.cookie, url.Values{
		"new-password": {loginPassword}, "repeat-password": {loginPassword}, "name": {"Sanne"},
	})
	if err == nil && r.status == http.StatusGone { // step 5 was done twice: the newer link is the one
		newest, err := readLink(ctx, sink, w.email, "/register/")
		if err != nil {
			return err
		}
		if newest == w.confirm {
			return errNotYet
		}
		w.confirm = newest
		return w.setCredentials(ctx, l, sink)
	}
	if err == nil {
		err = r.want(http.StatusOK)
	}
	w.done = err == nil
	return err
}
