package password

import (
	"testing"

	"golang.org/x/text/unicode/norm"
)

// OnRun is told of each computation, in its slot, with the name of its format.
func (g *Gate) OnRun(f func(format string)) { g.ran = f }

// Lists are the lists of common passwords, for a look at their order.
func Lists() []string { return []string{commonList, baseList, ourBaseList} }

// MakeLegacy is the plain hash that a legacy system would have, as we write it.
func MakeLegacy(tb testing.TB, digest, pw, salt, username string, peppers Peppers) string {
	tb.Helper()
	e, err := parseExpression(digest)
	if err != nil {
		tb.Fatal(err)
	}
	l := legacy{expression: e, salt: []byte(salt), username: []byte(username)}
	value, ok := l.value(norm.NFC.String(pw), peppers)
	if !ok {
		tb.Fatalf("%q has no %s", pw, digest)
	}
	l.want = value
	return l.String()
}

// Printed is a digest as it stands in a stored hash.
func Printed(tb testing.TB, digest string) string {
	tb.Helper()
	e, err := parseExpression(digest)
	if err != nil {
		tb.Fatal(err)
	}
	return e.String()
}
