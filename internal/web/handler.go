// Package web is what the surfaces share: handlers that return errors, guards,
// headers, cookies, and the one place where an error becomes an answer. It
// knows no product words.
package web

import (
	"bytes"
	"net/http"
	"sync"

	"github.com/a-h/templ"

	"github.com/keyfold/keyfold"
)

// A Handler answers one request. It returns what it cannot handle itself: a
// refusal becomes a page that says what to do, anything else a page with a
// reference number and one line in the log.
type Handler func(w http.ResponseWriter, r *http.Request) error

// A Guarded handler has said who may call it. Only a guard makes one, so a
// route that has no answer to "who?" does not compile.
type Guarded struct {
	who    string
	handle Handler
}

// Guard is for the guards of a surface; handlers do not use it.
func Guard(who string, h Handler) Guarded { return Guarded{who, h} }

// Anyone is the guard of public pages.
func Anyone(h Handler) Guarded { return Guarded{"anyone", h} }

// A Route is one line of a surface's route table.
type Route struct {
	Pattern string // as in [http.ServeMux]
	Guarded
}

// Who names the guard, for the table in the documentation.
func (r Route) Who() string { return r.who }

// Render writes a page whole or not at all.
func Render(w http.ResponseWriter, r *http.Request, status int, page templ.Component) error {
	body, _ := bodies.Get().(*bytes.Buffer)
	defer reuse(body)
	if err := page.Render(r.Context(), body); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = body.WriteTo(w) // whoever went away needs no error page
	return nil
}

// bodies are buffers that pages were written into, to be used again: growing one
// to the size of a page takes as much memory as several pages.
var bodies = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// reuse keeps a buffer for the next page, unless it held an exceptional one.
func reuse(body *bytes.Buffer) {
	if body.Cap() <= 64<<10 {
		body.Reset()
		bodies.Put(body)
	}
}

var statuses = map[keyfold.Kind]int{
	keyfold.Invalid:  http.StatusUnprocessableEntity,
	keyfold.Denied:   http.StatusForbidden,
	keyfold.NotFound: http.StatusNotFound,
	keyfold.Conflict: http.StatusConflict,
	keyfold.Gone:     http.StatusGone,
	keyfold.Slow:     http.StatusTooManyRequests,
	keyfold.Busy:     http.StatusServiceUnavailable,
}

// Status is the status code that an error is answered with.
func Status(err error) int {
	reasons := keyfold.Refused(err)
	if len(reasons) == 0 {
		return http.StatusInternalServerError
	}
	return statuses[reasons[0].Kind]
}

// Handle calls the handler behind the guard, for a guard that builds on another.
func (g Guarded) Handle(w http.ResponseWriter, r *http.Request) error { return g.handle(w, r) }
