package password

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A RecipeText is a recipe as an operator writes it, for a legacy system whose
// hashes do not say how they were made. What is empty has its default.
type RecipeText struct {
	Digest   string // like md5(md5(pw) + salt); empty: each hash says itself
	Encoding string // of the digest: hex, base64, text, or hash where it was hashed once more
	Column   string // where digest and salt stand in one column, like {digest}:{salt}
	Salt     string // encoding of the salt: text, hex, base64
}

// A RecipeError says which key of a recipe is wrong, and why.
type RecipeError struct {
	Key    string // as it stands in the file
	Reason string // in words, with the cure
}

func (e *RecipeError) Error() string { return e.Key + ": " + e.Reason }

// A Recipe reads the rows of one legacy system. The zero recipe reads hashes
// that say themselves.
type Recipe struct {
	digest   *expression
	encoding string
	column   *regexp.Regexp // of the parts digest and salt
	salt     string
}

// A LegacyHash is what the legacy system has of one user: the column with the
// hash, and those of salt and username where the recipe asks for them.
type LegacyHash struct{ Hash, Salt, Username string }

const (
	encodingHex    = "hex"
	encodingBase64 = "base64"
	encodingText   = "text"
	encodingHash   = "hash"
)

// ParseRecipe checks a recipe as a whole. The error is a RecipeError.
func ParseRecipe(t RecipeText) (Recipe, error) {
	if t.Digest == "" {
		if t != (RecipeText{}) {
			return Recipe{}, &RecipeError{"digest", "it is missing. Write what the old system made of a password, like md5(salt + pw)."}
		}
		return Recipe{}, nil
	}
	e, err := parseExpression(t.Digest)
	if err != nil {
		return Recipe{}, &RecipeError{"digest", err.Error() + "."}
	}
	if len(e.String()) > maxExpression {
		return Recipe{}, &RecipeError{"digest", fmt.Sprintf("it is longer than %d characters.", maxExpression)}
	}
	r := Recipe{digest: e, encoding: t.Encoding, salt: t.Salt}
	if r.encoding == "" {
		r.encoding = encodingText
		if e.last().fixed() {
			r.encoding = encodingHex
		}
	}
	if r.salt == "" {
		r.salt = encodingText
	}
	if !slices.Contains([]string{encodingHex, encodingBase64, encodingText, encodingHash}, r.encoding) {
		return Recipe{}, &RecipeError{"encoding", "it is hex, base64, text or hash."}
	}
	if !slices.Contains([]string{encodingHex, encodingBase64, encodingText}, r.salt) {
		return Recipe{}, &RecipeError{"salt", "it is text, hex or base64: how the column holds the salt."}
	}
	if t.Salt != "" && !e.uses("salt") {
		return Recipe{}, &RecipeError{"salt", "the digest does not use a salt. Take this line away, or put salt into the digest."}
	}
	if load := e.load(sizes{pw: ordinary, salt: maxName, username: maxName}); !load.bearable() {
		return Recipe{}, &RecipeError{"digest", "it takes more memory or rounds than we give to one hash."}
	}
	r.column, err = r.parseColumn(t.Column)
	return r, err
}

// last is what gives the value of e.
func (e *expression) last() *expression {
	if e.fn != nil && e.fn.kind == kindRepeat {
		return e.args[1]
	}
	return e
}

// parseColumn makes the shape of the column. A digest of known length is found
// beside a salt without anything in between.
func (r Recipe) parseColumn(text string) (*regexp.Regexp, error) {
	if text == "" {
		text = "{digest}"
	}
	if strings.Count(text, "{digest}") != 1 || strings.Count(text, "{salt}") > 1 {
		return nil, &RecipeError{"column", `it has {digest} once and {salt} not more than once, with what stands around them, like "{digest}:{salt}".`}
	}
	if strings.Contains(text, "{salt}") && !r.digest.uses("salt") {
		return nil, &RecipeError{"column", "it has a {salt} that the digest does not use."}
	}
	shape := regexp.QuoteMeta(text)
	shape = strings.Replace(shape, `\{digest\}`, "(?P<digest>"+r.shapeOfDigest()+")", 1)
	shape = strings.Replace(shape, `\{salt\}`, `(?P<salt>.+?)`, 1)
	return regexp.MustCompile("^" + shape + "$"), nil
}

func (r Recipe) shapeOfDigest() string {
	n := 0
	if e := r.digest.last(); e.fixed() {
		n = e.bytes()
	}
	switch {
	case r.encoding == encodingHex && n > 0:
		return fmt.Sprintf("[0-9A-Fa-f]{%d}", 2*n)
	case r.encoding == encodingHex:
		return "[0-9A-Fa-f]+"
	case r.encoding == encodingBase64 && n > 0:
		return fmt.Sprintf("[0-9A-Za-z+/]{%d}={0,2}", encoded(n))
	case r.encoding == encodingBase64:
		return "[0-9A-Za-z+/]+={0,2}"
	}
	return ".+"
}

// bytes is the length of a digest.
func (e *expression) bytes() int {
	switch e.fn.kind {
	case kindRaw:
		return e.args[0].bytes()
	case kindPBKDF2, kindScrypt:
		return e.numbers[len(e.numbers)-1]
	default:
		return e.fn.hash().Size()
	}
}

// Faults of a row that its recipe cannot read, beside those of a hash.
var (
	ErrColumn     = errors.New("it has not the form that the recipe says (column, encoding)")
	ErrNoSalt     = errors.New("it has no salt that the recipe could use")
	ErrNoUsername = errors.New("it has no username, and the recipe uses it")
)

// read takes a row apart.
func (r Recipe) read(row LegacyHash) (legacy, error) {
	parts := r.column.FindStringSubmatch(row.Hash)
	if parts == nil || len(row.Hash) > MaxHash {
		return legacy{}, ErrColumn
	}
	l := legacy{name: formatRecipe, expression: r.digest, username: []byte(row.Username)}
	if i := r.column.SubexpIndex("salt"); i >= 0 {
		row.Salt = parts[i]
	}
	if r.digest.uses("salt") {
		salt, err := decode(r.salt, row.Salt)
		if err != nil || len(salt) == 0 || len(salt) > maxName {
			return legacy{}, ErrNoSalt
		}
		l.salt = salt
	}
	if r.digest.uses("username") && (row.Username == "" || len(row.Username) > maxName) {
		return legacy{}, ErrNoUsername
	}
	return r.readDigest(l, parts[r.column.SubexpIndex("digest")])
}

func (r Recipe) readDigest(l legacy, text string) (legacy, error) {
	if r.encoding == encodingHash {
		l.inner = unnamed(text)
		return l, nil
	}
	value, err := decode(r.encoding, text)
	if err != nil {
		return legacy{}, ErrColumn
	}
	l.want = value
	if e := r.digest.last(); e.fn.digests() && r.encoding != encodingText {
		l.want = digits(value) // as many as there must be: the shape of the column has seen to it
	}
	if !l.fits() {
		return legacy{}, ErrColumn
	}
	return l, nil
}

func decode(encoding, text string) ([]byte, error) {
	switch encoding {
	case encodingHex:
		return hex.DecodeString(text)
	case encodingBase64:
		return base64.RawStdEncoding.DecodeString(strings.TrimRight(text, "="))
	}
	return []byte(text), nil
}
