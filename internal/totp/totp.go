// Package totp makes and reads the codes of authenticator apps: RFC 6238 with
// what every app understands, SHA-1, six digits, thirty seconds. That no code
// works twice is the business of who keeps the last step that was taken.
package totp

import (
	"crypto/hmac"
	"crypto/sha1" //nolint:gosec // G505: what apps understand; as an HMAC it is sound
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	digits = 6
	period = 30 // seconds
	// drift is how many steps a clock may be off, either way.
	drift = 1
)

// Length of a secret in bytes: that of the hash, as RFC 4226 advises.
const Length = sha1.Size

// Step is the number of the thirty seconds that t is in.
func Step(t time.Time) int64 { return t.Unix() / period }

// Code is the code of one step.
func Code(secret []byte, step int64) string {
	var b [8]byte
	binary.BigEndian.PutUint64(b[:], uint64(step)) //nolint:gosec // G115: no step is before 1970
	m := hmac.New(sha1.New, secret)
	m.Write(b[:])
	sum := m.Sum(nil)
	at := sum[len(sum)-1] & 0xf
	return fmt.Sprintf("%0*d", digits, binary.BigEndian.Uint32(sum[at:])&0x7fffffff%1_000_000)
}

// Match finds the step, at most one away from now, whose code was typed. It
// takes as long for every code that there is.
func Match(secret []byte, typed string, now time.Time) (step int64, ok bool) {
	typed = strings.Join(strings.Fields(typed), "") // apps show 123 456
	for d := int64(-drift); d <= drift; d++ {
		if subtle.ConstantTimeCompare([]byte(Code(secret, Step(now)+d)), []byte(typed)) == 1 {
			step, ok = Step(now)+d, true
		}
	}
	return step, ok
}

// Text is a secret as people type it into an app.
func Text(secret []byte) string {
	return base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(secret)
}

// URI is a secret as an app reads it from a picture.
func URI(secret []byte, issuer, account string) string {
	label := url.PathEscape(strings.ReplaceAll(issuer, ":", " ")) + ":" + url.PathEscape(account)
	q := url.Values{"secret": {Text(secret)}, "issuer": {issuer}}
	return "otpauth://totp/" + label + "?" + strings.ReplaceAll(q.Encode(), "+", "%20")
}
