package smtpclient

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"slices"
	"strings"
	"time"

	"github.com/wneessen/go-mail/smtp"

	"github.com/keyfold/keyfold"
)

// The stages of a mail on its way, for [Failure.Stage].
const (
	stageMessage   = "message"
	stageConnect   = "connect"
	stageGreeting  = "greeting"
	stageTLS       = "tls"
	stageLogin     = "login"
	stageSender    = "sender"
	stageRecipient = "recipient"
	stageData      = "data"
)

// serviceClosing is the answer of a server that is about to hang up.
const serviceClosing = 421

var errSilent = errors.New("the mail server does not answer")

// A connection is one talk with the server. We drive it step by step, because
// all depends on whether it broke before or after the end of the mail.
type connection struct {
	raw     net.Conn
	talk    *smtp.Client
	command time.Duration
	timer   *time.Timer // ends the wait; guarded by Client.mu
}

func (c *Client) connect(ctx context.Context) (*connection, *Failure) {
	dialling, cancel := context.WithTimeoutCause(ctx, c.config.Dial, errSilent)
	defer cancel()
	var d net.Dialer
	raw, err := d.DialContext(dialling, "tcp", net.JoinHostPort(c.config.Host, c.config.Port))
	if err != nil {
		return nil, failed(stageConnect, err)
	}
	k := &connection{raw: raw, command: c.config.Command}
	if f := k.open(ctx, c.config); f != nil {
		_ = raw.Close() // the failure says more
		return nil, f
	}
	return k, nil
}

// open is what comes before the first mail: greeting, encryption, login.
func (k *connection) open(ctx context.Context, c Config) *Failure {
	secure := &tls.Config{ServerName: c.Host, RootCAs: c.Roots, MinVersion: tls.VersionTLS12}
	line := k.raw
	if c.Security == ImplicitTLS {
		wrapped := tls.Client(k.raw, secure)
		if err := k.within(ctx, func() error { return wrapped.HandshakeContext(ctx) }); err != nil {
			return failed(stageTLS, err)
		}
		line = wrapped
	}
	err := k.within(ctx, func() (err error) {
		if k.talk, err = smtp.NewClient(line, c.Host); err != nil {
			return err
		}
		k.talk.SkipSMTPUTF8(true) // our addresses are ASCII
		return k.talk.Hello(c.Hello)
	})
	if err != nil {
		return failed(stageGreeting, err)
	}
	if c.Security == StartTLS {
		if err := k.within(ctx, func() error { return k.startTLS(secure) }); err != nil {
			return failed(stageTLS, err)
		}
	}
	if c.User != "" {
		if err := k.within(ctx, func() error { return k.logIn(c) }); err != nil {
			return failed(stageLogin, err)
		}
	}
	return nil
}

func (k *connection) startTLS(secure *tls.Config) error {
	if ok, _ := k.talk.Extension("STARTTLS"); !ok {
		return errors.New("the mail server offers no STARTTLS, so no mail was sent: " +
			"use smtps:// if it speaks TLS from the start, or ?tls=none if the line is safe without")
	}
	return k.talk.StartTLS(secure)
}

func (k *connection) logIn(c Config) error {
	_, offered := k.talk.Extension("AUTH")
	ways := strings.Fields(strings.ToUpper(offered))
	user, password := c.User, string(c.Password)
	bare := c.Security == NoTLS // ParseURL allows that on the loopback only
	for _, way := range []struct {
		name string
		auth smtp.Auth
	}{
		{"SCRAM-SHA-256", smtp.ScramSHA256Auth(user, password)},
		{"PLAIN", smtp.PlainAuth("", user, password, c.Host, bare)},
		{"LOGIN", smtp.LoginAuth(user, password, c.Host, bare)},
	} {
		if slices.Contains(ways, way.name) {
			return k.talk.Auth(way.auth)
		}
	}
	return fmt.Errorf("the mail server offers no login that we know (it offers %q): remove user and password from its URL, or switch on PLAIN", keyfold.Said(offered))
}

// send is one mail. What it returns says how far it came.
func (k *connection) send(ctx context.Context, m Message, raw []byte, last func() error) *Failure {
	if err := k.within(ctx, func() error { return k.talk.Mail(k.sender(m)) }); err != nil {
		return failed(stageSender, err)
	}
	if err := k.within(ctx, func() error { return k.talk.Rcpt(k.recipient(m)) }); err != nil {
		return failed(stageRecipient, err)
	}
	var w io.WriteCloser
	err := k.within(ctx, func() (err error) {
		if w, err = k.talk.Data(); err == nil {
			_, err = w.Write(raw)
		}
		return err
	})
	if err != nil {
		return failed(stageData, err)
	}
	if last != nil {
		if err := last(); err != nil {
			return &Failure{Stage: stageData, Temporary: true, stopped: true, err: err}
		}
	}
	if err := context.Cause(ctx); err != nil {
		return failed(stageData, err) // the closing dot has not left
	}
	return k.finish(ctx, w)
}

// finish sends the closing dot. From there on the mail may be the server's.
func (k *connection) finish(ctx context.Context, w io.Closer) *Failure {
	err := k.within(ctx, w.Close)
	if err == nil {
		return nil
	}
	f := failed(stageData, err)
	if f.Code/100 == 2 {
		return nil // taken, in other words than 250
	}
	f.MaybeAccepted = f.Code < 400
	return f
}

// reset forgets the mail that was refused.
func (k *connection) reset(ctx context.Context) error {
	return k.within(ctx, k.talk.Reset)
}

// quit says goodbye and closes, the one with or without the other.
func (k *connection) quit(ctx context.Context) error {
	k.command = farewell
	_ = k.within(ctx, k.talk.Quit) // politeness only
	if err := k.raw.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("smtp: close: %w", err)
	}
	return nil
}

// within runs a step of the talk. It is cut off by closing the connection when
// ctx ends or the server is silent for too long.
func (k *connection) within(ctx context.Context, step func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, k.command, errSilent)
	defer cancel()
	if err := context.Cause(ctx); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = k.raw.Close() })
	defer stop()
	err := step()
	if _, answered := errors.AsType[*textproto.Error](err); err != nil && !answered && ctx.Err() != nil {
		return fmt.Errorf("%w: %w", context.Cause(ctx), err)
	}
	return err
}
