// Package sheet writes tables as CSV that every spreadsheet shows and none
// runs.
package sheet

import (
	"strings"
	"unicode"
)

// ByteOrderMark tells Excel that a file is UTF-8. Others pass over it.
const ByteOrderMark = "\ufeff"

// Line is a line as RFC 4180 has it, every cell in quotes.
func Line(cells ...string) string {
	var out strings.Builder
	for i, cell := range cells {
		if i > 0 {
			out.WriteByte(',')
		}
		out.WriteByte('"')
		out.WriteString(strings.ReplaceAll(harmless(cell), `"`, `""`))
		out.WriteByte('"')
	}
	out.WriteString("\r\n")
	return out.String()
}

// harmless is a cell that no spreadsheet runs. One that begins like a formula
// gets an apostrophe before it, and so does whatever would begin a cell if the
// file were split at another separator, as a German Excel does. Characters that
// cannot be seen are blanks: some programs pass over them when they look for the
// beginning.
func harmless(cell string) string {
	var out strings.Builder
	begins := true
	for _, r := range strings.ToValidUTF8(cell, "\ufffd") {
		switch {
		case unicode.IsSpace(r) || unicode.Is(unicode.C, r):
			r = ' '
		case begins && strings.ContainsRune("=+-@＝＋－＠﹢﹣﹦﹫", r):
			out.WriteByte('\'')
			begins = false
		case strings.ContainsRune(",;|", r):
			begins = true
		case r != '"':
			begins = false
		}
		out.WriteRune(r)
	}
	return out.String()
}
