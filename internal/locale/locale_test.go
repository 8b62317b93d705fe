package locale_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/keyfold/keyfold"
	"github.com/keyfold/keyfold/internal/locale"
)

func load(tb testing.TB) *locale.Catalog {
	tb.Helper()
	c, err := locale.Load()
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestEveryTextIsInEveryLanguage(t *testing.T) {
	c := load(t)
	want := c.IDs(keyfold.English)
	if len(want) < 7 {
		t.Fatalf("only %d texts", len(want))
	}
	for _, lang := range keyfold.Languages() {
		if diff := cmp.Diff(want, c.IDs(lang)); diff != "" {
			t.Errorf("%s differs from English (-en +%s):\n%s", lang, lang, diff)
		}
	}
}

func TestTextFillsInAndCounts(t *testing.T) {
	p := load(t).Printer(keyfold.Dutch)
	if got, want := p.Text("time.minutes", "Count", 1), "1 minuut"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := p.Text("no.such.text"), "[no.such.text]"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestMoment(t *testing.T) {
	now := time.Date(2026, 3, 12, 23, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		lang keyfold.Language
		t    time.Time
		want string
	}{
		{keyfold.English, now, "23:00 today"},
		{keyfold.English, now.Add(time.Hour), "00:00 tomorrow"},
		{keyfold.German, now.Add(-24 * time.Hour), "gestern 23:00"},
		{keyfold.German, now.AddDate(0, 1, 0), "12. April 2026 23:00"},
	} {
		if got := load(t).Printer(tt.lang).Moment(tt.t, now); got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.lang, got, tt.want)
		}
	}
}

func TestMatch(t *testing.T) {
	for header, want := range map[string]keyfold.Language{
		"nl-BE,nl;q=0.9,en;q=0.8": keyfold.Dutch,
		"fr, de;q=0.5":            keyfold.German,
		"fr":                      keyfold.English,
		"de;q=0, nl;q=0.1":        keyfold.Dutch,
		"":                        keyfold.English,
		";;;=":                    keyfold.English,
	} {
		if got := locale.Match(header, keyfold.English); got != want {
			t.Errorf("Match(%q) = %s, want %s", header, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("nl-BE,nl;q=0.9,en;q=0.8")
	f.Add("*")
	f.Fuzz(func(t *testing.T, header string) {
		if got := locale.Match(header, keyfold.German); got == (keyfold.Language{}) {
			t.Errorf("Match(%q) is no language", header)
		}
	})
}

// Every text says the same by the short way and by the library's.
func TestPhrasesSayWhatTemplatesSay(t *testing.T) {
	c, err := locale.Load()
	if err != nil {
		t.Fatal(err)
	}
	args := []any{"ID", "NL123421341", "Name", "<b>{{.ID}}", "Count", 3, "Email", "sanne@veldkamp.example", "Date", "1 March"}
	seen := 0
	for _, lang := range keyfold.Languages() {
		for _, id := range c.IDs(lang) {
			short, long, err := locale.BothWays(c.Printer(lang), id, args...)
			if err != nil || short != long {
				t.Errorf("%s/%s: %q and %q, %v", lang, id, short, long, err)
			}
			seen++
		}
	}
	if seen < 1000 {
		t.Errorf("only %d texts", seen)
	}
}
