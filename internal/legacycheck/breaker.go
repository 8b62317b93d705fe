package legacycheck

import (
	"sync"
	"time"
)

// After so many questions in a row without an answer, there is none for so long.
// Then one may try, and the others wait for what it finds.
const (
	breakAfter = 5
	breakFor   = 15 * time.Second
)

// A pass is how one was let through.
type pass int

const (
	closed pass = iota // not at all
	normal
	trial // as the one who finds out whether it works again
)

// A breaker keeps questions from a system that does not answer.
type breaker struct {
	mu       sync.Mutex
	failures int       // in a row
	until    time.Time // zero: all may go
	trying   bool
}

// enter lets one through, or says when to come back. Who was let through calls
// worked, failed or leave.
func (b *breaker) enter(now time.Time) (p pass, wait time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.until.IsZero():
		return normal, 0
	case now.Before(b.until):
		return closed, b.until.Sub(now)
	case b.trying:
		return closed, time.Second
	}
	b.trying = true
	return trial, 0
}

// worked notes an answer, and reports whether it is the first after a while.
func (b *breaker) worked(p pass) (again bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p == normal && !b.until.IsZero() {
		return false // asked before the others failed: a trial says more
	}
	again = !b.until.IsZero()
	b.failures, b.until, b.trying = 0, time.Time{}, false
	return again
}

// failed notes that there was no answer. It reports whether there is no asking
// from now on, and for how long.
func (b *breaker) failed(p pass, now time.Time) (wait time.Duration, stopped bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.failures++
	switch {
	case p == trial:
		b.trying = false
	case b.until.IsZero() && b.failures >= breakAfter:
		stopped = true
	case b.until.IsZero():
		return 0, false
	default: // the others had it stopped before
		return max(0, b.until.Sub(now)), false
	}
	b.until = now.Add(breakFor)
	return breakFor, stopped
}

// leave notes that nothing was found out.
func (b *breaker) leave(p pass) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p == trial {
		b.trying = false
	}
}

func (b *breaker) stopped() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.until.IsZero()
}
