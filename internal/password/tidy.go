package password

import (
	"context"
	"time"
)

// tidyEvery is how long memory may lie about after the last hash.
const tidyEvery = 5 * time.Second

// Tidy lets go of the memory that is kept for hashes when some were made and
// nobody is here any more, and calls free, which is [runtime/debug.FreeOSMemory]
// outside tests: the runtime alone would give it back only after minutes. Tidy
// returns when ctx ends.
func (g *Gate) Tidy(ctx context.Context, free func()) {
	tick := time.NewTicker(tidyEvery)
	defer tick.Stop()
	var tidied uint64
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if s := g.Stats(); s.Running == 0 && s.Waiting == 0 && s.Total != tidied {
			g.memory.drop()
			free()
			tidied = s.Total
		}
	}
}
