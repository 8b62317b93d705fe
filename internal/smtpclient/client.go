package smtpclient

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// A Client sends mails to one server. Its methods are safe for use by several
// goroutines: each mail has a connection for itself while it is sent.
type Client struct {
	config Config

	mu     sync.Mutex
	idle   []*connection
	closed bool
}

// New makes a client. It connects at the first mail.
func New(c Config) *Client { return &Client{config: c.withDefaults()} }

// maxIdle is how many connections are kept for the next mail.
const maxIdle = 8

// farewell is how long an unused connection gets to say goodbye.
const farewell = 2 * time.Second

// Send hands a mail to the server, and returns when the server has taken it.
// The error is a [Failure]. ctx ends the try at once, wherever it is.
//
// A kept connection that has died in the meantime is no failure: the mail goes
// out on a new one, as long as it is certain that the server did not have it.
//
// last is asked when all but the end of the mail has been sent: an error from
// it stops the mail, which the server then does not have. It may be asked once
// more on a new connection, and may be nil.
func (c *Client) Send(ctx context.Context, m Message, last func() error) error {
	raw, err := m.write()
	if err != nil {
		return &Failure{Stage: stageMessage, err: err}
	}
	if kept := c.take(); kept != nil {
		f := c.try(ctx, kept, m, raw, last)
		if f == nil {
			return nil
		}
		if !f.lostConnection() || ctx.Err() != nil {
			return f
		}
	}
	fresh, f := c.connect(ctx)
	if f != nil {
		return f
	}
	if f := c.try(ctx, fresh, m, raw, last); f != nil {
		return f
	}
	return nil
}

// lostConnection reports whether nothing but the connection stood in the way.
func (f *Failure) lostConnection() bool {
	return !f.MaybeAccepted && !f.stopped && (f.Code == 0 || f.Code == serviceClosing)
}

// Close says goodbye on the connections that wait. Mails under way still go
// out; their connections are not kept.
func (c *Client) Close() error {
	c.mu.Lock()
	waiting := c.idle
	c.idle, c.closed = nil, true
	c.mu.Unlock()
	errs := make([]error, len(waiting))
	var all sync.WaitGroup
	for i, k := range waiting {
		k.timer.Stop()
		all.Go(func() { errs[i] = k.quit(context.Background()) })
	}
	all.Wait() // as long as the slowest takes
	return errors.Join(errs...)
}

// try sends a mail over k and keeps k if it can be used again.
func (c *Client) try(ctx context.Context, k *connection, m Message, raw []byte, last func() error) *Failure {
	f := k.send(ctx, m, raw, last)
	switch {
	case f == nil:
		c.keep(ctx, k)
	case f.Code != 0 && f.Code != serviceClosing && k.reset(ctx) == nil:
		c.keep(ctx, k)
	default:
		_ = k.raw.Close() // the failure says more
	}
	return f
}

// take is a connection that waits, or nil.
func (c *Client) take() *connection {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.idle) == 0 {
		return nil
	}
	k := c.idle[len(c.idle)-1]
	c.idle = c.idle[:len(c.idle)-1]
	k.timer.Stop()
	return k
}

// keep has k wait for the next mail, for a while.
func (c *Client) keep(ctx context.Context, k *connection) {
	ctx = context.WithoutCancel(ctx) // the mail is over: its end is not ours
	c.mu.Lock()
	full := c.closed || c.config.Idle < 0 || len(c.idle) >= maxIdle
	if !full {
		k.timer = time.AfterFunc(c.config.Idle, func() { c.drop(ctx, k) })
		c.idle = append(c.idle, k)
	}
	c.mu.Unlock()
	if full {
		_ = k.quit(ctx) // its mail has been answered
	}
}

// drop ends the wait of k, unless a mail has just taken it.
func (c *Client) drop(ctx context.Context, k *connection) {
	c.mu.Lock()
	i := slices.Index(c.idle, k)
	if i >= 0 {
		c.idle = slices.Delete(c.idle, i, i+1)
	}
	c.mu.Unlock()
	if i >= 0 {
		_ = k.quit(ctx) // nobody waits for it
	}
}
