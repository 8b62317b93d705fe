// Package token makes the secrets that travel in links and cookies. Only their
// hashes are stored.
package token

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"log/slog"
)

// A Secret is a bearer token. It cannot print itself by accident: only
// [Secret.Reveal] gives the text, so a search finds every place that does.
type Secret struct{ s string }

// length of a secret's text: 32 bytes in base64url without padding.
const length = 43

// New draws a secret of 256 bits.
func New() Secret {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand
	return Secret{base64.RawURLEncoding.EncodeToString(b[:])}
}

// Parse takes what a link or a cookie brought. What cannot be a secret of ours
// becomes the zero Secret, which opens nothing.
func Parse(s string) Secret {
	if len(s) != length {
		return Secret{}
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(s); err != nil {
		return Secret{}
	}
	return Secret{s}
}

// Reveal is the text, for the link or the cookie itself.
func (s Secret) Reveal() string { return s.s }

// IsZero reports whether s is no secret.
func (s Secret) IsZero() bool { return s.s == "" }

// Hash is what the database keeps. The zero Secret has none.
func (s Secret) Hash() string {
	if s.s == "" {
		return ""
	}
	h := sha256.Sum256([]byte(s.s))
	return hex.EncodeToString(h[:])
}

// String hides the secret from fmt.
func (Secret) String() string { return "[secret]" }

// LogValue hides the secret from slog.
func (Secret) LogValue() slog.Value { return slog.StringValue("[secret]") }

// A Key is the server's secret, from which the links in mails are derived: they
// are nowhere in the database, and come out the same at every try to send.
type Key struct{ k []byte }

// NewKey makes the key from the configured secret.
func NewKey(configured string) Key {
	sum := sha256.Sum256([]byte("keyfold key\x00" + configured))
	return Key{sum[:]}
}

// Derive is the secret of the token with that id, for that purpose and address.
func (k Key) Derive(id, purpose, address string) Secret {
	return Secret{base64.RawURLEncoding.EncodeToString(k.mac("link", id, purpose, address))}
}

// Tag is a short keyed fingerprint of parts: equal for equal parts, and telling
// nothing about them to who has not the key.
func (k Key) Tag(label string, parts ...string) string {
	return hex.EncodeToString(k.mac(label, parts...)[:16])
}

func (k Key) mac(label string, parts ...string) []byte {
	m := hmac.New(sha256.New, k.k)
	for _, part := range append([]string{label}, parts...) {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(part)))
		m.Write(n[:])
		m.Write([]byte(part))
	}
	return m.Sum(nil)
}

// String hides the key from fmt.
func (Key) String() string { return "[secret]" }

// LogValue hides the key from slog.
func (Key) LogValue() slog.Value { return slog.StringValue("[secret]") }
