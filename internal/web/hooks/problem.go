package hooks

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/store"
	"github.com/keyfold/keyfold/internal/web"
)

// A Problem is an answer that something did not work out, as RFC 9457 has it.
type Problem struct {
	Title         string `json:"title"`
	Status        int    `json:"status"`
	Detail        string `json:"detail"`
	ErrorCode     string `json:"errorCode"` // for programs; never changes
	CorrelationID string `json:"correlationId"`
}

// A kind is one kind of problem.
type kind struct {
	code   string
	status int
	detail string
	wait   int // seconds until it makes sense to come again; 0: never as it is
}

// kinds are all problems, by status.
var kinds = []kind{
	{"hook.malformed", http.StatusBadRequest, `The body is not {"bounces":[…]} in JSON, or has fields that we do not know.`, 0},
	{"hook.unsigned", http.StatusUnauthorized, "The signature is missing or wrong. It is the HMAC-SHA256 of the timestamp, a dot and the body, in hexadecimal digits.", 0},
	{"hook.stale", http.StatusUnauthorized, "The timestamp is more than five minutes from our clock.", 0},
	{"hook.cross_site", http.StatusForbidden, "The request comes from a browser.", 0},
	{"hook.no_route", http.StatusNotFound, "There is nothing here.", 0},
	{"hook.method", http.StatusMethodNotAllowed, "This address takes POST only.", 0},
	{"hook.too_large", http.StatusRequestEntityTooLarge, "The body is larger than 64 KiB. Send fewer at a time.", 0},
	{"hook.type", http.StatusUnsupportedMediaType, "The body must be application/json.", 0},
	{"hook.content", http.StatusUnprocessableEntity, "", 0},
	{"hook.slow", http.StatusTooManyRequests, "Too many requests. Send more at a time.", 60},
	{"hook.fault", http.StatusInternalServerError, "A fault of ours. The log has it under the correlation ID. Send it again later.", 60},
	{"hook.early", http.StatusServiceUnavailable, "A mail is still being handed over. Send the same again.", 30},
	{"hook.unavailable", http.StatusServiceUnavailable, "The database is away. Send the same again.", 30},
}

func kindOf(code string) kind {
	for _, k := range kinds {
		if k.code == code {
			return k
		}
	}
	return kindOf("hook.fault")
}

// refuse says no with one of the kinds. The detail is the kind's own, if empty.
func refuse(code, detail string) error {
	return keyfold.Refuse(keyfold.Invalid, code).With("Detail", detail)
}

// fail answers a request that did not work out.
func (h *Hooks) fail(w http.ResponseWriter, r *http.Request, f web.Failure) {
	code, detail := codeOf(f.Err)
	k := kindOf(code)
	if detail == "" {
		detail = k.detail
	}
	if k.wait > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(k.wait))
	}
	_ = answer(w, k.status, "application/problem+json", Problem{ // of texts and a number: it can be written
		Title: http.StatusText(k.status), Status: k.status, Detail: detail, ErrorCode: k.code, CorrelationID: web.Reference(r),
	})
}

func codeOf(err error) (code, detail string) {
	reasons := keyfold.Refused(err)
	switch {
	case errors.Is(err, web.ErrBadRequest):
		return "hook.malformed", ""
	case errors.Is(err, web.ErrCrossSite):
		return "hook.cross_site", ""
	case errors.Is(err, web.ErrNoRoute):
		return "hook.no_route", ""
	case errors.Is(err, web.ErrMethod):
		return "hook.method", ""
	case errors.Is(err, web.ErrTooLarge):
		return "hook.too_large", ""
	case errors.Is(err, web.ErrFlood):
		return "hook.slow", ""
	case len(reasons) > 0:
		detail, _ = reasons[0].Args[1].(string)
		return reasons[0].Text, detail
	case store.Unavailable(err):
		return "hook.unavailable", ""
	}
	return "hook.fault", ""
}

// answer writes a body whole or not at all.
func answer(w http.ResponseWriter, status int, kind string, what any) error {
	var body bytes.Buffer
	text := json.NewEncoder(&body)
	text.SetEscapeHTML(false)
	if err := text.Encode(what); err != nil {
		return err
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // whoever went away needs none
	return nil
}
