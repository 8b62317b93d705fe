package main

import (
	"cmp"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/keyfold/keyfold"
)

// set parses text into the key's field.
func (k key) set(text string) (err error) {
	switch p := k.value.Addr().Interface().(type) {
	case *string:
		*p, err = k.text(text)
	case *int:
		err = k.number(p, text)
	case *byteSize:
		err = ranged(k, p, text, parseByteSize, byteSize.String)
	case *[]time.Duration:
		*p, err = k.durations(text)
	case *time.Duration:
		err = ranged(k, p, text, parseDuration, formatDuration)
	case *url.URL:
		err = into(p, text, urlChecks[k.tag.Get("check")])
	case *databaseURL:
		err = into(p, text, parseDatabaseURL)
	case *smtpURL:
		err = into(p, text, parseSMTPURL)
	case *sender:
		err = into(p, text, parseSender)
	case *hidden:
		err = into(p, text, parseSecret)
	case *peppers:
		err = into(p, text, parsePeppers)
	case *[]netip.Prefix:
		err = into(p, text, parsePrefixes)
	case *slog.Level:
		err = into(p, text, parseLevel)
	case *keyfold.Language:
		err = into(p, text, parseLanguage)
	case *keyfold.Email:
		err = into(p, text, parseEmail)
	case **time.Location:
		err = into(p, text, parseZone)
	default:
		err = fmt.Errorf("no parser for %T", p)
	}
	return err
}

// print is the value as the YAML file would say it, without secrets.
func (k key) print() string {
	switch v := k.value.Interface().(type) {
	case time.Duration:
		return formatDuration(v)
	case []time.Duration:
		return formatDurations(v)
	case url.URL:
		return v.String()
	case []netip.Prefix:
		words := make([]string, len(v))
		for i, p := range v {
			words[i] = p.String()
		}
		return strings.Join(words, ", ")
	case slog.Level:
		return strings.ToLower(v.String())
	default:
		return fmt.Sprint(v)
	}
}

func into[T any](p *T, text string, parse func(string) (T, error)) error {
	v, err := parse(text)
	if err == nil {
		*p = v
	}
	return err
}

func ranged[T cmp.Ordered](k key, p *T, text string, parse func(string) (T, error), format func(T) string) error {
	v, err := parse(text)
	if err != nil {
		return err
	}
	low, errLow := parse(k.tag.Get("min"))
	high, errHigh := parse(k.tag.Get("max"))
	if errLow != nil || errHigh != nil {
		return fmt.Errorf("limits of %s: %w", k.path, cmp.Or(errLow, errHigh))
	}
	if v < low || v > high {
		return wrong("is out of range. Give %s to %s.", format(low), format(high))
	}
	*p = v
	return nil
}

func (k key) number(p *int, text string) error {
	return ranged(k, p, text, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil {
			return 0, wrong("is not a whole number. Give %s to %s.", k.tag.Get("min"), k.tag.Get("max"))
		}
		return n, nil
	}, strconv.Itoa)
}

func (k key) text(text string) (string, error) {
	if oneof := k.tag.Get("oneof"); oneof != "" {
		if words := strings.Split(oneof, ","); !slices.Contains(words, text) {
			return "", wrong("is not possible here. Give %s.", strings.Join(words, " or "))
		}
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return "", wrong("has a line break or another control character in it. Write it on one line.")
	}
	if check := textChecks[k.tag.Get("check")]; check != nil {
		return check(text)
	}
	return text, nil
}

func parseSecret(text string) (hidden, error) {
	if n := len(text); n < 32 {
		return hidden{}, wrong("has %d characters, which is too short. Give 32 or more: openssl rand -base64 32", n)
	}
	return hidden{text}, nil
}

func parseLevel(text string) (slog.Level, error) {
	i := slices.Index([]string{"debug", "info", "warn", "error"}, text)
	if i < 0 {
		return 0, wrong("is not a log level. Give debug, info, warn or error.")
	}
	return []slog.Level{slog.LevelDebug, slog.LevelInfo, slog.LevelWarn, slog.LevelError}[i], nil
}

func parseLanguage(text string) (keyfold.Language, error) {
	l, err := keyfold.ParseLanguage(text)
	if err != nil || l.String() == "" {
		return l, wrong("is not a language that we ship. Give en, nl or de.")
	}
	return l, nil
}

func parseEmail(text string) (keyfold.Email, error) {
	e, err := keyfold.ParseEmail(text)
	if err != nil {
		return e, wrong("is not an email address. Write care@example.com.")
	}
	return e, nil
}

func parseZone(text string) (*time.Location, error) {
	zone, err := time.LoadLocation(text)
	if err != nil || text == "Local" {
		return nil, wrong("is not a time zone. Give UTC, or a name like Europe/Amsterdam.")
	}
	return zone, nil
}

func checkListen(text string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	n, numErr := strconv.Atoi(port)
	if err != nil || numErr != nil || n < 0 || n > 65535 || strings.ContainsAny(host, "/ ") {
		return "", wrong("is not an address to listen on. Write 127.0.0.1:8080, or :8080 for every address of this machine.")
	}
	return text, nil
}

var textChecks = map[string]func(string) (string, error){
	"listen": checkListen,
	"logo":   checkLogo,
	"colour": checkColour,
	"radius": checkRadius,
	"font":   checkFont,
}

var urlChecks = map[string]func(string) (url.URL, error){
	"public":  parsePublicURL,
	"link":    parseLink,
	"contact": parseContact,
}

// parsePublicURL reads the origin that customers see. Everything in it ends up
// in mails and cookies, so there is room for a scheme and a host only.
func parsePublicURL(text string) (url.URL, error) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		return url.URL{}, wrong("is not a web address. Write https://login.example.com.")
	case u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.Fragment != "" || u.ForceQuery:
		return url.URL{}, wrong("has more than a host in it. Write %s://%s.", u.Scheme, u.Host)
	case u.Scheme == "http" && !loopback(u.Hostname()):
		return url.URL{}, wrong("is not safe: cookies and links would travel in the open. Write https://%s, and let a proxy in front do TLS.", u.Host)
	}
	host := strings.ToLower(u.Host)
	if strings.ContainsFunc(host, func(r rune) bool { return r > unicode.MaxASCII }) {
		return url.URL{}, wrong("has letters that browsers write in another way. Write the host in its xn-- form.")
	}
	// Browsers leave out the port that goes without saying, and compare.
	host = strings.TrimSuffix(host, map[string]string{"https": ":443", "http": ":80"}[u.Scheme])
	return url.URL{Scheme: u.Scheme, Host: host}, nil
}

func parseLink(text string) (url.URL, error) {
	u, err := url.Parse(text)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		return url.URL{}, wrong("is not an https address. Write https://www.example.com/help.")
	}
	return *u, nil
}

// parseContact reads what security.txt names: a page, or a mailbox with or
// without its mailto.
func parseContact(text string) (url.URL, error) {
	if email, err := keyfold.ParseEmail(strings.TrimPrefix(text, "mailto:")); err == nil {
		return url.URL{Scheme: "mailto", Opaque: email.String()}, nil
	}
	u, err := parseLink(text)
	if err != nil {
		return u, wrong("is neither. Write security@example.com or https://www.example.com/security.")
	}
	return u, nil
}

// loopback reports whether a host is this machine.
func loopback(host string) bool {
	host = strings.TrimSuffix(strings.ToLower(host), ".")
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}
