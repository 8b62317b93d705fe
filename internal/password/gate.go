package password

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"fmt"
	"runtime"
	"time"

	"github.com/zitadel/passwap/verifier"
	"golang.org/x/text/unicode/norm"

	"github.com/keyfold/keyfold"
)

// GateConfig says how much hashing may go on at once. Each zero value means
// the default.
type GateConfig struct {
	Slots int // computations at once; default: one for each processor

	// MemoryBudget is what all computations together may take, in bytes. Slots
	// that do not fit are left out. Default: what the slots need, and 128 MiB
	// at least, so that heavier hashes of earlier days fit too.
	MemoryBudget uint64

	Queue  int           // how many may wait; default: 512
	Wait   time.Duration // the longest wait; default: 10 s
	Params Params        // of new hashes; default: DefaultParams

	Peppers Peppers // of the legacy systems whose hashes are compared with

	// Now measures how long a hash takes, which says when to come back. Without
	// it, an ordinary machine is assumed.
	Now func() time.Time
}

const (
	defaultQueue  = 512
	defaultWait   = 10 * time.Second
	defaultBudget = 128 << 20
)

// A Gate is the one way to hash a password or to compare with a hash. It lets
// only so many through at once, by number and by memory, first come, first
// served; whoever finds the queue full, or waits too long, is told to come back.
type Gate struct {
	params Params
	reader reader
	dummy  job
	queue  *queue
	memory pool
	wait   time.Duration
	now    func() time.Time

	ran func(format string) // tests count with it; nil otherwise
}

// NewGate makes a gate, or says what is wrong with its configuration.
func NewGate(c GateConfig) (*Gate, error) {
	p := c.Params.orDefault()
	if err := p.check(); err != nil {
		return nil, err
	}
	if c.Slots < 0 || c.Queue < 0 || c.Wait < 0 {
		return nil, fmt.Errorf("password: slots (%d), queue (%d) and wait (%s) cannot be negative", c.Slots, c.Queue, c.Wait)
	}
	slots, budget := c.Slots, c.MemoryBudget/1024
	if slots == 0 {
		slots = runtime.GOMAXPROCS(0)
	}
	need := uint64(p.MemoryKiB)
	if c.MemoryBudget == 0 {
		budget = max(uint64(slots)*need, defaultBudget/1024)
	}
	if budget < need {
		return nil, fmt.Errorf("password: a memory budget of %d KiB has no room for one hash of %d KiB", budget, need)
	}
	for uint64(slots)*need > budget { //nolint:gosec // slots is not negative
		slots--
	}
	g := &Gate{params: p, reader: newReader(p, c.Peppers), memory: pool{usual: p.setting().blocks()}, wait: c.Wait, now: c.Now}
	if g.wait == 0 {
		g.wait = defaultWait
	}
	if c.Queue == 0 {
		c.Queue = defaultQueue
	}
	g.queue = newQueue(slots, c.Queue, budget)
	var err error
	g.dummy, err = g.reader.job(p.dummy())
	return g, err
}

// Measure makes two hashes for nobody, of which the second finds its memory
// ready, so that the first who are turned away are told a time that this machine
// can keep.
func (g *Gate) Measure() {
	if g.now == nil {
		return
	}
	g.matches(g.dummy, "")
	start := g.now()
	g.matches(g.dummy, "")
	g.queue.begin(g.now().Sub(start))
	g.memory.drop()
}

// Hash makes the hash to store for pw. It does not ask a policy; only what
// could never be typed again at a login is refused.
func (g *Gate) Hash(ctx context.Context, pw string) (keyfold.Hash, error) {
	if pw == "" {
		return "", refuse("missing")
	}
	if len(pw) > MaxBytes {
		return "", tooLong()
	}
	done, err := g.enter(ctx, uint64(g.params.MemoryKiB))
	if err != nil {
		return "", err
	}
	defer done()
	defer g.measure()()
	g.note("argon2")
	salt := make([]byte, saltBytes)
	if _, err := rand.Read(salt); err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	key := g.memory.derive(g.params.setting(), norm.NFC.Bytes([]byte(pw)), salt)
	return keyfold.Hash(g.params.write(salt, key)), nil
}

// A Result is the outcome of a comparison.
type Result struct {
	OK bool
	// Upgrade says that the hash is weaker than what Hash makes now: the moment
	// to store a new one, as the password is at hand.
	Upgrade bool
}

