// Package hooks is where other systems tell us something. Each request is signed
// with a secret that both sides know. docs/bounces.md describes it.
package hooks

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"time"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/bounce"
	"github.com/keyfold/keyfold/internal/web"
)

// Hooks are the doors for other systems.
type Hooks struct {
	Bounces   *bounce.Service
	Secret    string // of who tells of bounces
	PublicURL *url.URL
	Clients   web.Clients
	Flood     *web.Flood
	Log       *slog.Logger
	Now       func() time.Time
	Observe   func(route string, status int, took time.Duration)
}

// maxBody has room for a batch.
const maxBody = 64 << 10

// Handler serves the doors.
func (h *Hooks) Handler() http.Handler {
	s := &web.Server{
		Routes: h.Routes(), PublicURL: h.PublicURL, Clients: h.Clients, Flood: h.Flood, Log: h.Log, Now: h.Now,
		MaxBody: maxBody, Fail: h.fail, Observe: h.Observe,
	}
	return s.Handler()
}

// Routes is every door, and who may go through it.
func (h *Hooks) Routes() []web.Route {
	return []web.Route{{Pattern: "POST /hooks/bounces", Guarded: h.signed(h.Secret, h.takeBounces)}}
}

// takeBounces notes what became of mails. When one cannot be noted yet, the whole
// request may come again: what was noted counts once.
func (h *Hooks) takeBounces(w http.ResponseWriter, r *http.Request, body []byte) error {
	reports, err := readBounces(body)
	if err != nil {
		return err
	}
	noted, err := h.note(r.Context(), reports)
	if err != nil {
		return err
	}
	return answer(w, http.StatusOK, "application/json", struct {
		Received int `json:"received"`
		Noted    int `json:"noted"`
	}{len(reports), noted})
}

func (h *Hooks) note(ctx context.Context, reports []bounce.Report) (noted int, err error) {
	early := false
	for _, r := range reports {
		outcome, err := h.Bounces.Note(ctx, r)
		if keyfold.Refused(err) != nil {
			return noted, fmt.Errorf("hooks: unexpected: %s", err.Error())
		} else if err != nil {
			return noted, err
		}
		early = early || outcome == bounce.Early
		if outcome == bounce.Noted {
			noted++
		}
	}
	if early {
		return noted, refuse("hook.early", "")
	}
	return noted, nil
}
