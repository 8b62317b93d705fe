package password

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"regexp"
	"strings"
)

// A dialect is a format of other systems that says itself, and that an
// expression says too.
type dialect struct {
	name  string
	shape *regexp.Regexp
	// read is given the parts of the shape.
	read func(parts []string) (made, bool)
}

// made is what a row of a dialect was made of.
type made struct {
	expression string
	salt       string
	value      []byte // or
	inner      string
}

const (
	someText = `[!-#%-~]` // what stands between dollar signs
	padded64 = `([A-Za-z0-9+/]{2,256}={0,2})`
)

var dialects = []dialect{
	{"md5", shape(`([0-9A-Fa-f]{32})`), func(p []string) (made, bool) {
		return made{expression: "md5(pw)", value: []byte(strings.ToLower(p[1]))}, true
	}},
	{"salted md5", shape(`\$md5salted-(prefix|suffix)\$(` + someText + `{1,64})\$` + padded64), readMD5Salted},
	{"md5crypt", shape(`\$1\$(` + inCrypt + `{1,8})\$(` + inCrypt + `{22})`), func(p []string) (made, bool) {
		return made{expression: "md5-crypt(salt,pw)", salt: p[1], value: []byte(p[2])}, true
	}},
	{"apr1", shape(`\$apr1\$(` + inCrypt + `{1,8})\$(` + inCrypt + `{22})`), func(p []string) (made, bool) {
		return made{expression: "apr1-crypt(salt,pw)", salt: p[1], value: []byte(p[2])}, true
	}},
	{"DES crypt", shape(`(` + inCrypt + `{2})(` + inCrypt + `{10}[.26AEIMQUYcgkosw])`), func(p []string) (made, bool) {
		return made{expression: "des-crypt(salt,pw)", salt: p[1], value: []byte(p[2])}, true
	}},
	{"sha1crypt", shape(`\$sha1\$([1-9][0-9]{0,8})\$(` + inCrypt + `{1,64})\$(` + inCrypt + `{28})`), readSHA1Crypt},
	{"phpass", shape(`\$[PH]\$(` + inCrypt + `)(` + inCrypt + `{8})(` + inCrypt + `{22})`), readPHPass},
	{"scrypt of C", shape(`\$7\$(` + inCrypt + `)(` + inCrypt + `{5})(` + inCrypt + `{5})(` + inCrypt + `{0,64})\$(` + inCrypt + `{43})`), readScrypt7},
	{"LDAP", shape(`\{(?i)(S?)(MD5|SHA|SHA256|SHA384|SHA512)\}` + padded64), readLDAP},
	{"MySQL", shape(`\*([0-9A-F]{40})`), func(p []string) (made, bool) {
		return made{expression: "sha1(raw(sha1(pw)))", value: []byte(strings.ToLower(p[1]))}, true
	}},
	{"WordPress", shape(`\$wp(\$2y\$.{56})`), func(p []string) (made, bool) {
		return made{expression: "base64(raw(hmac-sha384('wp-sha384',trim(pw))))", inner: p[1]}, true
	}},
	{"Drupal 7 over md5", shape(`U(\$S\$.{52})`), func(p []string) (made, bool) {
		return made{expression: "md5(pw)", inner: p[1]}, true
	}},
	{"Django bcrypt", shape(`bcrypt_sha256\$(\$2[aby]\$.{56})`), func(p []string) (made, bool) {
		return made{expression: "sha256(pw)", inner: p[1]}, true
	}},
	{"Django pbkdf2", shape(`pbkdf2_(sha1|sha256)\$([1-9][0-9]{0,8})\$(` + someText + `{1,128})\$` + padded64), readDjangoPBKDF2},
	{"Django scrypt", shape(`scrypt\$([1-9][0-9]{0,8})\$(` + someText + `{1,128})\$([1-9][0-9]?)\$([1-9][0-9]?)\$` + padded64), readDjangoScrypt},
	{"Django digest", shape(`(md5|sha1)\$(` + someText + `{0,128})\$([0-9a-f]{32}|[0-9a-f]{40})`), readDjangoDigest},
	{"ASP.NET Identity", shape(`(A[A-Q][A-Za-z0-9+/]{60,256}={0,2})`), readASPNET},
}

func shape(s string) *regexp.Regexp { return regexp.MustCompile(`^(?:` + s + `)$`) }

// aliases are names before a hash that says itself without them.
var aliases = shape(`(?:(?i:\{CRYPT\})|argon2(\$argon2)|bcrypt\$(\$2[aby]\$))(.+)`)

// unnamed takes such a name away.
func unnamed(h string) string {
	if p := aliases.FindStringSubmatch(h); p != nil {
		return p[1] + p[2] + p[3]
	}
	return h
}

// readDialect gives the legacy hash that h is in one of the dialects.
func readDialect(h string) (legacy, bool) {
	for _, d := range dialects {
		parts := d.shape.FindStringSubmatch(h)
		if parts == nil {
			continue
		}
		m, ok := d.read(parts)
		if !ok {
			return legacy{}, false
		}
		e, err := parseExpression(m.expression)
		if err != nil { // a number that is out of bounds
			return legacy{name: d.name}, true
		}
		l := legacy{name: d.name, expression: e, salt: []byte(m.salt), want: m.value, inner: m.inner}
		return l, l.fits()
	}
	return legacy{}, false
}

// digits are bytes as a digest shows them.
func digits(b []byte) []byte { return hex.AppendEncode(nil, b) }

