package main

import (
	"fmt"
	"log/slog"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/password"
	"github.com/keyfold/keyfold/internal/smtpclient"
)

// mask stands for what nobody should read.
const mask = "[hidden]"

// A hidden text cannot print itself. Only Reveal gives it.
type hidden struct{ s string }

func (h hidden) Reveal() string       { return h.s }
func (h hidden) IsZero() bool         { return h.s == "" }
func (h hidden) GoString() string     { return h.String() }
func (h hidden) LogValue() slog.Value { return slog.StringValue(h.String()) }

func (h hidden) String() string {
	if h.s == "" {
		return ""
	}
	return mask
}

// peppers are secrets by name, and the text that they were read from.
type peppers struct {
	hidden

	byName password.Peppers
}

func parsePeppers(text string) (peppers, error) {
	byName, err := password.ParsePeppers(text)
	if err != nil {
		return peppers{}, err
	}
	return peppers{hidden{text}, byName}, nil
}

// A databaseURL says where the data is. It prints without its password.
type databaseURL struct {
	full   hidden
	safe   string
	path   string // of the SQLite file
	server *url.URL
}

func (d databaseURL) Reveal() string       { return d.full.s }
func (d databaseURL) String() string       { return d.safe }
func (d databaseURL) GoString() string     { return d.safe }
func (d databaseURL) LogValue() slog.Value { return slog.StringValue(d.safe) }

// SQLite reports whether the data is in a file, and Path is that file.
func (d databaseURL) SQLite() bool { return d.path != "" }
func (d databaseURL) Path() string { return d.path }

func parseDatabaseURL(text string) (databaseURL, error) {
	if path, ok := strings.CutPrefix(text, "sqlite://"); ok {
		if path == "" || strings.HasSuffix(path, "/") || strings.HasPrefix(path, ":") || strings.ContainsAny(path, "?#\x00") {
			return databaseURL{}, wrong("names no file. Write sqlite://keyfold.db, or sqlite:///var/lib/keyfold/keyfold.db with three slashes for an absolute path.")
		}
		return databaseURL{full: hidden{text}, safe: text, path: path}, nil
	}
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "postgres" && u.Scheme != "postgresql") {
		return databaseURL{}, wrong("is not a database URL that we know. Write sqlite://PATH or postgres://USER:PASSWORD@HOST/NAME; special characters in a password are written as %%40 for @, %%2F for /.")
	}
	if u.Path == "" || u.Path == "/" {
		return databaseURL{}, wrong("names no database. Write postgres://USER:PASSWORD@HOST/NAME.")
	}
	return databaseURL{full: hidden{text}, safe: maskURL(u), server: u}, nil
}

// A smtpURL says where mail is handed over. It prints without its password.
type smtpURL struct {
	full   hidden
	url    *url.URL
	server smtpclient.Config
}

func (s smtpURL) Reveal() string       { return s.full.s }
func (s smtpURL) IsZero() bool         { return s.url == nil }
func (s smtpURL) GoString() string     { return s.String() }
func (s smtpURL) LogValue() slog.Value { return slog.StringValue(s.String()) }

// Server is what the mail client needs to know.
func (s smtpURL) Server() smtpclient.Config { return s.server }

func (s smtpURL) String() string {
	if s.url == nil {
		return ""
	}
	return maskURL(s.url)
}

// parseSMTPURL leaves the meaning to the mail client, and shows no part of a
// URL that went wrong: a forgotten @ makes a port of a password.
func parseSMTPURL(text string) (smtpURL, error) {
	u, err := url.Parse(text)
	if err != nil || (u.Scheme != "smtp" && u.Scheme != "smtps") || u.Hostname() == "" {
		return smtpURL{}, wrong("is not an SMTP URL. Write smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465; special characters in a password are written as %%40 for @, %%2F for /.")
	}
	if p := u.Port(); p != "" {
		if n, err := strconv.ParseUint(p, 10, 16); err != nil || n == 0 {
			return smtpURL{}, wrong("has no possible port. Write smtp://USER:PASSWORD@HOST:PORT, with 587 as a rule.")
		}
	}
	server, err := smtpclient.ParseURL(text)
	if err != nil {
		return smtpURL{}, wrong("cannot be used. The mail client says: %w.", err)
	}
	return smtpURL{hidden{text}, u, server}, nil
}

