package main

import (
	"context"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/crypto/argon2"
)

// newClient keeps one connection for each that asks at once, and follows no
// redirect.
func newClient(connections int) *http.Client {
	return &http.Client{
		Transport:     &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections, DisableCompression: true},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Timeout:       2 * time.Minute,
	}
}

func get(ctx context.Context, c *http.Client, url, cookie string) (int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return 0, err
	}
	if bearer, ok := strings.CutPrefix(cookie, "Bearer "); ok {
		req.Header.Set("Authorization", "Bearer "+bearer)
	} else if cookie != "" {
		req.Header.Set("Cookie", "keyfold="+cookie)
	}
	code, _, err := send(c, req)
	return code, err
}

func login(ctx context.Context, c *http.Client, base, email string) (int, http.Header, error) {
	form := url.Values{"username": {email}, "password": {pass}}.Encode()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+"/login", strings.NewReader(form))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return send(c, req)
}

func send(c *http.Client, req *http.Request) (int, http.Header, error) {
	res, err := c.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer func() { _ = res.Body.Close() }()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header, err
}

// rate is how often a second do succeeds when so many do it at once.
func rate(ctx context.Context, atOnce int, long time.Duration, do func(ctx context.Context, who, n int) error) (float64, error) {
	var done atomic.Int64
	var first atomic.Pointer[error]
	var all sync.WaitGroup
	began := time.Now()
	for who := range atOnce {
		all.Go(func() {
			for n := 0; time.Since(began) < long && ctx.Err() == nil; n++ {
				if err := do(ctx, who, n); err != nil {
					first.CompareAndSwap(nil, &err)
					return
				}
				done.Add(1)
			}
		})
	}
	all.Wait()
	if err := first.Load(); err != nil {
		return 0, *err
	}
	return float64(done.Load()) / time.Since(began).Seconds(), ctx.Err()
}

// raw is how many argon2id hashes of our parameters the machine makes in a
// second, on all its cores.
func raw(ctx context.Context, cores int, long time.Duration) (float64, error) {
	salt := []byte("sixteen bytes ..")
	return rate(ctx, cores, long, func(context.Context, int, int) error {
		argon2.IDKey([]byte(pass), salt, 2, 19456, 1, 32)
		return nil
	})
}

func percentile(took []time.Duration, p float64) time.Duration {
	if len(took) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(took))
	return sorted[min(len(sorted)-1, int(float64(len(sorted))*p))]
}
