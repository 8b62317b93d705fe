package password

import (
	"bytes"
	"crypto/hmac"
	"crypto/pbkdf2"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/crypto/scrypt"
	"golang.org/x/text/encoding/charmap"
)

// A scope is what the names in an expression stand for.
type scope struct {
	pw, salt, username, last []byte
	peppers                  Peppers
	failed                   bool // the password has no form that the expression asks for
}

// value computes e. Where that is not possible, it gives something, says so in
// the scope, and takes its time all the same.
func (e *expression) value(s *scope) []byte {
	switch e.op {
	case opJoin:
		var all []byte
		for _, a := range e.args {
			all = append(all, a.value(s)...)
		}
		return all
	case opLiteral:
		return []byte(e.text)
	case opPepper:
		return s.peppers[e.text].bytes
	case "pw":
		return s.pw
	case "salt":
		return s.salt
	case "username":
		return s.username
	case opLast:
		return s.last
	}
	switch e.fn.kind {
	case kindRaw:
		return e.args[0].sum(s)
	case kindRepeat:
		return e.repeat(s)
	case kindCrypt:
		return crypts[e.op](e.args[0].value(s), e.args[1].value(s))
	case kindText:
		return e.convert(e.args[0].value(s), s)
	default:
		return hex.AppendEncode(nil, e.sum(s))
	}
}

// sum is the bytes of a digest.
func (e *expression) sum(s *scope) []byte {
	switch e.fn.kind {
	case kindHMAC:
		h := hmac.New(e.fn.hash, e.args[0].value(s))
		h.Write(e.args[1].value(s))
		return h.Sum(nil)
	case kindPBKDF2:
		key, err := pbkdf2.Key(e.fn.hash, string(e.args[1].value(s)), e.args[0].value(s), e.numbers[0], e.numbers[1])
		s.failed = s.failed || err != nil
		return key
	case kindScrypt:
		key, err := scrypt.Key(e.args[1].value(s), e.args[0].value(s), 1<<e.numbers[0], e.numbers[1], e.numbers[2], e.numbers[3])
		s.failed = s.failed || err != nil
		return key
	default:
		h := e.fn.hash()
		h.Write(e.args[0].value(s))
		return h.Sum(nil)
	}
}

func (e *expression) repeat(s *scope) []byte {
	outer := s.last
	value := e.args[0].value(s)
	for range e.numbers[0] {
		s.last = value
		value = e.args[1].value(s)
	}
	s.last = outer
	return value
}

// convert is the functions of one text.
func (e *expression) convert(in []byte, s *scope) []byte {
	switch e.op {
	case "base64":
		return base64.StdEncoding.AppendEncode(nil, in)
	case "lower":
		return folded(in, strings.ToLower)
	case "upper":
		return folded(in, strings.ToUpper)
	case "trim":
		return bytes.Trim(in, " \t\n\r\x00\x0b")
	case "bytes":
		return in[:min(len(in), e.numbers[0])]
	case "chars":
		return firstChars(in, e.numbers[0])
	case "utf16le":
		return utf16LE(in)
	case "latin1":
		return s.encoded(charmap.ISO8859_1, in)
	default:
		return s.encoded(charmap.Windows1252, in)
	}
}

// folded changes the case of a text; of what is no text, that of ASCII letters.
func folded(in []byte, fold func(string) string) []byte {
	if utf8.Valid(in) {
		return []byte(fold(string(in)))
	}
	out := bytes.Clone(in)
	for i, b := range out {
		if b < utf8.RuneSelf {
			out[i] = fold(string(rune(b)))[0]
		}
	}
	return out
}

func firstChars(in []byte, n int) []byte {
	end := 0
	for range n {
		if end == len(in) {
			break
		}
		_, size := utf8.DecodeRune(in[end:])
		end += size
	}
	return in[:end]
}

func utf16LE(in []byte) []byte {
	var out []byte
	for _, unit := range utf16.Encode([]rune(string(in))) {
		out = binary.LittleEndian.AppendUint16(out, unit)
	}
	return out
}

func (s *scope) encoded(in *charmap.Charmap, text []byte) []byte {
	out, err := in.NewEncoder().Bytes(text)
	s.failed = s.failed || err != nil
	return out
}