// maskURL prints a URL without its password, wherever it stands.
func maskURL(u *url.URL) string {
	safe := *u
	if _, has := u.User.Password(); has {
		safe.User = url.UserPassword(u.User.Username(), "hidden")
	}
	q := safe.Query()
	for name := range q {
		if strings.Contains(strings.ToLower(name), "pass") {
			q.Set(name, "hidden")
			safe.RawQuery = q.Encode()
		}
	}
	text := safe.String()
	return strings.Replace(text, ":hidden@", ":"+mask+"@", 1)
}

// A sender is who a mail comes from.
type sender struct {
	Name  string
	Email keyfold.Email
}

func (s sender) String() string {
	if s.Name == "" {
		return s.Email.String()
	}
	return s.Name + " <" + s.Email.String() + ">"
}

func parseSender(text string) (sender, error) {
	const cure = "Write care@example.com, or Customer care <care@example.com>."
	name, address := "", text
	if before, ok := strings.CutSuffix(text, ">"); ok {
		i := strings.LastIndexByte(before, '<')
		if i < 0 {
			return sender{}, wrong("is not a sender. %s", cure)
		}
		name, address = strings.Trim(strings.TrimSpace(before[:i]), `"`), before[i+1:]
	}
	email, err := keyfold.ParseEmail(address)
	if err != nil || strings.ContainsAny(name, "<>\"@") || strings.ContainsFunc(name, unicode.IsControl) {
		return sender{}, wrong("is not a sender. %s", cure)
	}
	return sender{name, email}, nil
}

// A byteSize is an amount of memory.
type byteSize int64

var byteUnits = []struct {
	name string
	size byteSize
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}}

func (b byteSize) String() string {
	for _, u := range byteUnits {
		if b >= u.size && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return strconv.FormatInt(int64(b), 10)
}

func parseByteSize(text string) (byteSize, error) {
	for _, u := range byteUnits {
		if number, ok := strings.CutSuffix(text, u.name); ok {
			n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
			if err == nil {
				return byteSize(n) * u.size, nil
			}
		}
	}
	return 0, wrong("is not an amount of memory. Write it with its unit, KiB, MiB or GiB: 128MiB.")
}

// parseDuration reads Go's durations, and days: 30d, 1d12h.
func parseDuration(text string) (time.Duration, error) {
	rest, days := text, time.Duration(0)
	if before, after, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(before, 10, 16)
		if err != nil {
			return 0, wrongDuration()
		}
		rest, days = after, time.Duration(n)*24*time.Hour
		if rest == "" {
			return days, nil
		}
	}
	d, err := time.ParseDuration(rest)
	if err != nil {
		return 0, wrongDuration()
	}
	return days + d, nil
}

func wrongDuration() error {
	return wrong("is not a time. Write a number with its unit: 30s, 15m, 2h or 30d.")
}

// formatDuration leaves out what is nothing: 24h, not 24h0m0s.
func formatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// parsePrefixes reads networks and single addresses, with commas or spaces
// between them.
func parsePrefixes(text string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, word := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' }) {
		if addr, err := netip.ParseAddr(word); err == nil && addr.Zone() == "" {
			out = append(out, netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()))
			continue
		}
		p, err := netip.ParsePrefix(word)
		if err != nil {
			return nil, wrong("has %q in it, which is no address and no network. Write 10.0.0.0/8, or 10.0.0.7.", word)
		}
		if p != p.Masked() {
			return nil, wrong("has %q in it, which is an address inside a network. Write %s for the network, or %s for the address alone.", word, p.Masked(), p.Addr())
		}
		out = append(out, p)
	}
	return out, nil
}

// wrong is why a value cannot be used, and what to write in its place. It
// follows the name and the value in a sentence.
func wrong(format string, args ...any) error { return fmt.Errorf(format, args...) }
