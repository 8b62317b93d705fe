package spelling_test

import (
	"testing"

	"github.com/keyfold/keyfold/internal/spelling"
)

func TestCaseAndDiacriticsDoNotMatter(t *testing.T) {
	for typed, want := range map[string]string{
		"Küstenlicht": "kustenlicht", "Straße": "strasse", "Ørsted": "orsted", "ŁÓDŹ": "lodz", "Plain": "plain", "ﬁrma": "firma", "Ångström": "angstrom",
	} {
		if got := spelling.Fold(typed); got != want {
			t.Errorf("%s folds to %s, want %s", typed, got, want)
		}
	}
}

func TestSlipsAreCounted(t *testing.T) {
	for _, tt := range []struct {
		a, b       string
		most, want int
	}{
		{"veldkamp", "veldkamp", 2, 0},
		{"veldkamp", "vledkamp", 2, 1},
		{"veldkamp", "veldkmap", 2, 1},
		{"veldkamp", "veltkam", 2, 2},
		{"veldkamp", "hendriks", 2, 3},
		{"bv", "bvba", 1, 2},
		{"", "ab", 2, 2},
	} {
		if got := spelling.Distance([]rune(tt.a), []rune(tt.b), tt.most); got != tt.want {
			t.Errorf("%q and %q are %d apart, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}
