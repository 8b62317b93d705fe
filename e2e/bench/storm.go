package main

import (
	"context"
	"errors"
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

// storm has a thousand log in at the same moment. Who is told that we are busy
// comes back when told to.
func (b *bench) storm() error {
	at := b.sqlite("storm")
	cookies, err := b.seed(at.url)
	if err != nil {
		return err
	}
	p, err := b.serve(at.url, "GOMEMLIMIT=400MiB")
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	watch := newClient(2)
	quiet := b.checks(p, watch, cookies[0], b.long, nil)
	before, err := raw(b.ctx, runtime.NumCPU(), b.long)
	if err != nil {
		return err
	}
	var t tally
	over := make(chan struct{})
	var took time.Duration
	go func() {
		defer close(over)
		took = b.rage(p, &t)
	}()
	loud := b.checks(p, watch, cookies[0], 10*time.Minute, over)
	<-over
	after, err := raw(b.ctx, runtime.NumCPU(), b.long)
	peak, err2 := p.memory("VmHWM")
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	limit := (before + after) / 2
	b.atLeast("1,000 logins at once: those let in, against raw argon2id", "/s", []float64{float64(t.in.Load()) / took.Seconds()}, []float64{limit}, 0.9)
	b.add(row{"… memory at the most", fmt.Sprintf("%.0f MB", peak), fmt.Sprintf("%d MB", memory), fmt.Sprintf("%.2f", peak/memory), "< 1", peak < memory})
	q, l := percentile(quiet, .99), percentile(loud, .99)
	b.add(row{"… session check meanwhile, p99, against quiet", l.Round(10 * time.Microsecond).String(), q.Round(10 * time.Microsecond).String(), fmt.Sprintf("%.1f", float64(l)/float64(q)), "< 10", l < 10*q})
	b.add(row{"… told to come back (503 with Retry-After)", strconv.FormatInt(t.busy.Load(), 10), "", "", "all others 0", t.silent.Load() == 0 && t.other.Load() == 0 && t.in.Load() == stormers})
	pause(b.ctx, 15*time.Second)
	rss, err := p.memory("VmRSS")
	b.add(row{"… memory when it is over", fmt.Sprintf("%.0f MB", rss), "", "", "< 50 MB", rss < 50})
	return err
}

// checks asks for one session again and again, unhurried, and says how long
// each answer took.
func (b *bench) checks(p *process, c *http.Client, cookie string, long time.Duration, until <-chan struct{}) []time.Duration {
	var took []time.Duration
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(long)
	for {
		select {
		case <-until:
			return took
		case <-end:
			return took
		case <-b.ctx.Done():
			return took
		case <-tick.C:
		}
		began := time.Now()
		if code, _, err := get(b.ctx, c, p.url+"/session", cookie); err == nil && code == http.StatusOK {
			took = append(took, time.Since(began))
		}
	}
}

// rage is the storm, until everybody is in.
func (b *bench) rage(p *process, t *tally) time.Duration {
	client := newClient(stormers)
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
