package web

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/keyfold/keyfold/internal/limit"
)

// A Flood keeps one client from taking all of a replica. It counts in memory:
// what must hold over all replicas is counted in the database.
type Flood struct {
	now    func() time.Time
	perMin int

	mu      sync.Mutex
	clients map[string]*rate.Limiter
	swept   time.Time
}

// NewFlood lets each client send so many requests a minute, and half of them
// at once.
func NewFlood(perMinute int, now func() time.Time) *Flood {
	return &Flood{now: now, perMin: perMinute, clients: map[string]*rate.Limiter{}, swept: now()}
}

// maxClients bounds the memory. When it is reached, everybody starts anew.
const maxClients = 100_000

// Allow reports whether a client may send one more request.
func (f *Flood) Allow(from netip.Addr) bool {
	who, now := limit.Client(from.String()), f.now()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.clients) >= maxClients || now.Sub(f.swept) > 10*time.Minute {
		clear(f.clients)
		f.swept = now
	}
	l := f.clients[who]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(float64(f.perMin)/60), max(1, f.perMin/2))
		f.clients[who] = l
	}
	return l.AllowN(now, 1)
}
