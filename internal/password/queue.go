package password

import (
	"container/list"
	"sync"
	"time"
)

// assumedHash is how long a hash takes until one has been measured.
const assumedHash = 50 * time.Millisecond

// A queue hands out slots and memory in the order of arrival. One that needs
// much memory is not overtaken: it would wait for ever.
type queue struct {
	slots  int
	budget uint64 // KiB
	limit  int    // who may wait

	mu      sync.Mutex
	running int
	used    uint64 // KiB
	waiting list.List
	total   uint64
	refused uint64
	hash    time.Duration // a sliding mean
	best    time.Duration // the shortest of late
	booked  time.Time     // when the last of those who were told to come back is due
}

// A waiter is one place in the queue. Its channel is closed when it may go.
type waiter struct {
	kib   uint64
	ready chan struct{}
	place *list.Element // nil when it is not in the queue
}

func newQueue(slots, limit int, budget uint64) *queue {
	return &queue{slots: slots, limit: limit, budget: budget, hash: assumedHash, best: assumedHash}
}

// join takes a slot, or a place in the queue; neither when that is full.
func (q *queue) join(kib uint64) (*waiter, bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	w := &waiter{kib: kib, ready: make(chan struct{})}
	if q.waiting.Len() == 0 && q.fits(kib) {
		q.start(w)
		return w, true
	}
	if q.waiting.Len() >= q.limit {
		q.refused++
		return nil, false
	}
	w.place = q.waiting.PushBack(w)
	return w, true
}

// leave gives back what join gave.
func (q *queue) leave(kib uint64) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.free(kib)
}

// abandon frees the place of one who waits no longer. It is false when that one
// was let in at the same moment, and has a slot to use or to leave.
func (q *queue) abandon(w *waiter, refused bool) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if w.place == nil {
		return false
	}
	if refused {
		q.refused++
	}
	q.waiting.Remove(w.place)
	q.next() // it may have been a heavy one that held up lighter ones
	return true
}

func (q *queue) fits(kib uint64) bool { return q.running < q.slots && q.used+kib <= q.budget }

func (q *queue) start(w *waiter) {
	q.running++
	q.used += w.kib
	q.total++
	w.place = nil
	close(w.ready)
}

func (q *queue) free(kib uint64) {
	q.running--
	q.used -= kib
	q.next()
}

// next starts all who may go, from the front.
func (q *queue) next() {
	for front := q.waiting.Front(); front != nil; front = q.waiting.Front() {
		w := front.Value.(*waiter)
		if !q.fits(w.kib) {
			return
		}
		q.waiting.Remove(front)
		q.start(w)
	}
}

// begin sets the mean.
func (q *queue) begin(d time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hash, q.best = d, d
}

// took adds a measurement to the mean.
func (q *queue) took(d time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.hash += (d - q.hash) / 8
	q.best = min(d, q.best+(d-q.best)/64)
}

// drain is how long it takes until all who are here now have gone.
func (q *queue) drain() time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.hash * time.Duration(q.running+q.waiting.Len()) / time.Duration(q.slots)
}

// book says when one who was turned away is to come back. A thousand who are
// turned away at once are not all told the same: they come back one after the
// other, a little faster than they can be served. The shortest hash of late
// counts: in the rush in which most are turned away all take longer, and an
// appointment that is too late leaves a slot idle. The queue takes what is too
// many.
func (q *queue) book(now time.Time) time.Duration {
	q.mu.Lock()
	defer q.mu.Unlock()
	each := q.best / time.Duration(q.slots)
	soonest := now.Add(each * time.Duration(q.running+q.waiting.Len()) / 2)
	if q.booked.Before(soonest) {
		q.booked = soonest
	}
	if latest := now.Add(maxRetry); q.booked.After(latest) {
		q.booked = latest
	}
	q.booked = q.booked.Add(each * 4 / 5)
	return q.booked.Sub(now)
}

func (q *queue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	full := q.waiting.Len() >= q.limit && q.running >= q.slots
	if full {
		q.refused++
	}
	return full
}

func (q *queue) stats() Stats {
	q.mu.Lock()
	defer q.mu.Unlock()
	return Stats{Slots: q.slots, Running: q.running, Waiting: q.waiting.Len(), Total: q.total, Refused: q.refused}
}
