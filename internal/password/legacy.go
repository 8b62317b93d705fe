package password

import (
	"encoding/base64"
	"strings"
)

// A legacy hash is what an expression makes of the password: either that value
// itself, or a hash of it in a format that says itself. The second is how bcrypt
// over a digest is read, and how a digest rests in our database: as argon2id of
// it, so that whoever steals the row has to compute that for each guess.
//
// Written down, it is $legacy$EXPRESSION$s=SALT,u=USERNAME$VALUE, all but the
// expression in base64, or …$argon2id$… in place of the value. Only names that
// the expression uses are there.
type legacy struct {
	name           string // of the format that it was read in
	expression     *expression
	salt, username []byte
	want           []byte // the value, or
	inner          string // a hash of it
}

const legacyPrefix = "$legacy$"

// maxName is how long a salt or a username may be, in bytes.
const maxName = 128

func (l legacy) String() string {
	var names []string
	if l.expression.uses("salt") {
		names = append(names, "s="+base64.RawStdEncoding.EncodeToString(l.salt))
	}
	if l.expression.uses("username") {
		names = append(names, "u="+base64.RawStdEncoding.EncodeToString(l.username))
	}
	tail := l.inner
	if tail == "" {
		tail = "$" + base64.RawStdEncoding.EncodeToString(l.want)
	}
	return legacyPrefix + l.expression.String() + "$" + strings.Join(names, ",") + tail
}

// parseLegacy reads what String writes, and nothing else.
func parseLegacy(h string) (legacy, bool) {
	rest, ok := strings.CutPrefix(h, legacyPrefix)
	text, rest, first := strings.Cut(rest, "$")
	names, tail, second := strings.Cut(rest, "$")
	if !ok || !first || !second {
		return legacy{}, false
	}
	e, err := parseExpression(text)
	if err != nil {
		return legacy{}, false
	}
	l := legacy{name: formatRecipe, expression: e}
	for given := range strings.SplitSeq(names, ",") {
		name, encoded, _ := strings.Cut(given, "=")
		value, err := base64.RawStdEncoding.DecodeString(encoded)
		switch {
		case err != nil:
			return legacy{}, false
		case name == "s":
			l.salt = value
		case name == "u":
			l.username = value
		}
	}
	if strings.Contains(tail, "$") {
		l.inner = "$" + tail
	} else if l.want, err = base64.RawStdEncoding.DecodeString(tail); err != nil {
		return legacy{}, false
	}
	return l, l.fits() && l.String() == h
}

// fits reports whether l is one that could have been made in earnest. A value
// of a few bytes would be easy to hit.
func (l legacy) fits() bool {
	return len(l.salt) <= maxName && len(l.username) <= maxName && (l.inner != "" || len(l.want) >= minValue)
}

// minValue is the length of what DES crypt gives.
const minValue = 11

// load is what it takes to compute the value for a password of n bytes.
func (l legacy) load(n int) load {
	return l.expression.load(sizes{pw: uint64(n), salt: uint64(len(l.salt)), username: uint64(len(l.username))}) //nolint:gosec // G115: not negative
}

// value computes what is compared. It is not ok when the password has no such
// value.
func (l legacy) value(pw string, peppers Peppers) (value []byte, ok bool) {
	s := &scope{pw: []byte(pw), salt: l.salt, username: l.username, peppers: peppers}
	value = l.expression.value(s)
	return value, !s.failed
}
