package keyfold

import (
	"regexp"
	"strconv"
	"strings"
)

// A reading is a text with what is encoded in it read. Mail servers write an
// address into the URL of a page that says why, and pass on what other ones said
// as quoted-printable or xtext: %40, =40 and +40 are all an @.
type reading struct {
	text  string
	plain string
	at    []int // where in the text a byte of plain begins, and where all ends; nil: they are the same
}

// deepest is how often a text is read: what is encoded may be encoded once more.
const deepest = 3

// read reads a text so many times; 0 is the text as it is. It reports whether the
// last time there was something to read.
func read(text string, times int) (r reading, encoded bool) {
	r, encoded = reading{text: text, plain: text}, true
	for ; times > 0 && encoded; times-- {
		r, encoded = r.again()
	}
	return r, encoded
}

// again reads what is encoded in plain. Bytes beyond ASCII stay as they are: they
// are parts of letters, or no code at all, as in "=added".
func (r reading) again() (next reading, encoded bool) {
	if !strings.ContainsAny(r.plain, "%=+") {
		return r, false
	}
	var plain strings.Builder
	next = reading{text: r.text, at: make([]int, 0, len(r.plain)+1)}
	for i := 0; i < len(r.plain); {
		next.at = append(next.at, r.place(i))
		if b, ok := code(r.plain[i:]); ok {
			plain.WriteByte(b)
			i += len("%40")
			encoded = true
			continue
		}
		plain.WriteByte(r.plain[i])
		i++
	}
	next.plain, next.at = plain.String(), append(next.at, len(r.text))
	return next, encoded
}

// code is the letter or sign that a text begins with the code of.
func code(s string) (byte, bool) {
	if len(s) < len("%40") || !strings.Contains("%=+", s[:1]) {
		return 0, false
	}
	b, err := strconv.ParseUint(s[1:3], 16, 7)
	return byte(b), err == nil
}

// place is where in the text a byte of plain begins.
func (r reading) place(i int) int {
	if r.at == nil {
		return i
	}
	return r.at[i]
}

// A blot is what is put in the place of a part of a reading.
type blot struct {
	from, to int // in plain
	other    string
}

// with is the text with blots in it, which are in order.
func (r reading) with(blots []blot) string {
	var out strings.Builder
	from := 0
	for _, b := range blots {
		out.WriteString(r.text[from:r.place(b.from)] + b.other)
		from = r.place(b.to)
	}
	return out.String() + r.text[from:]
}

// What stands around an @ that was encoded. A domain ends like one, so that
// "used=4096.5MB" is none. What URLs are made of, like / and &, is in no name here.
var (
	domainBehind = regexp.MustCompile(`@((?:[\pL\pN.-]|[%=+][89a-fA-F][0-9a-fA-F])+\.(?:(?i:xn--)[0-9A-Za-z-]+|\pL{2,}))`)
	nameBefore   = regexp.MustCompile("(?:[0-9A-Za-z.!#$*^_`{}~'+-]|%[89a-fA-F][0-9a-fA-F])+$")
)

// hideEncoded is a text without addresses whose @ is encoded.
func hideEncoded(text string) string {
	for times := 1; times <= deepest; times++ {
		r, encoded := read(text, times)
		if !encoded {
			break
		}
		var blots []blot
		from := 0
		for _, at := range domainBehind.FindAllStringIndex(r.plain, -1) {
			before := r.plain[from:at[0]]
			before = before[strings.LastIndexByte(before, '@')+1:]
			if name := nameBefore.FindString(before); name != "" {
				blots = append(blots, blot{at[0] - len(name), at[1], maskedOr(r.plain[at[0]-len(name) : at[1]])})
			}
			from = at[1]
		}
		text = r.with(blots)
	}
	return text
}
