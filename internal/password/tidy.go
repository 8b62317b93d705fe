package password

import (
	"context"
	"time"
)

const (
	// tidyEvery is how long memory may lie about after the last hash.
	tidyEvery = 5 * time.Second
	// garbageKiB is how much of it may lie about while there are hashes.
	garbageKiB = 160 << 10
)

// Memory is what can be done about the memory of a process. Each hash leaves
// all that it took behind as garbage, which is more than everything else that
// we hold. A runtime that collects when the garbage is as much as what lives
// would do so at nearly every hash, and hand the memory to the system only to
// ask for it again at the next one, which costs a third of a hash.
type Memory struct {
	Begin   func() // hashing begins after a rest: leave collecting to us
	Collect func() // so much garbage lies about that it is time
	Rest    func() // nobody hashes any more: collect and give back all of it
}

// Tidy looks after the memory of hashes until ctx ends.
func (g *Gate) Tidy(ctx context.Context, m Memory) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	hashing := false
	var collected, last uint64 // of all hashes so far
	for {
		select {
		case <-ctx.Done():
			if hashing {
				m.Rest()
			}
			return
		case <-g.hashed:
			if !hashing {
				m.Begin()
				hashing = true
			}
			if total := g.Stats().Total; (total-collected)*uint64(g.params.MemoryKiB) >= garbageKiB {
				m.Collect()
				collected = total
			}
		case <-tick.C:
			s := g.Stats()
			if hashing && s.Running == 0 && s.Waiting == 0 && s.Total == last {
				m.Rest()
				hashing, collected = false, s.Total
			}
			last = s.Total
		}
	}
}
