package source

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Spreadsheets run what begins like a formula, in quotes or not. So an export
// puts an apostrophe before it, which they take for "this is text", and an
// import takes it away again. What has apostrophes before a formula already gets
// and loses one more: each text comes back as it was. It is for texts that people
// read: in a hash, an apostrophe is one.

// formulaBegins are the characters with which formulas begin, and their wide
// forms, which some programs take for the same.
const formulaBegins = "=+-@＝＋－＠﹢﹣﹦﹫"

// Harmless is a field for a CSV file that no spreadsheet runs, wherever it
// splits the file.
func Harmless(field string) string {
	return atFormulas(field, func(apostrophes string) string { return apostrophes + "'" })
}

// Harmful is the field of which Harmless has made this one.
func Harmful(field string) string {
	return atFormulas(field, func(apostrophes string) string { return strings.TrimPrefix(apostrophes, "'") })
}

// atFormulas lets change have the apostrophes that stand before what a
// spreadsheet may take for the begin of a formula: at the begin of the field, and
// of what would be one if the file were split at another separator, as a German
// Excel does.
//
// A tab or a line end begins a field too, whatever stands before it.
func atFormulas(field string, change func(apostrophes string) string) string {
	if !strings.ContainsAny(field, formulaBegins) {
		return field
	}
	var out strings.Builder
	begins, apostrophes := true, 0
	for i, r := range field {
		switch {
		case begins && r == '\'':
			apostrophes++
			continue
		case begins && strings.ContainsRune(formulaBegins, r):
			out.WriteString(change(strings.Repeat("'", apostrophes)))
			begins = false
		default:
			out.WriteString(strings.Repeat("'", apostrophes))
			begins = strings.ContainsRune(",;|\t\r\n", r) || begins && apostrophes == 0 && invisible(r)
		}
		apostrophes = 0
		out.WriteString(field[i : i+width(field[i:])])
	}
	out.WriteString(strings.Repeat("'", apostrophes))
	return out.String()
}

// invisible characters, and quotes, do not keep a formula from beginning after
// them.
func invisible(r rune) bool { return r == '"' || unicode.IsSpace(r) || unicode.Is(unicode.C, r) }

// width is that of the first character, which may be a byte that is none.
func width(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}
