package hooks

import (
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/keyfold/keyfold/internal/token"
	"github.com/keyfold/keyfold/internal/web"
)

// window is how far the time of a request may be from ours. Within it, a request
// that is sent again by somebody else changes nothing: what it says is known.
const window = 5 * time.Minute

// signed lets in who knows a secret, and gives the handler what was signed.
func (h *Hooks) signed(secret string, do func(http.ResponseWriter, *http.Request, []byte) error) web.Guarded {
	return web.Guard("who signs with the secret", func(w http.ResponseWriter, r *http.Request) error {
		body, err := io.ReadAll(r.Body)
		if _, large := errors.AsType[*http.MaxBytesError](err); large {
			return web.ErrTooLarge
		} else if err != nil {
			return web.ErrBadRequest
		}
		stamp, signature := only(r.Header, token.HeaderTimestamp), only(r.Header, token.HeaderSignature)
		if !token.Signed([]byte(secret), stamp, signature, body) {
			return refuse("hook.unsigned", "")
		}
		if !h.timely(stamp) {
			return refuse("hook.stale", "")
		}
		if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
			return refuse("hook.type", "")
		}
		return do(w, r, body)
	})
}

// only is the value of a header that is there once: of two, nobody knows which one
// counts.
func only(h http.Header, name string) string {
	if values := h.Values(name); len(values) == 1 {
		return values[0]
	}
	return ""
}

func (h *Hooks) timely(stamp string) bool {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return false
	}
	off := h.Now().Unix() - seconds
	return off <= int64(window/time.Second) && off >= -int64(window/time.Second)
}
