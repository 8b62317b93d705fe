package main

import (
	"context"
	"fmt"
	"net/http"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// stormers is how many log in at once, and memory what the server may take.
const (
	stormers = 1000
	memory   = 512 // MiB
)

// A tally is what the storm was answered.
type tally struct{ in, busy, silent, other atomic.Int64 }

// A gale is what one storm was like.
type gale struct {
	value, limit float64 // logins and raw hashes in a second
	quiet, loud  time.Duration
	failed       int // session checks that were not answered
	tally
}

// slower is how much longer a session check took while it blew.
func (g *gale) slower() float64 { return float64(g.loud) / float64(max(1, g.quiet)) }

// storm has a thousand log in at the same moment. Who is told that we are busy
// comes back when told to. The server runs as it is shipped, with no word about
// memory.
func (b *bench) storm() error {
	at := b.sqlite("storm")
	cookies, err := b.seed(at.url)
	if err != nil {
		return err
	}
	p, err := b.serve(at.url)
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	var values, limits []float64
	var worst gale
	for range b.storms {
		g, err := b.gale(p, cookies[0])
		if err != nil {
			return err
		}
		values, limits = append(values, g.value), append(limits, g.limit)
		if worst.slower() < g.slower() {
			worst.quiet, worst.loud = g.quiet, g.loud
		}
		worst.failed += g.failed
		worst.busy.Add(g.busy.Load())
		worst.silent.Add(g.silent.Load())
		worst.other.Add(g.other.Load())
	}
	peak, err := p.memory("VmHWM")
	if err != nil {
		return err
	}
	b.atLeast("1,000 logins at once: those let in, against raw argon2id", values, limits, 0.9)
	b.add(row{"… memory at the most", fmt.Sprintf("%.0f MB", peak), fmt.Sprintf("%d MB", memory), fmt.Sprintf("%.2f", peak/memory), "< 1", peak < memory})
	b.add(row{"… session check meanwhile, p99, against quiet", clock(worst.loud), clock(worst.quiet), fmt.Sprintf("%.1f", worst.slower()), "< 10", worst.slower() < 10 && worst.failed == 0})
	b.add(row{"… told to come back (503)", strconv.FormatInt(worst.busy.Load(), 10), "", "", "each told when", worst.silent.Load() == 0})
	lost := worst.other.Load() + int64(worst.failed)
	b.add(row{"… other answers, or none", strconv.FormatInt(lost, 10), "", "", "0", lost == 0})
	pause(b.ctx, 15*time.Second)
	rss, err := p.memory("VmRSS")
	b.add(row{"… memory when it is over", fmt.Sprintf("%.0f MB", rss), "", "", "< 50 MB", rss < 50})
	return err
}

func clock(d time.Duration) string { return fmt.Sprintf("%.1f ms", d.Seconds()*1000) }

// gale is one storm, between two calms.
func (b *bench) gale(p *process, cookie string) (*gale, error) {
	var g gale
	watch := newClient(2)
	quiet, failed := b.checks(p, watch, cookie, b.long, nil)
	before, err := raw(b.ctx, runtime.NumCPU(), b.long)
	if err != nil {
		return nil, err
	}
	over := make(chan struct{})
	var took time.Duration
	go func() {
		defer close(over)
		took = b.rage(p, &g.tally)
	}()
	loud, failedToo := b.checks(p, watch, cookie, 10*time.Minute, over)
	<-over
	after, err := raw(b.ctx, runtime.NumCPU(), b.long)
	if err != nil {
		return nil, err
	}
	g.value, g.limit = float64(g.in.Load())/took.Seconds(), (before+after)/2
	g.quiet, g.loud = percentile(quiet, .99), percentile(loud, .99)
	g.failed = failed + failedToo
	return &g, nil
}

// checks asks for one session again and again, unhurried, and says how long
// each answer took, and how many were not the right one.
func (b *bench) checks(p *process, c *http.Client, cookie string, long time.Duration, until <-chan struct{}) (took []time.Duration, failed int) {
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(long)
	for {
		select {
		case <-until:
			return took, failed
		case <-end:
			return took, failed
		case <-b.ctx.Done():
			return took, failed
		case <-tick.C:
		}
		began := time.Now()
		if code, err := get(b.ctx, c, p.url+"/session", cookie); err != nil || code != http.StatusOK {
			failed++
			continue
		}
		took = append(took, time.Since(began))
	}
}

// rage is the storm, until everybody is in.
func (b *bench) rage(p *process, t *tally) time.Duration {
	client := newClient(stormers)
	defer client.CloseIdleConnections()
	var all sync.WaitGroup
	began := time.Now()
	for who := range stormers {
		all.Go(func() {
			for b.ctx.Err() == nil {
				if b.one(p, client, who, t) {
					return
				}
			}
		})
	}
	all.Wait()
	return time.Since(began)
}

// one tries to log in once, and waits as long as it is told to.
func (b *bench) one(p *process, c *http.Client, who int, t *tally) (in bool) {
	ctx, cancel := context.WithTimeout(b.ctx, 2*time.Minute)
	defer cancel()
	code, header, err := login(ctx, c, p.url, address(who))
	switch {
	case err == nil && code == http.StatusSeeOther:
		t.in.Add(1)
		return true
	case err == nil && code == http.StatusServiceUnavailable:
		t.busy.Add(1)
		seconds, err := strconv.Atoi(header.Get("Retry-After"))
		if err != nil {
			t.silent.Add(1)
			seconds = 1
		}
		pause(b.ctx, time.Duration(seconds)*time.Second)
	default:
		t.other.Add(1)
		pause(b.ctx, time.Second)
	}
	return false
}