func decoded(text string) ([]byte, bool) {
	b, err := base64.StdEncoding.Strict().DecodeString(text)
	return b, err == nil
}

func readMD5Salted(p []string) (made, bool) {
	m := made{expression: "md5(salt+pw)", salt: p[2]}
	if p[1] == "suffix" {
		m.expression = "md5(pw+salt)"
	}
	sum, ok := decoded(p[3])
	m.value = digits(sum)
	return m, ok && len(sum) == 16
}

// sizesOfDigests are in bytes.
var sizesOfDigests = map[string]int{"md5": 16, "sha1": 20, "sha256": 32, "sha384": 48, "sha512": 64}

func readLDAP(p []string) (made, bool) {
	name := strings.ToLower(p[2])
	if name == "sha" {
		name = "sha1"
	}
	b, ok := decoded(p[3])
	n := sizesOfDigests[name]
	if salted := p[1] != ""; !ok || len(b) < n || salted != (len(b) > n) {
		return made{}, false
	}
	m := made{expression: name + "(pw)", salt: string(b[n:]), value: digits(b[:n])}
	if m.salt != "" {
		m.expression = name + "(pw+salt)"
	}
	return m, true
}

// readSHA1Crypt: HMAC-SHA1 with the password for a key, of the salt, the name
// and the number of rounds, and then of what came out.
func readSHA1Crypt(p []string) (made, bool) {
	value, ok := fromSHA1Crypt(p[3])
	return made{
		expression: fmt.Sprintf("repeat(%d,raw(hmac-sha1(pw,salt)),raw(hmac-sha1(pw,last)))", number(p[1])-1),
		salt:       p[2] + "$sha1$" + p[1], value: value,
	}, ok
}

// fromSHA1Crypt reads seven times three bytes, the first byte in the highest
// bits, of which the last is the first one again.
func fromSHA1Crypt(text string) ([]byte, bool) {
	b, ok := fromLittle64(text)
	if !ok || len(b) != 21 {
		return nil, false
	}
	for i := 0; i < len(b); i += 3 {
		b[i], b[i+2] = b[i+2], b[i]
	}
	return b[:20], b[20] == b[0]
}

func readPHPass(p []string) (made, bool) {
	value, ok := fromLittle64(p[3])
	log := strings.Index(crypt64, p[1])
	if log > maxPHPass {
		log = 62 // a number of rounds that is out of all bounds
	}
	return made{
		expression: fmt.Sprintf("repeat(%d,raw(md5(salt+pw)),raw(md5(last+pw)))", uint64(1)<<log),
		salt:       p[2], value: value,
	}, ok && len(value) == 16
}

// readScrypt7 is the format of libsodium and libxcrypt: N as a logarithm, r and
// p in 30 bits each, the lowest first.
func readScrypt7(p []string) (made, bool) {
	value, ok := fromLittle64(p[5])
	return made{
		expression: fmt.Sprintf("raw(scrypt(%d,%d,%d,32,salt,pw))", strings.Index(crypt64, p[1]), little30(p[2]), little30(p[3])),
		salt:       p[4], value: value,
	}, ok && len(value) == 32
}

func little30(text string) (n int) {
	for i := range len(text) {
		n |= strings.IndexByte(crypt64, text[i]) << (6 * i)
	}
	return n
}

func readDjangoPBKDF2(p []string) (made, bool) {
	value, ok := decoded(p[4])
	n := sizesOfDigests[p[1]]
	return made{expression: fmt.Sprintf("pbkdf2-%s(%s,%d,salt,pw)", p[1], p[2], n), salt: p[3], value: digits(value)}, ok && len(value) == n
}

func readDjangoScrypt(p []string) (made, bool) {
	value, ok := decoded(p[5])
	n := number(p[1])
	return made{
		expression: fmt.Sprintf("scrypt(%d,%s,%s,64,salt,pw)", bits.Len64(n)-1, p[3], p[4]), salt: p[2], value: digits(value),
	}, ok && len(value) == 64 && bits.OnesCount64(n) == 1
}

func readDjangoDigest(p []string) (made, bool) {
	m := made{expression: p[1] + "(salt+pw)", salt: p[2], value: []byte(p[3])}
	if m.salt == "" {
		m.expression = p[1] + "(pw)"
	}
	return m, len(p[3]) == 2*sizesOfDigests[p[1]]
}

// readASPNET is version 2, of fixed measures, and version 3, which says them.
func readASPNET(p []string) (made, bool) {
	b, ok := decoded(p[1])
	if ok && len(b) == 49 && b[0] == 0 {
		return made{expression: "pbkdf2-sha1(1000,32,salt,pw)", salt: string(b[1:17]), value: digits(b[17:])}, true
	}
	if !ok || len(b) < 13+16+16 || b[0] != 1 {
		return made{}, false
	}
	digest, rounds, salt := binary.BigEndian.Uint32(b[1:]), binary.BigEndian.Uint32(b[5:]), binary.BigEndian.Uint32(b[9:])
	if digest > 2 || salt > maxName || len(b) < 13+int(salt)+16 {
		return made{}, false
	}
	names, value := []string{"sha1", "sha256", "sha512"}, b[13+salt:]
	return made{
		expression: fmt.Sprintf("pbkdf2-%s(%d,%d,salt,pw)", names[digest], rounds, len(value)),
		salt:       string(b[13 : 13+salt]), value: digits(value),
	}, true
}
