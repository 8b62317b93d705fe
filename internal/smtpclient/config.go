// Package smtpclient hands mails to a mail server, one at a time, and tells
// apart what may be tried again, what never works, and what may have arrived.
package smtpclient

import (
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Security is how the connection is protected.
type Security string

// The ways. A server that cannot do the way asked for gets no mail.
const (
	NoTLS       Security = "none"
	StartTLS    Security = "starttls"
	ImplicitTLS Security = "implicit"
)

// Config is where mails go. [ParseURL] makes one; the zero durations and Hello
// get defaults.
type Config struct {
	Host     string
	Port     string
	Security Security
	User     string
	Password Password

	Hello   string         // name that we greet with; empty: localhost
	Roots   *x509.CertPool // who may sign the server's certificate; nil: the system's
	Dial    time.Duration  // until connected; 0: 15 s
	Command time.Duration  // for each answer of the server; 0: 60 s
	Idle    time.Duration  // how long an unused connection is kept; 0: 10 s; negative: not at all
}

// A Password does not print itself.
type Password string

// String hides the password from fmt and slog.
func (Password) String() string { return "[secret]" }

// LogValue hides the password from slog, whatever it writes.
func (Password) LogValue() slog.Value { return slog.StringValue("[secret]") }

// MarshalText hides it from JSON, as part of a Config too.
func (Password) MarshalText() ([]byte, error) { return []byte("[secret]"), nil }

// GoString hides it from %#v.
func (Password) GoString() string { return "[secret]" }

const form = "write it as smtp://mail.example.com:587, with user:password@ before the host if it asks for a login"

// ParseURL reads smtp://[user:password@]host[:port][?tls=none|starttls|implicit]
// or smtps://…, which is implicit TLS. Without ?tls, smtp:// means STARTTLS;
// on the loopback, none. No error shows the URL: it may hold a password.
func ParseURL(raw string) (Config, error) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return Config{}, fmt.Errorf("the mail server is not a URL: %s; in user and password, write @ as %%40, / as %%2F and : as %%3A", form)
	}
	c := Config{Host: u.Hostname(), Port: u.Port()}
	if u.User != nil {
		password, _ := u.User.Password()
		c.User, c.Password = u.User.Username(), Password(password)
	}
	switch {
	case u.Scheme != "smtp" && u.Scheme != "smtps":
		return Config{}, fmt.Errorf("the mail server's URL starts with neither smtp:// nor smtps://: %s", form)
	case c.Host == "":
		return Config{}, fmt.Errorf("the mail server's URL has no host: %s", form)
	case strings.Trim(u.Path, "/") != "" || u.Fragment != "":
		return Config{}, fmt.Errorf("the mail server's URL has more after the host: %s", form)
	case u.User != nil && (c.User == "" || c.Password == ""):
		return Config{}, fmt.Errorf("the mail server's URL has a user or a password but not both: %s", form)
	}
	if c.Port != "" {
		if n, err := strconv.Atoi(c.Port); err != nil || n < 1 || n > 65535 {
			return Config{}, fmt.Errorf("the mail server's port %q is not between 1 and 65535", c.Port)
		}
	}
	if c.Security, err = security(u); err != nil {
		return Config{}, err
	}
	if c.Security == NoTLS && c.User != "" && !loopback(c.Host) {
		return Config{}, errors.New("the password of the mail server would travel in the clear: remove ?tls=none, or the user and password")
	}
	if c.Port == "" {
		c.Port = map[Security]string{NoTLS: "25", StartTLS: "587", ImplicitTLS: "465"}[c.Security]
	}
	return c, nil
}

func security(u *url.URL) (Security, error) {
	query, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "", errors.New("the mail server's URL has something unreadable after the ?: only ?tls=none, starttls or implicit may stand there")
	}
	asked := query.Get("tls")
	for name, values := range query {
		if name != "tls" || len(values) != 1 {
			return "", errors.New("the mail server's URL may have one ?tls= and nothing else after the host")
		}
	}
	switch {
	case u.Scheme == "smtps" && (asked == "" || asked == string(ImplicitTLS)):
		return ImplicitTLS, nil
	case u.Scheme == "smtps":
		return "", fmt.Errorf("smtps:// is TLS from the start: write smtp:// for ?tls=%s", StartTLS)
	case asked == "" && loopback(u.Hostname()):
		return NoTLS, nil
	case asked == "":
		return StartTLS, nil
	}
	for _, s := range []Security{NoTLS, StartTLS, ImplicitTLS} {
		if asked == string(s) {
			return s, nil
		}
	}
	return "", errors.New("?tls= of the mail server's URL must be none, starttls or implicit")
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || (ip != nil && ip.IsLoopback())
}

// String is the server without user and password.
func (c Config) String() string {
	return "smtp://" + net.JoinHostPort(c.Host, c.Port) + "?tls=" + string(c.Security)
}

func (c Config) withDefaults() Config {
	orDefault := func(d *time.Duration, def time.Duration) {
		if *d == 0 {
			*d = def
		}
	}
	orDefault(&c.Dial, 15*time.Second)
	orDefault(&c.Command, time.Minute)
	orDefault(&c.Idle, 10*time.Second)
	if c.Hello == "" {
		c.Hello = "localhost"
	}
	return c
}
