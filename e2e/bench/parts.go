package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os/exec"
	"runtime"
	"time"

	"github.com/keyfold/keyfold/internal/token"
)

// start measures how soon the program is ready, and how little it needs.
func (b *bench) start() error {
	at := b.sqlite("start")
	if _, err := b.seed(at.url); err != nil {
		return err
	}
	var took, memory []float64
	for range b.rounds {
		p, err := b.serve(at.url)
		if err != nil {
			return err
		}
		took = append(took, float64(p.took.Milliseconds()))
		pause(b.ctx, 2*time.Second)
		rss, err := p.memory("VmRSS")
		if err := errors.Join(err, p.stop()); err != nil {
			return err
		}
		memory = append(memory, rss)
	}
	b.add(row{"Start to ready, existing SQLite database", fmt.Sprintf("%.0f ms", median(took)), "", "", "< 300 ms", median(took) < 300})
	b.add(row{"Memory when idle", fmt.Sprintf("%.0f MB", median(memory)), "", "", "< 50 MB", median(memory) < 50})
	return nil
}

func pause(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// checkers is how many ask for their session at once.
const checkers = 8

func (b *bench) sessions() error {
	pg, end, err := b.postgres()
	if err != nil {
		return err
	}
	for _, at := range []place{b.sqlite("sessions"), pg} {
		if err := b.sessionsAt(at); err != nil {
			return errors.Join(err, end())
		}
	}
	return end()
}

func (b *bench) sessionsAt(at place) error {
	cookies, err := b.seed(at.url)
	if err != nil {
		return err
	}
	ours, err := b.serve(at.url)
	if err != nil {
		return err
	}
	defer func() { _ = ours.stop() }()
	port, err := freePort()
	if err != nil {
		return err
	}
	bare, err := b.begin(exec.CommandContext(b.ctx, b.self, "-baseline", at.url, "-listen", "127.0.0.1:"+port,
		"-key", token.Parse(cookies[0]).Hash()), "http://127.0.0.1:"+port, "/session")
	if err != nil {
		return err
	}
	defer func() { _ = bare.cmd.Process.Kill() }()
	client := newClient(checkers)
	measure := func(url, prefix string) (float64, error) {
		return rate(b.ctx, checkers, b.long, func(ctx context.Context, who, _ int) error {
			code, err := get(ctx, client, url+"/session", prefix+cookies[who])
			if err == nil && code != http.StatusOK {
				err = fmt.Errorf("%s/session: %d", url, code)
			}
			return err
		})
	}
	for _, by := range []struct{ name, prefix string }{{"cookie", ""}, {"bearer", "Bearer "}} {
		var values, limits []float64
		for range b.rounds {
			limit, err := measure(bare.url, "")
			if err != nil {
				return err
			}
			value, err := measure(ours.url, by.prefix)
			if err != nil {
				return err
			}
			values, limits = append(values, value), append(limits, limit)
		}
		b.atLeast("Session check, "+by.name+", "+at.name+", against a bare handler", values, limits, 0.6)
	}
	return nil
}

// turns is how often raw hashing and logins take turns in one round.
const turns = 4

func (b *bench) logins() error {
	at := b.sqlite("logins")
	if _, err := b.seed(at.url); err != nil {
		return err
	}
	p, err := b.serve(at.url)
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	for _, atOnce := range []int{2, 16} {
		client := newClient(atOnce)
		var values, limits []float64
		for range b.rounds {
			value, limit, err := b.loginRound(p, client, atOnce)
			if err != nil {
				return err
			}
			values, limits = append(values, value), append(limits, limit)
		}
		b.atLeast(fmt.Sprintf("Logins, %d at once, against raw argon2id", atOnce), values, limits, 0.95)
	}
	return nil
}

// loginRound measures logins and raw hashing in short turns, so that what else
// goes on in the machine hits both alike. Every other turn begins with the
// other one.
func (b *bench) loginRound(p *process, client *http.Client, atOnce int) (value, limit float64, err error) {
	long := 2 * b.long / turns
	measure := []func() error{
		func() error {
			hashes, err := raw(b.ctx, runtime.NumCPU(), long)
			limit += hashes / turns
			return err
		},
		func() error {
			logins, err := rate(b.ctx, atOnce, long, func(ctx context.Context, who, n int) error {
				code, _, err := login(ctx, client, p.url, address(who*7+n))
				if err == nil && code != http.StatusSeeOther {
					err = fmt.Errorf("login: %d", code)
				}
				return err
			})
			value += logins / turns
			return err
		},
	}
	for turn := range turns {
		for i := range measure {
			if err := measure[(turn+i)%len(measure)](); err != nil {
				return 0, 0, err
			}
		}
	}
	return value, limit, nil
}
