package password

import "sync"

// A pool keeps the memory of hashes that are over for those that come, as much
// as was used at once. That of a hash that takes more than ours do is not kept.
// What is left in it is made of a password, and is no way to it.
type pool struct {
	usual uint32 // blocks

	mu   sync.Mutex
	free []region
}

// A region is the memory of one hash.
type region struct {
	blocks []block
	mapped []byte // where the system gave it to us, and not the runtime
}

// take gives memory of so many blocks at least.
func (p *pool) take(blocks uint32) region {
	if blocks > p.usual {
		return region{blocks: make([]block, blocks)}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		return newRegion(p.usual)
	}
	r := p.free[n-1]
	p.free = p.free[:n-1]
	return r
}

// give takes memory back.
func (p *pool) give(r region) {
	if len(r.blocks) > int(p.usual) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, r)
}

// drop lets go of all of it.
func (p *pool) drop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, r := range p.free {
		r.release()
	}
	p.free = nil
}

// derive makes an Argon2 key in memory that is used again and again.
func (p *pool) derive(s setting, pw, salt []byte) []byte {
	memory := p.take(s.blocks())
	defer p.give(memory)
	return s.derive(memory.blocks, pw, salt)
}
