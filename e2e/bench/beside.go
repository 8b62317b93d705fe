package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// beside measures how long session checks and logins take while an import runs,
// against the same without one.
func (b *bench) beside(at place) error {
	if err := b.emptied(at); err != nil {
		return err
	}
	cookies, err := b.seed(at.url)
	if err != nil {
		return err
	}
	p, err := b.serve(at.url)
	if err != nil {
		return err
	}
	defer func() { _ = p.stop() }()
	var quiet, busy [2][]float64 // milliseconds
	next := 0
	for range min(b.rounds, 3) {
		if err := b.visitors(p, cookies, &quiet); err != nil {
			return err
		}
		end, err := b.endless(at, next)
		if err != nil {
			return err
		}
		pause(b.ctx, time.Second)
		visiting := b.visitors(p, cookies, &busy)
		rows, err := end()
		if err := errors.Join(visiting, err); err != nil {
			return err
		}
		next += rows
	}
	for i, what := range []struct {
		name string
		most float64
	}{{"Session check", 3}, {"Login", 1.5}} {
		value, limit := median(busy[i]), median(quiet[i])
		b.add(row{
			fmt.Sprintf("%s while an import runs, %s, p99, against none", what.name, at.name), fmt.Sprintf("%.2f ms", value),
			fmt.Sprintf("%.2f ms", limit), fmt.Sprintf("%.2f", value/limit), fmt.Sprintf("< %.2f", what.most), value/limit < what.most,
		})
	}
	return nil
}

// visitors ask for their sessions, and log in one after the other, and add the
// 99th percentile of each.
func (b *bench) visitors(p *process, cookies []string, into *[2][]float64) error {
	client := newClient(8)
	var mu sync.Mutex
	var took [2][]time.Duration
	timed := func(kind int, do func(ctx context.Context) (int, error), want int) error {
		began := time.Now()
		code, err := do(b.ctx)
		if err == nil && code != want {
			err = fmt.Errorf("visitors: %d", code)
		}
		mu.Lock()
		defer mu.Unlock()
		took[kind] = append(took[kind], time.Since(began))
		return err
	}
	var all sync.WaitGroup
	errs := make([]error, 2)
	all.Go(func() {
		_, errs[0] = rate(b.ctx, 2, 2*b.long, func(_ context.Context, who, n int) error {
			pause(b.ctx, 5*time.Millisecond)
			return timed(0, func(ctx context.Context) (int, error) {
				return get(ctx, client, p.url+"/session", cookies[(who+n)%len(cookies)])
			}, http.StatusOK)
		})
	})
	all.Go(func() {
		_, errs[1] = rate(b.ctx, 1, 2*b.long, func(_ context.Context, _, n int) error {
			return timed(1, func(ctx context.Context) (int, error) {
				code, _, err := login(ctx, client, p.url, address(n))
				return code, err
			}, http.StatusSeeOther)
		})
	})
	all.Wait()
	for kind := range took {
		into[kind] = append(into[kind], float64(percentile(took[kind], 0.99).Microseconds())/1000)
	}
	return errors.Join(errs...)
}

// endless is an import that goes on until it is ended, which gives how many
// customers it was offered.
func (b *bench) endless(at place, from int) (end func() (int, error), err error) {
	cmd := exec.CommandContext(b.ctx, b.binary, "import", "customers", "-")
	cmd.Env = []string{"KEYFOLD_DATABASE_URL=" + at.url, "KEYFOLD_SECRET=" + secret}
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	in, out := io.Pipe()
	cmd.Stdin = in
	rows := 0
	written := make(chan struct{})
	go func() {
		defer close(written)
		text := bytes.NewBufferString(customerHead)
		for {
			for range 200 {
				writeCustomer(text, from+rows)
				rows++
			}
			if _, err := text.WriteTo(out); err != nil {
				return
			}
		}
	}()
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() (int, error) {
		_ = cmd.Process.Signal(syscall.SIGINT)
		_ = out.CloseWithError(io.ErrClosedPipe)
		_ = in.Close()
		_ = cmd.Wait() // it was interrupted, and says so
		<-written
		if !bytes.Contains(said.Bytes(), []byte("interrupted")) {
			return rows, fmt.Errorf("an import beside visitors: %s", said.String())
		}
		return rows, nil
	}, nil
}
