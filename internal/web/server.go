package web

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"strings"
	"time"
)

// maxBody is the largest form that anyone sends: two passwords of 256
// characters, a name and an address fit several times.
const maxBody = 16 << 10

// A Server makes a handler out of routes. All fields but Observe and Flood are
// needed.
type Server struct {
	Routes    []Route
	Static    http.Handler // of /static/
	PublicURL *url.URL     // what customers type; other hosts are turned away
	Clients   Clients
	Flood     *Flood
	Log       *slog.Logger
	Now       func() time.Time
	MaxBody   int64 // of what is sent, in bytes; 0: what forms need
	// Fail answers a request that did not work out.
	Fail func(w http.ResponseWriter, r *http.Request, f Failure)
	// Observe counts a request by its route.
	Observe func(route string, status int, took time.Duration)
}

// A Failure is why a request did not work out, for the page that says so.
type Failure struct {
	Err       error
	Status    int
	Reference string // in the log too, for faults of ours
}

// What goes wrong before a handler is reached.
var (
	ErrCrossSite  = errors.New("web: the request comes from another site")
	ErrNoRoute    = errors.New("web: no such page")
	ErrMethod     = errors.New("web: the page does not do that")
	ErrFlood      = errors.New("web: too many requests from one address")
	ErrTooLarge   = errors.New("web: the request is too large")
	ErrBadRequest = errors.New("web: the request cannot be read")
)

// Handler serves the routes.
func (s *Server) Handler() http.Handler {
	mux := http.NewServeMux()
	for _, route := range s.Routes {
		mux.Handle(route.Pattern, s.serve(route))
	}
	if s.Static != nil {
		mux.Handle("GET /static/", s.Static)
	}
	sameOrigin := http.NewCrossOriginProtection()
	sameOrigin.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.fail(w, r, ErrCrossSite)
	}))
	inner := sameOrigin.Handler(s.known(mux))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.around(w, r, inner) })
}

// around is what happens to every request: headers, bounds, and one line.
func (s *Server) around(w http.ResponseWriter, r *http.Request, inner http.Handler) {
	began := s.Now()
	out := &recorder{ResponseWriter: w, status: http.StatusOK}
	in := &request{from: s.Clients.Of(r)}
	r = r.WithContext(context.WithValue(r.Context(), requestKey{}, in))
	securityHeaders(out.Header(), s.PublicURL.Scheme == "https")
	out.Header().Set("Cache-Control", "no-store") // files of ours say otherwise
	defer func() {
		if p := recover(); p != nil {
			s.recovered(out, r, p)
		}
		s.note(out, r, in, s.Now().Sub(began))
	}()
	switch {
	case !s.ours(r):
		s.misdirected(out)
	case s.Flood != nil && !strings.HasPrefix(r.URL.Path, "/static/") && !s.Flood.Allow(in.from): // the page that says so has a style
		s.fail(out, r, ErrFlood)
	default:
		if r.Body != nil {
			r.Body = http.MaxBytesReader(out, r.Body, cmp.Or(s.MaxBody, maxBody))
		}
		inner.ServeHTTP(out, r)
	}
}

// known answers what no route is there for, with our own page.
func (s *Server) known(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, pattern := mux.Handler(r)
		if pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		probe := &recorder{ResponseWriter: discard{http.Header{}}, status: http.StatusOK}
		h.ServeHTTP(probe, r)
		if probe.status == http.StatusMethodNotAllowed {
			w.Header().Set("Allow", probe.Header().Get("Allow"))
			s.fail(w, r, ErrMethod)
			return
		}
		s.fail(w, r, ErrNoRoute)
	})
}

func (s *Server) serve(route Route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		inside(r).route = route.Pattern
		if r.Method == http.MethodPost {
			if err := readForm(r); err != nil {
				s.fail(w, r, err)
				return
			}
		}
		if err := route.handle(w, r); err != nil {
			s.breakOff(w, r, err)
			s.fail(w, r, err)
		}
	})
}

// breakOff hangs up on an answer that has begun and cannot go on: half a file must
// not look like a whole one, and an error page in it helps nobody.
func (s *Server) breakOff(w http.ResponseWriter, r *http.Request, err error) {
	if out, ok := w.(*recorder); !ok || !out.wrote {
		return
	}
	if r.Context().Err() == nil {
		s.Log.ErrorContext(r.Context(), "answer broken off", "route", inside(r).route, "error", err)
	}
	panic(http.ErrAbortHandler)
}

// readForm reads a form whole, and refuses one in which a name comes twice:
// nobody types a form like that, and two readers may choose differently.
func readForm(r *http.Request) error {
	if err := r.ParseForm(); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return ErrTooLarge
		}
		return ErrBadRequest
	}
	for name, values := range r.PostForm {
		if len(values) > 1 || strings.HasSuffix(name, "]") {
			return ErrBadRequest
		}
	}
	return nil
}

func (s *Server) fail(w http.ResponseWriter, r *http.Request, err error) {
	f := Failure{Err: err, Status: statusOf(err)}
	if f.Status == http.StatusInternalServerError {
		if errors.Is(err, context.Canceled) && r.Context().Err() != nil {
			f.Status = 499 // the visitor went away; nobody reads the answer
		} else {
			f.Reference = Reference(r)
			s.Log.ErrorContext(r.Context(), "request failed", "route", inside(r).route, "reference", f.Reference, "error", err)
		}
	}
	s.Fail(w, r, f)
}

func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrCrossSite):
		return http.StatusForbidden
	case errors.Is(err, ErrNoRoute):
		return http.StatusNotFound
	case errors.Is(err, ErrMethod):
		return http.StatusMethodNotAllowed
	case errors.Is(err, ErrFlood):
		return http.StatusTooManyRequests
	case errors.Is(err, ErrTooLarge):
		return http.StatusRequestEntityTooLarge
	case errors.Is(err, ErrBadRequest):
		return http.StatusBadRequest
	}
	return Status(err)
}

func (s *Server) recovered(w *recorder, r *http.Request, p any) {
	if p == http.ErrAbortHandler { //nolint:errorlint // panic values are compared as they are
		panic(p)
	}
	err := fmt.Errorf("panic: %v\n%s", p, debug.Stack())
	if w.wrote {
		s.Log.ErrorContext(r.Context(), "request failed", "route", inside(r).route, "error", err)
		return
	}
	s.fail(w, r, err)
}

// note writes the one line of a request. Paths with secrets in them are never
// written: the route is.
func (s *Server) note(w *recorder, r *http.Request, in *request, took time.Duration) {
	route := in.route
	if route == "" {
		route = "(none)"
	}
	if s.Observe != nil {
		s.Observe(route, w.status, took)
	}
	s.Log.LogAttrs(r.Context(), slog.LevelDebug, "request",
		slog.String("method", r.Method), slog.String("route", route), slog.Int("status", w.status),
		slog.Duration("took", took), slog.String("from", in.from.String()), slog.String("reference", in.reference))
}

// ours reports whether the visitor asked for us by our name. Links are made
// from the public URL alone; a host that differs is a mistake or an attack.
func (s *Server) ours(r *http.Request) bool {
	return strings.EqualFold(r.Host, s.PublicURL.Host)
}

func (s *Server) misdirected(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(http.StatusMisdirectedRequest)
	_, _ = fmt.Fprintf(w, "This is not the address of this portal. It is at %s\n", s.PublicURL)
}
