package password

import (
	"crypto/md5"  //nolint:gosec // G501: legacy systems have it
	"crypto/sha1" //nolint:gosec // G505: as above
	"crypto/sha256"
	"crypto/sha512"
	"hash"
	"strconv"
	"strings"

	"golang.org/x/crypto/md4" //nolint:staticcheck,gosec // SA1019, G506: Windows has it
)

// An expression is what a legacy system made of a password, like
// md5(md5(pw)+salt). It is written by an operator or comes out of a row, so it
// is parsed strictly, and what it costs is known before it is computed.
//
// The digests give hexadecimal digits in lower case, as they do in PHP;
// raw(…) gives their bytes.
type expression struct {
	op      string // of function or name; opJoin and opLiteral are neither
	numbers []int
	args    []*expression
	text    string // of a literal, or the name of a pepper
	fn      *function
}

const (
	opJoin    = "+"
	opLiteral = "'"
	opPepper  = "pepper"
	opLast    = "last"
)

// A function is what may stand before an opening parenthesis.
type function struct {
	numbers []interval // of the arguments that come first
	args    int
	kind    kind
	hash    func() hash.Hash // of kinds that have one
}

type interval struct{ low, high int }

// A kind is how a function is computed, and what it costs.
type kind int

const (
	kindText   kind = iota // of one text another one: lower, bytes, latin1
	kindHash               // md5(x)
	kindHMAC               // hmac-md5(key, x)
	kindPBKDF2             // pbkdf2-sha1(rounds, bytes, salt, x)
	kindScrypt             // scrypt(ln, r, p, bytes, salt, x)
	kindCrypt              // des-crypt(salt, x): text of the crypt of C libraries
	kindRaw                // raw(digest)
	kindRepeat             // repeat(n, first, next)
)

// digests reports whether the function gives bytes that are shown as
// hexadecimal digits.
func (f *function) digests() bool {
	return f != nil && (f.kind == kindHash || f.kind == kindHMAC || f.kind == kindPBKDF2 || f.kind == kindScrypt)
}

// names are what stands for a value of the row.
func isName(word string) bool {
	return word == "pw" || word == "salt" || word == "username" || word == opLast
}

func hashes() map[string]func() hash.Hash {
	return map[string]func() hash.Hash{
		"md4": md4.New, "md5": md5.New, "sha1": sha1.New, "sha224": sha256.New224,
		"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New,
	}
}

// functions are all that an expression can call.
var functions = func() map[string]*function {
	length := interval{1, 128}
	all := map[string]*function{
		"raw": {args: 1, kind: kindRaw}, "base64": {args: 1}, "lower": {args: 1}, "upper": {args: 1}, "trim": {args: 1},
		"latin1": {args: 1}, "windows1252": {args: 1}, "utf16le": {args: 1},
		"bytes": {args: 1, numbers: []interval{{1, 1024}}}, "chars": {args: 1, numbers: []interval{{1, 1024}}},
		"repeat":    {args: 2, kind: kindRepeat, numbers: []interval{{1, maxRepeat}}},
		"scrypt":    {args: 2, kind: kindScrypt, numbers: []interval{{1, maxScryptLN}, {1, maxScryptRP}, {1, maxScryptRP}, {16, 128}}},
		"des-crypt": {args: 2, kind: kindCrypt}, "md5-crypt": {args: 2, kind: kindCrypt}, "apr1-crypt": {args: 2, kind: kindCrypt},
	}
	for name, h := range hashes() {
		all[name] = &function{args: 1, kind: kindHash, hash: h}
		all["hmac-"+name] = &function{args: 2, kind: kindHMAC, hash: h}
		all["pbkdf2-"+name] = &function{args: 2, kind: kindPBKDF2, hash: h, numbers: []interval{{1, maxPBKDF2}, length}}
	}
	return all
}()

const (
	maxExpression = 256 // characters
	maxDepth      = 12
	maxRepeat     = 1_000_000
)

// String is the expression without spaces, as it stands in a stored hash.
func (e *expression) String() string {
	switch e.op {
	case opLiteral:
		return "'" + e.text + "'"
	case opPepper:
		return opPepper + "(" + e.text + ")"
	}
	var parts []string
	for _, n := range e.numbers {
		parts = append(parts, strconv.Itoa(n))
	}
	for _, a := range e.args {
		parts = append(parts, a.String())
	}
	switch {
	case e.op == opJoin:
		return strings.Join(parts, "+")
	case e.fn == nil:
		return e.op
	}
	return e.op + "(" + strings.Join(parts, ",") + ")"
}

// uses reports whether a name stands anywhere in e.
func (e *expression) uses(name string) bool {
	for _, a := range e.args {
		if a.uses(name) {
			return true
		}
	}
	return e.op == name
}

// peppers are the names of those that e needs.
func (e *expression) peppers() (names []string) {
	if e.op == opPepper {
		return []string{e.text}
	}
	for _, a := range e.args {
		names = append(names, a.peppers()...)
	}
	return names
}
