package web

import (
	"crypto/rand"
	"net/http"
	"net/netip"
	"strconv"
	"time"
)

// A request is what the server knows of one while it answers it.
type request struct {
	from      netip.Addr
	route     string
	reference string // empty until somebody asks
}

type requestKey struct{}

func inside(r *http.Request) *request {
	if in, ok := r.Context().Value(requestKey{}).(*request); ok {
		return in
	}
	return &request{}
}

// From is the address of the client. It is that of the nearest machine that is
// not a trusted proxy.
func From(r *http.Request) netip.Addr { return inside(r).from }

// Reference is the number of a request: in its answer, where that says one, and
// in the log.
func Reference(r *http.Request) string {
	in := inside(r)
	if in.reference == "" {
		in.reference = rand.Text()[:12]
	}
	return in.reference
}

// Seconds is a span as the header Retry-After has it.
func Seconds(d time.Duration) string { return strconv.Itoa(int((d + time.Second - 1) / time.Second)) }

// A recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status int
	wrote  bool
}

func (w *recorder) WriteHeader(status int) {
	if !w.wrote {
		w.status, w.wrote = status, true
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	w.wrote = true
	return w.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// discard takes an answer that nobody is to see.
type discard struct{ h http.Header }

func (d discard) Header() http.Header       { return d.h }
func (discard) Write(b []byte) (int, error) { return len(b), nil }
func (discard) WriteHeader(int)             {}
