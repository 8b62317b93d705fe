package main

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

// A hall knows who has come in and has not been heard yet. A server that shuts
// down hangs up on a request that it has just read, as [http.Server] does it:
// whoever came through the door in time must be heard before that.
type hall struct {
	mu      sync.Mutex
	unheard map[net.Conn]struct{}
	empty   chan struct{} // closed when nobody is left; nil: nobody asks
}

// unheardFor is how long a stopping server waits for those who came in and say
// nothing, as browsers do that connect ahead of time.
const unheardFor = time.Second

type connKey struct{}

// watch has a server tell who comes in, and who is heard.
func (h *hall) watch(s *http.Server) {
	h.unheard = map[net.Conn]struct{}{}
	inner := s.Handler
	s.ConnContext = func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, connKey{}, c) }
	s.ConnState = func(c net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew, http.StateActive:
			h.mu.Lock()
			h.unheard[c] = struct{}{}
			h.mu.Unlock()
		case http.StateIdle, http.StateHijacked, http.StateClosed:
			h.heard(c)
		}
	}
	s.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c, ok := r.Context().Value(connKey{}).(net.Conn); ok {
			h.heard(c)
		}
		inner.ServeHTTP(w, r)
	})
}

func (h *hall) heard(c net.Conn) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.unheard, c)
	if len(h.unheard) == 0 && h.empty != nil {
		close(h.empty)
		h.empty = nil
	}
}

// wait returns when all who are in the hall have been heard, or have said
// nothing for too long.
func (h *hall) wait() {
	h.mu.Lock()
	if len(h.unheard) == 0 {
		h.mu.Unlock()
		return
	}
	empty := make(chan struct{})
	h.empty = empty
	h.mu.Unlock()
	late := time.NewTimer(unheardFor)
	defer late.Stop()
	select {
	case <-empty:
	case <-late.C:
	}
}
