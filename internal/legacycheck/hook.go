package legacycheck

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/token"
)

// maxAnswer is how long an answer may be. It says one word.
const maxAnswer = 4 << 10

// A HookConfig says where a hook is.
type HookConfig struct {
	URL     url.URL        // https, or http on this machine
	Secret  string         // that both sides know
	CA      *x509.CertPool // nil: those of the system
	Connect time.Duration  // the longest that a connection may take
}

// A Hook is an old system that answers by HTTP.
type Hook struct {
	url    string
	secret []byte
	client *http.Client
}

// NewHook makes the client of a hook. It goes through no proxy and follows no
// redirect: a password is for whom the operator has named.
func NewHook(c HookConfig) *Hook {
	dialer := &net.Dialer{Timeout: c.Connect}
	return &Hook{url: c.URL.String(), secret: []byte(c.Secret), client: &http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSHandshakeTimeout: c.Connect, ForceAttemptHTTP2: true,
			TLSClientConfig:    &tls.Config{RootCAs: c.CA, MinVersion: tls.VersionTLS12},
			DisableCompression: true, MaxResponseHeaderBytes: 4 * maxAnswer,
			MaxIdleConnsPerHost: DefaultAtOnce, IdleConnTimeout: time.Minute,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Close ends the connections that wait.
func (h *Hook) Close() error {
	h.client.CloseIdleConnections()
	return nil
}

// hookQuestion is the body of the request. docs/legacy-login.md describes it.
type hookQuestion struct {
	Request  string `json:"request_id"`
	Time     string `json:"time"`
	Entity   string `json:"entity"`
	ID       string `json:"customer_id"`
	Password string `json:"password"`
}

// Ask posts the question.
func (h *Hook) Ask(ctx context.Context, q Question) (keyfold.Verdict, error) {
	body, err := json.Marshal(hookQuestion{ //nolint:gosec // G117: the password is what is asked about
		Request: q.Request, Time: q.Asked.UTC().Format(time.RFC3339), Entity: q.Entity, ID: q.ID.String(), Password: q.Password,
	})
	if err != nil {
		return "", errors.New("the question cannot be written") // the error could show it
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, h.url, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	timestamp := strconv.FormatInt(q.Asked.Unix(), 10)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json")
	r.Header.Set("Cache-Control", "no-store")
	r.Header.Set("User-Agent", "Keyfold")
	r.Header.Set(token.HeaderTimestamp, timestamp)
	r.Header.Set(token.HeaderSignature, token.Sign(h.secret, timestamp, body))
	answer, err := h.client.Do(r)
	if err != nil {
		return "", err
	}
	verdict, err := readAnswer(answer)
	return verdict, errors.Join(err, answer.Body.Close())
}

// readAnswer takes exactly what is documented. Whatever else comes may be the
// error page of something in between.
func readAnswer(r *http.Response) (keyfold.Verdict, error) {
	if r.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the hook answered with status %d", r.StatusCode)
	}
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return "", errors.New("the hook's answer is not application/json")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, maxAnswer+1))
	if err != nil {
		return "", fmt.Errorf("the hook's answer broke off: %w", err)
	}
	if len(body) > maxAnswer {
		return "", errors.New("the hook's answer is too long")
	}
	var said struct {
		Result *string `json:"result"`
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(&said); err != nil || d.More() || said.Result == nil {
		return "", errors.New(`the hook's answer is not {"result": "…"}`) // an error could show what it says
	}
	verdict := keyfold.Verdict(*said.Result)
	if !slices.Contains(keyfold.Verdicts(), verdict) {
		return "", errors.New("the hook's answer has another result than right, wrong, unknown or locked")
	}
	return verdict, nil
}
