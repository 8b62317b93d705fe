package hooks_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/bounce"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/store/storetest"
	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
	"github.com/keyfold/keyfold/internal/web/hooks"
)

const (
	secret = "do-not-use-this-secret-make-your-own"
	site   = "https://id.example"
)

// A world is a database with a mail that was sent, and the doors for others.
type world struct {
	t       *testing.T
	db      *store.DB
	clock   *storetest.Clock
	hooks   *hooks.Hooks
	handler http.Handler
	log     bytes.Buffer
	made    int
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, db *store.DB, clock *storetest.Clock) {
		w := &world{t: t, db: db, clock: clock}
		w.hooks = &hooks.Hooks{
			Bounces: &bounce.Service{DB: db}, Secret: secret, PublicURL: &url.URL{Scheme: "https", Host: "id.example"},
			Flood: web.NewFlood(1_000_000, clock.Now), Log: slog.New(slog.NewTextHandler(&w.log, nil)), Now: clock.Now,
		}
		w.handler = w.hooks.Handler()
		test(t, w)
	})
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// sent is a reset mail that the mail server took.
func (w *world) sent(to string) store.Mail {
	w.t.Helper()
	w.made++
	id := storetest.Import(w.t, w.db, fmt.Sprintf("NL%06d", w.made), to)
	email, err := keyfold.ParseEmail(to)
	w.must(err)
	m := store.Mail{
		ID: fmt.Sprintf("0195f3a2-7c1e-7d3a-9b52-%012d", w.made), Template: "reset", To: email,
		Language: keyfold.English, Entity: "NL", Account: id, Data: store.MailData{Accounts: []string{id.String()}},
	}
	w.must(w.db.Update(w.t.Context(), func(tx *store.Tx) error {
		if err := tx.Enqueue(w.t.Context(), m); err != nil {
			return err
		}
		if _, err := tx.ClaimMails(w.t.Context(), "worker", time.Minute, 1); err != nil {
			return err
		}
		_, err := tx.EndMail(w.t.Context(), m.ID, "worker", store.Sent, "")
		return err
	}))
	return m
}

func (w *world) status(m store.Mail) store.MailStatus {
	w.t.Helper()
	got, err := w.db.Reader().Mail(w.t.Context(), m.ID)
	w.must(err)
	return got.Status
}

// events counts those of a kind of an account.
func (w *world) events(id keyfold.CustomerID, kind string) (n int) {
	w.t.Helper()
	events, err := w.db.Reader().AccountEvents(w.t.Context(), id, 100)
	w.must(err)
	for _, e := range events {
		if e.Kind == kind {
			n++
		}
	}
	return n
}

// about is the body of a request about one mail.
func about(m store.Mail) string {
	return `{"bounces":[{"message_id":"<` + m.ID + `@polder.example>","recipient":"` + m.To.String() +
		`","action":"failed","status":"5.1.1","diagnostic":"550 5.1.1 nobody lives here"}]}`
}

// request is a signed one.
func (w *world) request(body string) *http.Request {
	r := httptest.NewRequestWithContext(context.Background(), http.MethodPost, site+"/hooks/bounces", strings.NewReader(body))
	stamp := strconv.FormatInt(w.clock.Now().Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set(token.HeaderTimestamp, stamp)
	r.Header.Set(token.HeaderSignature, token.Sign([]byte(secret), stamp, []byte(body)))
	return r
}

func (w *world) send(r *http.Request) *httptest.ResponseRecorder {
	res := httptest.NewRecorder()
	w.handler.ServeHTTP(res, r)
	return res
}

// refused wants an answer to be a problem of a kind.
func refused(t *testing.T, name string, res *httptest.ResponseRecorder, status int, code string) hooks.Problem {
	t.Helper()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	var p hooks.Problem
	if err := json.Unmarshal(body, &p); err != nil {
		t.Fatalf("%s: %d %s: %v", name, res.Code, body, err)
	}
	switch {
	case res.Code != status || p.Status != status || p.ErrorCode != code:
		t.Errorf("%s: %d %+v, want %d %s", name, res.Code, p, status, code)
	case res.Header().Get("Content-Type") != "application/problem+json" || p.Title != http.StatusText(status) || p.Detail == "" || p.CorrelationID == "":
		t.Errorf("%s: %+v, %v", name, p, res.Header())
	case (status >= 429) != (res.Header().Get("Retry-After") != ""):
		t.Errorf("%s: come again in %q", name, res.Header().Get("Retry-After"))
	}
	return p
}
