package locale_test

import (
	"math"
	"testing"

	"github.com/keyfold/keyfold"
)

func TestNumbersAreWrittenAsInTheLanguage(t *testing.T) {
	texts := load(t)
	for _, row := range []struct {
		lang keyfold.Language
		n    int64
		want string
	}{
		{keyfold.English, 0, "0"},
		{keyfold.English, 999, "999"},
		{keyfold.English, 1000, "1,000"},
		{keyfold.English, -1234567, "−1,234,567"},
		{keyfold.Dutch, 1234567, "1.234.567"},
		{keyfold.German, 12345, "12.345"},
		{keyfold.English, math.MinInt64, "−9,223,372,036,854,775,808"},
	} {
		if got := texts.Printer(row.lang).Number(row.n); got != row.want {
			t.Errorf("%d in %s: %q, want %q", row.n, row.lang, got, row.want)
		}
	}
}

func TestASharesSaysNoMoreThanIsTrue(t *testing.T) {
	p := load(t).Printer(keyfold.English)
	for want, of := range map[string][2]int64{
		"0%": {0, 10}, "< 1%": {1, 1000}, "1%": {1, 200}, "50%": {1, 2}, "33%": {1, 3}, "67%": {2, 3}, "> 99%": {999, 1000}, "100%": {5, 5}, "99%": {990, 1000},
	} {
		if got := p.Share(of[0], of[1]); got != want {
			t.Errorf("%d of %d: %q, want %q", of[0], of[1], got, want)
		}
	}
	if got := p.Share(1, 0); got != "0%" {
		t.Errorf("of nothing: %q", got)
	}
	if got := load(t).Printer(keyfold.German).Share(1, 2); got != "50\u00a0%" {
		t.Errorf("in German: %q", got)
	}
}
