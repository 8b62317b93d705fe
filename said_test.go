package keyfold_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/keyfold/keyfold"
)

func TestSaid(t *testing.T) {
	secret := strings.Repeat("aB3-_", 9)[:43]
	for name, tt := range map[string]struct{ said, want string }{
		"as it is":       {"550 5.1.1 <a@b.example>: nobody lives here", "550 5.1.1 <a@b.example>: nobody lives here"},
		"many lines":     {"550-5.1.1 one\r\n550\t5.1.1  two\n", "550-5.1.1 one 550 5.1.1 two"},
		"controls":       {"a\x00b\x1b[31mc\x7f\u0085", "ab[31mc"},
		"unseen":         {"a\u202eb\u200bc\ufeff", "abc"},
		"other letters":  {"ä 漢", "ä 漢"},
		"no UTF-8":       {"a\xffb", "a?b"},
		"a link":         {"554 blocked https://id.example/passwordReset/" + secret + " (spam)", "554 blocked https://id.example/passwordReset/[…] (spam)"},
		"a bare secret":  {secret, "[…]"},
		"no such secret": {secret[:39], secret[:39]},
		"long":           {strings.Repeat("é ", 600), strings.TrimSpace(strings.Repeat("é ", 250)) + " …"},
	} {
		if got := keyfold.Said(tt.said); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
}

func FuzzSaid(f *testing.F) {
	f.Add("550 5.1.1 nobody\r\nlives here")
	f.Fuzz(func(t *testing.T, s string) {
		got := keyfold.Said(s)
		if !utf8.ValidString(got) || len([]rune(got)) > 501 || strings.ContainsAny(got, "\r\n\x00\x1b") {
			t.Errorf("%q gives %q", s, got)
		}
	})
}