// Verify compares pw with h. The empty hash, one that cannot be read and one
// that asks for too much cost as much as one of ours, and no password matches
// them; one that takes less time than ours does is not answered faster. How long
// the answer takes does not tell who exists.
func (g *Gate) Verify(ctx context.Context, h keyfold.Hash, pw string) (Result, error) {
	read := string(h)
	if read == "" {
		read = g.dummy.hash // to read a hash takes time too
	}
	j, err := g.reader.job(read)
	long := len(pw) > MaxBytes
	if long {
		pw = ""
	}
	pw = norm.NFC.String(pw)
	usable := err == nil && h != "" && !long && j.kib <= g.queue.budget && j.bearable(len(pw))
	if !usable {
		j = g.dummy
	}
	kib := j.kib
	if j.quick {
		kib = max(kib, g.dummy.kib)
	}
	done, err := g.enter(ctx, kib)
	if err != nil {
		return Result{}, err
	}
	defer done()
	if !j.quick && j.legacy == nil && kib == g.dummy.kib {
		defer g.measure()()
	}
	g.note(j.format)
	ok := g.matches(j, pw)
	if j.quick {
		g.note(g.dummy.format)
		g.matches(g.dummy, pw)
	}
	if !ok || !usable || pw == "" {
		return Result{}, nil
	}
	return Result{OK: true, Upgrade: j.weaker}, nil
}

// matches compares, in a slot.
func (g *Gate) matches(j job, pw string) bool {
	return j.matches(pw, g.reader.peppers, &g.memory)
}

// matches computes what the hash is of, and compares.
func (j job) matches(pw string, peppers Peppers, memory *pool) bool {
	possible := true
	if j.legacy != nil {
		var value []byte
		value, possible = j.legacy.value(pw, peppers)
		if j.legacy.inner == "" {
			return subtle.ConstantTimeCompare(value, j.legacy.want) == 1 && possible
		}
		pw = string(value)
	}
	if j.verifier == nil {
		return subtle.ConstantTimeCompare(memory.derive(j.setting, []byte(pw), j.salt), j.key) == 1 && possible
	}
	// The shape was right, so an error says that this hash has no password.
	result, err := j.verifier.Verify(j.hash, pw)
	return err == nil && result == verifier.OK && possible
}

func (g *Gate) note(format string) {
	if g.ran != nil {
		g.ran(format)
	}
}

// enter waits for a place. The caller calls done when it leaves.
func (g *Gate) enter(ctx context.Context, kib uint64) (done func(), err error) {
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("password: %w", err)
	}
	w, ok := g.queue.join(kib)
	if !ok {
		return nil, g.busy()
	}
	done = func() { g.queue.leave(kib) }
	select {
	case <-w.ready:
		return done, nil
	default:
	}
	timer := time.NewTimer(g.wait)
	defer timer.Stop()
	select {
	case <-w.ready:
		return done, nil
	case <-ctx.Done():
		if !g.queue.abandon(w, false) {
			done()
		}
		return nil, fmt.Errorf("password: %w", ctx.Err())
	case <-timer.C:
		if !g.queue.abandon(w, true) {
			return done, nil
		}
		return nil, g.busy()
	}
}

// measure keeps the time of one hash with the present cost.
func (g *Gate) measure() (stop func()) {
	if g.now == nil {
		return func() {}
	}
	start := g.now()
	return func() { g.queue.took(g.now().Sub(start)) }
}

const (
	minRetry = time.Second
	maxRetry = 30 * time.Second
)

// Room refuses at once when the queue is full. It is for asking before doing
// other work for somebody who could not be let in anyway; there is no promise
// that there still is room a moment later.
func (g *Gate) Room() error {
	if g.queue.full() {
		return g.busy()
	}
	return nil
}

// busy refuses, and says when there will be room.
func (g *Gate) busy() error {
	d := g.queue.drain()
	if g.now != nil {
		d = g.queue.book(g.now())
	}
	d = d.Truncate(time.Second) + time.Second
	return keyfold.Refuse(keyfold.Busy, "busy").After(min(max(d, minRetry), maxRetry))
}

// Stats are for metrics.
type Stats struct {
	Slots   int    // how many may run
	Running int    // how many do
	Waiting int    // in the queue
	Total   uint64 // let through so far
	Refused uint64 // told to come back so far
}

// Stats are the numbers of this moment.
func (g *Gate) Stats() Stats { return g.queue.stats() }

// Params are the cost of new hashes.
func (g *Gate) Params() Params { return g.params }
