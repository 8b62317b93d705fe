package password

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
)

// A Pepper is a secret that a legacy system mixed into all its hashes. It is in
// the configuration and nowhere else: the database has its name only.
type Pepper struct{ bytes []byte }

// String, GoString and LogValue keep it out of logs.
func (Pepper) String() string { return "[secret]" }

// GoString is String.
func (Pepper) GoString() string { return "[secret]" }

// LogValue is String.
func (Pepper) LogValue() slog.Value { return slog.StringValue("[secret]") }

// Peppers are those of all legacy systems, by name.
type Peppers map[string]Pepper

const maxPepperName = 32

func pepperName(s string) bool {
	return s != "" && len(s) <= maxPepperName && !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && (r < 'a' || r > 'z') && (r < '0' || r > '9')
	})
}

// ParsePeppers reads NAME=VALUE, one on each line. A value may be written as
// hex:… or base64:… where it has bytes that no text has. Errors
// show none of it, and are the rest of a sentence that begins with the key.
func ParsePeppers(text string) (Peppers, error) {
	ps := Peppers{}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if strings.TrimSpace(line) == "" {
			continue
		}
		n := len(ps) + 1
		name, value, found := strings.Cut(line, "=")
		if !found || !pepperName(name) {
			return nil, badPepper("has no name for pepper %d. Write NAME=VALUE on a line of its own, the name in small letters, digits and -.", n)
		}
		if _, twice := ps[name]; twice {
			return nil, badPepper("has one name for pepper %d and an earlier one. Give each its own.", n)
		}
		b, err := pepperBytes(value)
		if err != nil || len(b) == 0 || len(b) > maxPepper {
			return nil, badPepper("has no value of 1 to %d bytes for pepper %d. Write NAME=VALUE, NAME=hex:… or NAME=base64:….", maxPepper, n)
		}
		ps[name] = Pepper{b}
	}
	return ps, nil
}

func badPepper(format string, args ...any) error { return &syntax{fmt.Sprintf(format, args...)} }

func pepperBytes(value string) ([]byte, error) {
	if digits, ok := strings.CutPrefix(value, "hex:"); ok {
		return hex.DecodeString(digits)
	}
	if text, ok := strings.CutPrefix(value, "base64:"); ok {
		return base64.StdEncoding.DecodeString(text)
	}
	return []byte(value), nil
}
